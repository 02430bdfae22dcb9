package postgres_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"personae/internal/audit"
	"personae/internal/persona"
	"personae/internal/testing/dbtest"
)

// declared returns files as they are once they hold all of a workspace.
func declared(now persona.Present) persona.Declared {
	d := persona.Declared{Revision: now.Revision, Settings: persona.DeclaredSettings{Settings: now.Settings,
		Says: []string{"company_name", "qualification_questions", "draft_generation_enabled", "forget_leads_after_months"}}}
	names := map[uuid.UUID]string{}
	for _, p := range now.Personas {
		names[p.ID] = p.Name
		d.Personas = append(d.Personas, persona.DeclaredPersona{ID: uuid.NullUUID{UUID: p.ID, Valid: true}, Content: p.Content, Where: p.Name})
		if p.IsDefault {
			d.Default = p.Name
		}
	}
	for _, c := range now.Campaigns {
		d.Campaigns = append(d.Campaigns, persona.DeclaredCampaign{CampaignContent: c.Content(), Persona: names[c.PersonaID.UUID], Where: c.ExternalID})
	}
	return d
}

// disturb changes files at random, as people do.
func disturb(r *rand.Rand, d persona.Declared) persona.Declared {
	content := func() persona.Content {
		return persona.Content{Name: fmt.Sprintf("%c%d", 'A'+r.IntN(6), r.IntN(2)), Voice: persona.Voice{Greeting: fmt.Sprint("Hi ", r.IntN(3)), Goals: "Win"}}
	}
	for range 1 + r.IntN(4) {
		at := r.IntN(len(d.Personas) + 1)
		switch r.IntN(6) {
		case 0, 1:
			d.Personas = slices.Insert(d.Personas, at, persona.DeclaredPersona{Content: content()})
		case 2:
			if at < len(d.Personas) {
				d.Personas[at].Content = content()
			}
		case 3:
			if at < len(d.Personas) {
				d.Personas = slices.Delete(d.Personas, at, at+1)
			}
		case 4:
			if at < len(d.Personas) {
				d.Default = d.Personas[at].Name
			}
		case 5:
			c := persona.DeclaredCampaign{CampaignContent: persona.CampaignContent{ExternalID: fmt.Sprint("c", r.IntN(4)), Name: fmt.Sprint("C", r.IntN(2))}}
			d.Campaigns = slices.DeleteFunc(d.Campaigns, func(o persona.DeclaredCampaign) bool { return o.ExternalID == c.ExternalID })
			if at < len(d.Personas) {
				c.Persona = d.Personas[at].Name
			}
			d.Campaigns = append(d.Campaigns, c)
		}
	}
	seen := map[string]bool{}
	d.Personas = slices.DeleteFunc(d.Personas, func(p persona.DeclaredPersona) bool {
		twice := seen[p.Name]
		seen[p.Name] = true
		return twice
	})
	d.Complete = r.IntN(3) == 0
	d.Settings.CompanyName = fmt.Sprint("Company ", r.IntN(2))
	d.Settings.DraftsOff = r.IntN(2) == 0
	return d
}

func TestFilesAreAppliedOnceAndThenChangeNothing(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	applied, refused := 0, 0
	for seed := range uint64(dbtest.Times(40, 10_000)) {
		r := rand.New(rand.NewPCG(seed, 2))
		files := disturb(r, declared(must(d.Present(t.Context(), a, persona.Declared{}))(t)))
		plan, err := d.PlanApply(t.Context(), a, files)
		if errors.As(err, new(*persona.InvalidError)) {
			refused++
			continue
		}
		if err != nil || len(plan.Overtaken()) > 0 {
			t.Fatal(seed, err, plan.Overtaken())
		}
		if _, err := d.Apply(t.Context(), a, files, false, plan.Mark()); err != nil {
			if errors.As(err, new(*persona.InvalidError)) { // they exchange their names
				refused++
				continue
			}
			t.Fatal(seed, err, plan)
		}
		applied++
		if again := must(d.PlanApply(t.Context(), a, files))(t); len(again.Steps) > 0 {
			t.Fatalf("%d: %+v\nafter %+v", seed, again.Steps, plan.Steps)
		}
		if broken := d.Broken(t); len(broken) > 0 {
			t.Fatal(seed, broken)
		}
	}
	if applied < refused {
		t.Errorf("%d were applied, %d refused", applied, refused)
	}
	events := d.Count(t, `select count(*) from audit_events where action = 'persona.applied'`)
	if events == 0 || events > applied {
		t.Errorf("%d events of %d", events, applied)
	}
}

