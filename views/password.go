package views

import (
	"context"
)

// Reset sets a new password by a link.
type Reset struct {
	Token, Email string
}

// newPassword is the field in which somebody chooses a password.
func newPassword(s Shell, label string) control {
	return control{
		Name: "password", Label: label, Hint: "8 to 256 characters. Use a few unrelated words.",
		Type: "password", Autocomplete: "new-password", Required: true, Error: errorFor(s.Errors, "password"),
	}
}

// ownPassword is the field in which somebody proves that it is they.
func ownPassword(s Shell, name, label string) control {
	return control{
		Name: name, Label: label, Type: "password", Autocomplete: "current-password", Required: true,
		Error: errorFor(s.Errors, name),
	}
}

// PasswordReset says that a link set a new password.
func PasswordReset(ctx context.Context) *Receipt {
	return &Receipt{Title: tr(ctx, "Your password was changed"), Lines: []string{
		tr(ctx, "Sign in with it now. You are signed out wherever you were before.")}}
}

// ResetSent says that a link is on its way, and not whether anybody has the address.
func ResetSent(ctx context.Context) *Receipt {
	return &Receipt{Title: tr(ctx, "Check your mail"), Lines: []string{
		tr(ctx, "If somebody signs in with that address, a link is on its way to it. It works once, within an hour.")}}
}
