package postgres_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// history counts the events and versions of a workspace.
func history(t *testing.T, d *dbtest.Database, a postgres.Access) int {
	t.Helper()
	return d.Count(t, `select (select count(*) from audit_events where workspace_id = $1)
		+ (select count(*) from persona_versions where workspace_id = $1)
		+ (select count(*) from workspace_settings_versions where workspace_id = $1)
		+ (select count(*) from campaign_versions where workspace_id = $1)`, a.Workspace())
}

// neededBy returns what is shown or can be done by what happened before.
func neededBy(t *testing.T, d *dbtest.Database, a postgres.Access) []any {
	t.Helper()
	log := must(d.Activities(t.Context(), a, audit.Filter{}))(t)
	files := must(d.Present(t.Context(), a, persona.Declared{}))(t)
	deleted := must(d.DeletedPersonas(t.Context(), a))(t)
	return []any{log.Undoable.Event, log.DeletedDefault, log.Assigned, files.Revision, files.Personas, files.Settings, files.Campaigns,
		deleted, d.Count(t, `select count(*) from drafts d where workspace_id = $1 and exists (select from persona_versions v
			where v.workspace_id = d.workspace_id and v.persona_id = d.persona_id and v.version = d.persona_version)`, a.Workspace())}
}

// overtakenBy returns what applying files would take back of what was done since they were made.
func overtakenBy(t *testing.T, d *dbtest.Database, a postgres.Access, files persona.Declared) []string {
	t.Helper()
	return must(d.PlanApply(t.Context(), a, files))(t).Overtaken()
}

func TestHistoryIsRemovedOnceNothingNeedsIt(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	young, old := d.Lived(t, "Young"), d.Lived(t, "Old")
	campaign := d.NewCampaign(t, old, "Autumn")
	personas := must(d.PersonasPage(t.Context(), old, "", 1))(t).Personas
	first, other := personas[0], personas[1]
	for i, name := range []string{"Winter", "Summer", "Autumn"} {
		must(d.EditCampaign(t.Context(), old, campaign, i+1, persona.CampaignContent{Name: name, ExternalID: "a-1"}, nil))(t)
	}
	must(d.Assign(t.Context(), old, campaign, uuid.NullUUID{UUID: other.ID, Valid: true}))(t)
	must(d.SetDefault(t.Context(), old, other.ID))(t)
	d.Age(t, old, 20)
	files := declared(must(d.Present(t.Context(), old, persona.Declared{}))(t))
	needed, were, ofYoung := neededBy(t, d, old), history(t, d, old), history(t, d, young)

	must(d.Tidy(t.Context()))(t)
	same(t, "left where nothing is to be removed", history(t, d, old), were)
	same(t, "removed of 21 months", must(d.RemoveHistory(t.Context(), 21))(t), int64(0))
	removed := int(must(d.RemoveHistory(t.Context(), 12))(t))
	same(t, "removed is gone", history(t, d, old), were-removed)
	if removed < were/2 {
		t.Errorf("removed %d of %d", removed, were)
	}
	same(t, "left of what is young", history(t, d, young), ofYoung)
	same(t, "what is still needed", neededBy(t, d, old), needed)
	same(t, "changed by hand since the files were made", len(overtakenBy(t, d, old, files)), 0)
	d.Healthy(t)
	ancient := persona.Declared{Revision: d.Count(t, `select min(rev) from audit_events where workspace_id = $1`, old.Workspace())}
	same(t, "an older revision is known", must(d.Present(t.Context(), old, ancient))(t).Known, false)
	same(t, "the last is known", must(d.Present(t.Context(), old, files))(t).Known, true)
	before := d.Snapshot(t)
	same(t, "removed again", must(d.RemoveHistory(t.Context(), 12))(t), int64(0))
	same(t, "tables", d.Snapshot(t), before)

	// What was superseded is unknown; what stood can be compared, undone, restored.
	if _, err := d.Restore(t.Context(), old, other.ID, 1, other.Version); !errors.Is(err, persona.ErrNotFound) {
		t.Errorf("a version that is gone: %v", err)
	}
	back := must(d.Undo(t.Context(), old, needed[0].(uuid.UUID)))(t)
	same(t, "the default again", back.To.ID, first.ID)
	for _, gone := range must(d.DeletedPersonas(t.Context(), old))(t) {
		must(d.Restore(t.Context(), old, gone.ID, gone.Version, 0))(t)
	}
	must(d.UndoAssignment(t.Context(), old, needed[2].(uuid.UUID)))(t)
	same(t, "changed by hand since the files were made", overtakenBy(t, d, old, files), []string{
		"“Default” is the default and the files say “Other”: the default was changed here since the files were made",
		"Campaign “Autumn”: Answered by was changed here since the files were made"})
	d.Healthy(t)

	// The next months.
	d.Age(t, old, 13)
	must(d.SetDefault(t.Context(), old, other.ID))(t)
	if must(d.RemoveHistory(t.Context(), 12))(t) == 0 {
		t.Error("nothing was removed a year later")
	}
	same(t, "events that nothing needs", d.Count(t, `select count(*) from audit_events e join workspace_revisions r using (workspace_id)
		where workspace_id = $1 and e.rev <= r.removed_to and e.rev <> all (r.removed_but) and not named_event(workspace_id, e.id)`,
		old.Workspace()), 0)
	d.Healthy(t)
}

