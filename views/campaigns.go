package views

import (
	"context"
	"strings"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/i18n"
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

func campaignOrders(ctx context.Context) []option {
	return []option{{Value: "", Label: tr(ctx, "name")}, {Value: SortByPersona, Label: tr(ctx, "who answers")}}
}

// frame returns what surrounds the list.
func (m Campaigns) frame(ctx context.Context, s Shell) frame {
	f := frame{Shell: s}
	if s.MayWrite && !m.Listing.Archived {
		f.Action, f.ActionPath = tr(ctx, "Create campaign"), at(s, "campaigns", "new")
	}
	return f
}

// narrow reports whether the list leaves some campaigns out.
func (m Campaigns) narrow() bool { return m.Query != "" || m.Of != "" }

// filterOptions lists what campaigns may name.
func (m Campaigns) filterOptions(ctx context.Context) []option {
	options := []option{{Label: tr(ctx, "Any, or none")}, {OfDefault, tr(ctx, "None: the workspace default answers")}}
	for _, p := range m.Personas {
		options = append(options, option{p.ID.String(), p.Name})
	}
	return options
}

// of returns the persona that the listed campaigns name; nil: it is none that is there.
func (m Campaigns) of() *persona.Named {
	for i, p := range m.Personas {
		if p.ID.String() == m.Of {
			return &m.Personas[i]
		}
	}
	return nil
}

// matching says what the listed campaigns have in common, of whatever how many, as it ends
// a sentence about them.
func (m Campaigns) matching(ctx context.Context) string {
	named := ""
	if p := m.of(); p != nil {
		named = quote(ctx, p.Name)
	}
	switch search := m.Query != ""; {
	case !search && m.Of == OfDefault:
		return tr(ctx, "name no persona")
	case !search && named != "":
		return tr(ctx, "name %s", named)
	case !search:
		return tr(ctx, "name a persona that is gone")
	case m.Of == "":
		return tr(ctx, "match “%s”", m.Query)
	case m.Of == OfDefault:
		return tr(ctx, "match “%s” and name no persona", m.Query)
	case named != "":
		return tr(ctx, "match “%s” and name %s", m.Query, named)
	}
	return tr(ctx, "match “%s” and name a persona that is gone", m.Query)
}

// found says how many campaigns the filter lets through.
func (m Campaigns) found(ctx context.Context) string {
	if m.Matching == 0 {
		return tr(ctx, "No campaigns %s.", m.matching(ctx))
	}
	return tr(ctx, "%d of %s %s.", upTo(m.Matching), i18n.Counted(upTo(m.Total), "campaign"), m.matching(ctx))
}

// all says which campaigns the form for many at once is for, where it is for all of them.
func (m Campaigns) all(ctx context.Context) string {
	every := tr(ctx, "All %d campaigns", upTo(m.Matching))
	named := ""
	if p := m.of(); p != nil {
		named = quote(ctx, p.Name)
	}
	if m.Query != "" {
		every = tr(ctx, "%s whose name holds “%s”", every, m.Query)
	}
	switch and := m.Query != ""; {
	case m.Of == "":
		return every
	case m.Of == OfDefault && and:
		return tr(ctx, "%s and that name no persona", every)
	case m.Of == OfDefault:
		return tr(ctx, "%s that name no persona", every)
	case named == "" && and:
		return tr(ctx, "%s and that name a persona that is gone", every)
	case named == "":
		return tr(ctx, "%s that name a persona that is gone", every)
	case and:
		return tr(ctx, "%s and that name %s", every, named)
	}
	return tr(ctx, "%s that name %s", every, named)
}

// defaultName names who answers where a campaign names nobody.
func (m Campaigns) defaultName(ctx context.Context) string {
	if len(m.Personas) == 0 {
		return tr(ctx, "the workspace settings")
	}
	return m.Personas[0].Name
}

// assignable reports whether s may choose who answers for a campaign.
func (m Campaigns) assignable(s Shell) bool { return s.MayWrite && len(m.Personas) > 0 }

// rowChoices is how many personas each row of the list offers: more would make a page too large.
const rowChoices = 60

// inRows reports whether each row offers to choose who answers; else the page of each campaign does.
func (m Campaigns) inRows() bool { return len(m.Personas) <= rowChoices }

// personaOptions lists who may answer for a campaign.
func (m Campaigns) personaOptions(ctx context.Context) []option {
	options := []option{{"", tr(ctx, "Default: %s", persona.Isolate(m.defaultName(ctx)))}}
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
func (m Campaigns) answering(ctx context.Context, c persona.Campaign) string {
	if c.PersonaID.Valid {
		for _, p := range m.Personas {
			if p.ID == c.PersonaID.UUID {
				return p.Name
			}
		}
	}
	return m.defaultName(ctx)
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
		return tr(ctx, "the workspace default")
	}
	return quote(ctx, name)
}

// Assigned tells who answers for a campaign and who did before, and offers to undo it;
// l is what the list shows then.
func Assigned(ctx context.Context, d persona.Assignment, l Listing) *Receipt {
	r := &Receipt{Title: tr(ctx, "%s is answered by %s", quote(ctx, d.Campaign.Name), answerer(ctx, d.Persona)),
		UndoAssign: d.Event, List: l}
	if d.Event == uuid.Nil {
		r.Lines = []string{tr(ctx, "It was already, so nothing was changed now.")}
	} else {
		r.Lines = []string{tr(ctx, "Before, it was answered by %s.", answerer(ctx, d.Before))}
	}
	return r
}

// AssignedMany tells who answers for the chosen campaigns, and offers to undo it; l is
// what the list shows then.
func AssignedMany(ctx context.Context, d persona.Assigned, l Listing) *Receipt {
	by := answerer(ctx, d.Persona)
	if d.Changed == 0 {
		return &Receipt{Title: tr(ctx, "Nothing was changed"),
			Lines: []string{tr(ctx, "The %d chosen campaigns are answered by %s already.", d.Chosen, by)}}
	}
	r := &Receipt{Title: tr(ctx, "%d campaigns are now answered by %s", d.Changed, by), UndoAssign: d.Event, List: l}
	if same := d.Chosen - d.Changed; same > 0 {
		r.Lines = []string{tr(ctx, "%d of the chosen already were.", same)}
	}
	return r
}

// AssignmentUndone tells that campaigns have the personas again that they had.
func AssignmentUndone(ctx context.Context, campaigns int) *Receipt {
	return &Receipt{Title: tr(ctx, "Undone: %s", i18n.Say("%d campaigns are answered as before", campaigns))}
}
