package postgres_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// inHours returns a moment so many hours from now.
func inHours(n int) time.Time { return time.Now().Add(time.Duration(n) * time.Hour) }

// schedule has a persona become the default in so many hours, and until so many (0: for ever).
func (p proposing) schedule(t *testing.T, by postgres.Access, to uuid.UUID, from, until int) persona.Schedule {
	t.Helper()
	r := persona.ScheduleRequest{Kind: persona.ProposedSwitch, Persona: uuid.NullUUID{UUID: to, Valid: true}, Start: inHours(from)}
	if until != 0 {
		r.End = inHours(until)
	}
	return must(p.AddSchedule(t.Context(), by, r))(t).Schedule
}

// give has a persona, or the workspace default, answer for the campaign in so many hours.
func (p proposing) give(t *testing.T, to uuid.NullUUID, from, until int) persona.Schedule {
	t.Helper()
	return must(p.AddSchedule(t.Context(), p.owner, persona.ScheduleRequest{Kind: persona.ProposedAssignment, Persona: to,
		Campaign: p.campaign, Start: inHours(from), End: inHours(until)}))(t).Schedule
}

// run takes what is due in so many hours.
func (p proposing) run(t *testing.T, hours int) []postgres.ScheduleRun {
	t.Helper()
	return must(p.RunSchedules(t.Context(), inHours(hours)))(t)
}

// skipped looks that a schedule was skipped for a reason, with an event that says so.
func (p proposing) skipped(t *testing.T, id uuid.UUID, reason persona.Overtaking) {
	t.Helper()
	s := must(p.Schedule(t.Context(), p.owner, id))(t)
	same(t, string(reason)+": skipped", []any{s.State, s.Skipped}, []any{persona.ScheduleSkipped, reason})
	if s.SkippedBecause().Empty() {
		t.Errorf("%s has no sentence", reason)
	}
	same(t, string(reason)+": event", p.Count(t, `select count(*) from audit_events where action = 'schedule.skipped'
		and details->>'schedule' = $1::text and details->>'reason' = $2 and capacity = 'system'`, id, reason), 1)
}

func (p proposing) isDefault(t *testing.T, id uuid.UUID) {
	t.Helper()
	same(t, "the default", must(p.DefaultPersona(t.Context(), p.owner))(t).ID, id)
}

// TestAScheduledSwitchIsMadeAtItsMomentAndTakenBackAtItsEnd edits words in between, which is
// nobody's other decision, and undoes a switch as any other.
func TestAScheduledSwitchIsMadeAtItsMomentAndTakenBackAtItsEnd(t *testing.T) {
	t.Parallel()
	p := newProposing(t)
	s := p.schedule(t, p.owner, p.other.ID, 1, 3)
	same(t, "made", []any{s.State, s.Persona.Name, s.Previous.Name, s.By.Name, s.Skipped},
		[]any{persona.ScheduleWaiting, "Other", "First", "Olga Owner", persona.Overtaking("")})
	same(t, "early", len(p.run(t, 0)), 0)
	content := p.other.Content
	content.Goals = "To be kind"
	must(p.Edit(t.Context(), p.owner, p.other.ID, p.other.Version, content, persona.KeepDefault))(t)
	for range 2 {
		p.run(t, 2)
	}
	p.isDefault(t, p.other.ID)
	s = must(p.Schedule(t.Context(), p.owner, s.ID))(t)
	same(t, "active", []any{s.State, s.Skipped, s.Started()}, []any{persona.ScheduleActive, persona.Overtaking(""), true})
	content.Goals = "To be brief"
	must(p.Edit(t.Context(), p.owner, p.other.ID, p.persona(t, p.other.ID).Version, content, persona.KeepDefault))(t)
	ran := p.run(t, 4)
	same(t, "ran", []any{len(ran), ran[0].Done, ran[0].Schedule.State}, []any{1, true, persona.ScheduleDone})
	p.run(t, 5)
	p.isDefault(t, p.first.ID)
	same(t, "switches by their maker, with the schedule named", p.Count(t, `select count(*) from audit_events
		where action = 'persona.default_set' and details->>'schedule' = $1::text and actor_id = $2 and capacity = 'owner'`, s.ID, s.By.ID), 2)
	must(p.Undo(t.Context(), p.owner, ran[0].Event))(t)
	p.isDefault(t, p.other.ID)

	given := p.give(t, uuid.NullUUID{UUID: p.other.ID, Valid: true}, 1, 3)
	p.run(t, 2)
	same(t, "given", p.Count(t, `select count(*) from campaigns where persona_id = $1`, p.other.ID), 1)
	p.run(t, 4)
	same(t, "back", p.Count(t, `select count(*) from campaigns where persona_id is null`), 1)
	same(t, "closed", must(p.Schedule(t.Context(), p.owner, given.ID))(t).State, persona.ScheduleDone)
	p.Healthy(t)
}