// TestFilesAreAppliedInTurnsWhereASecondPersonApproves approves what applying proposes, and
// applies again, until the workspace is as the files say.
func TestFilesAreAppliedInTurnsWhereASecondPersonApproves(t *testing.T) {
	t.Parallel()
	p, second := demanding(t)
	operator := must(p.Operate(t.Context(), p.owner.Workspace()))(t)
	applied, approved := 0, 0
	for seed := range uint64(dbtest.Times(25, 5_000)) {
		r := rand.New(rand.NewPCG(seed, 3))
		files := disturb(r, declared(must(p.Present(t.Context(), operator, persona.Declared{}))(t)))
		if r.IntN(2) == 0 && len(files.Personas) > 0 {
			files.Default = files.Personas[r.IntN(len(files.Personas))].Name
		}
		for turn := 0; ; turn++ {
			plan, err := p.PlanApply(t.Context(), operator, files)
			if err == nil && len(plan.Steps) == 0 {
				break
			}
			var made *persona.Proposal
			if err == nil {
				made, err = p.Apply(t.Context(), operator, files, true, plan.Mark())
			}
			if errors.As(err, new(*persona.InvalidError)) {
				break
			}
			if err != nil || turn > 2 {
				t.Fatalf("%d, turn %d: %v %+v", seed, turn, err, plan.Steps)
			}
			applied++
			if made != nil {
				same(t, "approved", must(p.Approve(t.Context(), second, made.ID, ""))(t).Done(), true)
				approved++
			}
			if broken := p.Broken(t); len(broken) > 0 {
				t.Fatal(seed, broken)
			}
		}
	}
	if approved == 0 || approved == applied {
		t.Errorf("%d applied, %d approved", applied, approved)
	}
}

func TestWhatWasChangedByHandSinceTheFilesWereMadeIsNotTakenBack(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	anna, bob, zoe := d.NewPersona(t, a, "Anna"), d.NewPersona(t, a, "Bob"), d.NewPersona(t, a, "Zoë")
	spring := must(d.AddCampaign(t.Context(), a, persona.CampaignContent{Name: "Spring", ExternalID: "spring"}, uuid.NullUUID{}))(t)
	present := func() persona.Present { return must(d.Present(t.Context(), a, persona.Declared{}))(t) }
	files := declared(present())
	files.Complete = true
	over := func(want ...string) {
		t.Helper()
		plan := must(d.PlanApply(t.Context(), a, files))(t)
		same(t, "overtaken", plan.Overtaken(), want)
		same(t, "edited", plan.Edited(), false)
		before := d.Snapshot(t)
		var overtaken *persona.OvertakenError
		if _, err := d.Apply(t.Context(), a, files, false, plan.Mark()); !errors.As(err, &overtaken) || len(overtaken.What) != len(want) {
			t.Error(err)
		}
		same(t, "tables", d.Snapshot(t), before)
	}
	// By hand: words, the default, a campaign, settings, one more and one less.
	edited := bob.Content
	edited.Goals = "Win"
	must(d.Edit(t.Context(), a, bob.ID, bob.Version, edited, persona.KeepDefault))(t)
	must(d.SetDefault(t.Context(), a, bob.ID))(t)
	must(d.EditCampaign(t.Context(), a, spring.ID, spring.Version, persona.CampaignContent{Name: "Fall", ExternalID: "spring"}, &uuid.NullUUID{UUID: bob.ID, Valid: true}))(t)
	settings, _, _ := d.Settings(t.Context(), a)
	settings.CompanyName = "Harbor Ltd"
	must(d.SaveSettings(t.Context(), a, settings, false))(t)
	must(d.Delete(t.Context(), a, zoe.ID, 0, uuid.NullUUID{}))(t)
	d.NewPersona(t, a, "Eve")
	over("Settings: Company name was changed here since the files were made", "“Bob”: Goals was changed here since the files were made",
		"“Zoë” was deleted since the files were made", "“Eve” was created since the files were made",
		"“Bob” is the default and the files say “Anna”: the default was changed here since the files were made",
		"Campaign “Fall”: Name, Answered by were changed here since the files were made")

	plan := must(d.PlanApply(t.Context(), a, files))(t)
	if _, err := d.Apply(t.Context(), a, files, true, plan.Mark()); err != nil {
		t.Fatal(err)
	}
	same(t, "steps after --over", len(must(d.PlanApply(t.Context(), a, files))(t).Steps), 0)
	same(t, "default", must(d.DefaultPersona(t.Context(), a))(t).ID, anna.ID)
	same(t, "one that was deleted has its id again", must(d.Persona(t.Context(), a, zoe.ID))(t).Content, zoe.Content)
	same(t, "broken", d.Broken(t), []string{})

	// The switch is undone like any other, and is then one by hand.
	files = declared(present())
	list := must(d.PersonasPage(t.Context(), a, "", 1))(t)
	same(t, "what is undone", list.Undoable.From, "Bob")
	must(d.Undo(t.Context(), a, list.Undoable.Event))(t)
	over("“Bob” is the default and the files say “Anna”: the default was changed here since the files were made")
}

