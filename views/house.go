package views

import (
	"context"
	"strings"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/i18n"
	"personae/internal/persona"
)

// House is what a form of a persona says of a house persona.
type House struct {
	persona.HouseCopy                 // what the persona was taken from, or is about to be; its zero value: nothing
	Merged            int             // version of it that saving the form takes or merges; 0: none
	Asks              bool            // whether a choice in the form is between its words and the copy’s
	Before, After     persona.Content // what changed in it; the same: the form was sent before
	Taken             []i18n.Text     // labels of the fields that only it changed
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

// HousePersonas is a part of the house personas, for superadmins.
type HousePersonas struct {
	Listing
	Items []persona.HousePersona
}

// HouseOffers is a part of what a workspace may take.
type HouseOffers struct {
	Listing
	Items []persona.HousePersona
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

func underHouse(ctx context.Context, below ...crumb) []crumb {
	return append([]crumb{{tr(ctx, "House personas"), "/house"}}, below...)
}

// before is the version that another one follows; nil: there is none.
func (m HouseHistory) before(i int) *persona.HouseVersion {
	if i+1 >= len(m.Versions) {
		return nil
	}
	return &m.Versions[i+1]
}

// done says what a version did.
func (m HouseHistory) done(ctx context.Context, i int) string {
	v, b := m.Versions[i], m.before(i)
	who := persona.Isolate(v.Who)
	if who == "" {
		who = tr(ctx, "A program outside personae")
	}
	switch {
	case v.Number == 1:
		return tr(ctx, "%s created it.", who)
	case b != nil && v.Withdrawn && !b.Withdrawn:
		return tr(ctx, "%s withdrew it.", who)
	case b != nil && !v.Withdrawn && b.Withdrawn:
		return tr(ctx, "%s offered it again.", who)
	}
	return tr(ctx, "%s changed it.", who)
}

func (m HouseHistory) changes(ctx context.Context, i int) []Change {
	if b := m.before(i); b != nil {
		return Changes(ctx, b.Content, m.Versions[i].Content)
	}
	return nil
}

// toMerge is what a link to the merge of a copy says.
func toMerge(ctx context.Context, s Shell) string {
	if s.MayWrite {
		return tr(ctx, "See what changed")
	}
	return tr(ctx, "Propose this merge")
}

// copiesWords says how many workspaces have copies of a house persona, and how many of
// these are behind.
func copiesWords(ctx context.Context, h persona.HousePersona) string {
	switch {
	case h.Copies == 0:
		return tr(ctx, "No workspace has a copy")
	case h.Withdrawn:
		return tr(ctx, "%d workspaces kept theirs", h.Copies)
	case h.Behind == 0:
		return tr(ctx, "%s, none behind", capital(i18n.Count(ctx, h.Copies, "workspace")))
	}
	return tr(ctx, "%s, %d behind", capital(i18n.Count(ctx, h.Copies, "workspace")), h.Behind)
}

// HouseCreated tells of a new house persona.
func HouseCreated(ctx context.Context, h persona.HousePersona) *Receipt {
	return warned(ctx, h.Content, tr(ctx, "%s was created", quote(ctx, h.Name)),
		tr(ctx, "Every workspace can take a copy of it now. None has changed."))
}

// HouseSaved tells of a change to one.
func HouseSaved(ctx context.Context, h persona.HousePersona) *Receipt {
	line := tr(ctx, "No workspace has a copy of it.")
	switch {
	case h.Copies > 0 && h.Withdrawn:
		line = tr(ctx, "It is withdrawn, so its copies are offered nothing. None was changed.")
	case h.Behind > 0:
		line = tr(ctx, "%d workspaces with a copy that says something else can merge the change. No copy was changed.", h.Behind)
	case h.Copies > 0:
		line = tr(ctx, "Its copies are as new as it is. None was changed.")
	}
	return warned(ctx, h.Content, tr(ctx, "%s was saved", quote(ctx, h.Name)), line)
}

// HouseSavedBefore tells that it read like this already, in the terms of SavedBefore.
func HouseSavedBefore(ctx context.Context, name string) *Receipt {
	return &Receipt{Title: tr(ctx, "%s was saved", quote(ctx, name)), Lines: []string{
		tr(ctx, "It already read like this, so nothing changed.")}}
}

// HouseOffered tells of one that is withdrawn, or offered again.
func HouseOffered(ctx context.Context, h persona.HousePersona) *Receipt {
	if h.Withdrawn {
		return &Receipt{Title: tr(ctx, "%s is withdrawn", quote(ctx, h.Name)),
			Lines: []string{tr(ctx, "No workspace can take a copy any more. Copies stay as they are, and are offered nothing.")}}
	}
	return &Receipt{Title: tr(ctx, "%s is offered again", quote(ctx, h.Name)),
		Lines: []string{tr(ctx, "Every workspace can take a copy. No copy was changed.")}}
}

// KeptOurs tells that a copy stays as it is.
func KeptOurs(ctx context.Context, p persona.HouseCopy, name string) *Receipt {
	return &Receipt{Title: tr(ctx, "%s stays as it is", quote(ctx, name)), Lines: []string{
		tr(ctx, "You are told again when %s changes after this.", quote(ctx, p.House.Name))}}
}
