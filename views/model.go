// Package views holds the pages: templ components and what each is given. A
// view decides nothing but how things look; web fills the models below.
package views

import (
	"strings"
	"time"

	"github.com/google/uuid"

	"personae/internal/persona"
)

// Shell is what every page has around its content.
type Shell struct {
	Title     string               // the h1, and the first part of <title>
	Section   string               // which link of the side column is the current page: "personas", "campaigns", "why", "settings" or ""
	UserName  string               // empty: nobody is signed in
	Workspace uuid.UUID            // uuid.Nil: no workspace is open
	Name      string               // the workspace's name
	Capacity  string               // a sentence for those who are no members or only read; empty for admins
	Held      *Grant               // under which support staff are here; nil: they are not here as such
	Requests  int                  // of support staff, that wait for an answer by who opened the page
	Unproven  bool                 // may do less until they have a second factor
	MaySwitch bool                 // may make another persona the default
	MayWrite  bool                 // may do everything else with personas
	MayManage bool                 // may let people in and take access away
	Support   bool                 // is of the support staff
	Once      string               // names the forms of this page that must be done once
	Receipt   *Receipt             // what the last action did
	Errors    []persona.FieldError // shown as the error summary; the title then starts "Error: "
}

// Receipt tells what an action did, in sentences.
type Receipt struct {
	Title      string
	Lines      []string
	Codes      []string  // recovery codes that are shown only now
	Copy       string    // a link or secret that is shown only now; empty: there is none
	Undo       uuid.UUID // the event of a switch that can be undone; uuid.Nil: there is none
	UndoAssign uuid.UUID // the event of an assignment of many campaigns that can be; uuid.Nil: there is none
	Deleted    *Deletion // what it deleted and can be restored; nil: nothing
	Replaced   int       // version of the settings whose words it replaced; 0: none
}

// Deletion is a persona that can be restored, with the words of a version.
type Deletion struct {
	ID      uuid.UUID
	Name    string
	Version int
}

// Login is the sign-in form.
type Login struct {
	Email        string
	Next         string // where to go after signing in
	Forgot       bool   // a reset link can be sent by mail
	Kept         string // a form that is shown again after signing in; empty: there is none
	SingleSignOn bool   // an OpenID provider signs people in
	NoPassword   bool   // and only it does
}

// Listing says which part of a long list a page shows.
type Listing struct {
	Query string
	Sort  string // empty: by name
	Page  int    // from 1
	More  bool   // another page follows
}

// Workspaces is the list of workspaces that one may open.
type Workspaces struct {
	Listing
	Items []WorkspaceItem
}

// WorkspaceItem is one workspace in that list.
type WorkspaceItem struct {
	ID       uuid.UUID
	Name     string
	Capacity string // owner, admin, member, support, superadmin
	Default  string // the default persona's name; empty: none
	Personas int
	Changed  time.Time // when something was last done there
}

// Personas is the list of a workspace's personas.
type Personas struct {
	persona.List
	Query string
}

// PersonaForm creates or edits one persona.
type PersonaForm struct {
	ID      uuid.UUID // uuid.Nil: a new one
	Version int
	persona.Content
	IsDefault   bool                  // it is the default now
	MakeDefault bool                  // the box is ticked
	First       bool                  // the workspace has no persona: this one becomes the default
	Replaces    []persona.FieldChange // settings that this first persona would replace
	Conflicts   []persona.Conflict    // fields that somebody else changed as well
	ChangedBy   string                // who changed it meanwhile; empty: not known
	Campaigns   int                   // campaigns that it answers for
	Tones       []string              // that it has or had
	Sampled     bool                  // it was asked how this reads
}

// PersonaDelete asks before a persona is deleted.
type PersonaDelete struct {
	Persona   persona.Persona
	Campaigns []string          // names of the campaigns that name it
	Unnamed   []string          // names of the campaigns that name no persona
	Others    []persona.Persona // who may follow a default, oldest first
	Successor uuid.UUID         // the chosen one
	Asked     bool              // its impact was asked for
}

// Settings is the legacy row, with its eight fields read-only while a default
// persona speaks through them.
type Settings struct {
	persona.Settings
	Default   *persona.Persona // nil: the eight fields are edited here
	Conflicts []persona.Conflict
	Unsaved   []persona.FieldChange // typed into a form from before the default persona: what it says now, what was typed
}

// Campaigns is the list of campaigns and who answers for each.
type Campaigns struct {
	Listing
	Items    []persona.Campaign
	Matching int // campaigns that the query finds, on all pages
	Total    int // without the query
	Personas []persona.Persona
	Chosen   Choice // what was chosen, where it is shown again
}

// Choice is what an assignment of many campaigns was sent with.
type Choice struct {
	Campaigns []uuid.UUID
	All       bool
	Persona   string
}

// Problem is a page that says that something did not happen.
type Problem struct {
	Lines     []string // what happened, what was kept, what to do next
	RequestID string
	Back      string // where to go on
	BackLabel string
	Also      string // where else; empty: nowhere
	AlsoLabel string
	Again     string      // where to send Typed again; empty: nothing was typed
	Typed     []TypedText // the form that could not be done
}

// TypedText is a field of a form that could not be done.
type TypedText struct {
	Name, Value string
}

// label gives the field in words; empty: nobody typed it.
func (t TypedText) label() string {
	for _, ours := range []string{"version", "once", "was", "was_default", "original_", "theirs_", "choose_"} {
		if t.Name == ours || strings.HasSuffix(ours, "_") && strings.HasPrefix(t.Name, ours) {
			return ""
		}
	}
	if t.Value == "" || uuid.Validate(t.Value) == nil {
		return ""
	}
	words := strings.ReplaceAll(t.Name, "_", " ")
	return strings.ToUpper(words[:1]) + words[1:]
}
