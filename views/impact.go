package views

import (
	"fmt"

	"personae/internal/persona"
)

// impactSentences say what moving the default to p would change: how many campaigns, and
// how many settings, with what becomes empty and what scoring loses first.
func impactSentences(p string, campaigns int, changed []persona.FieldChange) []string {
	lines := emptied(changed)
	switch campaigns {
	case 0:
		lines = append(lines, "No campaign would be answered by another persona.")
	default:
		lines = append(lines, fmt.Sprintf("%s would be answered by %s.", capital(count(campaigns, "campaign")), p))
	}
	if len(changed) == 0 {
		return append(lines, "Older programs would read the same words in the workspace settings as now.")
	}
	return append(lines, fmt.Sprintf("%s of the workspace settings would change: %s.", capital(count(len(changed), "field")),
		labels(fieldsOf(changed))))
}

// emptied says which settings become empty, and what of that lead scoring reads.
func emptied(changed []persona.FieldChange) []string {
	var lines []string
	if lost := scoringLoses(changed); lost != "" {
		lines = append(lines, lost)
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
		return append(lines, capital(labels(others))+" becomes empty.")
	}
	return append(lines, capital(labels(others))+" become empty.")
}

// scored reports whether lead scoring reads a field.
func scored(field string) bool {
	return field == "service_description" || field == "ideal_customer_profile"
}
