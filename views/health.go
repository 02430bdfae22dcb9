package views

import (
	"slices"

	"personae/internal/persona"
)

// Health is what was checked in a workspace, and what does not hold.
type Health struct {
	Rules    []Rule
	Findings []Finding
}

// Rule is one thing that is checked.
type Rule struct {
	Key, Sentence string
}

// Rules lists what is checked, in words.
func Rules() []Rule {
	return []Rule{
		{"one_default", "There is exactly one default persona, once there is any"},
		{"mirror", "The workspace settings say what the default persona says"},
		{"own_personas", "Campaigns only name personas of this workspace"},
		{"history", "The history holds every persona as it reads now"},
		{"guards", "The database refuses what would break a rule"},
	}
}

// Finding is one rule that does not hold.
type Finding struct {
	Rule, Sentence string
	Settings       []persona.FieldChange // what settings say, what the default says
	Repairable     bool
	Differs        bool // two sides differ, and somebody says which is right
}

func (m Health) of(rule string) []Finding {
	var list []Finding
	for _, f := range m.Findings {
		if f.Rule == rule {
			list = append(list, f)
		}
	}
	return list
}

func repairable(found []Finding) bool {
	return slices.ContainsFunc(found, func(f Finding) bool { return f.Repairable })
}

func differ(found []Finding) bool {
	return slices.ContainsFunc(found, func(f Finding) bool { return f.Differs })
}

// Repaired tells of a repair, by what it found.
func Repaired(found []Finding) *Receipt {
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
