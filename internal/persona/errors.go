package persona

import (
	"errors"

	"github.com/google/uuid"

	"personae/internal/i18n"
)

// What can go wrong with an action, apart from bad input (InvalidError) and
// an outdated version (StaleError, StaleSettingsError). Each leaves everything
// as it was.
var (
	// ErrNotFound is an object that does not exist for whoever asks.
	ErrNotFound = errors.New("not found")
	// ErrPersonaExists is an import into a workspace that has a persona.
	ErrPersonaExists = errors.New("a persona exists already")
	// ErrKeyReused is a request under the key of another one.
	ErrKeyReused = errors.New("idempotency key used for something else")
	// ErrSecondPerson is a change of the default, or of its words, where the workspace
	// demands that a second person approves it.
	ErrSecondPerson = errors.New("a second person has to approve a change of the default, or of its words, here. " +
		"Propose it on the persona’s page, and another owner or admin approves it")
	// ErrOwnProposal is the approval, by who made it, of a proposal that a second person
	// has to approve.
	ErrOwnProposal = errors.New("who proposed this cannot approve it")
	// ErrUnavailable is a database that is away or too busy to answer in time.
	ErrUnavailable = errors.New("database unavailable")
)

// NameTakenError is a name that another persona of the workspace has, as that one
// writes it.
type NameTakenError struct {
	Name    string
	InHouse bool // it is another house persona that has it
}

// Error says so in general; Field names the other persona.
func (*NameTakenError) Error() string { return "name taken" }

// Field returns the error as one of the form's field name.
func (e *NameTakenError) Field() FieldError {
	if e.InHouse {
		return FieldError{"name", i18n.Say("Another house persona is called “%s”. Choose another name", Isolate(e.Name))}
	}
	return FieldError{"name", i18n.Say("Another persona here is called “%s”. Choose another name", Isolate(e.Name))}
}

// TooLateError is what cannot be done any more as things stand now. Reason is a
// sentence for the person who asked.
type TooLateError struct {
	Reason i18n.Text
	// Again is the persona that was to be the default again, where it can be made so by
	// hand; uuid.Nil: there is none.
	Again uuid.UUID
}

// Error says so in general; Reason is for people.
func (*TooLateError) Error() string { return "cannot be done any more" }
