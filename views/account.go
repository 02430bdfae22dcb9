package views

import (
	"context"
	"time"

	"personae/internal/access"
	"personae/internal/auth"
	"personae/internal/i18n"
)

// Account is one's own account.
type Account struct {
	Name, Email string
	NoPassword  bool   // nobody signs in with a password
	Zone        string // in which they read times, as typed; empty: as the browser says
	Language    string // in which they read pages; empty: as the browser says
	Factors     auth.Factors
	Sessions    []auth.Session
	Trail       []access.AccountEvent // newest first
}

// happened says what an account action is.
func happened(a access.AccountAction) string {
	return map[access.AccountAction]string{
		access.SignedInPassword:   "Signed in with the password",
		access.SignedInFactor:     "Signed in with the second factor",
		access.SignedInSingle:     "Signed in by single sign-on",
		access.SignedInInvitation: "Account made by an invitation",
		access.SignInHalf:         "The second factor was asked for",
		access.SignInWrong:        "Sign-in with a wrong password",
		access.SignInThrottled:    "Sign-in refused: too many wrong tries",
		access.FactorWrong:        "Wrong second factor",
		access.FactorThrottled:    "Second factor refused: too many wrong tries",
		access.RecoveryCodeUsed:   "A recovery code was used",
		access.PasswordWrong:      "Wrong password on a page of the account",
		access.PasswordThrottled:  "Password refused: too many wrong tries",
		access.PasswordConfirmed:  "Password entered again",
		access.PasswordChanged:    "Password changed",
		access.PasswordReset:      "New password set by a link",
		access.ResetAsked:         "Link for a new password asked for",
		access.AppAdded:           "Authenticator app set up",
		access.AppRemoved:         "Authenticator app removed",
		access.PasskeyAdded:       "Passkey added",
		access.PasskeyRemoved:     "Passkey removed",
		access.CodesMade:          "New recovery codes made",
		access.FactorsForgotten:   "All second factors removed",
		access.SignedOut:          "Signed out",
		access.SessionEnded:       "Another device signed out",
		access.SessionsEnded:      "Signed out everywhere",
		access.AccountDisabled:    "Account disabled",
		access.AccountEnabled:     "Account enabled again",
		access.AccountStandingSet: "Superadmin or support staff given or taken away",
	}[a]
}

// byAgent names the browser or who else did it.
func byAgent(e access.AccountEvent) string {
	if e.Agent == "" {
		return "a program of unknown kind"
	}
	return e.Agent
}

// sessionName names the program that a session is of.
func sessionName(s auth.Session) string {
	if s.Agent == "" {
		return "An unknown browser or program"
	}
	return s.Agent
}

// ZoneSet says what the time is for whoever reads.
func ZoneSet(ctx context.Context) *Receipt {
	return &Receipt{Title: "Times are shown in your zone", Lines: []string{"It is " + moment(ctx, time.Now()) + " there."}}
}

// languagesOfPages are the languages that pages are written in, each by its own name.
func languagesOfPages(ctx context.Context) []option {
	return []option{{"", tr(ctx, "As my browser says")}, {string(i18n.English), "English"}, {string(i18n.German), "Deutsch"}}
}

// LanguageSet says in which language pages are.
func LanguageSet(ctx context.Context) *Receipt {
	return &Receipt{Title: tr(ctx, "Pages are in English now")}
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
