package postgres_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/webhook"
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
	words := p.first.Content
	words.Greeting = "Ahoy"
	before := p.standing(t)
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
	p.run(t, 2)
	p.skipped(t, made.ID, persona.SkippedTwo)
	same(t, "skipped", p.standing(t), before)
}

// TestEveryWayToAnotherDefaultProposesIt has each do what needs nobody, and propose the rest.
func TestEveryWayToAnotherDefaultProposesIt(t *testing.T) {
	t.Parallel()
	p, second := demanding(t)
	gone := p.NewPersona(t, p.owner, "Gone")
	must(p.Delete(t.Context(), p.owner, gone.ID, 0, uuid.NullUUID{}))(t)
	before, owner := p.standing(t), p.owner
	// proposed looks that a switch to a persona waits, alone, and that nothing else moved.
	proposed := func(what string, made *persona.Proposal, to uuid.UUID) {
		t.Helper()
		same(t, what+" changed the default", p.standing(t), before)
		if made == nil || made.Kind != persona.ProposedSwitch || made.Persona.ID.UUID != to || made.Persona.Version != p.persona(t, to).Version {
			t.Fatalf("%s proposed %+v", what, made)
		}
		waiting, _, err := p.Proposals(t.Context(), owner, persona.ProposalWaiting, postgres.Rows{Limit: 9})
		same(t, what+" waits", []any{len(waiting), waiting[0].ID, err}, []any{1, made.ID, error(nil)})
		must(p.Decline(t.Context(), second, made.ID, ""))(t)
	}
	created := must(p.Create(t.Context(), owner, persona.Content{Name: "New"}, true))(t)
	same(t, "created", []any{created.Persona.Name, created.Persona.IsDefault}, []any{"New", false})
	same(t, "the event of the new one names it", p.Count(t, `select count(*) from audit_events where action = 'persona.created'
		and persona_id = $1 and details->>'proposed' = $2::text`, created.Persona.ID, created.Proposed.ID), 1)
	proposed("a new persona", created.Proposed, created.Persona.ID)
	content := created.Persona.Content
	content.Greeting = "Ahoy"
	saved := must(p.Edit(t.Context(), owner, created.Persona.ID, created.Persona.Version, content, persona.MakeDefault))(t)
	same(t, "edited", p.persona(t, created.Persona.ID).Greeting, "Ahoy")
	proposed("an edit", saved.Proposed, created.Persona.ID)
	deleted := must(p.Delete(t.Context(), owner, p.first.ID, 0, uuid.NullUUID{UUID: p.other.ID, Valid: true}))(t)
	events := p.Count(t, `select count(*) from audit_events`)
	again := must(p.Delete(t.Context(), owner, p.first.ID, 0, uuid.NullUUID{UUID: p.other.ID, Valid: true}))(t)
	same(t, "asked twice", []any{again.Proposed.ID, p.Count(t, `select count(*) from audit_events`)}, []any{deleted.Proposed.ID, events})
	proposed("a deletion", deleted.Proposed, p.other.ID)
	back := must(p.BringBack(t.Context(), owner, gone.ID, 1, persona.Comeback{Default: true}))(t)
	same(t, "back", []any{back.Persona.ID, back.Persona.IsDefault}, []any{gone.ID, false})
	proposed("a restored persona", back.Proposed, gone.ID)
	must(p.Delete(t.Context(), owner, gone.ID, 0, uuid.NullUUID{}))(t)
	must(p.Delete(t.Context(), owner, created.Persona.ID, 0, uuid.NullUUID{}))(t)
	must(p.Delete(t.Context(), owner, p.other.ID, 0, uuid.NullUUID{}))(t)
	if _, err := p.Delete(t.Context(), owner, p.first.ID, 0, uuid.NullUUID{}); !errors.Is(err, persona.ErrSecondPerson) {
		t.Errorf("the last was deleted: %v", err)
	}
	p.Healthy(t)
}

// TestWhatIsProposedBesidesIsToldOfToo looks at what a webhook is told of a new persona that is to
// be the default.
func TestWhatIsProposedBesidesIsToldOfToo(t *testing.T) {
	t.Parallel()
	p, _ := demanding(t)
	must(p.AddWebhook(t.Context(), p.owner, webhook.Choice{URL: "https://example.com/", Events: webhook.Events()}, strings.Repeat("s", 40)))(t)
	created := must(p.Create(t.Context(), p.owner, persona.Content{Name: "New"}, true))(t)
	same(t, "told", p.Count(t, `select count(*) from webhook_deliveries where event = 'persona.created'
		or event = 'proposal.made' and data->>'proposalId' = $1::text`, created.Proposed.ID), 2)
}

