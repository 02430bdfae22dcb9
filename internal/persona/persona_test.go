package persona_test

import (
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"personae/internal/i18n"
	"personae/internal/persona"
)

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestChosenSourceIsUsedWhole(t *testing.T) {
	t.Parallel()
	own := &persona.Persona{ID: uuid.New(), Content: persona.Content{Name: "Own", Voice: persona.Voice{Greeting: "Own"}},
		Version: 3}
	def := &persona.Persona{ID: uuid.New(), Content: persona.Content{Name: "Def",
		Voice: persona.Voice{Greeting: "Def", Signature: "Def", Goals: "Def"}}, Version: 2}
	legacy := persona.Voice{Greeting: "Set", Signature: "Set", Goals: "Set"}
	campaign := &persona.Campaign{Name: "Spring"}
	for name, c := range map[string]struct {
		q         persona.ResolveInput
		source    persona.Source
		greeting  string
		signature string
		reasons   []string
	}{
		"campaign's own": {persona.ResolveInput{Workspace: "W", Campaign: campaign, CampaignPersona: own, Default: def,
			Settings: legacy}, persona.FromCampaign, "Own", "",
			[]string{"The campaign “Spring” has its own persona, “Own”, so that one answers."}},
		"campaign without": {persona.ResolveInput{Workspace: "W", Campaign: campaign, Default: def, Settings: legacy},
			persona.FromDefault, "Def", "Def",
			[]string{"The campaign “Spring” has no persona of its own, so the workspace default is asked.",
				"The default persona of W is “Def”, so it answers."}},
		"no campaign": {persona.ResolveInput{Workspace: "W", Default: def, Settings: legacy}, persona.FromDefault, "Def",
			"Def",
			[]string{"No campaign was named, so the workspace default is asked.",
				"The default persona of W is “Def”, so it answers."}},
		"no persona": {persona.ResolveInput{Workspace: "W", Campaign: campaign, Settings: legacy}, persona.FromSettings,
			"Set", "Set",
			[]string{"The campaign “Spring” has no persona of its own, so the workspace default is asked.",
				"W has no persona, so its workspace settings answer."}},
	} {
		r := persona.Resolve(c.q)
		same(t, name+": source", r.Source, c.source)
		same(t, name+": greeting", r.Voice.Greeting, c.greeting)
		same(t, name+": signature", r.Voice.Signature, c.signature)
		same(t, name+": empty goals stay empty", r.Voice.Goals == "", c.source == persona.FromCampaign)
		same(t, name+": reasons", inEnglish(r.Reasons[:len(c.reasons)]), c.reasons)
		same(t, name+": fields", len(r.Fields), 8)
		same(t, name+": prompt key", r.PromptKey("draft:v1"), "draft:v1:persona="+string(c.source))
		same(t, name+": no persona id from settings", r.PersonaID.Valid, c.source != persona.FromSettings)
	}
}

func TestOnlyTheFourGapsAreFilled(t *testing.T) {
	t.Parallel()
	r := persona.Resolve(persona.ResolveInput{Workspace: "Harbor", Channel: persona.SMS})
	same(t, "voice", r.Voice, persona.Voice{DisplayName: "Harbor", Tone: "friendly-professional",
		Greeting: "Hi {firstName},", SMSGreeting: "Hi {firstName},"})
	same(t, "opening", r.Opening, "Hi {firstName},")
	same(t, "reasons: one for the source, one for the decision, one for each gap", len(r.Reasons), 6)

	r = persona.Resolve(persona.ResolveInput{Settings: persona.Voice{Greeting: "Dear {firstName},"}, Channel: persona.SMS})
	same(t, "SMS takes the email greeting", r.Opening, "Dear {firstName},")
	r = persona.Resolve(persona.ResolveInput{Settings: persona.Voice{Greeting: "Dear", SMSGreeting: "Hey"},
		Channel: persona.LinkedIn})
	same(t, "LinkedIn takes the email greeting", r.Opening, "Dear")
	same(t, "channel unless told", persona.Resolve(persona.ResolveInput{}).Channel, persona.Email)
}

