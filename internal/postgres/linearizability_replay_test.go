package postgres_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"personae/internal/language"
	"personae/internal/persona"
	"personae/internal/postgres"
)

// asked is one operation as its client saw it.
type asked struct {
	operation
	began, ended int64       // on a clock that all clients share
	events       []uuid.UUID // that it may have recorded; at most one, if all is well
	got          answer
	unknown      bool // no answer came
}

// ward is one workspace and all that was asked of it.
type ward struct {
	access    postgres.Access
	campaigns []campaign
	board     board
	mu        sync.Mutex
	asked     []*asked
}

// newWard adds a workspace's campaigns to the database and returns its ward.
func newWard(ctx context.Context, sql *pgxpool.Pool, a postgres.Access, foreign ...uuid.UUID) (*ward, error) {
	w := &ward{access: a}
	w.board.foreign = foreign
	for _, name := range []string{"Spring mailing", "Spring calls", "Autumn", "Fairs", "Spring fairs"} {
		c := campaign{id: uuid.New(), name: name}
		w.campaigns = append(w.campaigns, c)
		w.board.campaigns = append(w.board.campaigns, c.id)
	}
	_, err := sql.Exec(ctx, `insert into campaigns (id, workspace_id, name) select c.id, $1, c.name from unnest($2::uuid[], $3::text[]) as c (id, name)`,
		a.Workspace(), w.board.campaigns, []string{"Spring mailing", "Spring calls", "Autumn", "Fairs", "Spring fairs"})
	return w, err
}

// ask has the program do an operation and notes how it went. It returns false
// where no answer came.
func (w *ward) ask(ctx context.Context, db *postgres.DB, clock *atomic.Int64, o operation) (answer, bool) {
	a := &asked{operation: o, began: clock.Add(1)}
	var known bool
	a.got, known = o.ask(postgres.Note(ctx, &a.events), db, w.access)
	a.ended = clock.Add(1)
	if !known {
		a.unknown, a.ended = true, math.MaxInt64 // it may still be under way
	}
	w.mu.Lock()
	w.asked = append(w.asked, a)
	w.mu.Unlock()
	if known {
		w.board.learn(o, a.got)
	}
	if o.looks() {
		sortByID(a.got.Personas)
	}
	return a.got, known
}

// recorded is what the database says of a workspace.
type recorded struct {
	events   []recordedEvent // in their order
	versions []recordedVersion
	settings []settingsVersion
	personas []voice // the oldest first
	now      []persona.Settings
	given    map[uuid.UUID]uuid.NullUUID // campaign → persona
	plans    []string                    // what became of each proposal and schedule
}

type recordedEvent struct {
	rev    int
	id     uuid.UUID
	action string
	plan   uuid.UUID // the proposal or schedule that it names
}

type recordedVersion struct {
	persona uuid.UUID
	number  int
	version
}

const voiceColumns = `name, coalesce(display_name, ''), coalesce(tone, ''), coalesce(greeting, ''), coalesce(sms_greeting, ''), coalesce(signature, ''),
	coalesce(goals, ''), coalesce(service_description, ''), coalesce(ideal_customer_profile, ''), coalesce(variants::text, '{}')`

const legacyColumns = `coalesce(ai_persona_name, ''), coalesce(ai_tone, ''), coalesce(ai_greeting, ''), coalesce(ai_sms_greeting, ''), coalesce(ai_signature, ''),
	coalesce(ai_goals, ''), coalesce(service_description, ''), coalesce(ideal_customer_profile, ''), coalesce(company_name, ''), coalesce(qualification_questions, ''), version`

func contentPlaces(c *persona.Content) []any {
	return []any{&c.Name, &c.DisplayName, &c.Tone, &c.Greeting, &c.SMSGreeting, &c.Signature, &c.Goals,
		&c.ServiceDescription, &c.IdealCustomerProfile, (*tongues)(&c.Variants)}
}

// tongues scans words in other languages past the code under test.
type tongues persona.Variants

func (v *tongues) Scan(text any) error {
	var all map[language.Tag]persona.Variant
	if err := json.Unmarshal([]byte(text.(string)), &all); err != nil {
		return err
	}
	list := make([]persona.Variant, 0, len(all))
	for tag, one := range all {
		one.Language = tag
		list = append(list, one)
	}
	*v = tongues(persona.Pack(list...))
	return nil
}

func settingsPlaces(s *persona.Settings) []any {
	return []any{&s.DisplayName, &s.Tone, &s.Greeting, &s.SMSGreeting, &s.Signature, &s.Goals, &s.ServiceDescription,
		&s.IdealCustomerProfile,
		&s.CompanyName, &s.QualificationQuestions, &s.Version}
}