// TestFilesProposeWhatASecondPersonApproves has the command line load one: it is nobody, so
// one person approves what it proposes.
func TestFilesProposeWhatASecondPersonApproves(t *testing.T) {
	t.Parallel()
	p, second := demanding(t)
	before := p.standing(t)
	operator := must(p.Operate(t.Context(), p.owner.Workspace()))(t)
	first, other := p.first.Content, p.other.Content
	first.Greeting, other.Greeting = "Ahoy", "Hey"
	file := []persona.Entry{{Content: first}, {Content: other}}
	same(t, "planned", must(p.PlanLoad(t.Context(), operator, file, true))(t).Names(persona.LoadProposes), []string{"First"})
	loaded := must(p.Load(t.Context(), operator, file, true, ""))(t)
	again := must(p.Load(t.Context(), operator, file, true, ""))(t)
	same(t, "loaded twice", again.Proposed().ID, loaded.Proposed().ID)
	same(t, "not yet", []any{p.standing(t), p.persona(t, p.other.ID).Greeting}, []any{before, "Hey"})
	made := must(p.Proposal(t.Context(), second, loaded.Proposed().ID))(t)
	same(t, "by nobody", []any{made.By, made.Role, made.Fields(), second.Proposed(made)}, []any{persona.Named{}, access.Operator, []string{"greeting"}, false})
	same(t, "approved", must(p.Approve(t.Context(), second, made.ID, ""))(t).Done(), true)
	same(t, "done", p.persona(t, p.first.ID).Greeting, "Ahoy")

	// Another default, which is called otherwise and says something else, as the old one does.
	files := declared(must(p.Present(t.Context(), operator, persona.Declared{}))(t))
	for i := range files.Personas {
		files.Personas[i].Greeting, files.Personas[i].Name = "By files", "New "+files.Personas[i].Name
	}
	files.Default = "New Other"
	apply := func() *persona.Proposal {
		t.Helper()
		plan := must(p.PlanApply(t.Context(), operator, files))(t)
		return must(p.Apply(t.Context(), operator, files, true, plan.Mark()))(t)
	}
	switched := apply()
	same(t, "applied twice", apply().ID, switched.ID)
	now := []persona.Persona{p.persona(t, p.first.ID), p.persona(t, p.other.ID)}
	same(t, "in parts", []any{now[0].Name, now[0].Greeting, now[0].IsDefault, now[1].Name, now[1].Greeting},
		[]any{"New First", "Ahoy", true, "New Other", "By files"})
	must(p.Approve(t.Context(), second, switched.ID, ""))(t)
	same(t, "the rest", apply() == nil, true)
	same(t, "as the files say", []any{p.persona(t, p.first.ID).Greeting, p.persona(t, p.other.ID).IsDefault,
		len(must(p.PlanApply(t.Context(), operator, files))(t).Steps)}, []any{"By files", true, 0})
	p.Healthy(t)
}

func TestTheWordsOfTheSettingsAreProposedWhereTheyAreRight(t *testing.T) {
	t.Parallel()
	p, second := demanding(t)
	p.Exec(t, `begin; set local session_replication_role = replica; update workspace_settings set ai_greeting = 'Drifted'; commit`)
	before := p.standing(t)
	done := must(p.Repair(t.Context(), p.owner, persona.SettingsAreRight))(t)
	same(t, "not yet", p.standing(t), before)
	must(p.Approve(t.Context(), second, done.Proposed.ID, ""))(t)
	same(t, "approved", p.persona(t, p.first.ID).Greeting, "Drifted")
	same(t, "nothing is left", len(must(p.Repair(t.Context(), p.owner, persona.SettingsAreRight))(t).Found), 0)

	// Where they are the same once they are cleaned, nobody has to approve anything.
	p.Exec(t, `begin; set local session_replication_role = replica; update workspace_settings set ai_goals = ''; commit`)
	p.Exec(t, `begin; set local session_replication_role = replica; update workspace_settings set ai_greeting = ai_greeting || ' '; commit`)
	done = must(p.Repair(t.Context(), p.owner, persona.SettingsAreRight))(t)
	same(t, "cleaned", []any{len(done.Found) > 0, done.Proposed == nil, len(must(p.Repair(t.Context(), p.owner, persona.SettingsAreRight))(t).Found)},
		[]any{true, true, 0})
}

