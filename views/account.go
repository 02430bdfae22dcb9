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
	return &Receipt{Title: "Your password is changed", Lines: []string{"You stay signed in here; every other sign-in is ended."}}
}

// PasswordReset tells of a new password set by a link.
func PasswordReset() *Receipt {
	return &Receipt{Title: "Your password is changed", Lines: []string{"Sign in with it now. Every sign-in from before is ended."}}
}

// PasswordEnded tells who signed in by single sign-on for the first time why
// their password does not work any more.
func PasswordEnded() *Receipt {
	return &Receipt{Title: "You sign in by single sign-on now", Lines: []string{
		"The password that was chosen with your invitation has ended, because whoever invited you had the same link. So has a second factor that was added with it."}}
}

// ResetSent tells of a reset link, and not whether anybody has the address.
func ResetSent() *Receipt {
	return &Receipt{Title: "Look into your mail", Lines: []string{"If somebody signs in with that address, a link is on its way to it. It works once, within an hour."}}
}

// SessionEnded tells of the end of a session.
func SessionEnded() *Receipt { return &Receipt{Title: "That sign-in is ended"} }

// SignedOutEverywhere tells of the end of all sessions.
func SignedOutEverywhere() *Receipt {
	return &Receipt{Title: "You are signed out everywhere", Lines: []string{"Also on this browser."}}
}
