package access

import (
	"fmt"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"personae/internal/i18n"
)

// AddressLimit is the longest email address, in characters.
const AddressLimit = 254

// AddressError is a text that is no email address. Its sentence is for who typed it.
type AddressError struct {
	Unseen rune // the first character that nobody sees
	At     int  // its place, from 1; 0: there is none
}

// Text returns the sentence.
func (e *AddressError) Text() i18n.Text {
	if e.At == 0 {
		return i18n.Say("Enter an email address, such as name@example.com")
	}
	return i18n.Say("The email address holds a character that nobody sees, %s, at character %d. "+
		"Remove it or type the address again", fmt.Sprintf("%U", e.Unseen), e.At)
}

func (e *AddressError) Error() string { return e.Text().String() }

// CheckAddress fails with an *AddressError where a trimmed text is no email address, or
// holds a character that nobody sees: two addresses would look the same.
func CheckAddress(text string) error {
	if err := CheckSeen(text); err != nil {
		return err
	}
	address, err := mail.ParseAddress(text)
	if err != nil || address.Address != text || utf8.RuneCountInString(text) > AddressLimit {
		return &AddressError{}
	}
	return nil
}

// CheckSeen fails with an *AddressError where an address that somebody asks for holds a
// character that nobody sees.
func CheckSeen(text string) error {
	if !utf8.ValidString(text) {
		return &AddressError{}
	}
	if i := strings.IndexFunc(text, Unseen); i >= 0 {
		r, _ := utf8.DecodeRuneInString(text[i:])
		return &AddressError{Unseen: r, At: utf8.RuneCountInString(text[:i]) + 1}
	}
	return nil
}

// Unseen reports whether nobody sees a character in an address: a control or format
// character, a blank of another kind than the usual, or one that only changes how
// others look.
func Unseen(r rune) bool {
	return r != ' ' && (r == '\u2800' || !unicode.IsGraphic(r) || unicode.IsSpace(r) ||
		unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point))
}
