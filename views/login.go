package views

import "context"

// Login is the sign-in form.
type Login struct {
	Email        string
	Next         string // where to go after signing in
	Forgot       bool   // a reset link can be sent by mail
	Kept         string // a form that is shown again after signing in; empty: there is none
	SingleSignOn bool   // an OpenID provider signs people in
	NoPassword   bool   // and only it does
}

// SignedOut tells that a session is over.
func SignedOut(ctx context.Context) *Receipt { return &Receipt{Title: tr(ctx, "You were signed out")} }

// PasswordEnded tells who signed in by single sign-on for the first time why
// their password does not work any more.
func PasswordEnded(ctx context.Context) *Receipt {
	return &Receipt{Title: tr(ctx, "You sign in by single sign-on now"), Lines: []string{
		tr(ctx, "The password that was chosen with your invitation has ended, because whoever invited you had the same link. So has a second factor that was added with it.")}}
}
