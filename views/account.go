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

// Reset sets a new password by a link.
type Reset struct {
	Token, Email string
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

// PasswordReset tells of a new password set by a link.
func PasswordReset() *Receipt {
	return &Receipt{Title: "Your password was changed", Lines: []string{"Sign in with it now. You are signed out wherever you were before."}}
}

// PasswordEnded tells who signed in by single sign-on for the first time why
// their password does not work any more.
func PasswordEnded() *Receipt {
	return &Receipt{Title: "You sign in by single sign-on now", Lines: []string{
		"The password that was chosen with your invitation has ended, because whoever invited you had the same link. So has a second factor that was added with it."}}
}

// ResetSent tells of a reset link, and not whether anybody has the address.
func ResetSent() *Receipt {
	return &Receipt{Title: "Check your mail", Lines: []string{"If somebody signs in with that address, a link is on its way to it. It works once, within an hour."}}
}

// SessionEnded tells of the end of a session.
func SessionEnded() *Receipt { return &Receipt{Title: "That device is signed out"} }

// SignedOutEverywhere tells of the end of all sessions.
func SignedOutEverywhere() *Receipt {
	return &Receipt{Title: "You are signed out everywhere", Lines: []string{"Also on this browser."}}
}
