package views

import (
	"context"
	"fmt"
	"strconv"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/persona"
)

// History is a page of a persona's versions, newest first.
type History struct {
	audit.History
	Newest   bool   // this page begins with the newest
	From, To string // typed into the form that compares two
}

// version is one of them, and what the page says of it.
type version struct {
	audit.Version
	before   *audit.Version        // nil: there is none to differ from
	asNow    bool                  // its words are those of the persona now
	settings []persona.FieldChange // settings that would read differently if it were restored
}

// Compare is two versions of a persona, side by side.
type Compare struct {
	ID uuid.UUID
	audit.Comparison
}

// shown returns the versions of the page; the last one that was read is there to
// compare with.
func (m History) shown() []version {
	var list []version
	for i, v := range m.Versions[:min(len(m.Versions), audit.HistoryPageSize)] {
		s := version{Version: v, asNow: m.Now > 0 && v.Content == m.Reads}
		if i+1 < len(m.Versions) {
			s.before = &m.Versions[i+1]
		}
		if m.IsDefault {
			s.settings = persona.Diff(m.Settings, v.Voice)
		}
		list = append(list, s)
	}
	return list
}

// trail leads back from the history; there is no page of a deleted persona.
func (m History) trail(s Shell) []crumb {
	if m.Now == 0 {
		return under(s, crumb{"Deleted personas", at(s, "personas", "deleted")})
	}
	return under(s, personaCrumb(s, m.ID, m.Versions[0].Name))
}

// changes lists what a version changed.
func (v version) changes() []Change {
	if v.before == nil {
		return nil
	}
	return Changes(v.before.Content, v.Content)
}

// moved reports whether a version moved the default, to the persona or away.
func (v version) moved() bool { return v.before != nil && v.IsDefault != v.before.IsDefault }

// onlyMoved reports whether a version is a move of the default and nothing else.
func (v version) onlyMoved() bool {
	return v.moved() && v.Content == v.before.Content && !v.Deleted && v.Action != audit.PersonaRestored
}

// folded parts the versions into those that are shown, and runs of moves of the
// default that are shown as one.
func (m History) folded() [][]version {
	var runs [][]version
	for _, v := range m.shown() {
		if last := len(runs) - 1; last >= 0 && v.onlyMoved() && runs[last][0].onlyMoved() {
			runs[last] = append(runs[last], v)
		} else {
			runs = append(runs, []version{v})
		}
	}
	return runs
}

// foldedWords says what a run of moves of the default was.
func (m History) foldedWords(run []version) string {
	now := ""
	if run[0].Number == m.Now {
		now = " (now)"
	}
	return fmt.Sprintf("Versions %d to %d%s: the default moved %d times, the words stayed", run[len(run)-1].Number,
		run[0].Number, now, len(run))
}

// versionOptions lists what can be compared: the versions of the page, and the
// first.
func (m History) versionOptions(ctx context.Context) []option {
	var options []option
	for _, v := range m.shown() {
		label := fmt.Sprintf("%d: %s", v.Number, moment(ctx, v.At))
		if v.Number == m.Now {
			label += " (now)"
		}
		options = append(options, option{strconv.Itoa(v.Number), label})
	}
	if list := m.shown(); list[len(list)-1].Number > 1 {
		options = append(options, option{"1", "1, the first"})
	}
	return options
}

// origin says in a sentence what a version came from.
func (v version) origin(ctx context.Context) string {
	who := v.Who
	switch {
	case v.Role == access.Operator:
		who = "The system administrator"
	case who == "":
		who = "A program outside personae"
	}
	if done := versionPhrase(ctx, v.Version); done != "" {
		return who + " " + done + "."
	}
	switch {
	case v.Deleted:
		return who + " deleted it."
	case v.moved() && v.IsDefault && v.Content != v.before.Content:
		return who + " changed it and made it the default."
	case v.moved() && v.IsDefault:
		return who + " made it the default."
	case v.moved():
		return who + " made another persona the default."
	case v.before != nil:
		return who + " changed it."
	}
	return who + " created it."
}

// Restored tells of a restored version, or of a persona that is back.
func Restored(ctx context.Context, d persona.Saved, version int, back bool) *Receipt {
	p := d.Persona
	if d.Switched != nil {
		r := took(quoted(p.Name)+" is back and is the default again",
			persona.Switch{From: d.Switched, To: p, Moved: d.Moved, Changed: d.Replaced})
		r.Undo = d.Event
		return r
	}
	r := &Receipt{Title: fmt.Sprintf("%s reads as in version %d again", quoted(p.Name), version)}
	if back {
		r.Title = quoted(p.Name) + " is back"
		r.Lines = []string{"It is not the default."}
		if d.Given > 0 {
			r.Lines = append(r.Lines, "It answers again for "+count(d.Given, "campaign")+" that named it.")
		} else {
			r.Lines = append(r.Lines, "Reassign the campaigns it used to answer.")
		}
		if p.IsDefault {
			r.Lines = []string{"It is the default, because there is no other."}
		}
	}
	if p.IsDefault {
		r.Lines = append(r.Lines, settingsFollow(d.Replaced))
	}
	return warned(p.Content, r.Title, r.Lines...)
}

// RestoredBefore tells that a persona reads as in a version already, in the terms
// of SavedBefore.
func RestoredBefore(ctx context.Context, p persona.Persona, version int) *Receipt {
	return &Receipt{Title: fmt.Sprintf("%s reads as in version %d again", quoted(p.Name), version),
		Lines: []string{"It already read like this, so nothing changed."}}
}

// restoreWord is what the button says that brings a version back.
func (m History) restoreWord(s Shell) string {
	if s.SecondPerson && m.IsDefault && m.Now > 0 {
		return "Propose this version"
	}
	return "Restore this version"
}
