package views

import (
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"personae/internal/persona"
)

// Tokens is the list of a workspace's API tokens and the form that makes one.
type Tokens struct {
	Live   []Token // newest first
	Ended  []Token // revoked or expired, the last first
	Secret Secret
	Name   string // of the form, and so are the next two
	Scope  string
	Days   string
}

// Token is one of them, without its text.
type Token struct {
	ID         uuid.UUID
	Name       string
	Scope      string // "read", "switch" or "write"
	MadeBy     string
	Orphaned   bool // who made it is no admin any more, so it does not work
	CreatedAt  time.Time
	ExpiresAt  time.Time
	RevokedAt  time.Time // zero: it is not revoked
	LastUsedAt time.Time // zero: never
}

// Secret is when the inbound secret was made, and by whom, without its text.
type Secret struct {
	MadeAt time.Time // zero: there is none
	MadeBy string
}

func tokenScopes() []option {
	return []option{{"read", "Look at everything"}, {"switch", "Look, and switch the default persona"}, {"write", "Look, and change everything but access"}}
}

func tokenScopeWords(scope string) string {
	for _, o := range tokenScopes() {
		if o.Value == scope {
			return o.Label
		}
	}
	return ""
}

func dayOptions() []option { return []option{{"30", "30 days"}, {"90", "90 days"}, {"365", "1 year"}} }

func nameHint() string {
	return "What program it is for. Up to " + strconv.Itoa(persona.NameLimit) + " characters."
}

// TokenCreated tells of a new token and shows its text.
func TokenCreated(name, text string, expires time.Time) *Receipt {
	return &Receipt{Title: fmt.Sprintf("“%s” was created", name), Copy: text, Lines: []string{
		"It works until " + day(expires) + " or until you revoke it. Keep it as you would keep a password.",
		"It cannot be shown again. If it gets lost, revoke it and create another."}}
}

// TokenRevoked tells of the end of a token.
func TokenRevoked(name string) *Receipt {
	return &Receipt{Title: fmt.Sprintf("“%s” was revoked", name), Lines: []string{"Programs that use it are refused from now on."}}
}

// SecretMade tells of a new inbound secret and shows its text.
func SecretMade(text string) *Receipt {
	return &Receipt{Title: "The inbound secret was made", Copy: text, Lines: []string{
		"Only messages signed with it are accepted. A secret that was there before no longer works.",
		"Keep it as you would keep a password. It cannot be shown again; if it gets lost, make a new one."}}
}
