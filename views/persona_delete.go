package views

import (
	"fmt"

	"github.com/google/uuid"

	"personae/internal/persona"
)

// PersonaDelete asks before a persona is deleted.
type PersonaDelete struct {
	persona.DeleteImpact
	Successor uuid.UUID // the chosen one of the others, who follows a default
	Asked     bool      // its impact was asked for
}

// successor returns the chosen one; the first of them where none is.
func (m PersonaDelete) successor() persona.Persona {
	for _, p := range m.Others {
		if p.ID == m.Successor {
			return p
		}
	}
	return m.Others[0]
}

// impact lists the settings that read differently under the chosen successor.
// They equal the default's words as long as there is one.
func (m PersonaDelete) impact() []persona.FieldChange {
	return persona.Diff(m.Persona.Voice, m.successor().Voice)
}

func (m PersonaDelete) impactTitle() string {
	return "If " + persona.Isolate(m.successor().Name) + " becomes the default"
}

func (m PersonaDelete) impactSentence() string {
	changed := m.impact()
	if len(changed) == 0 {
		return "Older programs read the same words in the workspace settings as now."
	}
	sentence := "With " + persona.Isolate(m.successor().Name) +
		", older programs read other words in the workspace settings: " +
		labels(fieldsOf(changed)) + "."
	if lost := scoringLoses(changed); lost != "" {
		return lost + " " + sentence
	}
	return sentence
}

// fallsTo says by what the campaigns of a deleted persona are answered.
func (m PersonaDelete) fallsTo() string {
	switch {
	case !m.Persona.IsDefault:
		return "by the default persona instead"
	case len(m.Others) == 0:
		return "with the words of the workspace settings"
	}
	return "by the new default"
}

// Deleted tells of a delete.
func Deleted(d persona.Deleted) *Receipt {
	p := d.Persona
	r := &Receipt{Title: quoted(p.Name) + " was deleted", Deleted: &Deletion{p.ID, p.Name, p.Version}}
	switch {
	case d.Successor != nil:
		r.Lines = []string{quoted(d.Successor.Name) + " is now the default.", answersFor(*d.Successor, d.Moved),
			settingsFollow(d.Changed)}
	case p.IsDefault:
		r.Lines = []string{"It was the last persona. The workspace settings stay as they were, and AI drafts use them."}
	case d.Campaigns > 0:
		r.Lines = []string{fmt.Sprintf("The default persona answers now for %s that named it.",
			count(d.Campaigns, "campaign"))}
	}
	r.Lines = append(r.Lines, restorable(d.Campaigns, d.Successor != nil))
	return r
}

// DeletedBefore tells that a persona had been deleted already.
func DeletedBefore(name string) *Receipt {
	return &Receipt{Title: quoted(name) + " was deleted",
		Lines: []string{"It was deleted already, so nothing was changed now."}}
}

// restorable says what restoring a deleted persona would not bring back.
func restorable(campaigns int, followed bool) string {
	switch {
	case followed && campaigns > 0:
		return "Restoring it brings back its words, but not its place as the default, nor the campaigns that named it."
	case followed:
		return "Restoring it brings back its words, but not its place as the default."
	case campaigns > 0:
		return "Restoring it brings back its words, but not the campaigns that named it."
	}
	return "Restoring it brings it back as it was."
}
