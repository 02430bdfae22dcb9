package persona

import "github.com/google/uuid"

// Campaign is one of a workspace's campaigns.
type Campaign struct {
	ID         uuid.UUID
	ExternalID string
	Name       string
	PersonaID  uuid.NullUUID // not valid: the workspace default answers
}

// CampaignFilter says which part of a workspace's campaigns a page shows.
type CampaignFilter struct {
	Search    string // part of the name, whatever its case
	ByPersona bool   // sorted by who answers, otherwise by name
	Page      int    // from 1
}

// CampaignList is a page of a workspace's campaigns.
type CampaignList struct {
	Campaigns []Campaign
	Matching  int       // campaigns that the search finds
	Total     int       // campaigns of the workspace
	Personas  []Persona // all of them, the default first
}

// CampaignChoice is which campaigns an assignment is for: those with the ids, or all
// that a search finds.
type CampaignChoice struct {
	IDs    []uuid.UUID
	All    bool
	Search string
	Shown  int // how many All were shown to be; 0: not known
}

// Assignment is who answers for a campaign now, and who did before.
type Assignment struct {
	Campaign Campaign
	Before   *Persona  // nil: the workspace default
	Persona  *Persona  // nil: the workspace default
	Event    uuid.UUID // to take it back by; uuid.Nil: it was so already, and nothing was changed
}

// Assigned is what an assignment of many campaigns did.
type Assigned struct {
	Persona *Persona  // nil: the workspace default
	Chosen  int       // campaigns
	Changed int       // those of them that had another
	Event   uuid.UUID // to take it back by; uuid.Nil: nothing was changed
}

// ShownOtherError is a choice of all campaigns that a search finds, of which there are
// not as many as were shown. Nothing was written.
type ShownOtherError struct {
	Shown, Now int
}

// Error says so in general.
func (*ShownOtherError) Error() string { return "other campaigns are found than were shown" }
