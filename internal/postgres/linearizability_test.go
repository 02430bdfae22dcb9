package postgres_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// newWards adds workspaces and one more, whose persona and campaign are strangers
// to them.
func newWards(t *testing.T, d *dbtest.Database, n int) []*ward {
	t.Helper()
	other := d.Workspace(t, "Elsewhere")
	p, c := d.NewPersona(t, other, "Foreign").ID, d.NewCampaign(t, other, "Foreign")
	wards := make([]*ward, n)
	for i := range wards {
		wards[i] = must(newWard(t.Context(), d.SQL, d.Workspace(t, fmt.Sprint("Workspace ", i)), p, c))(t)
	}
	return wards
}

func noted(t *testing.T, db *postgres.DB, writes int32) *postgres.DB {
	t.Helper()
	n := must(db.Noted(t.Context(), writes))(t)
	t.Cleanup(n.CloseWrites)
	return n
}

// crowd lets clients do random operations at once. Half of them are on two of the
// wards; in every third one the last persona often goes.
func crowd(t *testing.T, db *postgres.DB, wards []*ward, clients, operations int) {
	t.Helper()
	var clock, begun atomic.Int64
	together(clients, func(int) {
		for begun.Add(1) <= int64(operations) {
			i := rand.IntN(len(wards))
			if rand.IntN(2) == 0 {
				i = rand.IntN(min(2, len(wards)))
			}
			k := kinds[rand.IntN(len(kinds))]
			if i%3 == 0 && rand.IntN(3) == 0 {
				k = []kind{deleting, deleting, importing}[rand.IntN(3)]
			}
			wards[i].ask(t.Context(), db, &clock, wards[i].board.choose(k, rand.IntN))
		}
	})
}

// violations returns what is wrong with each ward where something is.
func violations(t *testing.T, d *dbtest.Database, wards []*ward) []string {
	t.Helper()
	var list []string
	for _, w := range wards {
		if wrong := w.violation(must(readBack(t.Context(), d.SQL, w.access.Workspace()))(t)); wrong != "" {
			list = append(list, wrong)
		}
	}
	return list
}

// tally counts what came of operations.
type tally struct {
	done, refused map[kind]int
	unknown       int
}

func (c *tally) add(wards []*ward) {
	for _, w := range wards {
		for _, a := range w.asked {
			switch {
			case a.unknown:
				c.unknown++
			case a.got.Refused != "":
				c.refused[a.kind]++
			default:
				c.done[a.kind]++
			}
		}
	}
}

// TestWhateverManyClientsDoHasOneOrder lets 32 clients do random operations on
// several workspaces, does them again in a model in the order that the
// workspace's rev gives, and looks whether everybody was answered as if they had
// been done so, one after the other.
func TestWhateverManyClientsDoHasOneOrder(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	db := noted(t, d.DB, 32)
	count := tally{done: map[kind]int{}, refused: map[kind]int{}}
	total := dbtest.Times(50_000, 1_000_000)
	for left := total; left > 0 && !t.Failed(); left -= 25_000 {
		wards := newWards(t, d, 16)
		crowd(t, db, wards, 32, min(left, 25_000))
		for _, wrong := range violations(t, d, wards) {
			t.Error(wrong)
		}
		count.add(wards)
	}
	d.Healthy(t)
	t.Logf("%d operations; done: %v; refused: %v; not answered: %d", total, count.done, count.refused, count.unknown)
	for _, k := range kinds {
		if count.done[k] == 0 {
			t.Errorf("nobody could %s", k)
		}
	}
}

