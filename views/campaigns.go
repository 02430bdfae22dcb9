package views

import (
	"context"
	"strings"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/persona"
)

// Campaigns is the list of campaigns and who answers for each.
type Campaigns struct {
	Listing
	persona.CampaignList
	Chosen  persona.CampaignChoice // what was chosen, where it is shown again
	Persona string                 // and for whom
}

// SortByPersona sorts campaigns by who answers for them.
const SortByPersona = "persona"

func campaignOrders() []option {
	return []option{{Value: "", Label: "name"}, {Value: SortByPersona, Label: "who answers"}}
}

// frame returns what surrounds the list.
func (m Campaigns) frame(s Shell) frame {
	f := frame{Shell: s}
	if s.MayWrite && !m.Listing.Archived {
		f.Action, f.ActionPath = "Create campaign", at(s, "campaigns", "new")
	}
	return f
}

// narrow reports whether the list leaves some campaigns out.
func (m Campaigns) narrow() bool { return m.Query != "" || m.Of != "" }

// filterOptions lists what campaigns may name.
func (m Campaigns) filterOptions() []option {
	options := []option{{Label: "Any, or none"}, {OfDefault, "None: the workspace default answers"}}
	for _, p := range m.Personas {
		options = append(options, option{p.ID.String(), p.Name})
	}
	return options
}

// ofWords says which persona the listed campaigns name, after “campaigns that”; "" where
// it is whichever.
func (m Campaigns) ofWords() string {
	if m.Of == OfDefault {
		return "name no persona"
	}
	for _, p := range m.Personas {
		if p.ID.String() == m.Of {
			return "name " + quoted(p.Name)
		}
	}
	if m.Of != "" {
		return "name a persona that is gone"
	}
	return ""
}

// found says how many campaigns the filter lets through.
func (m Campaigns) found() string {
	match, of := "match “"+m.Query+"”", m.ofWords()
	if m.Query == "" {
		match = of
	} else if of != "" {
		match += " and " + of
	}
	if m.Matching == 0 {
		return "No campaigns " + match + "."
	}
	return persona.Thousands(m.Matching) + " of " + count(m.Total, "campaign") + " " + match + "."
}

// whose says of which campaigns the form for many at once is, where it is not all.
func (m Campaigns) whose() string {
	var parts []string
	if m.Query != "" {
		parts = append(parts, "whose name holds “"+m.Query+"”")
	}
	if of := m.ofWords(); of != "" {
		parts = append(parts, "that "+of)
	}
	if len(parts) == 0 {
		return ""
	}
	return " " + strings.Join(parts, " and ")
}

// defaultName names who answers where a campaign names nobody.
func (m Campaigns) defaultName() string {
	if len(m.Personas) == 0 {
		return "the workspace settings"
	}
	return m.Personas[0].Name
}

// assignable reports whether s may choose who answers for a campaign.
func (m Campaigns) assignable(s Shell) bool { return s.MayWrite && len(m.Personas) > 0 }

// personaOptions lists who may answer for a campaign.
func (m Campaigns) personaOptions() []option {
	options := []option{{"", "Default: " + persona.Isolate(m.defaultName())}}
	for _, p := range m.Personas {
		options = append(options, option{p.ID.String(), p.Name})
	}
	return options
}

// optionsHTML writes options once for a table whose every row offers them, without one chosen.
func optionsHTML(options []option) string {
	var html strings.Builder
	for _, o := range options {
		html.WriteString(`<option value="` + templ.EscapeString(o.Value) + `">` + templ.EscapeString(o.Label) + `</option>`)
	}
	return html.String()
}

// chosen returns the options that optionsHTML wrote with one chosen.
func chosen(options, value string) string {
	tag := `<option value="` + templ.EscapeString(value) + `"`
	return strings.Replace(options, tag+`>`, tag+` selected>`, 1)
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

// answerer names a persona that answers; nil: the workspace default.
func answerer(ctx context.Context, p *persona.Persona) string {
	if p == nil {
		return answererOf(ctx, "")
	}
	return answererOf(ctx, p.Name)
}

// answererOf is answerer by its name; empty: the workspace default.
func answererOf(ctx context.Context, name string) string {
	if name == "" {
		return "the workspace default"
	}
	return quoted(name)
}

// Assigned tells who answers for a campaign and who did before, and offers to undo it;
// l is what the list shows then.
func Assigned(ctx context.Context, d persona.Assignment, l Listing) *Receipt {
	r := &Receipt{Title: quoted(d.Campaign.Name) + " is answered by " + answerer(ctx, d.Persona), UndoAssign: d.Event, List: l}
	if d.Event == uuid.Nil {
		r.Lines = []string{"It was already, so nothing was changed now."}
	} else {
		r.Lines = []string{"Before, it was answered by " + answerer(ctx, d.Before) + "."}
	}
	return r
}

// AssignedMany tells who answers for the chosen campaigns, and offers to undo it; l is
// what the list shows then.
func AssignedMany(ctx context.Context, d persona.Assigned, l Listing) *Receipt {
	by := answerer(ctx, d.Persona)
	nothing := "Nothing was changed"
	switch {
	case d.Changed == 0 && d.Chosen == 1:
		return &Receipt{Title: nothing, Lines: []string{"The chosen campaign is answered by " + by + " already."}}
	case d.Changed == 0:
		return &Receipt{Title: nothing,
			Lines: []string{"The " + count(d.Chosen, "chosen campaign") + " are answered by " + by + " already."}}
	}
	r := &Receipt{Title: countedVerb(d.Changed, "campaign", "now answered by "+by), UndoAssign: d.Event, List: l}
	switch same := d.Chosen - d.Changed; {
	case same == 1:
		r.Lines = []string{"1 of the chosen already was."}
	case same > 0:
		r.Lines = []string{persona.Thousands(same) + " of the chosen already were."}
	}
	return r
}

// AssignmentUndone tells that campaigns have the personas again that they had.
func AssignmentUndone(ctx context.Context, campaigns int) *Receipt {
	return &Receipt{Title: "Undone: " + countedVerb(campaigns, "campaign", "answered as before")}
}