// TestWhatSomebodyDecidedInBetweenStopsASchedule has each kind of newer decision before a
// schedule is due, also one that is taken back, or leads to where the schedule would.
func TestWhatSomebodyDecidedInBetweenStopsASchedule(t *testing.T) {
	t.Parallel()
	p := newProposing(t)
	third, gone := p.NewPersona(t, p.owner, "Third"), p.NewPersona(t, p.owner, "Gone")
	none := uuid.NullUUID{}
	some := func(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: true} }

	deleted := p.schedule(t, p.owner, gone.ID, 1, 0)
	must(p.Delete(t.Context(), p.owner, gone.ID, 0, none))(t)
	p.run(t, 2)
	p.skipped(t, deleted.ID, persona.OvertakenDeleted)

	moved := p.schedule(t, p.owner, p.other.ID, 1, 3)
	switched := must(p.SetDefault(t.Context(), p.owner, third.ID))(t)
	must(p.Undo(t.Context(), p.owner, switched.Event))(t)
	same(t, "told ahead", must(p.OpenSchedules(t.Context(), p.owner))(t)[0].Skipped, persona.OvertakenMoved)
	p.run(t, 2)
	p.skipped(t, moved.ID, persona.OvertakenMoved)
	p.isDefault(t, p.first.ID)

	outside := p.schedule(t, p.owner, p.other.ID, 1, 0)
	for _, id := range []uuid.UUID{third.ID, p.first.ID} {
		p.Exec(t, fmt.Sprintf(`do $$ begin
			update personas set is_default = false where is_default;
			update personas set is_default = true where id = '%s';
			update workspace_settings s set (ai_persona_name, ai_tone, ai_greeting, ai_sms_greeting, ai_signature, ai_goals, service_description,
				ideal_customer_profile) = (select display_name, tone, greeting, sms_greeting, signature, goals, service_description,
				ideal_customer_profile from personas where is_default); end $$`, id))
	}
	p.run(t, 2)
	p.skipped(t, outside.ID, persona.OvertakenMoved)

	back := p.schedule(t, p.owner, p.other.ID, 1, 3)
	p.run(t, 2)
	must(p.SetDefault(t.Context(), p.owner, third.ID))(t)
	must(p.SetDefault(t.Context(), p.owner, p.other.ID))(t)
	p.run(t, 4)
	p.skipped(t, back.ID, persona.OvertakenMoved)
	p.isDefault(t, p.other.ID)

	ofCampaign := p.give(t, some(third.ID), 1, 3)
	must(p.AssignMany(t.Context(), p.owner, persona.CampaignChoice{IDs: []uuid.UUID{p.campaign}}, some(p.first.ID)))(t)
	must(p.Assign(t.Context(), p.owner, p.campaign, none))(t)
	p.run(t, 2)
	p.skipped(t, ofCampaign.ID, persona.OvertakenAssigned)
	archived := p.give(t, some(third.ID), 1, 3)
	must(p.ArchiveCampaign(t.Context(), p.owner, p.campaign, true))(t)
	p.run(t, 2)
	p.skipped(t, archived.ID, persona.OvertakenArchived)

	missed := p.schedule(t, p.owner, third.ID, 1, 3)
	p.run(t, 4)
	p.skipped(t, missed.ID, persona.SkippedMissed)
	cancelled := p.schedule(t, p.owner, third.ID, 1, 3)
	must(p.CancelSchedule(t.Context(), p.owner, cancelled.ID))(t)
	if _, err := p.CancelSchedule(t.Context(), p.owner, cancelled.ID); !errors.As(err, new(*persona.TooLateError)) {
		t.Errorf("cancelled twice: %v", err)
	}
	same(t, "nothing is due", len(p.run(t, 5)), 0)
	p.isDefault(t, p.other.ID)
	p.Healthy(t)
}

