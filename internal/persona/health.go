package persona

import (
	"time"

	"github.com/google/uuid"

	"personae/internal/i18n"
)

// Finding is one rule that does not hold in a workspace, or in the whole database.
type Finding struct {
	Workspace uuid.UUID     `json:"workspaceId"` // uuid.Nil: the whole database
	Name      string        `json:"workspace"`
	Rule      string        `json:"rule"` // one of postgres.Rules
	Sentence  i18n.Text     `json:"sentence"`
	Settings  []FieldChange `json:"-"` // for mirror: what settings say, what the default says
	Stuck     bool          `json:"-"` // a repair could not do what it does for this rule
}

// Health is what was found, and when the guards of the database were looked at,
// which is not done for each page.
type Health struct {
	Findings []Finding
	GuardsAt time.Time
}

// Repairable reports whether a repair can make the rule hold again. Where it cannot,
// the sentence says what can be done.
func (f Finding) Repairable() bool {
	return f.Differs() || (f.Unrecorded() || f.Lost()) && !f.Stuck
}

// Differs reports whether the default persona and the settings differ, so that a Side
// has to say which of them is right.
func (f Finding) Differs() bool { return f.Rule == "one_default" || f.Rule == "mirror" }

// Unrecorded reports whether the history lacks what is there, so that a repair can
// record it.
func (f Finding) Unrecorded() bool { return f.Rule == "history" || f.Rule == "settings_history" }

// Lost reports whether something is gone, or was never right, and no repair brings it
// back: it can record that this is so.
func (f Finding) Lost() bool { return f.Rule == "versions" || f.Rule == "events" || f.Rule == "drafts" }

// Side says whose words are right when the default persona and the settings
// differ.
type Side string

// The sides.
const (
	PersonaIsRight   Side = "persona"
	SettingsAreRight Side = "settings"
)