// TestADatabaseThatDoesOtherwiseIsFoundOut plants faults in the database, and
// shows that the test above, and for some the one below, reports them.
func TestADatabaseThatDoesOtherwiseIsFoundOut(t *testing.T) {
	t.Parallel()
	for name, plant := range map[string]func(*testing.T, *dbtest.Database) *postgres.DB{
		"writers do not take turns": func(t *testing.T, d *dbtest.Database) *postgres.DB {
			lock := []byte("for no key update")
			url := d.Between(t, func(client, server net.Conn) {
				go func() {
					_, _ = io.Copy(client, server)
					client.Close()
				}()
				buffer := make([]byte, 64<<10)
				for {
					n, err := client.Read(buffer)
					if err != nil {
						server.Close()
						return
					}
					if _, err := server.Write(bytes.ReplaceAll(buffer[:n], lock, bytes.Repeat([]byte(" "), len(lock)))); err != nil {
						return
					}
				}
			})
			db := must(postgres.Open(t.Context(), url, postgres.Options{MaxConns: 8}))(t)
			t.Cleanup(db.Close)
			return db
		},
		"one field is not mirrored": func(t *testing.T, d *dbtest.Database) *postgres.DB {
			d.Exec(t, `alter table personas disable trigger user`)
			d.Exec(t, `alter table personas enable trigger persona_number`)
			d.Exec(t, `alter table personas enable trigger persona_record`)
			d.Exec(t, `alter table workspace_settings disable trigger default_holds_settings`)
			d.Exec(t, `create function planted() returns trigger language plpgsql as 'begin new.ideal_customer_profile := old.ideal_customer_profile; return new; end'`)
			d.Exec(t, `create trigger a_planted before update on workspace_settings for each row execute function planted()`)
			return d.DB
		},
		"an edit is not kept": func(t *testing.T, d *dbtest.Database) *postgres.DB {
			d.Exec(t, `alter table personas disable trigger persona_record`)
			return d.DB
		},
		"words in other languages do not come back": func(t *testing.T, d *dbtest.Database) *postgres.DB {
			d.Exec(t, `create function planted() returns trigger language plpgsql as 'begin new.variants := null; return new; end'`)
			d.Exec(t, `create function deleted_before(uuid) returns boolean language sql as 'select exists (select from persona_versions where persona_id = $1 and deleted)'`)
			d.Exec(t, `create trigger a_planted before insert on personas for each row when (deleted_before(new.id)) execute function planted()`)
			return d.DB
		},
		"a campaign keeps its persona": func(t *testing.T, d *dbtest.Database) *postgres.DB {
			d.Exec(t, `create function planted() returns trigger language plpgsql as 'begin return coalesce(old, new); end'`)
			d.Exec(t, `create trigger planted before update on campaigns for each row when (old.persona_id is not null and new.persona_id is not null) execute function planted()`)
			return d.DB
		},
		"a proposal goes on waiting": func(t *testing.T, d *dbtest.Database) *postgres.DB {
			d.Exec(t, `create function planted() returns trigger language plpgsql as 'begin return null; end'`)
			d.Exec(t, `create trigger a_planted before update on proposals for each row when (new.state = 'approved') execute function planted()`)
			return d.DB
		},
		"a step is due for ever": func(t *testing.T, d *dbtest.Database) *postgres.DB {
			d.Exec(t, `create function planted() returns trigger language plpgsql as 'begin return old; end'`)
			d.Exec(t, `create trigger a_planted before update on schedules for each row when (new.state in ('active', 'done')) execute function planted()`)
			return d.DB
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := dbtest.New(t)
			db := noted(t, plant(t, d), 8)
			for range 500 { // some are seen once in thirty times
				wards := newWards(t, d, 1)
				crowd(t, db, wards, 8, 200)
				if found := violations(t, d, wards); len(found) > 0 {
					t.Logf("%.300s", found[0])
					return
				}
			}
			t.Error("nothing was found")
		})
	}
}

