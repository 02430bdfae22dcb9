package views

import (
	"context"
	"time"

	"personae/internal/auth"
)

// Account is one's own account.
type Account struct {
	Name, Email string
	NoPassword  bool   // nobody signs in with a password
	Zone        string // in which they read times, as typed; empty: as the browser says
	Factors     auth.Factors
	Sessions    []auth.Session
}

// sessionName names the program that a session is of.
func sessionName(s auth.Session) string {
	if s.Agent == "" {
		return "A program of unknown kind"
	}
	return s.Agent
}

// ZoneSet says what the time is for whoever reads.
func ZoneSet(ctx context.Context) *Receipt {
	return &Receipt{Title: "Times are shown in your zone", Lines: []string{"It is " + moment(ctx, time.Now()) + " there."}}
}

// PasswordChanged says that there is a new password.
func PasswordChanged() *Receipt {
	return &Receipt{Title: "Your password was changed", Lines: []string{
		"You stay signed in here, and are signed out everywhere else."}}
}

// SessionEnded says that a session is over.
func SessionEnded() *Receipt { return &Receipt{Title: "That device was signed out"} }

// SignedOutEverywhere says that all sessions are over.
func SignedOutEverywhere() *Receipt {
	return &Receipt{Title: "You were signed out everywhere", Lines: []string{"Also on this browser."}}
}
