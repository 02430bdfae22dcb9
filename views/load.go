package views

import (
	"context"

	"personae/internal/persona"
)

// Load is the page that loads personas from a file.
type Load struct {
	Text    string            // what is to be loaded
	Replace bool              // also over personas that differ
	Plan    *persona.LoadPlan // what it would do; nil: not asked yet
}

// Loaded tells of a load.
func Loaded(ctx context.Context, plan persona.LoadPlan) *Receipt {
	if plan.Writes() == 0 {
		return &Receipt{Title: tr(ctx, "Nothing was loaded"), Lines: append([]string{
			tr(ctx, "There was nothing in the file that is not here already, so nothing was changed.")}, leftLines(ctx, plan)...)}
	}
	proposed := plan.Names(persona.LoadProposes)
	r := &Receipt{Title: tr(ctx, "%d personas are loaded", plan.Writes()-len(proposed))}
	if names := plan.Names(persona.LoadCreates); len(names) > 0 {
		r.Lines = append(r.Lines, tr(ctx, "Created: %s.", someNames(ctx, names)))
	}
	if names := plan.Names(persona.LoadReplaces); len(names) > 0 {
		r.Lines = append(r.Lines, tr(ctx, "Replaced: %s. The words before are in the history of each.", someNames(ctx, names)))
	}
	if len(proposed) > 0 {
		r.Lines = append(r.Lines, tr(ctx, "Proposed: other words for %s. Another owner or admin decides, and you find the answer here.",
			someNames(ctx, proposed)))
	}
	r.Lines = append(r.Lines, leftLines(ctx, plan)...)
	r.Lines = append(r.Lines, defaultLine(ctx, plan))
	if len(plan.Settings) > 0 {
		r.Lines = append(r.Lines, settingsFollow(ctx, plan.Settings))
	}
	return r
}

// leftLines says which personas of the file changed nothing.
func leftLines(ctx context.Context, plan persona.LoadPlan) []string {
	var lines []string
	if names := plan.Names(persona.LoadKeeps); len(names) > 0 {
		lines = append(lines, tr(ctx, "Left as they are, though the file has other words: %s.", someNames(ctx, names)))
	}
	if n := len(plan.Names(persona.LoadFinds)); n > 0 {
		lines = append(lines, tr(ctx, "%d personas are here already, word for word.", n))
	}
	return lines
}

// defaultLine says who is the default after a load.
func defaultLine(ctx context.Context, plan persona.LoadPlan) string {
	for _, s := range plan.Steps {
		switch {
		case s.BecomesDefault:
			return tr(ctx, "%s becomes the default, because there is none, and the workspace settings follow it.", quote(ctx, s.Name))
		case s.Now.IsDefault && s.Outcome == persona.LoadReplaces:
			return tr(ctx, "%s stays the default, and the workspace settings follow its new words.", quote(ctx, s.Name))
		case s.Outcome == persona.LoadProposes:
			return tr(ctx, "%s is the default, so another owner or admin has to approve its new words. Until then it speaks as now.", quote(ctx, s.Name))
		}
	}
	if plan.Default == nil {
		return tr(ctx, "There is no default.")
	}
	return tr(ctx, "%s stays the default, and the workspace settings stay as they are.", quote(ctx, plan.Default.Name))
}

// outcomeWords says what loading would do with one persona.
func outcomeWords(ctx context.Context, s persona.LoadStep) string {
	switch s.Outcome {
	case persona.LoadCreates:
		if s.BecomesDefault {
			return tr(ctx, "Would be created, as the default.")
		}
		return tr(ctx, "Would be created.")
	case persona.LoadReplaces:
		return tr(ctx, "Would be replaced. Its present words stay in its history.")
	case persona.LoadProposes:
		return tr(ctx, "Would be proposed, as it is the default.")
	case persona.LoadKeeps:
		return tr(ctx, "Would stay as it is, though the file has other words.")
	case persona.LoadFinds:
		return tr(ctx, "Is here already, word for word.")
	}
	return ""
}

// loadedWords says how many personas a load made and rewrote.
func loadedWords(ctx context.Context, made, rewritten int) string {
	switch {
	case rewritten == 0:
		return tr(ctx, "%d created", made)
	case made == 0:
		return tr(ctx, "%d replaced", rewritten)
	}
	return tr(ctx, "%d created, %d replaced", made, rewritten)
}
