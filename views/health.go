package views

import (
	"slices"

	"personae/internal/persona"
)

// Health is what does not hold in a workspace.
type Health struct {
	Findings []persona.Finding
}

// rule is one thing that is checked.
type rule struct {
	key, sentence string
}

func rules() []rule {
	return []rule{
		{"one_default", "There is exactly one default persona, once there is any"},
		{"mirror", "The workspace settings say what the default persona says"},
		{"own_personas", "Campaigns only name personas of this workspace"},
		{"history", "The history holds every persona as it reads now"},
		{"guards", "The database refuses what would break a rule"},
	}
}

func (m Health) of(rule string) []persona.Finding {
	var list []persona.Finding
	for _, f := range m.Findings {
		if f.Rule == rule {
			list = append(list, f)
		}
	}
	return list
}

func repairable(found []persona.Finding) bool {
	return slices.ContainsFunc(found, persona.Finding.Repairable)
}

func differ(found []persona.Finding) bool {
	return slices.ContainsFunc(found, persona.Finding.Differs)
}

// Repaired tells of a repair, by what it found.
func Repaired(found []persona.Finding) *Receipt {
	switch {
	case len(found) == 0:
		return &Receipt{Title: "Nothing was broken", Lines: []string{"Every rule holds, so nothing was changed."}}
	case !repairable(found):
		return &Receipt{Title: "Nothing was changed", Lines: []string{"What does not hold cannot be repaired here. Below it stands what can be done."}}
	case differ(found):
		return &Receipt{Title: "Repaired", Lines: []string{"The words that gave way are kept in the history."}}
	}
	return &Receipt{Title: "Repaired", Lines: []string{"The history holds the personas as they read now."}}
}

func orEmpty(text string) string {
	if text == "" {
		return "empty"
	}
	return text
}
