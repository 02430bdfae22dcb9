package persona_test

import (
	"testing"

	"personae/internal/i18n"
	"personae/internal/persona"
)

func TestMergeTakesWhatOnlyTheyChangedAndAsksWhereBothDid(t *testing.T) {
	t.Parallel()
	content := func(name, tone, greeting, goals string) persona.Content {
		return persona.Content{Name: name, Voice: persona.Voice{Tone: tone, Greeting: greeting, Goals: goals}}
	}
	original := content("Ada", "formal", "Hi", "old")
	theirs := content("Eve", "formal", "Hello", "new")
	yours := content("Ada", "direct", "Dear", "new")
	merged, overlap := persona.Merge(original, theirs, yours, nil)
	same(t, "merged", merged, content("Eve", "direct", "Dear", "new"))
	same(t, "overlap", overlap, persona.Overlap{OnlyTheirs: []i18n.Text{i18n.Say("Name")},
		Conflicts: []persona.Conflict{{Field: "greeting", Label: i18n.Say("Greeting"), Original: "Hi", Theirs: "Hello", Yours: "Dear"}}})

	// What was a conflict stays one, with its original and its choice, also where
	// yours is the original again; until both agree.
	asked := []persona.Conflict{{Field: "name"}, {Field: "greeting", Original: "Hey", TakeTheirs: true, Chosen: true},
		{Field: "goals"}}
	merged, overlap = persona.Merge(theirs, theirs, content("Eve", "formal", "Hi", "new"), asked)
	same(t, "merged", merged, content("Eve", "formal", "Hi", "new"))
	same(t, "what was chosen of other words of theirs does not count", overlap.Conflicts,
		[]persona.Conflict{{
			Field:      "greeting",
			Label:      i18n.Say("Greeting"),
			Original:   "Hey",
			Theirs:     "Hello",
			Yours:      "Hi",
			TakeTheirs: true,
		}})
}

func TestMergeOfSettingsNamesTheirColumns(t *testing.T) {
	t.Parallel()
	original := persona.Settings{
		Voice:                  persona.Voice{Tone: "formal"},
		CompanyName:            "Harbor",
		QualificationQuestions: "Size?",
	}
	theirs, yours := original, original
	theirs.Tone, theirs.CompanyName, theirs.QualificationQuestions = "casual", "Harbour", "Budget?"
	yours.Tone, yours.CompanyName = "direct", "Haven"
	merged, overlap := persona.MergeSettings(original, theirs, yours, nil)
	want := yours
	want.QualificationQuestions = "Budget?"
	same(t, "merged", merged, want)
	same(t, "only they changed", overlap.OnlyTheirs, []i18n.Text{i18n.Say("Qualification questions")})
	same(t, "conflicts", overlap.Conflicts, []persona.Conflict{
		{Field: "ai_tone", Label: i18n.Say("Tone"), Original: "formal", Theirs: "casual", Yours: "direct"},
		{Field: "company_name", Label: i18n.Say("Company name"), Original: "Harbor", Theirs: "Harbour", Yours: "Haven"}})
	stale := persona.StaleSettingsError{Original: original, Theirs: theirs, Yours: yours}
	same(t, "saved before", stale.SavedBefore(), false)
	stale.Yours = theirs
	stale.Yours.Version = theirs.Version + 1
	same(t, "saved before", stale.SavedBefore(), true)
}
