package workspacefile_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

	"personae/internal/language"
	"personae/internal/persona"
	"personae/internal/testing/dbtest"
	"personae/internal/workspacefile"
)

// texts are what people write that a file may not take as it stands.
var texts = []string{"", "", "Hi {firstName},", "yes", "007", "null", "# Greeting", `\# Goals`, "a: b # c", "- x", "Hi\n\nthere  \n  you", "😀 é",
	"one\n# two\n\\# three\n\\\\#\n## four", "tab\there\n\tthere", "“quoted” 'it' \"so\"", "zero\u200dwidth\nx\u2028y", "---\na: 1\n---", "{a} [b] &c *d !e %f @g `h`",
	"|-\n  x", "last\n#", "مرحبا\nשלום", "x\n...\ny", strings.Repeat("long words ", 20) + "end"}

var nameList = []string{"Anna", "Bob", "Zoë", "no", "README", "- x", "Řeka / two", "Eve: default", "😀"}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// state returns a workspace, with personas of some of the ids.
func state(r *rand.Rand, ids []uuid.UUID) persona.Present {
	now := persona.Present{Revision: 1 + r.IntN(9), Keys: strings.ToLower}
	names := slices.Clone(nameList)
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for i, id := range ids {
		if r.IntN(3) == 0 {
			continue
		}
		p := persona.Persona{ID: id, Version: 1 + r.IntN(5), IsDefault: len(now.Personas) == 0, Content: persona.Content{Name: names[i]}}
		for _, f := range persona.Fields() {
			if words := pick(r, texts); !f.OneLine || !strings.Contains(words, "\n") && len(words) < 60 {
				*f.Of(&p.Voice) = words
			}
		}
		for _, tag := range []language.Tag{"de", "nb", "pt-BR"} {
			if r.IntN(3) == 0 {
				p.Variants = persona.Pack(append(p.Variants.List(), persona.Variant{Language: tag, Greeting: pick(r, texts),
					SMSGreeting: pick(r, texts), Signature: pick(r, texts)})...)
			}
		}
		p.Content = p.Clean()
		now.Personas = append(now.Personas, p)
	}
	r.Shuffle(len(now.Personas), func(i, j int) { now.Personas[i], now.Personas[j] = now.Personas[j], now.Personas[i] })
	for i := range 4 {
		c := persona.Campaign{ID: uuid.NewSHA1(uuid.Nil, []byte{byte(i)}), ExternalID: pick(r, []string{"c", "no", "#", "0"}) + strconv.Itoa(i),
			Name: pick(r, []string{"Spring", "yes", "a: b", "ü"})}
		if len(now.Personas) > 0 && r.IntN(2) == 0 {
			c.PersonaID = uuid.NullUUID{UUID: pick(r, now.Personas).ID, Valid: true}
		}
		if r.IntN(3) > 0 {
			now.Campaigns = append(now.Campaigns, c)
		}
	}
	now.Settings = persona.Settings{CompanyName: pick(r, []string{"", "Harbor", "no"}), QualificationQuestions: pick(r, texts),
		DraftsOff: r.IntN(2) == 0, ForgetAfter: r.IntN(3)}.Clean()
	if len(now.Personas) == 0 && r.IntN(2) == 0 {
		now.Settings.Greeting = persona.Clean(pick(r, texts))
	}
	return now
}

// applied returns what a workspace is after a plan.
func applied(t *testing.T, now persona.Present, plan persona.ApplyPlan) (next persona.Present, ok bool) {
	t.Helper()
	order, err := plan.Order(now.Keys)
	if err != nil {
		return now, false // they exchange their names
	}
	heir := plan.Heir
	byID := map[uuid.UUID]persona.Persona{}
	var places []uuid.UUID
	for _, p := range now.Personas {
		p.IsDefault = p.IsDefault && !plan.Moves
		byID[p.ID], places = p, append(places, p.ID)
	}
	for _, s := range order {
		switch p := byID[s.Persona.ID]; s.Action {
		case persona.ApplyRemoves:
			delete(byID, p.ID)
		case persona.ApplyChanges:
			for _, other := range byID {
				if other.ID != p.ID && now.Keys(other.Name) == now.Keys(s.Content.Name) {
					t.Fatalf("%q is still taken", s.Content.Name)
				}
			}
			p.Content = s.Content
			byID[p.ID] = p
		case persona.ApplyAdds:
			p = persona.Persona{ID: uuid.New(), Version: 1, Content: s.Content}
			byID[p.ID], places = p, append(places, p.ID)
			if s.BecomesDefault {
				heir = uuid.NullUUID{UUID: p.ID, Valid: true}
			}
		}
	}
	if plan.Moves {
		p := byID[heir.UUID]
		p.IsDefault = true
		byID[p.ID] = p
	}
	next = now
	next.Personas, next.Campaigns = nil, slices.Clone(now.Campaigns)
	ids := map[string]uuid.UUID{}
	for _, id := range places {
		if p, is := byID[id]; is {
			next.Personas = append(next.Personas, p)
			ids[now.Keys(p.Name)] = p.ID
		}
	}
	for _, s := range plan.Steps {
		switch s.Kind {
		case persona.ApplySettings:
			next.Settings = s.Settings
		case persona.ApplyCampaign:
			if s.Action == persona.ApplyAdds {
				next.Campaigns = append(next.Campaigns, persona.Campaign{ID: uuid.New(), ExternalID: s.External.ExternalID})
			}
			i := slices.IndexFunc(next.Campaigns, func(c persona.Campaign) bool { return c.ExternalID == s.External.ExternalID })
			next.Campaigns[i].Name = s.External.Name
			next.Campaigns[i].PersonaID = uuid.NullUUID{UUID: ids[now.Keys(s.Answers)], Valid: s.Answers != ""}
		}
	}
	return next, true
}