// readBack reads a workspace past the code under test.
func readBack(ctx context.Context, sql *pgxpool.Pool, ws uuid.UUID) (recorded, error) {
	r := recorded{given: map[uuid.UUID]uuid.NullUUID{}}
	batch := &pgx.Batch{}
	batch.Queue(`select rev, id, action, coalesce(details->>'proposal', details->>'schedule', '00000000-0000-0000-0000-000000000000')::uuid
		from audit_events where workspace_id = $1 order by rev`,
		ws).Query(func(rows pgx.Rows) (err error) {
		r.events, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (e recordedEvent, err error) {
			return e, row.Scan(&e.rev, &e.id, &e.action, &e.plan)
		})
		return err
	})
	batch.Queue(`select persona_id, version, is_default, deleted, coalesce(event_id, '00000000-0000-0000-0000-000000000000'), `+voiceColumns+`
		from persona_versions where workspace_id = $1 order by persona_id, version`, ws).Query(func(rows pgx.Rows) (err error) {
		r.versions, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (v recordedVersion, err error) {
			return v, row.Scan(append([]any{&v.persona, &v.number, &v.leads, &v.deleted, &v.event},
				contentPlaces(&v.Content)...)...)
		})
		return err
	})
	batch.Queue(`select coalesce(event_id, '00000000-0000-0000-0000-000000000000'), `+legacyColumns+`
		from workspace_settings_versions where workspace_id = $1 order by version`, ws).Query(func(rows pgx.Rows) (err error) {
		r.settings, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (v settingsVersion, err error) {
			return v, row.Scan(append([]any{&v.event}, settingsPlaces(&v.Settings)...)...)
		})
		return err
	})
	batch.Queue(`select id, is_default, version, `+voiceColumns+` from personas where workspace_id = $1 order by seq`,
		ws).Query(func(rows pgx.Rows) (err error) {
		r.personas, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (p voice, err error) {
			return p, row.Scan(append([]any{&p.id, &p.leads, &p.version}, contentPlaces(&p.Content)...)...)
		})
		return err
	})
	batch.Queue(`select `+legacyColumns+` from workspace_settings where workspace_id = $1`,
		ws).Query(func(rows pgx.Rows) (err error) {
		r.now, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (s persona.Settings, err error) {
			return s, row.Scan(settingsPlaces(&s)...)
		})
		return err
	})
	batch.Queue(`select id, persona_id from campaigns where workspace_id = $1`, ws).Query(func(rows pgx.Rows) error {
		var id uuid.UUID
		var given uuid.NullUUID
		_, err := pgx.ForEachRow(rows, []any{&id, &given}, func() error {
			r.given[id] = given
			return nil
		})
		return err
	})
	batch.Queue(`select concat_ws(' ', id, state, overtaken_by) from proposals where workspace_id = $1
		union all select concat_ws(' ', id, state, skipped_by, start_event, end_event) from schedules where workspace_id = $1
		order by 1`, ws).Query(func(rows pgx.Rows) (err error) {
		r.plans, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	return r, sql.SendBatch(ctx, batch).Close()
}

// violation returns the first thing that is wrong with a workspace; empty:
// nothing. It does the operations that recorded an event again, in the order of
// the events, in a model, and compares every answer, what everything was at each
// moment and what it is in the end. An operation that recorded none was refused,
// found nothing to do or only looked: the model must give its answer at some
// moment between its beginning and its end. One that began when another had been
// answered must come after it.
func (w *ward) violation(r recorded) string {
	by := map[uuid.UUID]*asked{}
	for _, a := range w.asked {
		for _, id := range a.events {
			by[id] = a
		}
	}
	places := make(map[*asked]int, len(r.events))
	for i, e := range r.events {
		a := by[e.id]
		switch {
		case e.rev != i+1:
			return fmt.Sprintf("place %d of the order is empty", i+1)
		case a == nil:
			return fmt.Sprintf("nobody asked for the event %s at %d", e.action, e.rev)
		case places[a] != 0:
			return fmt.Sprintf("done twice, at %d and %d: %s", places[a], e.rev, a)
		case a.got.Refused != "" && !a.unknown:
			return fmt.Sprintf("refused and done all the same: %s", a)
		case !slices.Contains(actions[a.kind], e.action):
			return fmt.Sprintf("recorded as %s: %s", e.action, a)
		}
		places[a] = e.rev
	}
	waiting, wrong := w.windows(places, len(r.events))
	if wrong != "" {
		return wrong
	}
	made := map[uuid.UUID][]recordedVersion{}
	for _, v := range r.versions {
		made[v.event] = append(made[v.event], v)
	}
	m := newWorld(w.campaigns)
	var open []window
	for rev := range len(r.events) + 1 {
		if rev > 0 {
			e := r.events[rev-1]
			m.event, m.rev, m.plan = e.id, rev, e.plan
			m.made = func(name string) uuid.UUID {
				for _, v := range made[e.id] {
					if v.Name == name && m.history[v.persona] == nil {
						return v.persona
					}
				}
				return uuid.Nil
			}
			a := by[e.id]
			switch want := m.do(a.operation); {
			case want.Refused != "":
				return fmt.Sprintf("done at %d, and must be refused as %q: %s", rev, want.Refused, a)
			case !a.unknown && !want.equals(a.got):
				return fmt.Sprintf("answered otherwise at %d than it must be, %+v: %s", rev, want, a)
			}
			if broken := m.broken(); broken != "" {
				return fmt.Sprintf("after %d, %s: %s", rev, broken, a)
			}
		}
		for len(waiting) > 0 && waiting[0].from <= rev {
			open, waiting = append(open, waiting[0]), waiting[1:]
		}
		m.look = true
		left := open[:0]
		for _, o := range open {
			switch want := m.do(o.operation); {
			case want.equals(o.got):
			case o.to > rev:
				left = append(left, o)
			case o.got.Refused == "" && !o.looks():
				return fmt.Sprintf("acknowledged and lost between %d and %d: %s", o.from, o.to, o.asked)
			default:
				return fmt.Sprintf("never the case between %d and %d, where at last it must be %+v: %s", o.from, o.to, want,
					o.asked)
			}
		}
		open, m.look = left, false
	}
	return m.differs(r)
}

// window is an operation that changed nothing and the places in the order at
// which it may have been answered.
type window struct {
	*asked
	from, to int
}

// windows returns those of the operations that have no place, by their beginning,
// or what is wrong with the places of the others.
func (w *ward) windows(places map[*asked]int, last int) ([]window, string) {
	type end struct {
		at int64
		*asked
	}
	var began, ended []end // of those with a place
	for a := range places {
		began, ended = append(began, end{a.began, a}), append(ended, end{a.ended, a})
	}
	byTime := func(a, b end) int { return cmp.Compare(a.at, b.at) }
	slices.SortFunc(began, byTime)
	slices.SortFunc(ended, byTime)
	// The latest place of those that had ended by then, the first of those that began later.
	latest := make([]*asked, len(ended))
	for i, e := range ended {
		if latest[i] = e.asked; i > 0 && places[latest[i-1]] > places[e.asked] {
			latest[i] = latest[i-1]
		}
	}
	first := make([]int, len(began)+1)
	first[len(began)] = last + 1
	for i := len(began) - 1; i >= 0; i-- {
		first[i] = min(first[i+1], places[began[i].asked])
	}
	before := func(t int64) *asked {
		n, _ := slices.BinarySearchFunc(ended, t, func(e end, t int64) int { return cmp.Compare(e.at, t) })
		if n == 0 {
			return nil
		}
		return latest[n-1]
	}
	var list []window
	for _, a := range w.asked {
		earlier := before(a.began)
		switch {
		case places[a] != 0:
			if earlier != nil && places[earlier] > places[a] {
				return nil, fmt.Sprintf("it began when another had been answered, and is at %d before it at %d: %s and %s",
					places[a], places[earlier], a, earlier)
			}
		case !a.unknown:
			n, _ := slices.BinarySearchFunc(began, a.ended, func(e end, t int64) int { return cmp.Compare(e.at, t) })
			list = append(list, window{a, places[earlier], first[n] - 1})
		}
	}
	slices.SortFunc(list, func(a, b window) int { return cmp.Compare(a.from, b.from) })
	return list, ""
}

// differs returns what of the database is not as in the model; empty: nothing.
func (w *world) differs(r recorded) string {
	count := 0
	for id, list := range w.history {
		count += len(list)
		for i, v := range list {
			at, _ := slices.BinarySearchFunc(r.versions, recordedVersion{persona: id, number: i + 1},
				func(a, b recordedVersion) int {
					return cmp.Or(slices.Compare(a.persona[:], b.persona[:]), cmp.Compare(a.number, b.number))
				})
			if at == len(r.versions) || r.versions[at] != (recordedVersion{id, i + 1, v}) {
				return fmt.Sprintf("version %d of %s must be %+v and is not", i+1, id, v)
			}
		}
	}
	if count != len(r.versions) {
		return fmt.Sprintf("there are %d versions of personas, and must be %d", len(r.versions), count)
	}
	if !slices.Equal(r.settings, w.settings) {
		return fmt.Sprintf("the versions of settings are %+v and must be %+v", r.settings, w.settings)
	}
	personas := make([]voice, len(w.personas))
	for i, p := range w.personas {
		personas[i] = *p
	}
	if !slices.Equal(r.personas, personas) {
		return fmt.Sprintf("the personas are %+v and must be %+v", r.personas, personas)
	}
	if len(r.now) != min(1, len(w.settings)) || len(r.now) == 1 && r.now[0] != w.now() {
		return fmt.Sprintf("the settings are %+v and must be %+v", r.now, w.now())
	}
	if plans := w.plans(); !slices.Equal(r.plans, plans) {
		return fmt.Sprintf("the proposals and schedules are %v and must be %v", r.plans, plans)
	}
	for _, c := range w.campaigns {
		if r.given[c.id] != c.persona {
			return fmt.Sprintf("the campaign %s has %v and must have %v", c.name, r.given[c.id], c.persona)
		}
	}
	return ""
}

func (a *asked) String() string {
	return fmt.Sprintf("%s, from %d to %d, events %v, answer %+v", a.operation, a.began, a.ended, a.events, a.got)
}
