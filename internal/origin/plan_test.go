package origin

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"personae/internal/access"
	"personae/internal/persona"
)

func anybody(string) bool { return true }

// chance makes workspaces of every kind of a few words, good and bad.
type chance struct{ *rand.Rand }

func (r chance) word() string {
	words := []string{"", "", "", "a", "b", " a\r\n", "A", "\x01", "b\x07", "b\nb", "\u200b", "a\u202e\u200db",
		strings.Repeat("c", 81), strings.Repeat("c\u200d", 81), strings.Repeat("ü", 8001)}
	return words[r.IntN(len(words))]
}

func (r chance) voice() (v persona.Voice) {
	for _, f := range persona.Fields() {
		*f.Of(&v) = r.word()
	}
	return v
}

func (r chance) workspace() Workspace {
	w := Workspace{ID: "w", Name: r.word(), Owner: "o"}
	if r.IntN(4) > 0 {
		w.Settings = &persona.Settings{Voice: r.voice()}
	}
	for i := range r.IntN(4) {
		w.Personas = append(w.Personas, Persona{ID: strconv.Itoa(i), IsDefault: r.IntN(2) == 0,
			Content: persona.Content{Name: r.word(), Voice: r.voice()}})
		if w.Settings != nil && r.IntN(3) == 0 {
			w.Personas[i].Voice = w.Settings.Voice
		}
		w.Campaigns = append(w.Campaigns, Campaign{ID: strconv.Itoa(i), Name: r.word(), Persona: strconv.Itoa(r.IntN(5))})
	}
	return w
}

// TestEveryPlanKeepsTheRules plans workspaces that chance makes.
func TestEveryPlanKeepsTheRules(t *testing.T) {
	t.Parallel()
	rules := map[string]int{}
	for seed := range uint64(2_000) {
		r := chance{rand.New(rand.NewPCG(seed, 1))}
		w, right := r.workspace(), []persona.Side{"", persona.SettingsAreRight, persona.PersonaIsRight}[r.IntN(3)]
		plan := w.Plan(Known{}, right, strings.ToLower, anybody)
		for _, repair := range plan.Repairs {
			rules[repair.Rule]++
			if strings.ContainsFunc(repair.Sentence, func(r rune) bool { return r < ' ' }) {
				t.Fatalf("seed %d: not one line: %q", seed, repair.Sentence)
			}
		}
		for _, p := range plan.Personas {
			if p.IsDefault {
				speaks(t, seed, w, p, right)
			}
		}
		holds(t, seed, w, plan)
	}
	for _, rule := range []string{"two_defaults", "no_default", "mirror", "ideal_customer_profile",
		"service_description", "foreign_persona",
		"blank_name", "duplicate_name", "text"} {
		if rules[rule] < 10 {
			t.Errorf("chance brought only %d of %s", rules[rule], rule)
		}
	}
}

// holds fails unless personae can hold all that is planned, with one default.
func holds(t *testing.T, seed uint64, w Workspace, plan Plan) {
	t.Helper()
	if plan.Settings != nil {
		if wrong := plan.Settings.Clean().Check(); len(wrong) > 0 {
			t.Fatalf("seed %d: no form could save the settings: %v", seed, wrong)
		}
	}
	if plan.Name == "" || len([]rune(plan.Name)) > access.WorkspaceNameLimit || persona.TidyName(plan.Name) != plan.Name {
		t.Fatalf("seed %d: the workspace is called %q", seed, plan.Name)
	}
	names := map[string]bool{}
	defaults := 0
	for _, p := range plan.Personas {
		valid, err := p.Validate()
		if err != nil || valid != p.Content {
			t.Fatalf("seed %d: %v: %+v", seed, err, p.Content)
		}
		names[strings.ToLower(p.Name)] = true
		if p.IsDefault {
			defaults++
		}
	}
	if len(names) != len(plan.Personas) || len(w.Personas) > 0 != (defaults == 1) || defaults > 1 ||
		len(plan.Personas) < len(w.Personas) {
		t.Fatalf("seed %d: %d names, %d defaults, %d personas of %d", seed, len(names), defaults, len(plan.Personas),
			len(w.Personas))
	}
	for _, c := range plan.Campaigns {
		if c.Name == "" || len([]rune(c.Name)) > campaignLimit ||
			c.Persona != "" && int(c.Persona[0]-'0') >= len(w.Personas) {
			t.Fatalf("seed %d: %+v", seed, c)
		}
	}
}

