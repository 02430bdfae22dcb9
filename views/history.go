package views

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/audit"
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
	Capacity              access.Role  // of the audit event; empty: there is none
	Action                audit.Action // likewise
	IsDefault, WasDefault bool
	HasBefore             bool // there is a version before it to differ from
	Deleted               bool
	AsNow                 bool // its words are those of the persona now
	Changes               []Change
	Settings              []persona.FieldChange // settings that would read differently if it were restored
	Voice                 persona.Voice
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
	ID      uuid.UUID
	Name    string
	Version int
	At      time.Time
	Who     string
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
	case v.Capacity == access.Operator:
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

// comesBack says what restoring a deleted persona does not do.
const comesBack = "Restoring one brings back its words. It does not become the default again, unless there is no other persona, and campaigns that named it stay with the default; the page Activity names them, so that you can assign them anew."

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

// UndoneBefore tells that a switch had been undone already, in the terms of
// SavedBefore.
func UndoneBefore(p persona.Persona) *Receipt {
	return &Receipt{Title: fmt.Sprintf("Undone: “%s” is the default again", p.Name), Lines: []string{"It was undone already, so nothing was changed now."}}
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

// compareTime is how long the texts of one page are compared, all together.
// Whoever may write can make texts of which each pair would take a second.
const compareTime = time.Second

type comparingKey struct{}

// WithComparing gives the context in which a page is rendered.
func WithComparing(ctx context.Context) context.Context {
	return context.WithValue(ctx, comparingKey{}, time.Now().Add(compareTime))
}

// comparing gives what is left of the time.
func comparing(ctx context.Context) time.Duration {
	until, _ := ctx.Value(comparingKey{}).(time.Time)
	return time.Until(until)
}

// RestoredBefore tells that a persona reads as in a version already, in the terms
// of SavedBefore.
func RestoredBefore(p persona.Persona, version int) *Receipt {
	return &Receipt{Title: fmt.Sprintf("“%s” reads as in version %d again", p.Name, version), Lines: []string{"It read like this already, so nothing was changed now."}}
}

// differenceHTML marks what differs, word by word. It is not a component
// because white space between the pieces would become part of the words.
func differenceHTML(ctx context.Context, before, after string) string {
	var b strings.Builder
	for _, p := range persona.Words(before, after, comparing(ctx)) {
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
