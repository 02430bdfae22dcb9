package audit

import (
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/lead"
	"personae/internal/persona"
)

// Filter narrows the audit log. Zero values narrow nothing.
type Filter struct {
	Person   uuid.NullUUID
	Operator bool   // only what the operator did
	Action   string // the part before the dot, such as "persona"; "default": whatever moved the default
	Persona  uuid.NullUUID
	From, To *time.Time // from the one on, and before the other
	Before   int        // only events with a smaller rev
	Find     string     // part of the name of the personas that are offered to filter by
}

// Entry is one event of the audit log, with the names of what it is about.
type Entry struct {
	ID        uuid.UUID
	Rev       int
	At        time.Time
	Who       string      // empty: the operator
	Role      access.Role // in which they did it
	Grantor   string      // who let support in; empty: it was no support
	Reason    string
	Action    Action
	Persona   string // its name then
	Campaign  string
	House     string      // name now of the house persona that it took or merged; empty: none
	From, To  string      // names of personas then: the default, or a campaign's, before and after
	User      string      // whom it concerns
	NewRole   access.Role // that the person it concerns has now
	Fields    []string    // form fields that changed
	Moved     int         // campaigns that have another persona now
	Campaigns []uuid.UUID // which, in a file
	Moves     []Move      // of the first of them, by name, on a page
	Made      int         // personas that it added, and
	Rewritten int         // that were there before and still are, and
	Removed   int         // that are not any more
	Added     int         // campaigns that it added or renamed, beside others
	Versions  [2]int      // of the persona; 0: none
	Settings  int         // version of the settings before; 0: they were not changed, or not there
	Words     Words

	PersonaID, CampaignID, GrantID uuid.NullUUID

	Drafts   int               // how many it had drafted anew
	Leads    int               // how many it forgot
	Rejected lead.RejectReason // why a draft was rejected; empty: nobody said
	Trial    *persona.Trial    // that it kept, or that stands behind it; nil: none

	ProposalID uuid.NullUUID // which it made, decided on or carried out; User made that
	ProposedID uuid.NullUUID // which it made besides, for a second person

	ScheduleID uuid.NullUUID      // which it made, skipped or cancelled, or is a step of; User made that
	Skipped    persona.Overtaking // why its step was not taken

	LeadID uuid.NullUUID
	Lead   lead.Lead // whom it concerns, as far as a name goes; the event holds the id alone
}

// ReplacedSettings returns the version of the settings whose words a first
// persona replaced; 0 where it replaced none.
func (e Entry) ReplacedSettings() int {
	before, after := e.Words.SettingsBefore, e.Words.SettingsAfter
	if e.Action != PersonaCreated || e.From != "" || before == nil || after == nil ||
		len(persona.Replaced(before.Voice, after.Voice)) == 0 {
		return 0
	}
	return e.Settings
}

// Move is what an event that concerns several campaigns did to one. The empty
// name of a persona is the workspace default.
type Move struct {
	Campaign string // its name now; empty: it is gone
	From, To string // names of personas then
}

// Words is what an event changed, before and after; nil: nothing, or a whole
// persona that was not there before or after.
type Words struct {
	Before, After                 *persona.Content
	SettingsBefore, SettingsAfter *persona.Settings
}

// Log is a page of the audit log.
type Log struct {
	Events []Entry
	// DeletedDefault is the deletion of the default that UndoDelete takes back; uuid.Nil: there is none.
	DeletedDefault uuid.UUID
	Undoable       persona.Undoable // the switch of the default that Undo takes back, if there is one
	Assigned       uuid.UUID        // the latest assignment of many campaigns, where UndoAssignment takes it back; uuid.Nil: it does not
	Deleted        []uuid.UUID      // deletions on the page whose persona can be restored
	Older          int              // the rev before which older ones begin; 0: there are none
	RemovedBefore  time.Time        // what happened before was removed, but for what is still needed; zero: nothing was
	Outside        []Entry          // the latest changes by programs with plain SQL, which leave no event; on the first page of all
	People         []persona.Named  // who did something here
	Personas       []persona.Named  // of all times, by the last name of each: those that Offer says
	Offer          persona.Offer
}

// Event is an event of the audit log as programs read it: ids, versions and
// names of fields, and no words but the name of who did it.
type Event struct {
	ID            uuid.UUID
	Rev           int // its place in the order of the workspace's writes
	At            time.Time
	ActorID       uuid.NullUUID // null: the operator
	ActorName     *string
	ActorRole     access.Role
	GrantID       uuid.NullUUID
	TokenID       uuid.NullUUID
	Action        Action
	PersonaID     uuid.NullUUID
	CampaignID    uuid.NullUUID
	FromVersion   *int // of the persona; of the settings where it is about none
	ToVersion     *int
	FromPersonaID uuid.NullUUID // the default, or a campaign's persona, before
	ToPersonaID   uuid.NullUUID // and after
	Fields        []string      // form fields that changed
	CampaignIDs   []uuid.UUID   // that have another persona now
	// FromPersonaIDs and ToPersonaIDs are the personas of each of CampaignIDs before
	// and after, null for the workspace default; empty: FromPersonaID and ToPersonaID
	// are, or they lost a persona that was deleted.
	FromPersonaIDs []uuid.NullUUID
	ToPersonaIDs   []uuid.NullUUID
	UserID         uuid.NullUUID // whom it concerns
	Role           *string       // that they have now
	LeadID         uuid.NullUUID // whom it concerns
	ProposalID     uuid.NullUUID // which it made, decided on or carried out; UserID made that
	ProposedID     uuid.NullUUID // which it made besides, for a second person
	ScheduleID     uuid.NullUUID // which it made, skipped or cancelled, or is a step of; UserID made that
}
