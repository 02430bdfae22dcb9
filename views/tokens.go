package views

import (
	"context"
	"strconv"

	"personae/internal/access"
	"personae/internal/persona"
)

// Tokens is the list of a workspace's API tokens and the form that makes one.
type Tokens struct {
	Live   []access.Token // newest first
	Ended  []access.Token // revoked or expired, the last first
	Secret access.InboundSecret
	Form   TokenForm
}

// TokenForm is what was typed to make a token.
type TokenForm struct {
	Name  string            `form:"name"`
	Scope access.TokenScope `form:"scope"`
	Days  string            `form:"days"`
}

// NewTokenForm returns the form as nobody has touched it.
func NewTokenForm() TokenForm { return TokenForm{Scope: access.TokenRead, Days: "90"} }

func tokenScopes() []option {
	options := make([]option, 0, len(access.TokenScopes()))
	for _, scope := range access.TokenScopes() {
		options = append(options, option{string(scope), tokenScopeWords(scope)})
	}
	return options
}

func tokenScopeWords(scope access.TokenScope) string {
	switch scope {
	case access.TokenRead:
		return "Look at everything"
	case access.TokenPropose:
		return "Look at everything, and propose changes"
	case access.TokenSwitch:
		return "Look, and switch the default persona"
	case access.TokenSend:
		return "Look at leads and drafts, and say what was sent"
	case access.TokenWrite:
		return "Change everything except access"
	}
	return ""
}

func tokenDays() []option {
	options := make([]option, 0, len(access.TokenDays()))
	for _, days := range access.TokenDays() {
		label := count(days, "day")
		if days == 365 {
			label = "1 year"
		}
		options = append(options, option{strconv.Itoa(days), label})
	}
	return options
}

func tokenNameHint() string {
	return "What program it is for. Up to " + strconv.Itoa(persona.NameLimit) + " characters."
}

// TokenCreated says that there is a new token and shows its text.
func TokenCreated(ctx context.Context, t access.Token, text string) *Receipt {
	return &Receipt{Title: quoted(t.Name) + " was created", Copy: text, Lines: []string{
		"It works until " + day(ctx, t.ExpiresAt) + " or until you revoke it. Keep it as you would keep a password.",
		"It cannot be shown again. If it gets lost, revoke it and create another."}}
}

// TokenRevoked says that a token does not work any more.
func TokenRevoked(t access.Token) *Receipt {
	return &Receipt{Title: quoted(t.Name) + " was revoked", Lines: []string{
		"Programs that use it are refused from now on."}}
}

// SecretMade says that there is a new inbound secret and shows its text.
func SecretMade(text string) *Receipt {
	return &Receipt{Title: "The inbound secret was made", Copy: text, Lines: []string{
		"Only messages signed with it are accepted. A secret that was there before no longer works.",
		"Keep it as you would keep a password. It cannot be shown again; if it gets lost, make a new one."}}
}
