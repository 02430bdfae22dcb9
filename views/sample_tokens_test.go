package views_test

import (
	"context"
	"strings"

	"github.com/a-h/templ"

	"personae/internal/access"
	"personae/views"
)

// keyring is a workspace with tokens of each kind and an inbound secret.
func keyring() views.Tokens {
	return views.Tokens{
		Form: views.NewTokenForm(),
		Live: []access.Token{
			{ID: id("crm"), Name: "CRM sync", Scope: access.TokenWrite, MadeBy: "Ada Okafor",
				CreatedAt: noon, ExpiresAt: noon.AddDate(0, 0, 90), LastUsedAt: noon.AddDate(0, 0, 3)},
			{ID: id("orphan"), Name: "<b>" + strings.Repeat("Werkzeug", 9), Scope: access.TokenSwitch, MadeBy: "Sam Reyes",
				Orphaned:  true,
				CreatedAt: noon, ExpiresAt: noon.AddDate(1, 0, 0)},
		},
		Ended: []access.Token{
			{ID: id("old"), Name: "Nightly report", Scope: access.TokenRead, MadeBy: "Ada Okafor",
				CreatedAt: noon.AddDate(0, -3, 0), ExpiresAt: noon},
			{ID: id("leaked"), Name: "Leaked", Scope: access.TokenWrite, MadeBy: "Ada Okafor",
				CreatedAt: noon, ExpiresAt: noon.AddDate(0, 0, 30), RevokedAt: noon.AddDate(0, 0, 1)},
		},
		Secret: access.InboundSecret{MadeAt: noon, MadeBy: "Ada Okafor"},
	}
}

func tokenPages() map[string]templ.Component {
	made := views.TokenCreated(context.Background(), access.Token{Name: "CRM sync", ExpiresAt: noon}, "pat_"+strings.Repeat("x", 43))
	wrong := keyring()
	wrong.Secret = access.InboundSecret{}
	wrong.Form = views.TokenForm{Name: strings.Repeat("x", 81), Scope: "all"}
	return map[string]templ.Component{
		"tokens":      views.TokensPage(with(manager("Tokens", "tokens"), made), keyring()),
		"tokens-none": views.TokensPage(admin("Tokens", "tokens"), views.Tokens{Form: views.NewTokenForm()}),
		"tokens-wrong": views.TokensPage(failed(admin("Tokens", "tokens"), "name",
			"Name must be 80 characters or fewer; it has 81",
			"scope", "Choose what the token may do", "days", "Choose how long the token works"), wrong),
	}
}