// TestAClientThatTellsOtherwiseIsFoundOut changes what clients say of the
// operations that they did, and shows that each change is seen.
func TestAClientThatTellsOtherwiseIsFoundOut(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	w := newWards(t, d, 1)[0]
	crowd(t, noted(t, d.DB, 8), []*ward{w}, 8, 600)
	r := must(readBack(t.Context(), d.SQL, w.access.Workspace()))(t)
	same(t, "what is wrong as it was", w.violation(r), "")
	told := w.asked
	place := map[uuid.UUID]int{}
	for _, e := range r.events {
		place[e.id] = e.rev
	}
	placed := func(a *asked) int {
		for _, id := range a.events {
			if place[id] > 0 {
				return place[id]
			}
		}
		return 0
	}
	at := func(rev int) *asked {
		return w.asked[slices.IndexFunc(w.asked, func(a *asked) bool { return placed(a) == rev })]
	}
	for name, test := range map[string]struct {
		lie  func()
		says string
	}{
		"another version in an answer": {func() {
			i := slices.IndexFunc(w.asked, func(a *asked) bool { return a.kind == editing && a.got.Refused == "" })
			a := w.asked[i]
			a.got.Personas = slices.Clone(a.got.Personas)
			a.got.Personas[0].Version++
		}, "answered otherwise"},
		"an acknowledgement that never came": {func() {
			i := slices.IndexFunc(w.asked, func(a *asked) bool { return a.kind == editing && a.got.Refused != "" })
			w.asked[i].got = answer{Personas: []seen{{ID: w.asked[i].id, Content: w.asked[i].content, Version: 7}, {}}}
		}, "acknowledged and lost"},
		"an operation kept secret": {func() {
			w.asked = slices.DeleteFunc(w.asked, func(a *asked) bool { return placed(a) == 5 })
		}, "nobody asked for"},
		"one operation done twice": {func() {
			at(3).events = append(slices.Clone(at(3).events), at(9).events...)
			w.asked = slices.DeleteFunc(w.asked, func(a *asked) bool { return placed(a) == 9 })
		}, "done twice"},
		"done and called refused": {func() { at(7).got = refuse(notFound) }, "refused and done"},
		"an end before its time":  {func() { at(20).began, at(20).ended = -1, 0 }, "it began when another had been answered"},
		"a beginning after its time": {func() {
			late := slices.MaxFunc(w.asked, func(a, b *asked) int { return int(a.ended - b.ended) }).ended
			at(4).began, at(4).ended = late+1, late+2
		}, "it began when another had been answered"},
		"a refusal for no reason": {func() {
			i := slices.IndexFunc(w.asked, func(a *asked) bool { return a.got.Refused == stale })
			w.asked[i].got = refuse(tooLate)
		}, "never the case"},
		"a look at what never was": {func() {
			i := slices.IndexFunc(w.asked, func(a *asked) bool { return a.kind == lookingAtSettings })
			w.asked[i].got.Settings = slices.Clone(w.asked[i].got.Settings)
			w.asked[i].got.Settings[0].Goals = "never was"
		}, "never the case"},
		"a refusal of another time": {func() {
			i := slices.IndexFunc(w.asked, func(a *asked) bool { return a.got.Refused == exists })
			w.asked[i].began, w.asked[i].ended = -1, 0
		}, "never the case"},
	} {
		w.asked = make([]*asked, len(told))
		for i, a := range told {
			copied := *a
			w.asked[i] = &copied
		}
		test.lie()
		if got := w.violation(r); !strings.Contains(got, test.says) {
			t.Errorf("%s: %q, and not that %s", name, got, test.says)
		}
	}
}

// sequences is how many tests look at sequences of one client at once.
const sequences = 4

// inSequence returns what rapid checks: that one client's operations, whichever
// they are, are answered as the model answers them and leave what it leaves.
func inSequence(t *testing.T, d *dbtest.Database, db *postgres.DB) func(*rapid.T) {
	t.Helper()
	owner := uuid.NewString() + "@example.com"
	user := d.User(t, access.NewUser{Email: owner})
	foreign := newWards(t, d, 1)[0].board.foreign
	return func(rt *rapid.T) {
		id, err := d.Owner(t).AddWorkspace(t.Context(), "Harbor", owner)
		if err != nil {
			rt.Fatal(err)
		}
		w, err := newWard(t.Context(), d.SQL, d.Access(t, user, id), foreign...)
		if err != nil {
			rt.Fatal(err)
		}
		var clock atomic.Int64
		do := map[string]func(*rapid.T){}
		for _, k := range kinds {
			do[string(k)] = func(rt *rapid.T) {
				o := w.board.choose(k, func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "choice") })
				if _, known := w.ask(t.Context(), db, &clock, o); !known {
					rt.Fatal("no answer")
				}
				rt.Log(w.asked[len(w.asked)-1])
			}
		}
		do["delete once more"], do["set default once more"] = do[string(deleting)], do[string(switching)]
		rt.Repeat(do)
		r, err := readBack(t.Context(), d.SQL, id)
		if err != nil {
			rt.Fatal(err)
		}
		if wrong := w.violation(r); wrong != "" {
			rt.Logf("%d operations: %s", len(w.asked), wrong)
			rt.Fatal("not as in the model") // rapid shortens what fails in the same words
		}
	}
}

