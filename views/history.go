package views

import (
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/persona"
)

// History is a persona's versions, newest first.
type History struct {
	ID       uuid.UUID
	Versions []Version
	Now      int    // version of the persona; 0: it is deleted
	Leads    bool   // it is the default, or becomes it when it is restored
	Newest   bool   // this page begins with the newest
	Older    int    // there are versions before this one; 0: there are none
	From, To string // typed into the form that compares two
}

// Version is one of them and what it changed.
type Version struct {
	Number                int
	At                    time.Time
	Who                   string
	Role                  access.Role  // of the audit event; empty: there is none
	Action                audit.Action // likewise
	IsDefault, WasDefault bool
	HasBefore             bool // there is a version before it to differ from
	Deleted               bool
	AsNow                 bool // its words are those of the persona now
	Changes               []Change
	Settings              []persona.FieldChange // settings that would read differently if it were restored
	Voice                 persona.Voice
}

// Compare is two versions of a persona.
type Compare struct {
	ID       uuid.UUID
	From, To int
	Changes  []Change
}

// onlyMoved tells whether a version is a move of the default and nothing else.
func (v Version) onlyMoved() bool {
	return v.HasBefore && v.IsDefault != v.WasDefault && len(v.Changes) == 0 && !v.Deleted && v.Action != audit.PersonaRestored
}

// folded parts the versions into those that are shown, and runs of moves of the
// default that are shown as one.
func (m History) folded() [][]Version {
	var runs [][]Version
	for _, v := range m.Versions {
		if last := len(runs) - 1; last >= 0 && v.onlyMoved() && runs[last][0].onlyMoved() {
			runs[last] = append(runs[last], v)
		} else {
			runs = append(runs, []Version{v})
		}
	}
	return runs
}

// foldedWords says what a run of moves of the default was.
func (m History) foldedWords(run []Version) string {
	now := ""
	if run[0].Number == m.Now {
		now = " (now)"
	}
	return fmt.Sprintf("Versions %d to %d%s: the default moved %d times, the words stayed", run[len(run)-1].Number, run[0].Number, now, len(run))
}

// versionOptions lists what can be compared: the versions of the page, and the
// first.
func (m History) versionOptions() []option {
	var options []option
	for _, v := range m.Versions {
		label := fmt.Sprintf("%d: %s", v.Number, moment(v.At))
		if v.Number == m.Now {
			label += " (now)"
		}
		options = append(options, option{strconv.Itoa(v.Number), label})
	}
	if m.Versions[len(m.Versions)-1].Number > 1 {
		options = append(options, option{"1", "1, the first"})
	}
	return options
}

// what says in a sentence what a version came from.
func (v Version) what() string {
	who := v.Who
	switch {
	case v.Role == access.Operator:
		who = "The operator"
	case who == "":
		who = "A program outside personae"
	}
	if done := versionPhrase(v); done != "" {
		return who + " " + done + "."
	}
	switch {
	case v.Deleted:
		return who + " deleted it."
	case v.HasBefore && v.IsDefault && !v.WasDefault && len(v.Changes) > 0:
		return who + " changed it and made it the default."
	case v.HasBefore && v.IsDefault && !v.WasDefault:
		return who + " made it the default."
	case v.HasBefore && v.WasDefault && !v.IsDefault:
		return who + " made another persona the default."
	case v.HasBefore:
		return who + " changed it."
	}
	return who + " created it."
}

// Restored tells of a restored version, or of a persona that is back.
func Restored(p persona.Persona, version int, back bool, changed []persona.FieldChange) *Receipt {
	r := &Receipt{Title: fmt.Sprintf("“%s” reads as in version %d again", p.Name, version)}
	if back {
		r.Title = fmt.Sprintf("“%s” is back", p.Name)
		r.Lines = []string{"It is not the default. Campaigns that named it before are to be assigned anew."}
		if p.IsDefault {
			r.Lines = []string{"It is the default, because there is no other."}
		}
	}
	if p.IsDefault {
		r.Lines = append(r.Lines, settingsFollow(changed))
	}
	return warned(p.Voice, r.Title, r.Lines...)
}

// RestoredBefore tells that a persona reads as in a version already, in the terms
// of SavedBefore.
func RestoredBefore(p persona.Persona, version int) *Receipt {
	return &Receipt{Title: fmt.Sprintf("“%s” reads as in version %d again", p.Name, version), Lines: []string{"It read like this already, so nothing was changed now."}}
}
