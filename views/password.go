package views

// Reset sets a new password by a link.
type Reset struct {
	Token, Email string
}

// PasswordReset tells of a new password set by a link.
func PasswordReset() *Receipt {
	return &Receipt{Title: "Your password was changed", Lines: []string{"Sign in with it now. You are signed out wherever you were before."}}
}

// ResetSent tells of a reset link, and not whether anybody has the address.
func ResetSent() *Receipt {
	return &Receipt{Title: "Check your mail", Lines: []string{"If somebody signs in with that address, a link is on its way to it. It works once, within an hour."}}
}
