package views

import (
	"time"

	"github.com/google/uuid"
)

// Account is one's own account.
type Account struct {
	Name, Email string
	NoPassword  bool // nobody signs in with a password
	Factors     Factors
	Sessions    []SignIn
}

// SignIn is one session.
type SignIn struct {
	ID      uuid.UUID
	Agent   string // kind of browser; empty: not known
	Started time.Time
	This    bool
}

func (s SignIn) words() string {
	if s.Agent == "" {
		return "A program of unknown kind"
	}
	return s.Agent
}

// PasswordChanged tells of a new password.
func PasswordChanged() *Receipt {
	return &Receipt{Title: "Your password was changed", Lines: []string{"You stay signed in here, and are signed out everywhere else."}}
}

// SessionEnded tells of the end of a session.
func SessionEnded() *Receipt { return &Receipt{Title: "That device is signed out"} }

// SignedOutEverywhere tells of the end of all sessions.
func SignedOutEverywhere() *Receipt {
	return &Receipt{Title: "You are signed out everywhere", Lines: []string{"Also on this browser."}}
}
