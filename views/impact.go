package views

import (
	"context"
	"strings"

	"personae/internal/persona"
)

// effects are what moving the default would do, in sentences.
type effects struct {
	lost  []string // what becomes empty
	other []string
}

// all returns the sentences in one.
func (e effects) all() string {
	return strings.Join(append(append([]string{}, e.lost...), e.other...), " ")
}

// effectsOf says what moving the default to somebody would change: how many campaigns, and
// how many settings, with what becomes empty and what scoring loses. No name stands for
// the persona of the page.
func effectsOf(ctx context.Context, to string, campaigns int, changed []persona.FieldChange) effects {
	e := effects{lost: emptied(ctx, changed)}
	switch {
	case campaigns == 0:
		e.other = append(e.other, tr(ctx, "No campaign would be answered by another persona."))
	case to == "":
		e.other = append(e.other, tr(ctx, "%d campaigns would be answered by this persona.", upTo(campaigns)))
	default:
		e.other = append(e.other, tr(ctx, "%d campaigns would be answered by %s.", upTo(campaigns), to))
	}
	if len(changed) == 0 {
		e.other = append(e.other, tr(ctx, "Older programs would read the same words in the workspace settings as now."))
	} else {
		e.other = append(e.other, tr(ctx, "%d fields of the workspace settings would change: %s.", len(changed),
			labels(ctx, fieldsOf(changed))))
	}
	return e
}

// emptied says which settings become empty, and what of that lead scoring reads.
func emptied(ctx context.Context, changed []persona.FieldChange) []string {
	var lines []string
	switch lost := scoringLost(changed); len(lost) {
	case 0:
	case 1:
		lines = append(lines, tr(ctx, "%s becomes empty. Lead scoring reads it, so scores may fall.", lost[0].Called()))
	default:
		lines = append(lines, tr(ctx, "%s become empty. Lead scoring reads them, so scores may fall.", capital(labels(ctx, lost))))
	}
	var others []persona.Field
	for _, c := range changed {
		if c.After == "" && !scored(c.Name) {
			others = append(others, c.Field)
		}
	}
	switch len(others) {
	case 0:
		return lines
	case 1:
		return append(lines, tr(ctx, "%s becomes empty.", capital(labels(ctx, others))))
	}
	return append(lines, tr(ctx, "%s become empty.", capital(labels(ctx, others))))
}

// scored reports whether lead scoring reads a field.
func scored(field string) bool {
	return field == "service_description" || field == "ideal_customer_profile"
}
