package access

import "time"

// AccountAction names what happened to an account: its kind, a dot, and what became of
// it. The names are stored and logged, so they never change.
type AccountAction string

// The account actions.
const (
	SignedInPassword   AccountAction = "sign_in.password"
	SignedInFactor     AccountAction = "sign_in.second_factor"
	SignedInSingle     AccountAction = "sign_in.single_sign_on"
	SignedInInvitation AccountAction = "sign_in.invitation"
	SignInHalf         AccountAction = "sign_in.half" // a second factor was asked for
	SignInWrong        AccountAction = "sign_in.wrong"
	SignInThrottled    AccountAction = "sign_in.throttled"
	FactorWrong        AccountAction = "second_factor.wrong"
	FactorThrottled    AccountAction = "second_factor.throttled"
	RecoveryCodeUsed   AccountAction = "second_factor.code_used"
	PasswordWrong      AccountAction = "password.wrong"
	PasswordThrottled  AccountAction = "password.throttled"
	PasswordConfirmed  AccountAction = "password.confirmed"
	PasswordChanged    AccountAction = "password.changed"
	PasswordReset      AccountAction = "password.reset"
	ResetAsked         AccountAction = "password.reset_asked"
	AppAdded           AccountAction = "factor.app_added"
	AppRemoved         AccountAction = "factor.app_removed"
	PasskeyAdded       AccountAction = "factor.passkey_added"
	PasskeyRemoved     AccountAction = "factor.passkey_removed"
	CodesMade          AccountAction = "factor.codes_made"
	FactorsForgotten   AccountAction = "factor.forgotten"
	SignedOut          AccountAction = "session.signed_out"
	SessionEnded       AccountAction = "session.ended"
	SessionsEnded      AccountAction = "session.all_ended"
	AccountDisabled    AccountAction = "account.disabled"
	AccountEnabled     AccountAction = "account.enabled"
	AccountStandingSet AccountAction = "account.standing_changed"
)

// AccountActions returns all of them, in the order in which they stand above.
func AccountActions() []AccountAction {
	return []AccountAction{
		SignedInPassword, SignedInFactor, SignedInSingle, SignedInInvitation, SignInHalf, SignInWrong, SignInThrottled,
		FactorWrong, FactorThrottled, RecoveryCodeUsed, PasswordWrong, PasswordThrottled, PasswordConfirmed,
		PasswordChanged, PasswordReset, ResetAsked, AppAdded, AppRemoved, PasskeyAdded, PasskeyRemoved, CodesMade,
		FactorsForgotten, SignedOut, SessionEnded, SessionsEnded, AccountDisabled, AccountEnabled, AccountStandingSet,
	}
}

// Tried reports whether somebody who is not the person can bring the action about as
// often as they like.
func (a AccountAction) Tried() bool {
	switch a {
	case SignInWrong, SignInThrottled, FactorWrong, FactorThrottled, PasswordWrong, PasswordThrottled, ResetAsked:
		return true
	}
	return false
}

// Throttled reports whether the action is a try that was not looked at.
func (a AccountAction) Throttled() bool {
	return a == SignInThrottled || a == FactorThrottled || a == PasswordThrottled
}

// AccountEvent is something that happened to an account.
type AccountEvent struct {
	At     time.Time
	Action AccountAction
	Agent  string // kind of browser; empty: not known
}
