package persona

import (
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
)

// DefaultChoice is what an edit says about being the default.
type DefaultChoice int

// The choices. ClearDefault is refused for the default: another persona has to
// be made the default instead.
const (
	KeepDefault DefaultChoice = iota
	MakeDefault
	ClearDefault
)

// Impact is what making a persona the default would change. Nothing is written.
type Impact struct {
	Target    Persona
	Default   *Persona      // nil: there is none
	Campaigns []string      // names of those that name no persona, or of the first of them
	Unnaming  int           // how many do; of a page no more than one above CountLimit
	Changes   []FieldChange // settings, now and then
	Waiting   int           // drafts that wait in the voice of Default
	Trial     *Trial        // what was kept last of trying Target; nil: nothing was
	Mark      string        // of the state that it was worked out from: a write by AsShown holds it against what is there
}

// ShownOtherDefaultError is a move of the default after which it would not do what was
// shown: the default, whom it answers for or the settings changed since. Nothing was
// written.
type ShownOtherDefaultError struct{}

// Error says so in general.
func (*ShownOtherDefaultError) Error() string {
	return "moving the default would do other than was shown"
}

// Switch is what making another persona the default did.
type Switch struct {
	Already  bool      // it had been done before, and nothing changed
	Event    uuid.UUID // to undo it by; uuid.Nil: that cannot be done
	From     *Persona  // the default before
	To       Persona
	Moved    int           // campaigns that To answers for since
	Changed  []FieldChange // settings that now read differently
	Trial    *Trial        // that stands behind it; nil: none
	Proposed *Proposal     // what was made of it, because a second person has to approve it; nil: it was done
}

// Undoable is a switch of the default that Undo takes back.
type Undoable struct {
	Event uuid.UUID // uuid.Nil: there is none
	From  string    // name of the persona that was the default before
	At    time.Time
	Who   string // empty: the operator
	Role  access.Role
}
