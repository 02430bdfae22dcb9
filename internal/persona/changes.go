package persona

import (
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
)

// Undoable is a switch of the default that Undo takes back.
type Undoable struct {
	Event    uuid.UUID // uuid.Nil: there is none
	From     string    // name of the persona that was the default before
	At       time.Time
	Who      string // empty: the operator
	Capacity access.Role
}

// Impact is what making a persona the default would change.
type Impact struct {
	Target    Persona
	Default   *Persona      // nil: there is none
	Campaigns []string      // names of those that name no persona
	Changes   []FieldChange // settings, now and then
}

// List is what the list of a workspace's personas shows.
type List struct {
	Personas  []Persona // the default first, then by name
	Total     int       // personas without the search
	Deleted   int       // personas that were deleted and not restored
	Campaigns int       // campaigns of the workspace
	Settings  Voice
	Undoable  Undoable // the switch that made the default what it is, if Undo takes it back
}

// DeleteImpact is what the question before a delete shows.
type DeleteImpact struct {
	Persona   Persona
	Campaigns []string  // names of those that name it
	Unnamed   []string  // names of those that name no persona
	Others    []Persona // oldest first
}

// Saved is what a create or an edit did.
type Saved struct {
	Persona  Persona
	Replaced []FieldChange // settings that now read differently
	Switched *Persona      // the default before, where this took its place
	Moved    int           // campaigns that it answers for since it is the default
	Settings int           // version of the settings whose words a first persona replaced; 0: it replaced none
}

// DefaultChoice is what an edit says about being the default.
type DefaultChoice int

// The choices. ClearDefault is refused for the default: another persona has to
// be made the default instead.
const (
	KeepDefault DefaultChoice = iota
	MakeDefault
	ClearDefault
)

// Switch is what making another persona the default did.
type Switch struct {
	Already bool      // it had been done before, and nothing changed
	Event   uuid.UUID // to undo it by; uuid.Nil: that cannot be done
	From    *Persona  // the default before
	To      Persona
	Moved   int           // campaigns that To answers for since
	Changed []FieldChange // settings that now read differently
}

// Deleted is what a delete did.
type Deleted struct {
	Persona   Persona
	Campaigns int      // that named it and now use the default
	Successor *Persona // the new default, where the old one was deleted
	Moved     int      // campaigns that Successor answers for since
	Changed   []FieldChange
}
