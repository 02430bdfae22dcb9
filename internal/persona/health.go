package persona

import "github.com/google/uuid"

// Finding is one rule that does not hold in a workspace, or in the whole database.
type Finding struct {
	Workspace uuid.UUID     `json:"workspaceId"` // uuid.Nil: the whole database
	Name      string        `json:"workspace"`
	Rule      string        `json:"rule"` // one_default, mirror, own_personas, history or guards
	Sentence  string        `json:"sentence"`
	Settings  []FieldChange `json:"-"` // for mirror: what settings say, what the default says
	Stuck     bool          `json:"-"` // for history: nothing would be recorded
}

// Repairable reports whether a repair can make the rule hold again. Where it cannot,
// the sentence says what can be done.
func (f Finding) Repairable() bool { return f.Differs() || f.Rule == "history" && !f.Stuck }

// Differs reports whether the default persona and the settings differ, so that a Side
// has to say which of them is right.
func (f Finding) Differs() bool { return f.Rule == "one_default" || f.Rule == "mirror" }

// Side says whose words are right when the default persona and the settings
// differ.
type Side string

// The sides.
const (
	PersonaIsRight   Side = "persona"
	SettingsAreRight Side = "settings"
)
