package views

import (
	"context"
	"fmt"
	"strings"

	"github.com/a-h/templ"

	"personae/internal/auth"
	"personae/internal/i18n"
	"personae/static"
)

// Second asks for the second factor.
type Second struct {
	App     bool
	Codes   bool   // recovery codes are left
	Passkey string // options for the browser, as JSON; empty: there is none
}

// codeControl is the field for a code, of the app or a recovery code.
func (m Second) codeControl(s Shell) control {
	c := control{
		Name: "code", Label: "Code", Autocomplete: "one-time-code", Required: true, Digits: m.App && !m.Codes,
		Error: errorFor(s.Errors, "code"),
	}
	switch {
	case m.App && m.Codes:
		c.Hint = i18n.N("Six digits from your authenticator app, or one of your recovery codes.")
	case m.App:
		c.Hint = i18n.N("Six digits from your authenticator app.")
	default:
		c.Label, c.Hint = i18n.N("Recovery code"), i18n.N("One of the codes that you kept when you added the passkey.")
	}
	return c
}

// Confirm asks for the password again.
type Confirm struct {
	Email, Next string
	Password    bool // there is one to ask for
}

// NewApp sets up an authenticator app.
type NewApp struct {
	Key      string // as typed into the app
	QR       QR
	Sealed   string
	Replaces bool // there is one already
}

// groups sets a key in groups of four, as it is read out and typed.
func (m NewApp) groups() string {
	var b strings.Builder
	for i, r := range m.Key {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// QR is a code to photograph: the path of an SVG and its side.
type QR struct {
	Path string
	Size int
}

func (q QR) box() string { return fmt.Sprintf("0 0 %d %d", q.Size, q.Size) }

// NewPasskey adds a passkey.
type NewPasskey struct {
	Name    string
	Options string // for the browser, as JSON; empty: this address can have none
	Sealed  string
}

// FactorAdded says that there is a new factor, and shows the recovery codes that
// came with the first.
func FactorAdded(ctx context.Context, title i18n.Text, codes []string) *Receipt {
	r := &Receipt{Title: title.In(ctx), Lines: []string{tr(ctx, "You will be asked for it when you sign in.")}}
	if len(codes) > 0 {
		r.Lines = append(r.Lines, tr(ctx, "You are signed out everywhere else."), tr(ctx, keepCodes))
		r.Codes = codes
	}
	return r
}

var keepCodes = i18n.N("Keep these recovery codes where you find them without your phone, such as on paper. Each signs you in once. They are shown only now.")

// CodesMade shows new recovery codes.
func CodesMade(ctx context.Context, codes []string) *Receipt {
	return &Receipt{Title: tr(ctx, "You have new recovery codes"), Codes: codes, Lines: []string{
		tr(ctx, "The codes from before no longer work."), tr(ctx, keepCodes)}}
}

// FactorRemoved says that a factor is gone, and what follows for who has those that
// are left.
func FactorRemoved(ctx context.Context, title i18n.Text, left auth.Factors) *Receipt {
	r := &Receipt{Title: title.In(ctx)}
	if left.Any() {
		r.Lines = []string{tr(ctx, "You are still asked for a second factor: you have another.")}
		return r
	}
	r.Lines = []string{tr(ctx, "From now on, your password alone is enough to sign in.")}
	if len(left.RequiredBy) > 0 {
		r.Lines = append(r.Lines, tr(ctx, "You can only look at %s until you add another: it requires a second factor of its admins.",
			strings.Join(left.RequiredBy, ", ")))
	}
	return r
}

// wordsOfPasskeys are what passkey.js says.
func wordsOfPasskeys(ctx context.Context) templ.OrderedAttributes {
	return templ.OrderedAttributes{
		{Key: "data-taken", Value: tr(ctx, "This device has a passkey of yours already. Nothing was changed.")},
		{Key: "data-unused", Value: tr(ctx, "No passkey was used. You can try again, or choose another way.")},
	}
}

// script is for the pages that ask for a passkey.
func script(needed bool) string {
	if needed {
		return static.Path("passkey.js")
	}
	return ""
}
