package persona

import (
	"github.com/google/uuid"
)

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
	Shown  int // how many All was said to be; 0: it was not said
}

// Assigned is what an assignment of many campaigns did.
type Assigned struct {
	Persona *Persona  // nil: the workspace default
	Chosen  int       // campaigns
	Changed int       // those of them that had another
	Event   uuid.UUID // to take it back by; uuid.Nil: nothing was changed
}

// ShownOtherError is a choice of all that are found, of which there are not as
// many as were shown. Nothing was written.
type ShownOtherError struct {
	Shown, Now int
}

func (*ShownOtherError) Error() string { return "other campaigns are found than were shown" }
