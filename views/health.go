package views

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

func (m Health) of(rule string) []Finding {
	var list []Finding
	for _, f := range m.Findings {
		if f.Rule == rule {
			list = append(list, f)
		}
	}
	return list
}

// Repaired tells of a repair.
func Repaired() *Receipt {
	return &Receipt{Title: "Repaired", Lines: []string{"The words that gave way are kept in the history."}}
}

func orEmpty(text string) string {
	if text == "" {
		return "empty"
	}
	return text
}