// planned returns what applying files to a workspace does.
func planned(t *testing.T, path string, now persona.Present) (persona.ApplyPlan, error) {
	t.Helper()
	folder, err := workspacefile.Read(path)
	if err != nil {
		t.Fatal(faults(err), everything(t, path))
	}
	return persona.PlanApply(folder.Declared, now)
}

// same fails unless files and a workspace are the same.
func same(t *testing.T, what, path string, now persona.Present) {
	t.Helper()
	plan, err := planned(t, path, now)
	if err != nil || len(plan.Steps) > 0 || len(plan.Left)+len(plan.LeftCampaigns) > 0 {
		t.Fatalf("%s: %v %+v\n%+v\n%s", what, faults(err), plan.Steps, now, everything(t, path))
	}
}

func everything(t *testing.T, path string) string {
	t.Helper()
	var all strings.Builder
	_ = filepath.WalkDir(path, func(name string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			text, _ := os.ReadFile(name)
			fmt.Fprintf(&all, "== %s\n%s", name, text)
		}
		return nil
	})
	return all.String()
}

func faults(err error) []string {
	var list []string
	for _, f := range fieldsOf(err) {
		list = append(list, f.Message.String())
	}
	if err != nil && list == nil {
		list = append(list, err.Error())
	}
	return list
}

func TestAPlanIsEmptyOnceItsFilesAreAppliedOrWrittenAnew(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var ids []uuid.UUID
	for i := range 5 {
		ids = append(ids, uuid.NewSHA1(uuid.Nil, []byte{9, byte(i)}))
	}
	for seed := range dbtest.Times(200, 10_000) {
		r := rand.New(rand.NewPCG(uint64(seed), 1))
		first, second := state(r, ids), state(r, ids)
		for _, c := range first.Campaigns { // they are archived and never deleted
			c.PersonaID = uuid.NullUUID{}
			if !slices.ContainsFunc(second.Campaigns, func(o persona.Campaign) bool { return o.ExternalID == c.ExternalID }) {
				second.Campaigns = append(second.Campaigns, c)
			}
		}
		workspace := uuid.NewSHA1(uuid.Nil, []byte("w"))
		path := filepath.Join(dir, strconv.Itoa(seed)+pick(r, []string{"", ".yaml", ".json"}))
		folder := workspacefile.New(path)
		folder.Update(first, workspace)
		write(t, folder)
		same(t, "written", path, first)

		// The second is what became of the workspace meanwhile.
		if plan, err := planned(t, path, second); err == nil {
			appliedOnce(t, path, second, plan)
		}
		folder, err := workspacefile.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		folder.Update(second, workspace)
		write(t, folder)
		same(t, "written anew", path, second)
		folder, _ = workspacefile.Read(path)
		folder.Update(second, workspace)
		if written, removed := write(t, folder); len(written)+len(removed) > 0 {
			t.Fatalf("%d: nothing changed, and %v %v were written", seed, written, removed)
		}
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
	}
}

// appliedOnce fails unless a plan leaves one default and nothing to do.
func appliedOnce(t *testing.T, path string, now persona.Present, plan persona.ApplyPlan) {
	t.Helper()
	after, ok := applied(t, now, plan)
	if !ok {
		return
	}
	again, err := planned(t, path, after)
	if err != nil || len(again.Steps) > 0 {
		t.Fatalf("%s applied: %v %+v\n%+v", path, faults(err), again.Steps, plan.Steps)
	}
	defaults := 0
	for _, p := range after.Personas {
		if p.IsDefault {
			defaults++
		}
	}
	if defaults != min(1, len(after.Personas)) {
		t.Fatalf("%s: %d defaults of %+v", path, defaults, after.Personas)
	}
}

func write(t *testing.T, folder *workspacefile.Folder) (written, removed []string) {
	t.Helper()
	written, removed, err := folder.Write()
	if err != nil {
		t.Fatal(err)
	}
	return written, removed
}
