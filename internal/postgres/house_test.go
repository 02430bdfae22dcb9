package postgres_test

import (
	"crypto/sha256"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/i18n"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// housed is a workspace with a default, and a house persona that a superadmin keeps.
type housed struct {
	*dbtest.Database
	owner postgres.Access
	by    postgres.Steward
	root  uuid.UUID
	house persona.HousePersona
}

func newHoused(t *testing.T) housed {
	t.Helper()
	d := dbtest.New(t)
	h := housed{Database: d, owner: d.Workspace(t, "Harbor"), root: d.User(t, access.NewUser{Name: "Rea Root", Superadmin: true})}
	h.by = h.steward(t, h.root)
	d.NewPersona(t, h.owner, "First")
	h.house = must(d.CreateHouse(t.Context(), h.by, persona.Content{Name: "Concierge", Voice: words}))(t)
	return h
}

// steward returns a superadmin as a Steward, by way of a session.
func (h housed) steward(t *testing.T, user uuid.UUID) postgres.Steward {
	t.Helper()
	session := sha256.Sum256([]byte(uuid.NewString()))
	if err := h.StartSession(t.Context(), session[:], user, time.Now().Add(time.Hour), "", "", ""); err != nil {
		t.Fatal(err)
	}
	return must(h.Visit(t.Context(), session[:], uuid.Nil))(t).Steward()
}

// take makes a copy of the house persona as it is.
func (h housed) take(t *testing.T, a postgres.Access) persona.Persona {
	t.Helper()
	mark := persona.HouseMark{ID: h.house.ID, Version: h.house.Version}
	return must(h.Create(t.Context(), a.OfHouse(mark), h.house.Content, false))(t).Persona
}

// change has the superadmin change the greeting of the house persona.
func (h *housed) change(t *testing.T, greeting string) {
	t.Helper()
	content := h.house.Content
	content.Greeting = greeting
	h.house = must(h.EditHouse(t.Context(), h.by, h.house.ID, h.house.Version, content))(t)
}

// origin returns what a persona was taken from; nil: nothing.
func (h housed) origin(t *testing.T, a postgres.Access, id uuid.UUID) *persona.HouseCopy {
	t.Helper()
	_, _, copied, err := h.PersonaWithTones(t.Context(), a, id)
	if err != nil {
		t.Fatal(err)
	}
	return copied
}

func TestAChangedHousePersonaChangesNoCopyAndIsOfferedToIt(t *testing.T) {
	t.Parallel()
	h := newHoused(t)
	p := h.take(t, h.owner)
	same(t, "a copy", p.Content, h.house.Content)
	same(t, "not the default", p.IsDefault, false)
	same(t, "as new", *h.origin(t, h.owner, p.ID), persona.HouseCopy{
		House: persona.Named{ID: h.house.ID, Name: "Concierge"}, Version: 1, Newest: 1})
	before := h.Snapshot(t, "house_personas", "house_persona_versions")

	h.change(t, "Ahoy")
	same(t, "nothing else", h.Snapshot(t, "house_personas", "house_persona_versions"), before)
	same(t, "offered", *h.origin(t, h.owner, p.ID), persona.HouseCopy{
		House: persona.Named{ID: h.house.ID, Name: "Concierge"}, Version: 1, Newest: 2, Changed: true})
	list := must(h.PersonasPage(t.Context(), h.owner, "", 1))(t)
	same(t, "the list", list.Behind, []persona.HouseChange{{Named: persona.Named{ID: p.ID, Name: "Concierge"}, House: "Concierge"}})
	same(t, "may be taken", list.Offers, 1)

	// What is changed and changed back is no change.
	h.change(t, words.Greeting)
	same(t, "changed back", h.origin(t, h.owner, p.ID).Changed, false)
	h.Healthy(t)
}

func TestMergingACopyTakesWordsAndVersionTogether(t *testing.T) {
	t.Parallel()
	h := newHoused(t)
	p := h.take(t, h.owner)
	must(h.SetDefault(t.Context(), h.owner, p.ID))(t)
	ours := must(h.Persona(t.Context(), h.owner, p.ID))(t)
	own := ours.Content
	own.Signature, own.Goals = "Ours", "Ours too"
	ours = must(h.Edit(t.Context(), h.owner, p.ID, ours.Version, own, persona.KeepDefault))(t).Persona

	theirs := h.house.Content
	theirs.Greeting, theirs.Signature = "Ahoy", "Theirs"
	h.house = must(h.EditHouse(t.Context(), h.by, h.house.ID, 1, theirs))(t)
	m := must(h.HouseMerge(t.Context(), h.owner, p.ID))(t)
	merged, overlap := persona.Merge(m.Base, m.Theirs, m.Yours.Content, nil)
	same(t, "only theirs", overlap.OnlyTheirs, []i18n.Text{i18n.Say("Greeting")})
	same(t, "both", len(overlap.Conflicts), 1)
	same(t, "where both", overlap.Conflicts[0], persona.Conflict{Field: "signature", Label: i18n.Say("Signature"),
		Original: words.Signature, Theirs: "Theirs", Yours: "Ours"})
	same(t, "only ours", merged.Goals, "Ours too")

	mark := persona.HouseMark{Version: 2}
	if _, err := h.Edit(t.Context(), h.owner.OfHouse(mark), p.ID, ours.Version-1, merged, persona.KeepDefault); !errors.As(err, new(*persona.StaleError)) {
		t.Errorf("merged what somebody changed: %v", err)
	}
	same(t, "nothing noted", h.origin(t, h.owner, p.ID).Version, 1)
	must(h.Edit(t.Context(), h.owner.OfHouse(mark), p.ID, ours.Version, merged, persona.KeepDefault))(t)
	same(t, "noted", h.origin(t, h.owner, p.ID).Version, 2)
	same(t, "as new", h.origin(t, h.owner, p.ID).Changed, false)
	same(t, "mirrored", settings(t, h.Database, h.owner.Workspace()), merged.Voice)
	same(t, "event", h.Count(t, `select count(*) from audit_events where action = 'persona.edited'
		and details->>'house' = $1 and details->>'houseVersion' = '2' and details->'fields' = '["greeting"]'`, h.house.ID.String()), 1)
	h.Healthy(t)
}

func TestKeepingOursChangesNoWordAndNoVersion(t *testing.T) {
	t.Parallel()
	h := newHoused(t)
	p := h.take(t, h.owner)
	h.change(t, "Ahoy")
	for range 2 {
		kept := must(h.KeepOurs(t.Context(), h.owner, p.ID, 2))(t)
		same(t, "kept", []any{kept.Version, kept.Changed}, []any{2, false})
	}
	same(t, "as it was", must(h.Persona(t.Context(), h.owner, p.ID))(t), p)
	same(t, "one event", h.Count(t, `select count(*) from audit_events where action = 'persona.house_kept' and persona_id = $1
		and from_version = 1 and to_version = 1`, p.ID), 1)
	h.change(t, "Ahoy again")
	same(t, "told again", h.origin(t, h.owner, p.ID).Changed, true)
	// An older page takes back nothing that was looked at since.
	must(h.KeepOurs(t.Context(), h.owner, p.ID, 3))(t)
	must(h.KeepOurs(t.Context(), h.owner, p.ID, 2))(t)
	same(t, "not back", h.origin(t, h.owner, p.ID).Version, 3)

	first := must(h.PersonasPage(t.Context(), h.owner, "First", 1))(t).Personas[0]
	for what, err := range map[string]error{
		"a version that is not there": second(h.KeepOurs(t.Context(), h.owner, p.ID, 4)),
		"no version":                  second(h.KeepOurs(t.Context(), h.owner, p.ID, 0)),
		"no copy":                     second(h.KeepOurs(t.Context(), h.owner, first.ID, 3)),
		"a merge of no copy": second(h.Edit(t.Context(), h.owner.OfHouse(persona.HouseMark{Version: 3}), first.ID, 1,
			persona.Content{Name: "First"}, persona.KeepDefault)),
		"a copy of a version that is not there": second(h.Create(t.Context(), h.owner.OfHouse(persona.HouseMark{ID: h.house.ID, Version: 9}),
			persona.Content{Name: "New"}, false)),
		"a copy of nothing": second(h.Create(t.Context(), h.owner.OfHouse(persona.HouseMark{ID: uuid.New(), Version: 1}),
			persona.Content{Name: "New"}, false)),
	} {
		if !errors.Is(err, persona.ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	same(t, "nothing made", h.Count(t, `select count(*) from personas`), 2)
	h.Healthy(t)
}

func second[T any](_ T, err error) error { return err }

// TestTakingAndMergingAtOnceKeepsEveryRule has several people take, merge and keep at once,
// while the house persona changes.
func TestTakingAndMergingAtOnceKeepsEveryRule(t *testing.T) {
	t.Parallel()
	h := newHoused(t)
	empty := h.Workspace(t, "Northwind") // where the first copy becomes the default
	p := h.take(t, h.owner)
	must(h.SetDefault(t.Context(), h.owner, p.ID))(t)
	h.change(t, "Ahoy")
	const people = 6
	merged := make([]error, people)
	var group sync.WaitGroup
	for i := range people {
		content := h.house.Content
		content.Name = "Copy " + string(rune('A'+i))
		group.Go(func() {
			mark := persona.HouseMark{ID: h.house.ID, Version: 2}
			if _, err := h.Create(t.Context(), empty.OfHouse(mark), content, i%2 == 0); err != nil {
				t.Error(err)
			}
		})
		group.Go(func() {
			_, merged[i] = h.Edit(t.Context(), h.owner.OfHouse(persona.HouseMark{Version: 2}), p.ID, p.Version+1,
				persona.Content{Name: "Concierge", Voice: content.Voice}, persona.KeepDefault)
		})
		group.Go(func() {
			if _, err := h.KeepOurs(t.Context(), h.owner, p.ID, 2); err != nil {
				t.Error(err)
			}
		})
	}
	group.Go(func() {
		content := h.house.Content
		content.Goals = "Something else"
		if _, err := h.EditHouse(t.Context(), h.by, h.house.ID, 2, content); err != nil {
			t.Error(err)
		}
	})
	group.Wait()
	done := 0
	for _, err := range merged {
		if err == nil {
			done++
		} else if !errors.As(err, new(*persona.StaleError)) {
			t.Error(err)
		}
	}
	same(t, "merged once", done, 1)
	same(t, "mirrored", settings(t, h.Database, h.owner.Workspace()).Greeting, "Ahoy")
	same(t, "merged with", h.origin(t, h.owner, p.ID).Version, 2)
	same(t, "copies", h.Count(t, `select count(*) from house_copies where workspace_id = $1`, empty.Workspace()), people)
	same(t, "one default", h.Count(t, `select count(*) from personas where workspace_id = $1 and is_default`, empty.Workspace()), 1)
	h.Healthy(t)
}

func TestWhatACopyWasTakenFromOutlivesWhatHappensToIt(t *testing.T) {
	t.Parallel()
	h := newHoused(t)
	p := h.take(t, h.owner)
	same(t, "a duplicate is a copy too", h.origin(t, h.owner, must(h.Duplicate(t.Context(), h.owner, p.ID))(t).ID).House.ID, h.house.ID)

	entry := persona.Entry{Content: persona.Content{Name: "Concierge", Voice: persona.Voice{Greeting: "From a file"}}}
	must(h.Load(t.Context(), h.owner, []persona.Entry{entry}, true, ""))(t)
	same(t, "a file leaves it", *h.origin(t, h.owner, p.ID), persona.HouseCopy{
		House: persona.Named{ID: h.house.ID, Name: "Concierge"}, Version: 1, Newest: 1})

	h.change(t, "Ahoy")
	now := must(h.Persona(t.Context(), h.owner, p.ID))(t)
	must(h.Delete(t.Context(), h.owner, p.ID, now.Version, uuid.NullUUID{}))(t)
	same(t, "deleted", len(must(h.PersonasPage(t.Context(), h.owner, "", 1))(t).Behind), 1) // the duplicate
	same(t, "counted", must(h.HousePersona(t.Context(), h.house.ID))(t).Copies, 1)
	must(h.Restore(t.Context(), h.owner, p.ID, 1, 0))(t)
	same(t, "restored", *h.origin(t, h.owner, p.ID), persona.HouseCopy{
		House: persona.Named{ID: h.house.ID, Name: "Concierge"}, Version: 1, Newest: 2, Changed: true})

	must(h.OfferHouse(t.Context(), h.by, h.house.ID, false))(t)
	same(t, "withdrawn", *h.origin(t, h.owner, p.ID), persona.HouseCopy{
		House: persona.Named{ID: h.house.ID, Name: "Concierge"}, Version: 1, Newest: 3, Withdrawn: true})
	_, err := h.Create(t.Context(), h.owner.OfHouse(persona.HouseMark{ID: h.house.ID, Version: 2}), persona.Content{Name: "Late"}, false)
	if !errors.As(err, new(*persona.InvalidError)) {
		t.Errorf("took what is withdrawn: %v", err)
	}
	list, _, taken, err := h.HouseOffers(t.Context(), h.owner, "", postgres.Rows{})
	same(t, "offered", []any{len(list), len(taken), err}, []any{0, 2, nil})
	must(h.OfferHouse(t.Context(), h.by, h.house.ID, true))(t)
	same(t, "offered again", h.origin(t, h.owner, p.ID).Changed, true)
	h.Healthy(t)
}

func TestHousePersonasAreChangedBySuperadminsAloneAndTheirWordsKept(t *testing.T) {
	t.Parallel()
	h := newHoused(t)
	h.change(t, "Ahoy")
	stale := h.house.Content
	stale.Goals = "Mine"
	_, err := h.EditHouse(t.Context(), h.by, h.house.ID, 1, stale)
	var conflict *persona.StaleError
	if !errors.As(err, &conflict) {
		t.Fatal(err)
	}
	same(t, "original, theirs, yours", []string{conflict.Original.Greeting, conflict.Theirs.Greeting, conflict.Yours.Goals},
		[]string{words.Greeting, "Ahoy", "Mine"})
	if _, err := h.CreateHouse(t.Context(), h.by, persona.Content{Name: "CONCIERGE"}); !errors.As(err, new(*persona.NameTakenError)) {
		t.Errorf("two of one name: %v", err)
	}
	if _, err := h.CreateHouse(t.Context(), h.by, persona.Content{Name: strings.Repeat("x", 81)}); !errors.As(err, new(*persona.InvalidError)) {
		t.Errorf("too long: %v", err)
	}
	history := must(h.HouseHistory(t.Context(), h.house.ID))(t)
	same(t, "who", []string{history[0].Who, history[1].Who}, []string{"Rea Root", "Rea Root"})
	same(t, "what", []string{history[0].Greeting, history[1].Greeting}, []string{"Ahoy", words.Greeting})
	by, err := h.HouseChangedSince(t.Context(), h.house.ID, 1)
	same(t, "changed by", []any{by.Who, err}, []any{[]string{"Rea Root"}, nil})

	// Who is no superadmin any more changes nothing, from a page that is still open.
	h.User(t, access.NewUser{Superadmin: true}) // the last one stays one
	before := h.Snapshot(t, "users")
	h.Exec(t, `update users set superadmin = false where id = $1`, h.root)
	for _, by := range []postgres.Steward{h.by, {}} {
		for what, err := range map[string]error{
			"created":   second(h.CreateHouse(t.Context(), by, persona.Content{Name: "Other"})),
			"edited":    second(h.EditHouse(t.Context(), by, h.house.ID, 2, persona.Content{Name: "Other"})),
			"withdrawn": second(h.OfferHouse(t.Context(), by, h.house.ID, false)),
		} {
			if !errors.Is(err, persona.ErrNotFound) {
				t.Errorf("%s by nobody: %v", what, err)
			}
		}
	}
	same(t, "nothing", h.Snapshot(t, "users"), before)

	// The database keeps what it said, also from plain SQL under the server's role.
	for _, sql := range []string{`delete from house_personas`, `truncate house_personas cascade`, `update house_persona_versions set greeting = 'x'`,
		`delete from house_persona_versions`, `insert into house_persona_versions select * from house_persona_versions`,
		`update house_personas set version = 1`, `update house_personas set created_by = null`} {
		if _, err := h.ServerSQL.Exec(t.Context(), sql); err == nil {
			t.Errorf("done: %s", sql)
		}
	}
	h.Exec(t, `update house_personas set version = 7, goals = 'By hand'`)
	history = must(h.HouseHistory(t.Context(), h.house.ID))(t)
	same(t, "plain SQL is kept too", []any{history[0].Number, history[0].Goals, history[0].Who}, []any{3, "By hand", ""})
}

func TestASecondPersonApprovesWhatAMergeChangesInTheDefault(t *testing.T) {
	t.Parallel()
	p, other := demanding(t)
	h := housed{Database: p.Database, owner: p.owner, root: p.User(t, access.NewUser{Name: "Rea Root", Superadmin: true})}
	h.by = h.steward(t, h.root)
	h.house = must(h.CreateHouse(t.Context(), h.by, p.first.Content))(t)
	// The default is a copy, as if it had been taken before two were asked for.
	h.Exec(t, `insert into house_copies select workspace_id, id, version, $2, 1 from personas where id = $1`, p.first.ID, h.house.ID)
	h.change(t, "Ahoy")
	now := must(h.Persona(t.Context(), p.owner, p.first.ID))(t)
	content := now.Content
	content.Greeting = "Ahoy"
	saved := must(h.Edit(t.Context(), p.owner.OfHouse(persona.HouseMark{Version: 2}), now.ID, now.Version, content, persona.KeepDefault))(t)
	if saved.Proposed == nil {
		t.Fatal("one person changed the default’s words")
	}
	same(t, "as it was", must(h.Persona(t.Context(), p.owner, now.ID))(t), now)
	same(t, "still told", h.origin(t, p.owner, now.ID).Changed, true)
	same(t, "the proposal knows", saved.Proposed.House, 2)
	must(h.Approve(t.Context(), other, saved.Proposed.ID, ""))(t)
	same(t, "approved", must(h.Persona(t.Context(), p.owner, now.ID))(t).Greeting, "Ahoy")
	same(t, "merged", []any{h.origin(t, p.owner, now.ID).Version, h.origin(t, p.owner, now.ID).Changed}, []any{2, false})

	h.change(t, "Ahoy again")
	must(h.KeepOurs(t.Context(), p.owner, now.ID, 3))(t) // no word of the default changes by it
	same(t, "kept", h.origin(t, p.owner, now.ID).Changed, false)
	content.Name = p.other.Name
	_, err := h.Propose(t.Context(), p.owner, persona.Suggestion{Kind: persona.ProposedEdit, Version: 1, House: 9, Content: content,
		Persona: uuid.NullUUID{UUID: p.other.ID, Valid: true}})
	if !errors.Is(err, persona.ErrNotFound) {
		t.Errorf("proposed to merge what is no copy: %v", err)
	}
	h.Healthy(t)
}

func TestAnErasedWorkspaceLeavesNoCopyAndTheHousePersona(t *testing.T) {
	t.Parallel()
	h := newHoused(t)
	h.take(t, h.owner)
	h.Exec(t, `update workspaces set erasing_at = now() where id = $1`, h.owner.Workspace())
	for range 100 {
		h.Exec(t, `select erase_workspace($1, 1000)`, h.owner.Workspace())
	}
	same(t, "erased", h.Count(t, `select count(*) from workspaces where id = $1`, h.owner.Workspace()), 0)
	same(t, "copies", h.Count(t, `select count(*) from house_copies`), 0)
	same(t, "kept", must(h.HousePersona(t.Context(), h.house.ID))(t).Copies, 0)
}
