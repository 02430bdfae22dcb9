package views

import (
	"fmt"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/persona"
)

// Impact is what making a persona the default would change.
type Impact struct {
	Target    persona.Persona
	Default   *persona.Persona // nil: there is none
	Campaigns []string         // names of those that name no persona
	Changes   []persona.FieldChange
}

// History is a persona's versions, newest first.
type History struct {
	ID       uuid.UUID
	Versions []Version
	Now      int    // version of the persona; 0: it is deleted
	Newest   bool   // this page begins with the newest
	Older    int    // there are versions before this one; 0: there are none
	From, To string // typed into the form that compares two
}

// Version is one of them and what it changed.
type Version struct {
	Number                int
	At                    time.Time
	Who                   string
	Capacity, Action      string // of the audit event; empty: there is none
	IsDefault, WasDefault bool
	HasBefore             bool // there is a version before it to differ from
	Deleted               bool
	Changes               []Change
}

// Change is one field before and after.
type Change struct {
	Label         string
	Before, After string
}

// Compare is two versions of a persona.
type Compare struct {
	ID       uuid.UUID
	From, To int
	Changes  []Change
}

// DeletedPersona is one that can be restored.
type DeletedPersona struct {
	ID   uuid.UUID
	Name string
	At   time.Time
	Who  string
}

// Changes lists what differs between two versions of a persona, the name first.
func Changes(before, after persona.Content) []Change {
	var list []Change
	if before.Name != after.Name {
		list = append(list, Change{"Name", before.Name, after.Name})
	}
	return append(list, turned(persona.Diff(before.Voice, after.Voice))...)
}

func turned(changed []persona.FieldChange) []Change {
	list := make([]Change, len(changed))
	for i, c := range changed {
		list[i] = Change{c.Label, c.Before, c.After}
	}
	return list
}

func (m Impact) loses() string { return scoringLoses(m.Changes) }

// what says in a sentence what a version came from.
func (v Version) what() string {
	who := v.Who
	switch {
	case v.Capacity == "operator":
		who = "The operator"
	case who == "":
		who = "A program outside personae"
	}
	switch v.Action {
	case "persona.imported":
		return who + " made it from the workspace settings."
	case "persona.created":
		return who + " created it."
	case "persona.duplicated":
		return who + " made it as a copy."
	case "persona.loaded":
		if v.Number > 1 {
			return who + " replaced it from a file."
		}
		return who + " loaded it from a file."
	case "persona.restored":
		if v.Number > 1 {
			return who + " restored an earlier version."
		}
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

// moment writes a time for people, in UTC.
func moment(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

// lately is moment, shorter for what was today.
func lately(t time.Time) string {
	if t.UTC().Truncate(24 * time.Hour).Equal(time.Now().UTC().Truncate(24 * time.Hour)) {
		return t.UTC().Format("today, 15:04 UTC")
	}
	return moment(t)
}

// ahead says how long it is until t; "" where that is over.
func ahead(t time.Time) string {
	left := time.Until(t)
	minutes, hours := int(left.Round(time.Minute).Minutes()), int(left.Round(time.Hour).Hours())
	switch {
	case left <= 0:
		return ""
	case minutes == 0:
		return " (in less than a minute)"
	case minutes < 60:
		return " (in " + count(minutes, "minute") + ")"
	case hours < 48:
		return " (in " + count(hours, "hour") + ")"
	}
	return " (in " + count(int(left.Round(24*time.Hour).Hours()/24), "day") + ")"
}

func machineTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Undone tells of an undone switch, in the terms of Created.
func Undone(p persona.Persona, before *persona.Persona, moved int, changed []persona.FieldChange) *Receipt {
	r := took(fmt.Sprintf("Undone: “%s” is the default again", p.Name), p, nil, moved, changed)
	if before != nil {
		r.Lines = append(r.Lines, fmt.Sprintf("“%s” is no longer the default.", before.Name))
	}
	return r
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
	return warned(p, r.Title, r.Lines...)
}

// differenceHTML marks what differs, word by word. It is not a component
// because white space between the pieces would become part of the words.
func differenceHTML(before, after string) string {
	var b strings.Builder
	for _, p := range persona.Words(before, after) {
		text := templ.EscapeString(p.Text)
		switch p.Kind {
		case persona.Removed:
			b.WriteString(`<del><span class="vh">removed: </span>` + text + `<span class="vh"> (end of removed) </span></del>`)
		case persona.Added:
			b.WriteString(`<ins><span class="vh">added: </span>` + text + `<span class="vh"> (end of added) </span></ins>`)
		case persona.InBoth:
			b.WriteString(text)
		}
	}
	return b.String()
}
