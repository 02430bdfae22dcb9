package views

import (
	"fmt"

	"github.com/google/uuid"

	"personae/internal/persona"
)

// Campaigns is the list of campaigns and who answers for each.
type Campaigns struct {
	Listing
	Items    []persona.Campaign
	Matching int // campaigns that the query finds, on all pages
	Total    int // without the query
	Personas []persona.Persona
	Chosen   Choice // what was chosen, where it is shown again
}

// Choice is what an assignment of many campaigns was sent with.
type Choice struct {
	Campaigns []uuid.UUID
	All       bool
	Persona   string
}

// SortByPersona sorts campaigns by who answers for them.
const SortByPersona = "persona"

func campaignOrders() []option {
	return []option{{Value: "", Label: "name"}, {Value: SortByPersona, Label: "who answers"}}
}

// defaultName names who answers where a campaign names nobody.
func (m Campaigns) defaultName() string {
	if def, _ := splitDefault(m.Personas); def != nil {
		return def.Name
	}
	return "the workspace settings"
}

// assignable tells whether s may choose who answers for a campaign.
func (m Campaigns) assignable(s Shell) bool { return s.MayWrite && len(m.Personas) > 0 }

// personaOptions lists who may answer for a campaign.
func (m Campaigns) personaOptions() []option {
	options := []option{{"", "Default: " + m.defaultName()}}
	for _, p := range m.Personas {
		options = append(options, option{p.ID.String(), p.Name})
	}
	return options
}

// answering names who answers for c.
func (m Campaigns) answering(c persona.Campaign) string {
	if c.PersonaID.Valid {
		for _, p := range m.Personas {
			if p.ID == c.PersonaID.UUID {
				return p.Name
			}
		}
	}
	return m.defaultName()
}

func idOrNone(id uuid.NullUUID) string {
	if !id.Valid {
		return ""
	}
	return id.UUID.String()
}

// Assigned tells who answers for a campaign: p, or the workspace default when
// it is nil.
func Assigned(c persona.Campaign, p *persona.Persona) *Receipt {
	if p == nil {
		return &Receipt{Title: fmt.Sprintf("“%s” is answered by the workspace default", c.Name)}
	}
	return &Receipt{Title: fmt.Sprintf("“%s” is answered by “%s”", c.Name, p.Name)}
}

// AssignedMany tells who answers for the chosen campaigns: p, or the workspace
// default when it is nil. changed of them had another. It can be undone by its
// event.
func AssignedMany(chosen, changed int, p *persona.Persona, event uuid.UUID) *Receipt {
	by := "the workspace default"
	if p != nil {
		by = "“" + p.Name + "”"
	}
	same := chosen - changed
	switch {
	case changed == 0 && chosen == 1:
		return &Receipt{Title: "Nothing was changed", Lines: []string{"The chosen campaign is answered by " + by + " already."}}
	case changed == 0:
		return &Receipt{Title: "Nothing was changed", Lines: []string{"The " + count(chosen, "chosen campaign") + " are answered by " + by + " already."}}
	}
	r := &Receipt{Title: countedVerb(changed, "campaign", "now answered by "+by), UndoAssign: event}
	if same > 0 {
		r.Lines = []string{persona.Thousands(same) + " of the chosen already were."}
		if same == 1 {
			r.Lines[0] = "1 of the chosen already was."
		}
	}
	return r
}

// AssignmentUndone tells that campaigns have the personas again that they had.
func AssignmentUndone(campaigns int) *Receipt {
	return &Receipt{Title: "Undone: " + countedVerb(campaigns, "campaign", "answered as before")}
}