func TestTheDatabaseKeepsTheHistoryOfAYear(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Lived(t, "Harbor")
	d.Age(t, a, 11)
	before := d.Snapshot(t)
	for _, sql := range []string{
		`select remove_history($1, now() - interval '11 months', 1000)`,
		`select remove_history($1, null, 1000)`,
		`select remove_versions($1, now() - interval '12 months', 1000)`,
		`delete from audit_events where workspace_id = $1 and rev = 1`,
		`delete from persona_versions where workspace_id = $1 and version = 1`,
		`update workspace_revisions set removed_to = 1 where workspace_id = $1`,
	} {
		if _, err := d.ServerSQL.Exec(t.Context(), sql, a.Workspace()); err == nil {
			t.Errorf("the server may: %s", sql)
		}
	}
	if _, err := d.SQL.Exec(t.Context(), `delete from audit_events where workspace_id = $1`, a.Workspace()); err == nil ||
		!strings.Contains(err.Error(), "history is only added to") {
		t.Errorf("the owner may remove events: %v", err)
	}
	same(t, "removed of a year", must(d.RemoveHistory(t.Context(), 12))(t), int64(0))
	same(t, "tables", d.Snapshot(t), before)
}

// TestDoctorFindsAGapAboveWhatWasRemoved removes what is old, and then takes away a row that
// is not.
func TestDoctorFindsAGapAboveWhatWasRemoved(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	for rule, sql := range map[string]string{
		"events": `delete from audit_events e using workspace_revisions r where e.workspace_id = $ws and r.workspace_id = $ws
			and e.rev = r.rev - 1`,
		"versions": `delete from persona_versions v using personas p where p.workspace_id = $ws and v.persona_id = p.id
			and p.name = 'Other' and v.version = p.version - 1`,
	} {
		a := d.Lived(t, "Of "+rule)
		d.Age(t, a, 20)
		other := must(d.Persona(t.Context(), a, must(d.PersonasPage(t.Context(), a, "", 1))(t).Personas[1].ID))(t)
		for _, words := range []string{"One", "Two", "Three"} {
			other = must(d.Edit(t.Context(), a, other.ID, other.Version, persona.Content{Name: "Other",
				Voice: persona.Voice{Goals: words}}, persona.KeepDefault))(t).Persona
		}
		if must(d.RemoveHistory(t.Context(), 12))(t) == 0 {
			t.Error("nothing was removed")
		}
		same(t, "found before", len(must(d.Health(t.Context(), a))(t).Findings), 0)
		d.Break(t, a, dbtest.Breakage{SQL: sql})
		found := must(d.Health(t.Context(), a))(t).Findings
		if !slices.ContainsFunc(found, func(f persona.Finding) bool { return f.Rule == rule }) {
			t.Errorf("%s: found %v", rule, found)
		}
	}
}

