package views

import (
	"context"
	"fmt"
	"strconv"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/i18n"
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
		// Those between that are kept no longer may have changed something too.
		if i+1 < len(m.Versions) && m.Versions[i+1].Number == v.Number-1 {
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
func (m History) trail(ctx context.Context, s Shell) []crumb {
	if m.Now == 0 {
		return under(s, crumb{tr(ctx, "Deleted personas"), at(s, "personas", "deleted")})
	}
	return under(s, personaCrumb(s, m.ID, m.Versions[0].Name))
}

// changes lists what a version changed.
func (v version) changes(ctx context.Context) []Change {
	if v.before == nil {
		return nil
	}
	return Changes(ctx, v.before.Content, v.Content)
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
func (m History) foldedWords(ctx context.Context, run []version) string {
	first, last := strconv.Itoa(run[len(run)-1].Number), strconv.Itoa(run[0].Number)
	if run[0].Number == m.Now {
		return tr(ctx, "Versions %s to %s (now): the default moved %d times, the words stayed", first, last, len(run))
	}
	return tr(ctx, "Versions %s to %s: the default moved %d times, the words stayed", first, last, len(run))
}

// versionOptions lists what can be compared: the versions of the page, and the
// first.
func (m History) versionOptions(ctx context.Context) []option {
	var options []option
	for _, v := range m.shown() {
		label := fmt.Sprintf("%d: %s", v.Number, moment(ctx, v.At))
		if v.Number == m.Now {
			label = tr(ctx, "%s (now)", label)
		}
		options = append(options, option{strconv.Itoa(v.Number), label})
	}
	if list := m.shown(); list[len(list)-1].Number > m.First {
		label := tr(ctx, "1, the first")
		if m.First > 1 {
			label = strconv.Itoa(m.First)
		}
		options = append(options, option{strconv.Itoa(m.First), label})
	}
	return options
}

// origin says in a sentence what a version came from.
func (v version) origin(ctx context.Context) string {
	who := i18n.Say("%s", v.Who)
	switch {
	case v.Role == access.Operator:
		who = i18n.Say("The system administrator")
	case v.Who == "":
		who = i18n.Say("A program outside personae")
	}
	if done := versionPhrase(v.Version); done != "" {
		return tr(ctx, done, who)
	}
	switch {
	case v.Deleted:
		return tr(ctx, "%s deleted it.", who)
	case v.moved() && v.IsDefault && v.Content != v.before.Content:
		return tr(ctx, "%s changed it and made it the default.", who)
	case v.moved() && v.IsDefault:
		return tr(ctx, "%s made it the default.", who)
	case v.moved():
		return tr(ctx, "%s made another persona the default.", who)
	case v.Number > 1:
		return tr(ctx, "%s changed it.", who)
	}
	return tr(ctx, "%s created it.", who)
}

// Restored tells of a restored version, or of a persona that is back.
func Restored(ctx context.Context, d persona.Saved, version int, back bool) *Receipt {
	p := d.Persona
	if d.Switched != nil {
		r := took(ctx, tr(ctx, "%s is back and is the default again", quote(ctx, p.Name)),
			persona.Switch{From: d.Switched, To: p, Moved: d.Moved, Changed: d.Replaced})
		r.Undo = d.Event
		return r
	}
	r := &Receipt{Title: readsAs(ctx, p, version)}
	if back {
		r.Title = tr(ctx, "%s is back", quote(ctx, p.Name))
		r.Lines = []string{tr(ctx, "It is not the default.")}
		if d.Given > 0 {
			r.Lines = append(r.Lines, tr(ctx, "It answers again for %d campaigns that named it.", d.Given))
		} else {
			r.Lines = append(r.Lines, tr(ctx, "Reassign the campaigns it used to answer."))
		}
		if p.IsDefault {
			r.Lines = []string{tr(ctx, "It is the default, because there is no other.")}
		}
	}
	if p.IsDefault {
		r.Lines = append(r.Lines, settingsFollow(ctx, d.Replaced))
	}
	return warned(ctx, p.Content, r.Title, r.Lines...)
}

// RestoredBefore tells that a persona reads as in a version already, in the terms
// of SavedBefore.
func RestoredBefore(ctx context.Context, p persona.Persona, version int) *Receipt {
	return &Receipt{Title: readsAs(ctx, p, version), Lines: []string{tr(ctx, "It already read like this, so nothing changed.")}}
}

func readsAs(ctx context.Context, p persona.Persona, version int) string {
	return tr(ctx, "%s reads as in version %s again", quote(ctx, p.Name), strconv.Itoa(version))
}

// restoreWord is what the button says that brings a version back.
func (m History) restoreWord(ctx context.Context, s Shell) string {
	if s.SecondPerson && m.IsDefault && m.Now > 0 {
		return tr(ctx, "Propose this version")
	}
	return tr(ctx, "Restore this version")
}

// wordsOf names the words of a version of which it is not told what it changed.
func (m History) wordsOf(ctx context.Context, v version) string {
	if v.Number == 1 {
		return tr(ctx, "The words of version 1")
	}
	return tr(ctx, "The words of version %s", strconv.Itoa(v.Number))
}