func TestWhateverOneClientDoesIsAsInTheModel(t *testing.T) {
	t.Parallel()
	for n := range sequences {
		t.Run(fmt.Sprint("part ", n), func(t *testing.T) {
			t.Parallel()
			d := dbtest.New(t)
			rapid.Check(t, inSequence(t, d, noted(t, d.DB, 2)))
		})
	}
}

// failure is a test that is to fail, and what it says.
type failure struct {
	*testing.T
	says   strings.Builder
	failed bool
}

func (f *failure) Logf(format string, args ...any) { fmt.Fprintf(&f.says, format+"\n", args...) }
func (f *failure) Log(args ...any)                 { fmt.Fprintln(&f.says, args...) }
func (f *failure) Errorf(format string, args ...any) {
	f.Logf(format, args...)
	f.failed = true
}
func (f *failure) Error(args ...any) { f.Errorf("%s", fmt.Sprint(args...)) }
func (f *failure) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	runtime.Goexit()
}
func (f *failure) Fatal(args ...any) { f.Fatalf("%s", fmt.Sprint(args...)) }
func (f *failure) FailNow()          { runtime.Goexit() }
func (f *failure) Fail()             { f.failed = true }
func (f *failure) Failed() bool      { return f.failed }

// TestTheModelAnswersWhoKnowsALaterVersion is about a client that saw what
// another had not yet been told was done, and was answered at any moment since.
func TestTheModelAnswersWhoKnowsALaterVersion(t *testing.T) {
	t.Parallel()
	m := newWorld(nil)
	m.settle(persona.Settings{CompanyName: "Harbor"})
	m.look = true
	id := uuid.New()
	for want, o := range map[string]operation{
		stale:                {kind: savingSettings, settings: persona.Settings{Version: 2}},
		notFound:             {kind: restoring, id: id, version: 1},
		notFound + " either": {kind: editing, id: id, version: 3, content: persona.Content{Name: "Anna"}},
	} {
		if got := m.do(o); got.Refused != strings.TrimSuffix(want, " either") {
			t.Errorf("%s: %+v", o, got)
		}
	}
}

// TestASequenceThatFailsIsMadeShort plants a fault that takes three operations to
// see, and shows that a sequence is found which always fails, and cut down.
func TestASequenceThatFailsIsMadeShort(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	d.Exec(t, `create function planted() returns trigger language plpgsql as 'begin new.name := new.name || ''!''; return new; end'`)
	d.Exec(t, `create function deleted_before(uuid) returns boolean language sql as 'select exists (select from persona_versions where persona_id = $1 and deleted)'`)
	d.Exec(t, `create trigger a_planted before insert on personas for each row when (deleted_before(new.id)) execute function planted()`)
	f := &failure{T: t}
	check := inSequence(t, d, noted(t, d.DB, 2))
	done := make(chan struct{})
	go func() {
		defer close(done)
		rapid.Check(f, check)
	}()
	<-done
	says := f.says.String()
	var left int
	for line := range strings.Lines(says) {
		_, _ = fmt.Sscanf(strings.TrimSpace(line), "%d operations:", &left)
	}
	t.Logf("%d operations are left", left)
	if !f.failed || left < 3 || strings.Contains(says, "flaky") || !strings.Contains(says, "not as in the model") ||
		!strings.Contains(says, string(restoring)) {
		t.Errorf("%d operations are left:\n%s", left, says)
	}
}