// TestAScheduleIsOverOnceAllPersonasWereDeleted restores both of its personas before its end, and
// the default is who it was.
func TestAScheduleIsOverOnceAllPersonasWereDeleted(t *testing.T) {
	t.Parallel()
	p := newProposing(t)
	s := p.schedule(t, p.owner, p.other.ID, 1, 3)
	p.run(t, 2)
	for _, id := range []uuid.UUID{p.first.ID, p.other.ID} {
		must(p.Delete(t.Context(), p.owner, id, 0, uuid.NullUUID{}))(t)
	}
	for _, id := range []uuid.UUID{p.other.ID, p.first.ID} {
		must(p.Restore(t.Context(), p.owner, id, 1, 0))(t)
	}
	p.run(t, 4)
	p.skipped(t, s.ID, persona.OvertakenMoved)
	p.isDefault(t, p.other.ID)
	p.Healthy(t)
}

// TestSchedulesAreNoSurpriseToEachOther has one begin and end within another, one take over
// for good from a third, and one bring what is there when it is made.
func TestSchedulesAreNoSurpriseToEachOther(t *testing.T) {
	t.Parallel()
	p := newProposing(t)
	third := p.NewPersona(t, p.owner, "Third")
	outer := p.schedule(t, p.owner, p.other.ID, 10, 40)
	inner := p.schedule(t, p.owner, third.ID, 20, 30)
	for hours, want := range map[int]uuid.UUID{5: p.first.ID, 15: p.other.ID, 25: third.ID, 35: p.other.ID, 45: p.first.ID} {
		foreseen := persona.Foresee(persona.Foreseen{Default: uuid.NullUUID{UUID: p.first.ID, Valid: true}},
			must(p.OpenSchedules(t.Context(), p.owner))(t), inHours(hours))
		same(t, "foreseen", foreseen.Default.UUID, want)
	}
	for _, step := range []struct {
		hours int
		then  uuid.UUID
	}{{15, p.other.ID}, {25, third.ID}, {35, p.other.ID}, {45, p.first.ID}} {
		p.run(t, step.hours)
		p.isDefault(t, step.then)
	}
	for _, s := range []persona.Schedule{outer, inner} {
		same(t, "done", must(p.Schedule(t.Context(), p.owner, s.ID))(t).State, persona.ScheduleDone)
	}
	for_ := p.schedule(t, p.owner, third.ID, 20, 0)
	again := p.schedule(t, p.owner, p.first.ID, 30, 0)
	over := p.schedule(t, p.owner, p.other.ID, 10, 25)
	p.run(t, 15)
	p.run(t, 21)
	p.isDefault(t, third.ID)
	p.run(t, 26)
	p.skipped(t, over.ID, persona.OvertakenMoved)
	same(t, "done", must(p.Schedule(t.Context(), p.owner, for_.ID))(t).State, persona.ScheduleDone)
	p.run(t, 31)
	p.isDefault(t, p.first.ID)
	same(t, "done", must(p.Schedule(t.Context(), p.owner, again.ID))(t).State, persona.ScheduleDone)
	p.Healthy(t)
}

