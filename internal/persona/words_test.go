package persona_test

import (
	"errors"
	"testing"

	"github.com/google/uuid"

	"personae/internal/i18n"
	"personae/internal/persona"
)

func TestDiffListsJustTheFieldsThatDiffer(t *testing.T) {
	t.Parallel()
	changes := persona.Diff(persona.Voice{Tone: "formal", Goals: "x"},
		persona.Voice{Tone: "casual", Goals: "x", Signature: "Ada"})
	var got [][3]string
	for _, c := range changes {
		got = append(got, [3]string{c.Name, c.Before, c.After})
	}
	same(t, "changes", got, [][3]string{{"tone", "formal", "casual"}, {"signature", "", "Ada"}})
}

func TestWordsAreTidiedBeforeTheyAreChecked(t *testing.T) {
	t.Parallel()
	content, err := persona.Content{Name: " Ada ", Voice: persona.Voice{Goals: "a\r\nb\rc\n"}}.Validate()
	if err != nil {
		t.Fatal(err)
	}
	same(t, "content", content, persona.Content{Name: "Ada", Voice: persona.Voice{Goals: "a\nb\nc"}})
	same(t, "settings", persona.Settings{Voice: persona.Voice{Goals: " a "}, CompanyName: " b ",
		QualificationQuestions: "c\r\n"}.Clean(),
		persona.Settings{Voice: persona.Voice{Goals: "a"}, CompanyName: "b", QualificationQuestions: "c"})
	_, err = persona.Content{Name: " \t"}.Validate()
	var invalid *persona.InvalidError
	if !errors.As(err, &invalid) {
		t.Fatal(err)
	}
	same(t, "a name of nothing", invalid.Fields, []persona.FieldError{{Field: "name",
		Message: i18n.Say("Enter a name for this persona")}})
}

func TestANameIsSeen(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"\u200b", "\u200b\u2060", "\u3164", "\u2800 \u2800", "\ufeff", "\u200d", "\ufe0f",
		"\u202e\u202c"} {
		_, err := persona.Content{Name: name}.Validate()
		var invalid *persona.InvalidError
		if !errors.As(err, &invalid) {
			t.Errorf("%+q is taken for a name", name)
			continue
		}
		same(t, name, invalid.Fields, []persona.FieldError{{Field: "name", Message: i18n.Say("Enter a name for this persona")}})
	}
	for name, message := range map[string]string{
		"abc\u202edef":    "Name holds an invisible character at character 4 (U+202E). Remove it or type the name again",
		"\u2066abc\u2069": "Name holds an invisible character at character 1 (U+2066). Remove it or type the name again",
		"a\u200bb":        "Name holds an invisible character at character 2 (U+200B). Remove it or type the name again",
		"a\u00adb":        "Name holds an invisible character at character 2 (U+00AD). Remove it or type the name again",
		"a\u2028b":        "Name holds an invisible character at character 2 (U+2028). Remove it or type the name again",
		"Sales\u200d":     "Name holds an invisible character at character 6 (U+200D). Remove it or type the name again",
		"a\u200d\u200db":  "Name holds an invisible character at character 2 (U+200D). Remove it or type the name again",
		"a\U000e0067":     "Name holds an invisible character at character 2 (U+E0067). Remove it or type the name again",
		"\u200b\x07":      "Name holds an invisible control character at character 2. Remove it or type the text again",
		"Uno\u3164":       "Name holds an invisible character at character 4 (U+3164). Remove it or type the name again",
	} {
		_, err := persona.Content{Name: name}.Validate()
		var invalid *persona.InvalidError
		if !errors.As(err, &invalid) {
			t.Errorf("%+q is taken for a name", name)
			continue
		}
		same(t, name, invalid.Fields, []persona.FieldError{{Field: "name", Message: i18n.Say(message)}})
	}
	for _, name := range []string{
		"Ana", "Ångström", "می\u200cخواهم", "ക\u0d4d\u200d", "👩\u200d💻", "❤\ufe0f\u200d🔥",
		"🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", "सेल्स", "a b",
	} {
		content, err := persona.Content{Name: name}.Validate()
		if err != nil || content.Name != name {
			t.Errorf("%+q: %v", name, err)
		}
		same(t, "tidy", persona.TidyName(name), name)
	}
	texts := persona.Content{Name: "Ana", Voice: persona.Voice{DisplayName: "A\u200bna",
		Greeting: "\u202eHi\u202c \u200d", Goals: "\u2800"}}
	content, err := texts.Validate()
	same(t, "the texts stay as they are", content, texts)
	same(t, "error", err, nil)
	same(t, "tidied", persona.TidyName(" \u202eabc\u2066d\u200d\u200d \u200b"), "abcd")
	same(t, "the copy of a name from before", persona.CopyName("\u200b", func(string) bool { return false }), "(copy)")
}

func TestAQuestionTakesTheDefaultAndTheCampaignsOwn(t *testing.T) {
	t.Parallel()
	personas := []persona.Persona{{ID: uuid.New()}, {ID: uuid.New(), IsDefault: true}, {ID: uuid.New()}}
	own := func(id uuid.NullUUID) *persona.Campaign { return &persona.Campaign{PersonaID: id} }
	nobody := uuid.NullUUID{}
	for name, c := range map[string]struct {
		campaign *persona.Campaign
		answers  *persona.Persona
	}{
		"no campaign":                {nil, nil},
		"a campaign of the default":  {own(nobody), nil},
		"a campaign with its own":    {own(uuid.NullUUID{UUID: personas[2].ID, Valid: true}), &personas[2]},
		"an id that is not in force": {own(uuid.NullUUID{UUID: personas[0].ID}), nil},
	} {
		q := persona.NewResolveInput("Harbor", c.campaign, personas, persona.Voice{}, persona.SMS)
		same(t, name+": default", q.Default, &personas[1])
		same(t, name+": its own", q.CampaignPersona, c.answers)
	}
}

func TestAFieldSaysWhereItsWordsAreFrom(t *testing.T) {
	t.Parallel()
	r := persona.Resolve(persona.ResolveInput{Workspace: "Harbor", Settings: persona.Voice{Goals: "x"}})
	from := map[string]string{}
	for _, f := range r.Fields {
		from[f.Field] = f.Source.String()
	}
	same(t, "words", from["goals"], "Workspace settings")
	same(t, "none", from["signature"], "Workspace settings (empty, and stays empty)")
	same(t, "a gap", from["tone"], "Empty there, so the usual tone is used")
}
