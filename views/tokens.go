package views

import (
	"context"
	"strconv"

	"personae/internal/access"
	"personae/internal/i18n"
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

func tokenScopes(ctx context.Context) []option {
	options := make([]option, 0, len(access.TokenScopes()))
	for _, scope := range access.TokenScopes() {
		options = append(options, option{string(scope), tokenScopeWords(ctx, scope)})
	}
	return options
}

func tokenScopeWords(ctx context.Context, scope access.TokenScope) string {
	switch scope {
	case access.TokenRead:
		return tr(ctx, "Look at everything")
	case access.TokenPropose:
		return tr(ctx, "Look at everything, and propose changes")
	case access.TokenSwitch:
		return tr(ctx, "Look, and switch the default persona")
	case access.TokenSend:
		return tr(ctx, "Look at leads and drafts, and say what was sent")
	case access.TokenWrite:
		return tr(ctx, "Change everything except access")
	}
	return ""
}

func tokenDays(ctx context.Context) []option {
	options := make([]option, 0, len(access.TokenDays()))
	for _, days := range access.TokenDays() {
		label := i18n.Count(ctx, days, "day")
		if days == 365 {
			label = tr(ctx, "1 year")
		}
		options = append(options, option{strconv.Itoa(days), label})
	}
	return options
}

func tokenNameHint(ctx context.Context) string {
	return tr(ctx, "What program it is for. Up to %d characters.", persona.NameLimit)
}

// TokenCreated says that there is a new token and shows its text.
func TokenCreated(ctx context.Context, t access.Token, text string) *Receipt {
	return &Receipt{Title: tr(ctx, "%s was created", quote(ctx, t.Name)), Copy: text, Lines: []string{
		tr(ctx, "It works until %s or until you revoke it. Keep it as you would keep a password.", day(ctx, t.ExpiresAt)),
		tr(ctx, "It cannot be shown again. If it gets lost, revoke it and create another.")}}
}

// TokenRevoked says that a token does not work any more.
func TokenRevoked(ctx context.Context, t access.Token) *Receipt {
	return &Receipt{Title: tr(ctx, "%s was revoked", quote(ctx, t.Name)), Lines: []string{
		tr(ctx, "Programs that use it are refused from now on.")}}
}

// SecretMade says that there is a new inbound secret and shows its text.
func SecretMade(ctx context.Context, text string) *Receipt {
	return &Receipt{Title: tr(ctx, "The inbound secret was made"), Copy: text, Lines: []string{
		tr(ctx, "Only messages signed with it are accepted. A secret that was there before no longer works."),
		tr(ctx, "Keep it as you would keep a password. It cannot be shown again; if it gets lost, make a new one.")}}
}
