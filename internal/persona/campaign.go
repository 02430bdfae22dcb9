package persona

import (
	"cmp"
	"time"

	"github.com/google/uuid"

	"personae/internal/i18n"
)

// Limits of a campaign, in characters, and how many a workspace may have.
const (
	CampaignNameLimit       = 200
	CampaignExternalIDLimit = 200
	MaxCampaigns            = 50_000
)

// CampaignContent is all that is written about a campaign.
type CampaignContent struct {
	Name       string
	ExternalID string // what other programs call it, unique in the workspace; empty: none
}

// Campaign is one of a workspace's campaigns.
type Campaign struct {
	ID         uuid.UUID
	ExternalID string
	Name       string
	PersonaID  uuid.NullUUID // not valid: the workspace default answers
	Version    int           // grows by one with each change of its content
	CreatedAt  time.Time
	ArchivedAt time.Time // zero: it is not archived
}

// Content returns what is written about the campaign.
func (c Campaign) Content() CampaignContent { return CampaignContent{c.Name, c.ExternalID} }

// Archived reports whether the campaign is in no list, count or choice. It is answered
// as before.
func (c Campaign) Archived() bool { return !c.ArchivedAt.IsZero() }

// Validate returns c cleaned. It fails with an *InvalidError that names every field to
// correct.
func (c CampaignContent) Validate() (CampaignContent, error) {
	c = CampaignContent{CleanLine(c.Name), CleanLine(c.ExternalID)}
	errs := CheckName(nil, "name", i18n.N("Name"), i18n.N("Enter a name for this campaign"), c.Name, CampaignNameLimit)
	errs = CheckText(errs, "external_id", i18n.N("External id"), c.ExternalID, CampaignExternalIDLimit, true)
	if len(errs) > 0 {
		return c, &InvalidError{errs}
	}
	return c, nil
}

// NamedCampaign returns the content of a campaign that a message names by its external
// id, and by a name where it says one.
func NamedCampaign(name, externalID string) CampaignContent {
	return CampaignContent{cmp.Or(Cut(TidyName(name), CampaignNameLimit), TidyName(externalID), externalID), externalID}
}

// MergeCampaign is Merge for a campaign.
func MergeCampaign(original, theirs, yours CampaignContent, shown []Conflict) (CampaignContent, Overlap) {
	m := merge{shown: shown}
	m.field("name", i18n.Say("Name"), original.Name, theirs.Name, &yours.Name)
	m.field("external_id", i18n.Say("External id"), original.ExternalID, theirs.ExternalID, &yours.ExternalID)
	return yours, Overlap{m.conflicts, m.onlyTheirs}
}

// StaleCampaignError is a change of a campaign based on an outdated version. Nothing
// was written.
type StaleCampaignError struct {
	Original CampaignContent // what the form was opened with
	Theirs   Campaign        // what is stored now
	Yours    CampaignContent // what was typed
}

// Error says so without anybody's words.
func (*StaleCampaignError) Error() string { return "somebody else changed this campaign first" }

// ExternalIDTakenError is an external id that another campaign of the workspace has.
type ExternalIDTakenError struct {
	Name     string // of that campaign; empty: not known
	Archived bool
}

// Error says so in general; Field names the other campaign.
func (*ExternalIDTakenError) Error() string { return "external id taken" }

// Field returns the error as one of the form's field external_id.
func (e *ExternalIDTakenError) Field() FieldError {
	name := Isolate(e.Name)
	message := i18n.Say("Another campaign here, “%s”, has this external id. Messages that name it belong there. Enter another", name)
	switch {
	case e.Archived && e.Name != "":
		message = i18n.Say("An archived campaign here, “%s”, has this external id. Messages that name it belong there. Enter another", name)
	case e.Archived:
		message = i18n.Say("An archived campaign here has this external id. Messages that name it belong there. Enter another")
	case e.Name == "":
		message = i18n.Say("Another campaign here has this external id. Messages that name it belong there. Enter another")
	}
	return FieldError{"external_id", message}
}

// RoomForCampaign fails with an InvalidError where a workspace that has so many
// campaigns may have no more.
func RoomForCampaign(has int) error {
	if has < MaxCampaigns {
		return nil
	}
	return &InvalidError{Fields: []FieldError{{Message: i18n.Say(
		"This workspace has %s campaigns, archived ones included, and may have no more", Thousands(has))}}}
}

// CampaignFilter says which campaigns a page or an assignment is about.
type CampaignFilter struct {
	Search    string        // part of the name, whatever its case
	Persona   uuid.NullUUID // only those that name it; not valid: whichever
	Default   bool          // only those that name none
	Archived  bool          // those that are archived, in place of all others
	Find      string        // part of the name of the personas that are offered
	ByPersona bool          // sorted by who answers, otherwise by name
	Page      int           // from 1
}

// Narrow reports whether the filter leaves some campaigns out.
func (f CampaignFilter) Narrow() bool { return f.Search != "" || f.Persona.Valid || f.Default }

// CampaignList is a page of a workspace's campaigns.
type CampaignList struct {
	Campaigns []Campaign
	Matching  int     // campaigns that the filter lets through
	Total     int     // campaigns of the workspace, archived ones or all others
	Archived  int     // archived campaigns of the workspace
	Personas  []Named // who may be chosen, and who answers for Campaigns; the default first, then by name
	Offer     Offer   // which of the personas these are
}

// CampaignChoice is which campaigns an assignment is for: those with the ids, or all
// that a filter lets through.
type CampaignChoice struct {
	IDs    []uuid.UUID
	All    bool
	Filter CampaignFilter
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