// TestWhatAScheduleMustSeeIsKept moves the default, and who answers for a campaign, after both
// were scheduled, long ago.
func TestWhatAScheduleMustSeeIsKept(t *testing.T) {
	t.Parallel()
	p := newProposing(t)
	s := p.schedule(t, p.owner, p.other.ID, 1, 0)
	other := uuid.NullUUID{UUID: p.other.ID, Valid: true}
	given := p.give(t, other, 2, 20)
	for _, campaign := range []uuid.UUID{p.campaign, p.NewCampaign(t, p.owner, "Autumn")} {
		must(p.Assign(t.Context(), p.owner, campaign, other))(t)
		must(p.Assign(t.Context(), p.owner, campaign, uuid.NullUUID{}))(t)
	}
	must(p.SetDefault(t.Context(), p.owner, p.other.ID))(t)
	must(p.SetDefault(t.Context(), p.owner, p.first.ID))(t)
	for _, id := range []uuid.UUID{p.first.ID, p.other.ID, p.first.ID, p.other.ID} { // no version tells of the switches any more
		of := must(p.Persona(t.Context(), p.owner, id))(t)
		of.Goals += "x"
		must(p.Edit(t.Context(), p.owner, id, of.Version, of.Content, persona.KeepDefault))(t)
	}
	p.Age(t, p.owner, 20)
	must(p.RemoveHistory(t.Context(), 12))(t)
	same(t, "in its way", must(p.Schedule(t.Context(), p.owner, s.ID))(t).Skipped, persona.OvertakenMoved)
	p.run(t, 3)
	p.skipped(t, s.ID, persona.OvertakenMoved)
	p.skipped(t, given.ID, persona.OvertakenAssigned)
	p.Healthy(t)
}

// TestALongLogIsRemovedInParts has two instances remove the same log at once, while somebody
// else holds another workspace.
func TestALongLogIsRemovedInParts(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a, held := d.Lived(t, "Harbor"), d.Lived(t, "Held")
	ada := d.User(t, access.NewUser{Name: "Ada Morgan"})
	const events = 3500
	d.Exec(t, `with next as (update workspace_revisions set rev = rev + $3 where workspace_id = $1 returning rev - $3 as rev)
		insert into audit_events (workspace_id, rev, actor_id, capacity, action)
		select $1, rev + n, $2, 'admin', 'draft.approved' from next, generate_series(1, $3::integer) n`, a.Workspace(), ada, events)
	d.Age(t, a, 20)
	d.Age(t, held, 20)
	before, ofHeld := history(t, d, a), history(t, d, held)
	tx := must(d.SQL.Begin(t.Context()))(t)
	defer func() { _ = tx.Rollback(t.Context()) }()
	must(tx.Exec(t.Context(), `select from workspaces where id = $1 for no key update`, held.Workspace()))(t)
	var removed [2]int64
	var both sync.WaitGroup
	for i := range removed {
		both.Go(func() {
			var err error
			if removed[i], err = d.RemoveHistory(t.Context(), 12); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	last := must(d.RemoveHistory(t.Context(), 12))(t) // what one held, the other left for the next time
	same(t, "left", history(t, d, a), before-int(removed[0]+removed[1]+last))
	if n := d.Count(t, `select count(*) from audit_events where workspace_id = $1 and action = 'draft.approved'`, a.Workspace()); n != 1 {
		t.Errorf("%d are left, of which the last is needed", n)
	}
	same(t, "left of what somebody held", history(t, d, held), ofHeld)
	d.Healthy(t)
}