// TestAScheduleIsDoneWithTheAccessOfItsMoment takes it away in each way in between.
func TestAScheduleIsDoneWithTheAccessOfItsMoment(t *testing.T) {
	t.Parallel()
	p := newProposing(t)
	admins := []postgres.Access{p.join(t, access.Admin), p.join(t, access.Admin), p.join(t, access.Admin)}
	var made []persona.Schedule
	for _, a := range admins {
		made = append(made, p.schedule(t, a, p.other.ID, 1, 0))
	}
	p.Exec(t, `update members set role = 'member' where user_id = $1`, made[0].By.ID)
	p.Exec(t, `update users set disabled_at = now() where id = $1`, made[1].By.ID)
	p.Exec(t, `delete from members where user_id = $1`, made[2].By.ID)
	p.run(t, 2)
	for _, s := range made {
		p.skipped(t, s.ID, persona.SkippedAccess)
	}

	if _, err := p.AddSchedule(t.Context(), p.member, persona.ScheduleRequest{Kind: persona.ProposedSwitch,
		Persona: uuid.NullUUID{UUID: p.other.ID, Valid: true}, Start: inHours(1)}); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("a member schedules: %v", err)
	}
	support := p.User(t, access.NewUser{Email: "sam@example.com", Name: "Sam", Support: true})
	grant := must(p.Grant(t.Context(), p.owner, "sam@example.com", access.SwitchOnly, 24, "Help"))(t)
	staff := p.Access(t, support, p.owner.Workspace())
	_, err := p.AddSchedule(t.Context(), staff, persona.ScheduleRequest{Kind: persona.ProposedSwitch,
		Persona: uuid.NullUUID{UUID: p.other.ID, Valid: true}, Start: inHours(23), End: inHours(30)})
	var invalid *persona.InvalidError
	if !errors.As(err, &invalid) || invalid.Fields[0].Field != "until" || !strings.Contains(invalid.Fields[0].Message.String(), "Your support access ends on") {
		t.Errorf("beyond the grant: %v", err)
	}
	ofGrant := p.schedule(t, staff, p.other.ID, 1, 3)
	p.run(t, 2)
	p.isDefault(t, p.other.ID)
	must(p.Revoke(t.Context(), p.owner, grant.ID))(t)
	p.run(t, 4)
	p.skipped(t, ofGrant.ID, persona.SkippedAccess)
	p.isDefault(t, p.other.ID)

	archived := p.schedule(t, p.owner, p.first.ID, 1, 0)
	p.Exec(t, `update workspaces set archived_at = now() where id = $1`, p.owner.Workspace())
	p.run(t, 2)
	p.skipped(t, archived.ID, persona.SkippedArchived)
	p.isDefault(t, p.other.ID)
}

func TestWorkersAtOnceTakeEachStepOnce(t *testing.T) {
	t.Parallel()
	p := newProposing(t)
	s := p.schedule(t, p.owner, p.other.ID, 1, 3)
	for _, hours := range []int{2, 4} {
		var group sync.WaitGroup
		done := make([]int, 8)
		for i := range done {
			group.Go(func() {
				ran, err := p.RunSchedules(t.Context(), inHours(hours))
				if err != nil {
					t.Error(err)
				}
				done[i] = len(ran)
			})
		}
		group.Wait()
		total := 0
		for _, n := range done {
			total += n
		}
		same(t, "taken", total, 1)
	}
	same(t, "switches", p.Count(t, `select count(*) from audit_events where action = 'persona.default_set' and details->>'schedule' = $1::text`, s.ID), 2)
	p.Healthy(t)
}

func TestMomentsThatAreNoneForAScheduleAreRefused(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, c := range []struct {
		start, end time.Time
		fields     string
	}{
		{time.Time{}, time.Time{}, "at"}, {now, time.Time{}, "at"}, {now.AddDate(1, 1, 0), time.Time{}, "at"},
		{now.Add(time.Hour), now.Add(time.Hour), "until"}, {now.Add(time.Hour), now.AddDate(1, 1, 0), "until"},
		{now.Add(-time.Hour), now.Add(-2 * time.Hour), "at until"},
	} {
		var invalid *persona.InvalidError
		var fields []string
		if errors.As(persona.ScheduleRequest{Start: c.start, End: c.end}.Check(now), &invalid) {
			for _, f := range invalid.Fields {
				fields = append(fields, f.Field)
			}
		}
		same(t, "fields", strings.Join(fields, " "), c.fields)
	}
}

func TestWhatIsOverdueIsToldUntilItIsDone(t *testing.T) {
	t.Parallel()
	p := newProposing(t)
	s := p.schedule(t, p.owner, p.other.ID, 1, 0)
	late := func(by string) []string {
		p.Break(t, p.owner, dbtest.Breakage{SQL: `update schedules set starts_at = now() - interval '` + by + `' where workspace_id = $ws`})
		return sayings(must(p.Health(t.Context(), p.owner))(t).Findings)
	}
	same(t, "due just now", late("4 minutes"), []string{})
	told := late("6 minutes")
	if len(told) != 1 || !strings.HasPrefix(told[0], "schedules: What was scheduled is overdue: 1, the first since ") {
		t.Errorf("of a step that nobody takes it is told: %q", told)
	}
	same(t, "taken", p.run(t, 0)[0].Schedule.ID, s.ID)
	p.isDefault(t, p.other.ID)
	p.Healthy(t)
}
