package views

import (
	"strings"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/persona"
)

// House is what a form of a persona says of a house persona.
type House struct {
	persona.HouseCopy          // what the persona was taken from, or is about to be; its zero value: nothing
	Merged            int      // version of it that saving the form takes or merges; 0: none
	Asks              bool     // whether a choice in the form is between its words and the copy’s
	Changes           []Change // what changed in it; empty: the form was sent before
	Taken             []string // labels of the fields that only it changed
}

// rival returns the name of the house persona on the other side of a choice; empty: a person is.
func (h House) rival() string {
	if !h.Asks {
		return ""
	}
	return h.House.Name
}

// HouseForm creates or changes a house persona.
type HouseForm struct {
	PersonaForm
	Withdrawn bool
	Copies    int // workspaces that have copies of it
}

// HouseHistory is the versions of a house persona, the newest first.
type HouseHistory struct {
	ID       uuid.UUID
	Versions []persona.HouseVersion
}

// HouseOffers is what a workspace may take.
type HouseOffers struct {
	List  []persona.HousePersona
	Taken []persona.HouseTaken
	First bool          // the workspace has no persona: a copy becomes the default,
	Says  persona.Voice // and replaces what the settings say
}

// copiesOf names the copies of a house persona that the workspace has.
func (m HouseOffers) copiesOf(id uuid.UUID) []persona.Named {
	var list []persona.Named
	for _, t := range m.Taken {
		if t.House == id {
			list = append(list, t.Named)
		}
	}
	return list
}

// houseAction is where the form is sent.
func (m HouseForm) houseAction() templ.SafeURL {
	if m.ID == uuid.Nil {
		return "/house"
	}
	return houseAt(m.ID)
}

func houseAt(id uuid.UUID, action ...string) templ.SafeURL {
	return templ.SafeURL(strings.Join(append([]string{"/house", id.String()}, action...), "/"))
}

func underHouse(below ...crumb) []crumb {
	return append([]crumb{{"House personas", "/house"}}, below...)
}

// before is the version that another one follows; nil: there is none.
func (m HouseHistory) before(i int) *persona.HouseVersion {
	if i+1 >= len(m.Versions) {
		return nil
	}
	return &m.Versions[i+1]
}

// done says what a version did.
func (m HouseHistory) done(i int) string {
	v, b := m.Versions[i], m.before(i)
	who := persona.Isolate(v.Who)
	if who == "" {
		who = "A program outside personae"
	}
	switch {
	case v.Number == 1:
		return who + " created it."
	case b != nil && v.Withdrawn && !b.Withdrawn:
		return who + " withdrew it."
	case b != nil && !v.Withdrawn && b.Withdrawn:
		return who + " offered it again."
	}
	return who + " changed it."
}

func (m HouseHistory) changes(i int) []Change {
	if b := m.before(i); b != nil {
		return Changes(b.Content, m.Versions[i].Content)
	}
	return nil
}

// copiesWords says how many workspaces have copies of a house persona, and how many of
// these are behind.
func copiesWords(h persona.HousePersona) string {
	switch {
	case h.Copies == 0:
		return "No workspace has a copy"
	case h.Withdrawn:
		return capital(count(h.Copies, "workspace")) + " kept theirs"
	case h.Behind == 0:
		return capital(count(h.Copies, "workspace")) + ", none behind"
	}
	return capital(count(h.Copies, "workspace")) + ", " + persona.Thousands(h.Behind) + " behind"
}

// HouseCreated tells of a new house persona.
func HouseCreated(h persona.HousePersona) *Receipt {
	return warned(h.Content, quoted(h.Name)+" was created", "Every workspace can take a copy of it now. None has changed.")
}

// HouseSaved tells of a change to one.
func HouseSaved(h persona.HousePersona) *Receipt {
	line := "No workspace has a copy of it."
	switch {
	case h.Copies > 0 && h.Withdrawn:
		line = "It is withdrawn, so its copies are offered nothing. None was changed."
	case h.Behind > 0:
		line = capital(count(h.Behind, "workspace")) + " with a copy that says something else can merge the change. No copy was changed."
	case h.Copies > 0:
		line = "Its copies are as new as it is. None was changed."
	}
	return warned(h.Content, quoted(h.Name)+" was saved", line)
}

// HouseSavedBefore tells that it read like this already, in the terms of SavedBefore.
func HouseSavedBefore(name string) *Receipt {
	return &Receipt{Title: quoted(name) + " was saved", Lines: []string{"It already read like this, so nothing changed."}}
}

// HouseOffered tells of one that is withdrawn, or offered again.
func HouseOffered(h persona.HousePersona) *Receipt {
	if h.Withdrawn {
		return &Receipt{Title: quoted(h.Name) + " is withdrawn",
			Lines: []string{"No workspace can take a copy any more. Copies stay as they are, and are offered nothing."}}
	}
	return &Receipt{Title: quoted(h.Name) + " is offered again",
		Lines: []string{"Every workspace can take a copy. No copy was changed."}}
}

// KeptOurs tells that a copy stays as it is.
func KeptOurs(p persona.HouseCopy, name string) *Receipt {
	return &Receipt{Title: quoted(name) + " stays as it is", Lines: []string{
		"You are told again when " + quoted(p.House.Name) + " changes after this."}}
}
