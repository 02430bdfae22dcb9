package persona

import "github.com/google/uuid"

// Saved is what a create or an edit did.
type Saved struct {
	Persona  Persona
	Replaced []FieldChange // settings that now read differently
	Switched *Persona      // the default before, where this took its place
	Event    uuid.UUID     // to undo that by; uuid.Nil: there is nothing to undo
	Moved    int           // campaigns that it answers for since it is the default
	Given    int           // campaigns that it was given back
	Settings int           // version of the settings whose words a first persona replaced; 0: it replaced none
	Trial    *Trial        // what was thought of its words before they were saved; nil: they were not tried
	Proposed *Proposal     // what waits for a second person: all of it, or that a Persona that is not zero becomes the default; nil: nothing
}

// Waits reports whether all of it waits for a second person, so that nothing was saved.
func (s Saved) Waits() bool { return s.Proposed != nil && s.Persona.ID == uuid.Nil }

// Comeback is what a deleted persona gets back beside its words.
type Comeback struct {
	Default   bool        // it is to be the default again
	All       bool        // all campaigns that named it and name none now
	Campaigns []uuid.UUID // these of them
}

// DeleteImpact is what a delete would change, and who may succeed a default.
type DeleteImpact struct {
	Persona   Persona
	Campaigns []string  // names of the first that name it
	Naming    int       // how many do, no more than one above CountLimit
	Unnamed   []string  // names of the first that name no persona
	Unnaming  int       // how many do not, likewise
	Others    []Persona // a page of those of the workspace that the search finds, oldest first
	Matching  int       // how many it finds, likewise
	Rest      int       // how many others there are, likewise
	Successor *Persona  // who follows a default: the chosen one, else the oldest; nil: nobody does
}

// SuccessorFilter says which of the others a page shows, and who is chosen of them.
type SuccessorFilter struct {
	Chosen uuid.NullUUID
	Search string // part of the name, whatever its case
	Page   int    // from 1
}

// Deleted is what a delete did.
type Deleted struct {
	Persona   Persona
	Campaigns int           // campaigns that named it and now use the default
	Successor *Persona      // the new default, where the old one was deleted
	Moved     int           // campaigns that Successor answers for since
	Changed   []FieldChange // settings that now read differently
	Event     uuid.UUID     // to undo that by, where it was the default; uuid.Nil: it was not
	Proposed  *Proposal     // that another becomes the default first, because a second person has to approve it; nil: it was deleted
}
