package views

import (
	"context"
	"strings"
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
		access.SignedInPassword:   i18n.N("Signed in with the password"),
		access.SignedInFactor:     i18n.N("Signed in with the second factor"),
		access.SignedInSingle:     i18n.N("Signed in by single sign-on"),
		access.SignedInInvitation: i18n.N("Account made by an invitation"),
		access.SignInHalf:         i18n.N("The second factor was asked for"),
		access.SignInWrong:        i18n.N("Sign-in with a wrong password"),
		access.SignInThrottled:    i18n.N("Sign-in refused: too many wrong tries"),
		access.FactorWrong:        i18n.N("Wrong second factor"),
		access.FactorThrottled:    i18n.N("Second factor refused: too many wrong tries"),
		access.RecoveryCodeUsed:   i18n.N("A recovery code was used"),
		access.PasswordWrong:      i18n.N("Wrong password on a page of the account"),
		access.PasswordThrottled:  i18n.N("Password refused: too many wrong tries"),
		access.PasswordConfirmed:  i18n.N("Password entered again"),
		access.PasswordChanged:    i18n.N("Password changed"),
		access.PasswordReset:      i18n.N("New password set by a link"),
		access.ResetAsked:         i18n.N("Link for a new password asked for"),
		access.AppAdded:           i18n.N("Authenticator app set up"),
		access.AppRemoved:         i18n.N("Authenticator app removed"),
		access.PasskeyAdded:       i18n.N("Passkey added"),
		access.PasskeyRemoved:     i18n.N("Passkey removed"),
		access.CodesMade:          i18n.N("New recovery codes made"),
		access.FactorsForgotten:   i18n.N("All second factors removed"),
		access.SignedOut:          i18n.N("Signed out"),
		access.SessionEnded:       i18n.N("Another device signed out"),
		access.SessionsEnded:      i18n.N("Signed out everywhere"),
		access.AccountDisabled:    i18n.N("Account disabled"),
		access.AccountEnabled:     i18n.N("Account enabled again"),
		access.AccountStandingSet: i18n.N("Superadmin or support staff given or taken away"),
	}[a]
}

// byAgent names the browser or who else did it.
func byAgent(ctx context.Context, e access.AccountEvent) string {
	if e.Agent == "" {
		return tr(ctx, "a program of unknown kind")
	}
	return agent(ctx, e.Agent)
}

// agent says a browser on a system, as it was noted.
func agent(ctx context.Context, noted string) string {
	if browser, system, both := strings.Cut(noted, " on "); both {
		return tr(ctx, "%s on %s", browser, system)
	}
	return noted
}

// sessionName names the program that a session is of.
func sessionName(ctx context.Context, s auth.Session) string {
	if s.Agent == "" {
		return tr(ctx, "An unknown browser or program")
	}
	return agent(ctx, s.Agent)
}

// ZoneSet says what the time is for whoever reads.
func ZoneSet(ctx context.Context) *Receipt {
	return &Receipt{Title: tr(ctx, "Times are shown in your zone"), Lines: []string{tr(ctx, "It is %s there.", moment(ctx, time.Now()))}}
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
func PasswordChanged(ctx context.Context) *Receipt {
	return &Receipt{Title: tr(ctx, "Your password was changed"), Lines: []string{
		tr(ctx, "You stay signed in here, and are signed out everywhere else.")}}
}

// SessionEnded says that a session is over.
func SessionEnded(ctx context.Context) *Receipt {
	return &Receipt{Title: tr(ctx, "That device was signed out")}
}

// SignedOutEverywhere says that all sessions are over.
func SignedOutEverywhere(ctx context.Context) *Receipt {
	return &Receipt{Title: tr(ctx, "You were signed out everywhere"), Lines: []string{tr(ctx, "Also on this browser.")}}
}