func TestMergeKeepsBothAndNamesWhatBothChanged(t *testing.T) {
	t.Parallel()
	original := persona.Content{Name: "A", Voice: persona.Voice{Greeting: "o", Goals: "o", Signature: "o", Tone: "o"}}
	theirs := persona.Content{Name: "A", Voice: persona.Voice{Greeting: "t", Goals: "t", Signature: "o", Tone: "same"}}
	yours := persona.Content{Name: "B", Voice: persona.Voice{Greeting: "y", Goals: "o", Signature: "y", Tone: "same"}}
	merged, overlap := persona.Merge(original, theirs, yours, nil)
	same(t, "merged", merged, persona.Content{Name: "B",
		Voice: persona.Voice{Greeting: "y", Goals: "t", Signature: "y", Tone: "same"}})
	same(t, "overlap", overlap, persona.Overlap{OnlyTheirs: []i18n.Text{i18n.Say("Goals")}, Conflicts: []persona.Conflict{
		{Field: "greeting", Label: i18n.Say("Greeting"), Original: "o", Theirs: "t", Yours: "y"}}})

	again := persona.Content{Name: "A", Voice: persona.Voice{Greeting: "t", Goals: "t2", Signature: "o", Tone: "same"}}
	yours.Goals = "mine"
	asked := []persona.Conflict{{Field: "greeting", Original: "o", Theirs: "t", TakeTheirs: true, Chosen: true},
		{Field: "goals", Original: "o"}, {Field: "tone", Original: "o"}}
	merged, overlap = persona.Merge(theirs, again, yours, asked)
	same(t, "merged again", merged, yours)
	same(t, "what was asked stays open, what agrees by now does not", overlap.Conflicts, []persona.Conflict{
		{Field: "greeting", Label: i18n.Say("Greeting"), Original: "o", Theirs: "t", Yours: "y", TakeTheirs: true, Chosen: true},
		{Field: "goals", Label: i18n.Say("Goals"), Original: "o", Theirs: "t2", Yours: "mine"}})

	settings, both := persona.MergeSettings(persona.Settings{CompanyName: "o"},
		persona.Settings{CompanyName: "t", QualificationQuestions: "t"}, persona.Settings{CompanyName: "y"}, nil)
	same(t, "settings", settings, persona.Settings{CompanyName: "y", QualificationQuestions: "t"})
	same(t, "settings conflicts", both.Conflicts, []persona.Conflict{{Field: "company_name", Label: i18n.Say("Company name"), Original: "o",
		Theirs: "t", Yours: "y"}})
}

func TestNamesOfCopies(t *testing.T) {
	t.Parallel()
	taken := map[string]bool{"A (copy)": true, "A (copy 2)": true}
	same(t, "third", persona.CopyName("A", func(n string) bool { return taken[n] }), "A (copy 3)")
	long := persona.CopyName(strings.Repeat("x", 72)+" yyyyyyy", func(string) bool { return false })
	same(t, "no space before the ending twice", long, strings.Repeat("x", 72)+" (copy)")
}

func TestLimitsCountCharactersNotBytes(t *testing.T) {
	t.Parallel()
	for _, f := range persona.Fields() {
		var c persona.Content
		c.Name = "x"
		*f.Of(&c.Voice) = strings.Repeat("é", f.Limit)
		if _, err := c.Validate(); err != nil {
			t.Errorf("%s: %d characters are refused: %v", f.Name, f.Limit, err)
		}
		*f.Of(&c.Voice) += "é"
		var invalid *persona.InvalidError
		if _, err := c.Validate(); !errors.As(err, &invalid) || invalid.Fields[0].Field != f.Name {
			t.Errorf("%s: %d characters are allowed: %v", f.Name, f.Limit+1, err)
		}
	}
}