// due brings what was scheduled, or proposed for a moment, forward in time.
func (p proposing) due(t *testing.T, start, end string) {
	t.Helper()
	p.Exec(t, `begin; set local session_replication_role = replica;
		update schedules set starts_at = now() + '`+start+`', ends_at = now() + '`+end+`' where state in ('waiting', 'active');
		update proposals o set starts_at = s.starts_at, ends_at = s.ends_at from schedules s where s.proposal_id = o.id; commit`)
}

// scheduledByTwo returns a schedule of the other persona that one proposed and another approved.
func (p proposing) scheduledByTwo(t *testing.T, second postgres.Access) persona.Schedule {
	t.Helper()
	asked := must(p.AddSchedule(t.Context(), p.owner, persona.ScheduleRequest{Kind: persona.ProposedSwitch,
		Persona: uuid.NullUUID{UUID: p.other.ID, Valid: true}, Start: inHours(1), End: inHours(2)}))(t)
	if _, err := p.Approve(t.Context(), p.owner, asked.Proposed.ID, ""); !errors.Is(err, persona.ErrOwnProposal) {
		t.Errorf("approved one’s own: %v", err)
	}
	same(t, "nothing is scheduled", len(must(p.OpenSchedules(t.Context(), p.owner))(t)), 0)
	done := must(p.Approve(t.Context(), second, asked.Proposed.ID, ""))(t)
	same(t, "scheduled", []any{done.Schedule.By.Name, done.Schedule.Start.Equal(asked.Proposed.Start), done.Schedule.End.Equal(asked.Proposed.End)},
		[]any{"Max admin", true, true})
	return *done.Schedule
}

func TestAScheduleOfTwoPeopleIsDoneAtItsMomentAndTakenBack(t *testing.T) {
	t.Parallel()
	p, second := demanding(t)
	s := p.scheduledByTwo(t, second)
	p.due(t, "-1 second", "1 hour")
	same(t, "done", must(p.RunSchedules(t.Context(), inHours(0)))(t)[0].Done, true)
	p.isDefault(t, p.other.ID)
	p.due(t, "-1 hour", "-1 second")
	same(t, "taken back", must(p.RunSchedules(t.Context(), inHours(0)))(t)[0].Done, true)
	p.isDefault(t, p.first.ID)
	same(t, "state", must(p.Schedule(t.Context(), p.owner, s.ID))(t).State, persona.ScheduleDone)
	p.Healthy(t)
}

// TestAScheduleOfTwoPeopleSaysTheWordsThatTheySaw has one person change them in between, of
// who is to be the default, and then of who is to be it again.
func TestAScheduleOfTwoPeopleSaysTheWordsThatTheySaw(t *testing.T) {
	t.Parallel()
	p, second := demanding(t)
	change := func(id uuid.UUID, greeting string) {
		t.Helper()
		now := p.persona(t, id)
		content := now.Content
		content.Greeting = greeting
		must(p.Edit(t.Context(), p.owner, id, now.Version, content, persona.KeepDefault))(t)
	}
	s := p.scheduledByTwo(t, second)
	change(p.other.ID, "Unseen")
	same(t, "told", must(p.Schedule(t.Context(), p.owner, s.ID))(t).Skipped, persona.OvertakenChanged)
	p.due(t, "-1 second", "1 hour")
	p.run(t, 0)
	p.skipped(t, s.ID, persona.OvertakenChanged)
	p.isDefault(t, p.first.ID)

	change(p.other.ID, p.other.Greeting)
	s = p.scheduledByTwo(t, second)
	change(p.other.ID, "Unseen for a while")
	change(p.other.ID, p.other.Greeting)
	p.due(t, "-1 second", "1 hour")
	p.run(t, 0)
	p.isDefault(t, p.other.ID)
	change(p.first.ID, "Unseen")
	p.due(t, "-1 hour", "-1 second")
	p.run(t, 0)
	p.skipped(t, s.ID, persona.OvertakenChanged)
	p.isDefault(t, p.other.ID)
	p.Healthy(t)
}

