package postgres_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
)

// demanding is a workspace that demands a second person, with another admin.
func demanding(t *testing.T) (p proposing, second postgres.Access) {
	t.Helper()
	p = newProposing(t)
	if err := p.RequireSecondPerson(t.Context(), p.owner); !errors.As(err, new(*persona.InvalidError)) {
		t.Fatalf("demanded where nobody else may approve: %v", err)
	}
	second = p.join(t, access.Admin)
	for range 2 {
		if err := p.RequireSecondPerson(t.Context(), p.owner); err != nil {
			t.Fatal(err)
		}
	}
	same(t, "events", p.Count(t, `select count(*) from audit_events where action = 'workspace.second_person_required'`), 1)
	return p, second
}

// standing is what a second person watches over.
func (p proposing) standing(t *testing.T) string {
	t.Helper()
	var all string
	err := p.SQL.QueryRow(t.Context(), `select w.require_second_person || to_jsonb(s)::text || (select jsonb_agg(to_jsonb(d))
		from personas d where d.workspace_id = w.id and d.is_default) from workspaces w join workspace_settings s on s.workspace_id = w.id
		where w.id = $1`, p.owner.Workspace()).Scan(&all)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTheDefaultAndItsWordsChangeByASecondPersonAlone(t *testing.T) {
	t.Parallel()
	p, second := demanding(t)
	before := p.standing(t)
	words := p.first.Content
	words.Greeting = "Ahoy"
	refused := map[string]func(context.Context) error{
		"the last is deleted": func(ctx context.Context) error {
			_, err := p.Delete(ctx, p.owner, p.first.ID, 0, uuid.NullUUID{})
			return err
		},
		"a new default": func(ctx context.Context) error {
			_, err := p.Create(ctx, p.owner, persona.Content{Name: "New"}, true)
			return err
		},
		"a file": func(ctx context.Context) error {
			_, err := p.Load(ctx, p.owner, []persona.Entry{{Content: words}}, true, "")
			return err
		},
	}
	for name, do := range refused {
		if err := do(t.Context()); !errors.Is(err, persona.ErrSecondPerson) {
			t.Errorf("%s: %v", name, err)
		}
	}
	same(t, "refused", p.standing(t), before)

	// By their own hand, also through a token of theirs, nobody approves what they proposed.
	mine := must(p.Propose(t.Context(), p.owner, persona.Suggestion{Kind: persona.ProposedEdit,
		Persona: uuid.NullUUID{UUID: p.first.ID, Valid: true}, Version: p.first.Version, Content: words}))(t)
	_, token := tokenOf(t, p.Database, p.owner, "write")
	for _, own := range []postgres.Access{p.owner, token} {
		if _, err := p.Approve(t.Context(), own, mine.ID, ""); !errors.Is(err, persona.ErrOwnProposal) {
			t.Errorf("approved one’s own: %v", err)
		}
	}
	same(t, "own", p.standing(t), before)

	// Of two at once, one.
	errs := make([]error, 2)
	var group sync.WaitGroup
	for i := range errs {
		group.Go(func() { _, errs[i] = p.Approve(t.Context(), second, mine.ID, "") })
	}
	group.Wait()
	if (errs[0] == nil) == (errs[1] == nil) || !errors.As(errors.Join(errs...), new(*persona.TooLateError)) {
		t.Errorf("approved at once: %v", errs)
	}
	same(t, "edited", p.persona(t, p.first.ID).Greeting, "Ahoy")

	switched := p.suggest(t, persona.ProposedSwitch, p.other)
	must(p.Approve(t.Context(), p.owner, switched.ID, ""))(t)
	same(t, "switched", p.persona(t, p.other.ID).IsDefault, true)
	p.Healthy(t)
}

func TestTwoPeopleStopThatASecondPersonIsDemanded(t *testing.T) {
	t.Parallel()
	p, second := demanding(t)
	off := persona.Suggestion{Kind: persona.ProposedAlone}
	mine, also := must(p.Propose(t.Context(), p.owner, off))(t), must(p.Propose(t.Context(), second, off))(t)
	if _, err := p.Approve(t.Context(), p.owner, mine.ID, ""); !errors.Is(err, persona.ErrOwnProposal) {
		t.Errorf("stopped alone: %v", err)
	}
	same(t, "done", must(p.Approve(t.Context(), second, mine.ID, ""))(t).Done(), true)
	same(t, "overtaken", must(p.Approve(t.Context(), p.owner, also.ID, ""))(t).Proposal.Overtaken, persona.OvertakenAlone)
	if _, err := p.Propose(t.Context(), p.owner, off); !errors.As(err, new(*persona.TooLateError)) {
		t.Errorf("proposed where none is demanded: %v", err)
	}
	same(t, "free", must(p.SetDefault(t.Context(), p.owner, p.other.ID))(t).To.ID, p.other.ID)
}

func TestPlainSQLChangesNothingThatASecondPersonWatchesOver(t *testing.T) {
	t.Parallel()
	p, second := demanding(t)
	before := p.standing(t)
	made := p.suggest(t, persona.ProposedSwitch, p.other)
	must(p.Propose(t.Context(), p.owner, persona.Suggestion{Kind: persona.ProposedAlone}))(t)
	third := p.NewPersona(t, p.owner, "Third")
	const (
		mirror = `update workspace_settings s set (ai_greeting, ai_persona_name, ai_tone, ai_sms_greeting, ai_signature, ai_goals,
			service_description, ideal_customer_profile) = (select greeting, display_name, tone, sms_greeting, signature, goals,
			service_description, ideal_customer_profile from personas p where p.workspace_id = s.workspace_id and is_default);`
		clear   = `update personas set is_default = false where is_default; `
		decided = ` decided_at = clock_timestamp(), decided_capacity = 'admin' `
	)
	approve := `update proposals set state = 'approved', decided_by = (select user_id from members where role = 'admin'),` + decided
	for _, sql := range []string{
		`update personas set greeting = 'Ahoy' where is_default; ` + mirror,
		clear + `update personas set is_default = true where name = 'Other'; ` + mirror,
		clear + `insert into personas (workspace_id, name, is_default) select id, 'New', true from workspaces; ` + mirror,
		`delete from personas`,
		`update workspaces set require_second_person = false`,
		// What was approved, but by who made it, and by somebody else, but another change.
		`update proposals set state = 'approved', decided_by = made_by,` + decided + `where kind = 'switch'; ` +
			clear + `update personas set is_default = true where name = 'Other'; ` + mirror,
		`update proposals set state = 'approved', decided_by = made_by,` + decided + `where kind = 'second_person_off';
			update workspaces set require_second_person = false`,
		approve + `where kind = 'switch'; ` + clear + `update personas set is_default = true where name = 'Third'; ` + mirror,
		approve + `where kind = 'switch'; update personas set greeting = 'Ahoy' where is_default; ` + mirror,
		approve + `where kind = 'switch'; update workspaces set require_second_person = false`,
		// Made and approved in one go, and never proposed.
		`with made as (insert into proposals (workspace_id, kind, made_by, capacity) select workspace_id, kind, made_by, capacity
			from proposals where kind = 'second_person_off' returning id) select from made; ` +
			approve + `where kind = 'second_person_off' and made_in = pg_current_xact_id(); update workspaces set require_second_person = false`,
		`update workspaces set erasing_at = now(); delete from personas where is_default; update workspaces set erasing_at = null`,
	} {
		_, err := p.SQL.Exec(t.Context(), sql)
		if err == nil || !strings.Contains(err.Error(), "second person approves") {
			t.Errorf("%s: %v", sql, err)
		}
		same(t, sql, p.standing(t), before)
	}
	_, err := p.SQL.Exec(t.Context(), `insert into proposals (workspace_id, kind, persona_id, persona_version, made_by, capacity, state,
		decided_at, decided_by, decided_capacity) select workspace_id, kind, persona_id, persona_version, made_by, capacity, 'approved',
		now(), made_by, capacity from proposals where id = $1`, made.ID)
	if err == nil {
		t.Error("a proposal was approved before it was made")
	}
	// What is none of its words, and none of the default’s, is anybody’s to change.
	p.Exec(t, `update personas set name = 'Renamed' where is_default`)
	p.Exec(t, `update personas set greeting = 'Ahoy' where id = $1`, third.ID)
	p.Exec(t, `delete from personas where id = $1`, third.ID)
	must(p.Approve(t.Context(), second, made.ID, ""))(t)
}

func TestWhatWasScheduledBeforeASecondPersonWasDemandedIsSkipped(t *testing.T) {
	t.Parallel()
	p := newProposing(t)
	p.join(t, access.Admin)
	made := p.schedule(t, p.owner, p.other.ID, 1, 3)
	if err := p.RequireSecondPerson(t.Context(), p.owner); err != nil {
		t.Fatal(err)
	}
	before := p.standing(t)
	_, err := p.AddSchedule(t.Context(), p.owner, persona.ScheduleRequest{Kind: persona.ProposedSwitch, Start: inHours(1),
		Persona: uuid.NullUUID{UUID: p.other.ID, Valid: true}})
	if !errors.Is(err, persona.ErrSecondPerson) {
		t.Errorf("scheduled alone: %v", err)
	}
	p.run(t, 2)
	p.skipped(t, made.ID, persona.SkippedTwo)
	same(t, "skipped", p.standing(t), before)
}