func TestAPersonaThatGoesWithFilesLeavesItsCampaignsToTheDefault(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	anna := d.NewPersona(t, a, "Anna")
	bob := d.NewPersona(t, a, "Bob")
	unnamed := must(d.AddCampaign(t.Context(), a, persona.CampaignContent{Name: "Spring"}, uuid.NullUUID{UUID: anna.ID, Valid: true}))(t)
	files := declared(must(d.Present(t.Context(), a, persona.Declared{}))(t))
	files.Personas, files.Complete = files.Personas[1:], true
	_, err := d.PlanApply(t.Context(), a, files)
	var wrong *persona.InvalidError
	if !errors.As(err, &wrong) || !strings.Contains(wrong.Fields[0].Message.String(), "there is no persona of this name") {
		t.Error(err)
	}
	files.Default = "bob"
	plan := must(d.PlanApply(t.Context(), a, files))(t)
	if _, err := d.Apply(t.Context(), a, files, false, plan.Mark()); err != nil {
		t.Fatal(err)
	}
	same(t, "default", must(d.DefaultPersona(t.Context(), a))(t).ID, bob.ID)
	log := must(d.Activities(t.Context(), a, audit.Filter{}))(t)
	entry := log.Events[0]
	same(t, "what the event says", fmt.Sprint(entry.Action, entry.Removed, entry.Rewritten, entry.From, entry.To, entry.Moves),
		fmt.Sprint("persona.applied", 1, 1, "Anna", "Bob", []audit.Move{{Campaign: unnamed.Name, From: "Anna"}}))
	same(t, "broken", d.Broken(t), []string{})
}

func TestFilesMadeFromNobodyKnowsWhatAreAppliedOnlyToWhatIsNotThere(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	d.NewPersona(t, a, "Anna")
	rene := d.NewPersona(t, a, "René")
	rene.Name = "Rene\u0301"
	alike := persona.Declared{Personas: []persona.DeclaredPersona{{Content: rene.Content}}}
	same(t, "the same letters", len(must(d.PlanApply(t.Context(), a, alike))(t).Steps), 0)
	for _, revision := range []int{0, 999} {
		files := persona.Declared{Revision: revision, Personas: []persona.DeclaredPersona{{Content: persona.Content{Name: "ANNA"}}, {Content: persona.Content{Name: "Bob"}}}}
		plan := must(d.PlanApply(t.Context(), a, files))(t)
		same(t, "overtaken", strings.Join(plan.Overtaken(), "\n"), "“Anna”: Name, Greeting differ here, and the files do not say what they were made from")
		files.Personas = files.Personas[1:]
		same(t, "overtaken", len(must(d.PlanApply(t.Context(), a, files))(t).Overtaken()), 0)
	}
}

func TestFilesAreAppliedAsTheyWereShownOrNotAtAll(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	d.NewPersona(t, a, "Anna")
	files := declared(must(d.Present(t.Context(), a, persona.Declared{}))(t))
	files.Personas = append(files.Personas, persona.DeclaredPersona{Content: persona.Content{Name: "Bob", Voice: words}},
		persona.DeclaredPersona{Content: persona.Content{Name: "Last"}})
	plan := must(d.PlanApply(t.Context(), a, files))(t)
	d.NewPersona(t, a, "Last")
	before := d.Snapshot(t)
	if _, err := d.Apply(t.Context(), a, files, true, plan.Mark()); !errors.As(err, new(*persona.ApplyChangedError)) {
		t.Error(err)
	}
	// The database refuses the last of its statements.
	d.Exec(t, `create function no() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$`)
	d.Exec(t, `create trigger no before update on workspace_settings for each row execute function no()`)
	files.Settings.CompanyName = "Harbor Ltd"
	plan = must(d.PlanApply(t.Context(), a, files))(t)
	if _, err := d.Apply(t.Context(), a, files, true, plan.Mark()); err == nil {
		t.Error("it was applied")
	}
	same(t, "tables", d.Snapshot(t), before)
}
