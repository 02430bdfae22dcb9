package persona_test

import (
	"errors"
	"testing"

	"github.com/google/uuid"

	"personae/internal/persona"
)

func TestDiffListsJustTheFieldsThatDiffer(t *testing.T) {
	t.Parallel()
	changes := persona.Diff(persona.Voice{Tone: "formal", Goals: "x"}, persona.Voice{Tone: "casual", Goals: "x", Signature: "Ada"})
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
	same(t, "settings", persona.Settings{Voice: persona.Voice{Goals: " a "}, CompanyName: " b ", QualificationQuestions: "c\r\n"}.Clean(),
		persona.Settings{Voice: persona.Voice{Goals: "a"}, CompanyName: "b", QualificationQuestions: "c"})
	_, err = persona.Content{Name: " \t"}.Validate()
	var invalid *persona.InvalidError
	if !errors.As(err, &invalid) {
		t.Fatal(err)
	}
	same(t, "a name of nothing", invalid.Fields, []persona.FieldError{{Field: "name", Message: "Enter a name for this persona"}})
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
		q := persona.Ask("Harbor", c.campaign, personas, persona.Voice{}, persona.SMS)
		same(t, name+": default", q.Default, &personas[1])
		same(t, name+": its own", q.CampaignPersona, c.answers)
	}
}

func TestAFieldSaysWhereItsWordsAreFrom(t *testing.T) {
	t.Parallel()
	r := persona.Resolve(persona.Question{Workspace: "Harbor", Settings: persona.Voice{Goals: "x"}})
	from := map[string]string{}
	for _, f := range r.Fields {
		from[f.Field] = f.Source
	}
	same(t, "words", from["goals"], "Workspace settings")
	same(t, "none", from["signature"], "Workspace settings (empty, and stays empty)")
	same(t, "a gap", from["tone"], "Empty there, so the usual tone is used")
}
