package views

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"personae/static"
)

// Factors is how somebody proves, beside the password, that it is they.
type Factors struct {
	App        time.Time // when the authenticator app was set up; zero: there is none
	Passkeys   []Passkey
	CodesLeft  int
	RequiredBy []string // names of workspaces that ask for it
}

func (f Factors) any() bool { return !f.App.IsZero() || len(f.Passkeys) > 0 }

// Passkey is one passkey.
type Passkey struct {
	ID              uuid.UUID
	Name            string
	Added, LastUsed time.Time // LastUsed zero: never
}

// Second asks for the second factor.
type Second struct {
	App     bool
	Codes   bool   // recovery codes are left
	Passkey string // options for the browser, as JSON; empty: there is none
}

func (m Second) codeLabel() string {
	if m.App {
		return "Code"
	}
	return "Recovery code"
}

func (m Second) codeHint() string {
	switch {
	case m.App && m.Codes:
		return "Six digits from your authenticator app, or one of your recovery codes."
	case m.App:
		return "Six digits from your authenticator app."
	}
	return "One of the codes that you kept when you added the passkey."
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

// FactorAdded tells of a new factor, and of the recovery codes that came with
// the first.
func FactorAdded(title string, codes []string) *Receipt {
	r := &Receipt{Title: title, Lines: []string{"You will be asked for it when you sign in."}}
	if len(codes) > 0 {
		r.Lines = append(r.Lines, "You are signed out everywhere else.", codesWords)
		r.Codes = codes
	}
	return r
}

const codesWords = "Keep these recovery codes where you find them without your phone, such as on paper. Each signs you in once. They are shown only now."

// CodesMade tells of new recovery codes.
func CodesMade(codes []string) *Receipt {
	return &Receipt{Title: "You have new recovery codes", Lines: []string{"The codes from before no longer work.", codesWords}, Codes: codes}
}

// FactorRemoved tells of a factor that is gone; requiredBy names the workspaces
// that ask for one.
func FactorRemoved(title string, left bool, requiredBy string) *Receipt {
	r := &Receipt{Title: title}
	switch {
	case left:
		r.Lines = []string{"You are still asked for a second factor: you have another."}
	case requiredBy != "":
		r.Lines = []string{"From now on your password alone signs you in.", "You can only look at " + requiredBy + " until you add another: it requires a second factor of its admins."}
	default:
		r.Lines = []string{"From now on your password alone signs you in."}
	}
	return r
}

// FactorRequired tells whether a workspace asks its admins for a second factor.
func FactorRequired(workspace string, required bool) *Receipt {
	if required {
		return &Receipt{Title: workspace + " now requires a second factor of its admins", Lines: []string{
			"Whoever has none can still look at everything, and is told how to add one."}}
	}
	return &Receipt{Title: workspace + " no longer requires a second factor"}
}

// script is for the pages that ask for a passkey.
func script(needed bool) string {
	if needed {
		return static.Path("passkey.js")
	}
	return ""
}
