package auth

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/trustelem/zxcvbn/frequency"

	"personae/internal/i18n"
)

// Weakness is why a password is refused.
type Weakness int

// The weaknesses of a password.
const (
	WrongLength Weakness = iota
	Common               // one of the commonest, or an everyday word
	Known                // little but the person's address or name, or the name of this program
)

// WeakPasswordError is a password that is refused; its text is for who chose it.
type WeakPasswordError struct {
	Weakness   Weakness
	Characters int
}

// Text says what is wrong with the password, and what is better.
func (e *WeakPasswordError) Text() i18n.Text {
	switch e.Weakness {
	case Common:
		return i18n.Say("This password is one that many people have, so it is tried first. Use a few unrelated words")
	case Known:
		return i18n.Say("This password is little more than your name, your address or the name of this program. " +
			"Use a few unrelated words")
	}
	return i18n.Say("A password has %s to %s characters; this one has %d",
		strconv.Itoa(MinPassword), strconv.Itoa(MaxPassword), e.Characters)
}

func (e *WeakPasswordError) Error() string { return e.Text().String() }

// CheckNew fails with a *WeakPasswordError for a password that may not be chosen by
// whoever is known by these words: their address and name. One that is set already is
// not checked.
func CheckNew(password string, known ...string) error {
	password = prepared(password)
	n := utf8.RuneCountInString(password)
	switch {
	case n < MinPassword || n > MaxPassword:
		return &WeakPasswordError{WrongLength, n}
	case common(password):
		return &WeakPasswordError{Common, n}
	case saysLittle(password, append(known, product)):
		return &WeakPasswordError{Known, n}
	}
	return nil
}

// product is the name of this program.
const product = "personae"

// common reports whether many people have a password: it is in a list of those that
// leaked, or one of the commonest words and names, whatever its case. The lists have
// no word twice, so all of them are looked through.
func common(password string) bool {
	password = strings.ToLower(password)
	for _, list := range frequency.FrequencyLists {
		if slices.Contains(list, password) {
			return true
		}
	}
	return false
}

// ownLetters is how many letters a password has beside what is known of the person.
const ownLetters = 4

// saysLittle reports whether a password holds something that is known of the person,
// and hardly a letter beside it. Figures and marks are what people put around.
func saysLittle(password string, known []string) bool {
	rest := letters(password)
	before := rest
	for _, words := range known {
		mailbox, _, _ := strings.Cut(words, "@")
		parts := append([]string{words, mailbox}, strings.FieldsFunc(words,
			func(r rune) bool { return !unicode.IsLetter(r) })...)
		for _, part := range parts {
			if part = letters(part); utf8.RuneCountInString(part) >= 3 {
				rest = strings.ReplaceAll(rest, part, "")
			}
		}
	}
	return rest != before && utf8.RuneCountInString(rest) < ownLetters
}

// letters returns the letters of a text in lower case.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, text)
}
