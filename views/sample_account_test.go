package views_test

import (
	"context"
	"strings"

	"github.com/a-h/templ"

	"personae/internal/access"
	"personae/internal/auth"
	"personae/internal/i18n"
	"personae/views"
)

func accountPages() map[string]templ.Component {
	page := func(errs ...string) views.Shell { return failed(outside("Account"), errs...) }
	ada := func(f auth.Factors, sessions ...auth.Session) views.Account {
		return views.Account{Name: "Ada", Email: "a@b.example", Factors: f, Sessions: sessions,
			Trail: []access.AccountEvent{{At: noon, Action: access.SignInWrong},
				{At: noon, Action: access.SignedInFactor, Agent: "Firefox on Windows"}}}
	}
	keys := auth.Factors{TOTP: &auth.TOTP{Added: noon}, Codes: make([]string, 9), Passkeys: []auth.Passkey{
		{ID: id("laptop"), Name: strings.Repeat("Laptop", 13), Added: noon, LastUsed: noon},
		{ID: id("phone"), Name: "Phone", Added: noon}}}
	required := ada(auth.Factors{RequiredBy: []string{"Harbor", "Cedar"}})
	required.NoPassword = true
	return map[string]templ.Component{
		"account": views.AccountPage(page(), ada(auth.Factors{},
			auth.Session{ID: id("one"), Agent: "Firefox on Windows", This: true}, auth.Session{ID: id("two")})),
		"account-factors":  views.AccountPage(page(), ada(keys)),
		"account-required": views.AccountPage(page(), required),
		"account-codes": views.AccountPage(with(page(), views.FactorAdded(context.Background(), i18n.Say("Your app is set up"),
			[]string{"abcde-fghjk", "abcde-fghjm"})),
			ada(auth.Factors{TOTP: &auth.TOTP{Added: noon}, Codes: make([]string, 10)})),
		"account-wrong": views.AccountPage(page("old", "Not your password"), ada(auth.Factors{})),
	}
}

func factorPages() map[string]templ.Component {
	step := func(errs ...string) views.Shell { return failed(views.Shell{Title: "One more step"}, errs...) }
	still := func(errs ...string) views.Shell { return failed(outside("Is it still you?"), errs...) }
	setUp := func(errs ...string) views.Shell { return failed(outside("Set up an authenticator app"), errs...) }
	add := func(errs ...string) views.Shell { return failed(outside("Add a passkey"), errs...) }
	app := views.NewApp{Key: strings.Repeat("ABCD", 8), QR: views.QR{Path: "M4 4h1v1h-1z", Size: 41}, Sealed: "x"}
	replacing := app
	replacing.Replaces = true
	confirm := views.Confirm{Email: "a@b.example", Next: "/account", Password: true}
	passkey := views.NewPasskey{Options: `{"challenge":"x"}`, Sealed: "x"}
	return map[string]templ.Component{
		"second": views.SecondPage(step(),
			views.Second{App: true, Codes: true, Passkey: `{"challenge":"x"}`}),
		"second-wrong":           views.SecondPage(step("code", "This code is not right"), views.Second{App: true}),
		"second-codes":           views.SecondPage(step(), views.Second{Codes: true}),
		"second-stuck":           views.SecondPage(step(), views.Second{}),
		"confirm":                views.ConfirmPage(still(), confirm),
		"confirm-wrong":          views.ConfirmPage(still("password", "That is not your password"), confirm),
		"confirm-single-sign-on": views.ConfirmPage(still(), views.Confirm{Email: "a@b.example", Next: "/account"}),
		"app":                    views.AppPage(setUp(), app),
		"app-wrong":              views.AppPage(setUp("code", "This is not the code"), replacing),
		"passkey":                views.PasskeyPage(add(), passkey),
		"passkey-wrong":          views.PasskeyPage(add("name", "Enter a name"), passkey),
		"passkey-none":           views.PasskeyPage(add(), views.NewPasskey{}),
	}
}

func signInPages() map[string]templ.Component {
	page := func(errs ...string) views.Shell { return failed(views.Shell{Title: "Sign in"}, errs...) }
	return map[string]templ.Component{
		"login": views.LoginPage(page(), views.Login{Next: "/workspaces?q=a&page=2"}),
		"login-wrong": views.LoginPage(page("email", "Enter your email address", "password", "Enter your password",
			"", "Nobody with this address and password is known here"), views.Login{Email: "ada@"}),
		"login-either": views.LoginPage(page(), views.Login{Next: "/workspaces", SingleSignOn: true}),
		"login-single-sign-on": views.LoginPage(page(),
			views.Login{Next: `"><script>alert(8)</script>`, SingleSignOn: true, NoPassword: true}),
		"login-kept": views.LoginPage(failed(views.Shell{Title: "Sign in to go on"}, "", "You were signed out"),
			views.Login{Kept: "x"}),
		"forgot": views.ForgotPage(failed(views.Shell{Title: "Forgot your password?"}, "email",
			"Enter an email address"), "x"),
		"reset": views.ResetPage(views.Shell{Title: "Choose a new password"},
			views.Reset{Token: "t", Email: "a@b.example"}),
	}
}