func TestTextIsTrimmedAndItsLineEndsMadeOne(t *testing.T) {
	t.Parallel()
	same(t, "clean", persona.Clean(" \r\n a\r\nb\rc\td \n\u00a0"), "a\nb\nc\td")
}

func FuzzValidate(f *testing.F) {
	f.Add("name", "text")
	f.Add(" \t", "a\x00b")
	f.Add("a\nb", "\xff\r\n")
	f.Add(strings.Repeat("é", 81), "\u0085")
	f.Fuzz(func(t *testing.T, name, text string) {
		c, err := persona.Content{Name: name, Voice: persona.Voice{Tone: text, Goals: text}}.Validate()
		if err != nil {
			if !errors.As(err, new(*persona.InvalidError)) {
				t.Fatal(err)
			}
			return
		}
		// What passes here must pass the database's own checks.
		for _, s := range []string{c.Name, c.Tone, c.Goals} {
			if !utf8.ValidString(s) || strings.TrimSpace(s) != s ||
				strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
				t.Fatalf("%q passed", s)
			}
		}
		if c.Name == "" || utf8.RuneCountInString(c.Name) > persona.NameLimit || strings.ContainsAny(c.Name+c.Tone, "\n\t") {
			t.Fatalf("%q passed", c)
		}
		if again, err := c.Validate(); err != nil || again != c {
			t.Fatalf("%q is not stable: %q, %v", c, again, err)
		}
	})
}

func TestATextIsRefusedInWordsThatNameThePlace(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text    string
		limit   int
		oneLine bool
		message string // empty: it is taken
	}{
		"lines and tabs":      {"a\n\tb", 4, false, ""},
		"a line break":        {"é\nb", 4, true, "Goals must be a single line; it has a line break at character 2"},
		"a tab in a line":     {"é\tb", 4, true, "Goals holds an invisible control character at character 2. Remove it or type the text again"},
		"a control character": {"\x01", 4, false, "Goals holds an invisible control character at character 1. Remove it or type the text again"},
		"not UTF-8":           {"\xff", 4, false, "Goals holds characters that cannot be read. Type it again or paste it as plain text"},
		"as long as may be":   {"éééé", 4, false, ""},
		"one too many":        {"ééééé", 4, false, "Goals must be 4 characters or fewer; it has 5"},
		"hundreds and thousands": {strings.Repeat("x", 1000), 999, false,
			"Goals must be 999 characters or fewer; it has 1,000"},
	} {
		var want []persona.FieldError
		if c.message != "" {
			want = []persona.FieldError{{Field: "goals", Message: i18n.Say(c.message)}}
		}
		same(t, name, persona.CheckText(nil, "goals", "Goals", c.text, c.limit, c.oneLine), want)
	}
	same(t, "millions", persona.Thousands(1234567), "1,234,567")
}

func TestLineEndsThatNobodySeesAreLineEnds(t *testing.T) {
	t.Parallel()
	content := persona.Content{Name: "Sales\vcoach\u0085"}
	for _, f := range persona.Fields() {
		*f.Of(&content.Voice) = "one\vtwo\fthree\u0085four\r\nfive"
		if f.OneLine {
			*f.Of(&content.Voice) = "\fone\vtwo\u0085three"
		}
	}
	clean, err := content.Validate()
	if err != nil {
		t.Fatal(err)
	}
	same(t, "name", clean.Name, "Sales coach")
	for _, f := range persona.Fields() {
		want := "one\ntwo\nthree\nfour\nfive"
		if f.OneLine {
			want = "one two three"
		}
		same(t, f.Name, *f.Of(&clean.Voice), want)
	}
	s := persona.Settings{CompanyName: "a\vb", QualificationQuestions: "a\vb"}.Clean()
	same(t, "settings", s, persona.Settings{CompanyName: "a b", QualificationQuestions: "a\nb"})
}