// speaks checks that drafts by the default say what they said in the origin, and
// that lead scoring reads what it read, whatever it reads beside that.
func speaks(t *testing.T, seed uint64, w Workspace, p PlannedPersona, right persona.Side) {
	t.Helper()
	fitted := func(v persona.Voice) persona.Voice {
		for _, f := range persona.Fields() {
			*f.Of(&v), _ = fit(*f.Of(&v), f.Limit, f.OneLine)
		}
		return v
	}
	var settings persona.Voice
	if w.Settings != nil {
		settings = fitted(w.Settings.Voice)
	}
	spoke := settings
	for i, own := range w.Personas {
		if strconv.Itoa(i) == p.ID && (own.IsDefault || silent(settings)) {
			spoke = fitted(own.Voice)
		}
	}
	heard := func(v persona.Voice) persona.Voice {
		v.ServiceDescription, v.IdealCustomerProfile = "", ""
		return persona.Resolve(persona.ResolveInput{Settings: v}).Voice
	}
	if got, want := heard(p.Voice), heard(spoke); got != want {
		t.Fatalf("seed %d: drafts said %+v, and now say %+v", seed, want, got)
	}
	if settings.IdealCustomerProfile != "" && p.IdealCustomerProfile != settings.IdealCustomerProfile {
		t.Fatalf("seed %d: another ideal customer profile is scored by", seed)
	}
	for of, part := range map[persona.Side]string{
		persona.PersonaIsRight:   spoke.ServiceDescription,
		persona.SettingsAreRight: settings.ServiceDescription,
	} {
		both, fits := describe(spoke.ServiceDescription, settings.ServiceDescription)
		if (right == of || right == "" && fits) && !strings.Contains(strings.ToLower(p.ServiceDescription),
			strings.ToLower(part)) {
			t.Fatalf("seed %d: of %q there is %.20q in the default, want %.20q", seed, right, p.ServiceDescription, both)
		}
	}
}

func TestWhatIsKnownIsNotPlannedAgain(t *testing.T) {
	t.Parallel()
	w := Workspace{ID: "w", Name: "", Owner: "o", Settings: &persona.Settings{CompanyName: "Harbor"},
		Personas: []Persona{{ID: "p", IsDefault: true, Content: persona.Content{Name: ""}},
			{ID: "q", IsDefault: true, Content: persona.Content{Name: "Q"}}},
		Campaigns: []Campaign{{ID: "c", Persona: "elsewhere"}}, Members: []Member{{Person: "o", Admin: true}, {Person: "m"}}}
	known := Known{
		Here:      true,
		Admin:     true,
		Personas:  map[string]bool{"p": true, "q": true},
		Campaigns: map[string]bool{"c": true},
		Members:   map[string]bool{"o": true, "m": true},
	}
	if plan := w.Plan(known, "", strings.ToLower, anybody); !plan.Empty() || len(plan.Repairs) > 0 ||
		plan.Settings != nil {
		t.Errorf("%+v", plan)
	}
	// A persona that is new where others are does not become the default.
	delete(known.Personas, "q")
	known.Names = map[string]bool{"q": true}
	plan := w.Plan(known, "", strings.ToLower, anybody)
	if len(plan.Personas) != 1 || plan.Personas[0].IsDefault || plan.Personas[0].Name != "Q (2)" {
		t.Errorf("%+v", plan.Personas)
	}
}

func TestPeopleHaveTheirHighestRole(t *testing.T) {
	t.Parallel()
	w := Workspace{Owner: "o", Members: []Member{{Person: "o"}, {Person: "a"}, {Person: "a", Admin: true}, {Person: "m"},
		{Person: "lost", Admin: true}, {}}}
	plan := w.Plan(Known{}, "", strings.ToLower, func(person string) bool { return person != "lost" })
	if diff := cmp.Diff(map[string]access.Role{"o": access.Owner, "a": access.Admin, "m": access.Member},
		plan.Members); diff != "" {
		t.Error(diff)
	}
}
