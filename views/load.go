package views

import (
	"personae/internal/persona"
)

// Load is the page that loads personas from a file.
type Load struct {
	Text    string            // what is to be loaded
	Replace bool              // also over personas that differ
	Plan    *persona.LoadPlan // what it would do; nil: not asked yet
}

// Loaded tells of a load.
func Loaded(plan persona.LoadPlan) *Receipt {
	if plan.Writes() == 0 {
		return &Receipt{Title: "Nothing was loaded", Lines: append([]string{"There was nothing in the file that is not here already, so nothing was changed."}, leftLines(plan)...)}
	}
	r := &Receipt{Title: countedVerb(plan.Writes(), "persona", "loaded")}
	if names := plan.Names(persona.LoadCreates); len(names) > 0 {
		r.Lines = append(r.Lines, "Created: "+someNames(names)+".")
	}
	if names := plan.Names(persona.LoadReplaces); len(names) > 0 {
		r.Lines = append(r.Lines, "Replaced: "+someNames(names)+". The words before are in the history of each.")
	}
	r.Lines = append(r.Lines, leftLines(plan)...)
	return &Receipt{Title: r.Title, Lines: append(r.Lines, defaultLine(plan))}
}

// leftLines says which personas of the file changed nothing.
func leftLines(plan persona.LoadPlan) []string {
	var lines []string
	if names := plan.Names(persona.LoadKeeps); len(names) > 0 {
		lines = append(lines, "Left as they are, though the file has other words: "+someNames(names)+".")
	}
	if n := len(plan.Names(persona.LoadFinds)); n > 0 {
		lines = append(lines, countedVerb(n, "persona", "here already, word for word")+".")
	}
	return lines
}

// defaultLine says who is the default after a load.
func defaultLine(plan persona.LoadPlan) string {
	for _, s := range plan.Steps {
		switch {
		case s.BecomesDefault:
			return quoted(s.Name) + " becomes the default, because there is none, and the workspace settings follow it."
		case s.Now.IsDefault && s.Outcome == persona.LoadReplaces:
			return quoted(s.Name) + " stays the default, and the workspace settings follow its new words."
		}
	}
	if plan.Default == nil {
		return "There is no default."
	}
	return quoted(plan.Default.Name) + " stays the default, and the workspace settings stay as they are."
}

// outcomeWords says what loading would do with one persona.
func outcomeWords(s persona.LoadStep) string {
	switch s.Outcome {
	case persona.LoadCreates:
		if s.BecomesDefault {
			return "Would be created, as the default."
		}
		return "Would be created."
	case persona.LoadReplaces:
		return "Would be replaced. Its present words stay in its history."
	case persona.LoadKeeps:
		return "Would stay as it is, though the file has other words."
	case persona.LoadFinds:
		return "Is here already, word for word."
	}
	return ""
}

// loadButton names what the button of the plan does.
func (m Load) loadButton() string { return "Load " + count(m.Plan.Writes(), "persona") }

func loadedWords(made, rewritten int) string {
	switch {
	case rewritten == 0:
		return persona.Thousands(made) + " created"
	case made == 0:
		return persona.Thousands(rewritten) + " replaced"
	}
	return persona.Thousands(made) + " created, " + persona.Thousands(rewritten) + " replaced"
}