func TestPlainSQLTakesNoStepThatTwoPeopleDidNotSchedule(t *testing.T) {
	t.Parallel()
	p, second := demanding(t)
	p.NewPersona(t, p.owner, "Third")
	p.scheduledByTwo(t, second)
	const (
		mirror = `update workspace_settings s set (ai_greeting, ai_persona_name, ai_tone, ai_sms_greeting, ai_signature, ai_goals,
			service_description, ideal_customer_profile) = (select greeting, display_name, tone, sms_greeting, signature, goals,
			service_description, ideal_customer_profile from personas p where p.workspace_id = s.workspace_id and is_default);`
		event = `select set_config('personae.event', (select id::text from audit_events limit 1), true); `
		step  = event + `update schedules s set state = 'active', start_event = (select id from audit_events limit 1), previous_version = d.version
			from personas d where d.workspace_id = s.workspace_id and d.is_default; `
		clear = `update personas set is_default = false where is_default; `
	)
	before := p.standing(t)
	for _, sql := range []string{
		step + clear + `update personas set is_default = true where name = 'Other'; ` + mirror, // before its moment
		clear + `update personas set is_default = true where name = 'Other'; ` + mirror,
	} {
		_, err := p.SQL.Exec(t.Context(), sql)
		if err == nil || !strings.Contains(err.Error(), "second person approves") {
			t.Errorf("%s: %v", sql, err)
		}
	}
	p.due(t, "-1 second", "1 hour")
	for _, sql := range []string{
		step + clear + `update personas set is_default = true where name = 'Third'; ` + mirror,
		step + clear + `update personas set is_default = true, greeting = 'Ahoy' where name = 'Other'; ` + mirror,
		step + `update personas set greeting = 'Ahoy' where is_default; ` + mirror,
		step + clear + `insert into personas (workspace_id, name, is_default) select id, 'New', true from workspaces; ` + mirror,
		strings.Replace(step, `previous_version = d.version`, `previous_id = (select id from personas where name = 'Third'), previous_version = 1`, 1),
	} {
		_, err := p.SQL.Exec(t.Context(), sql)
		if err == nil || !strings.Contains(err.Error(), "second person approves") && !strings.Contains(err.Error(), "schedule stays") {
			t.Errorf("%s: %v", sql, err)
		}
	}
	same(t, "as before", p.standing(t), before)
	same(t, "still done by itself", must(p.RunSchedules(t.Context(), inHours(0)))(t)[0].Done, true)
}

// TestWhatWasThoughtOfAnEditGoesWithItsProposal has it stand on the proposal, and on the event
// of the change once that is approved, as judged by who proposed it.
func TestWhatWasThoughtOfAnEditGoesWithItsProposal(t *testing.T) {
	t.Parallel()
	p, second := demanding(t)
	words := p.first.Content
	words.Greeting = "Ahoy"
	waits := must(p.Edit(t.Context(), p.owner, p.first.ID, p.first.Version, words, persona.KeepDefault))(t)
	saved := must(p.Edit(t.Context(), p.owner.Judged(&persona.Trial{Better: 7, Worse: 3}), p.first.ID, p.first.Version, words, persona.KeepDefault))(t)
	same(t, "beside one that waits without", saved.Proposed.ID != waits.Proposed.ID, true)
	made := must(p.Proposal(t.Context(), second, saved.Proposed.ID))(t)
	same(t, "on the proposal", []any{made.Trial.Better, made.Trial.Worse, made.Trial.From.Version, made.Trial.To.Version, made.Trial.Who},
		[]any{7, 3, p.first.Version, p.first.Version + 1, "Olga Owner"})
	done := must(p.Approve(t.Context(), second, made.ID, ""))(t)
	same(t, "on the receipt", done.Saved.Trial.Better, 7)
	log := must(p.Activities(t.Context(), second, audit.Filter{}))(t)
	for _, e := range log.Events[:2] {
		if e.Trial == nil || e.Trial.Better != 7 || e.Trial.Who != "Olga Owner" || !e.Trial.At.Equal(made.At) {
			t.Errorf("%s: %+v", e.Action, e.Trial)
		}
	}
	same(t, "both events", []audit.Action{log.Events[0].Action, log.Events[1].Action}, []audit.Action{audit.PersonaEdited, audit.ProposalMade})
}
