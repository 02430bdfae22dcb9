package persona

import "github.com/google/uuid"

// Saved is what a create or an edit did.
type Saved struct {
	Persona  Persona
	Replaced []FieldChange // settings that now read differently
	Switched *Persona      // the default before, where this took its place
	Event    uuid.UUID     // to undo that by; uuid.Nil: there is nothing to undo
	Moved    int           // campaigns that it answers for since it is the default
	Settings int           // version of the settings whose words a first persona replaced; 0: it replaced none
}

// DeleteImpact is what a delete would change, and who may succeed a default.
type DeleteImpact struct {
	Persona   Persona
	Campaigns []string  // names of those that name it
	Unnamed   []string  // names of those that name no persona
	Others    []Persona // of the workspace, oldest first
}

// Deleted is what a delete did.
type Deleted struct {
	Persona   Persona
	Campaigns int           // campaigns that named it and now use the default
	Successor *Persona      // the new default, where the old one was deleted
	Moved     int           // campaigns that Successor answers for since
	Changed   []FieldChange // settings that now read differently
}
