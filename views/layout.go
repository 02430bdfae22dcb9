// Package views holds the pages: templ components and what each is given. A
// view decides nothing but how things look; web fills the models below.
package views

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/i18n"
	"personae/internal/persona"
)

// Shell is what every page has around its content.
type Shell struct {
	Title      string        // the h1, and the first part of <title>
	Part       string        // which part of it is shown, in <title>; empty: all of it
	Section    string        // which link of the side column is the current page: "personas", "campaigns", "why", "settings" or ""
	UserName   string        // empty: nobody is signed in
	Workspace  uuid.UUID     // uuid.Nil: no workspace is open
	Name       string        // the workspace's name
	Role       access.Role   // in which the workspace was opened; empty: not said
	Held       *access.Grant // under which support staff are here; nil: they are not here as such
	Requests   int           // of support staff, that wait for an answer by who opened the page
	Waiting    int           // drafts that wait for a decision, at most postgres.WaitingLimit
	Archived   bool          // the workspace is, so that nothing is written there
	Unproven   bool          // may do less until they have a second factor
	MayPropose bool          // may propose changes
	MaySwitch  bool          // may make another persona the default
	MayWrite   bool          // may do everything else with personas
	MayManage  bool          // may let people in and take access away
	// A second person approves changes of the default.
	SecondPerson bool
	Support      bool                 // is of the support staff
	Steward      bool                 // may look after all people
	Once         string               // names the forms of this page that must be done once
	Receipt      *Receipt             // what the last action did
	Errors       []persona.FieldError // shown as the error summary; the title then starts "Error: "

	SupportCode string // what support staff find the workspace by
}

// switches reports whether they may make another persona the default by themselves.
func (s Shell) switches() bool { return s.MaySwitch && !s.SecondPerson }

// approver is who decides on what is proposed.
func (s Shell) approver() i18n.Text {
	if s.SecondPerson && s.MayWrite {
		return i18n.Say("another owner or admin")
	}
	return i18n.Say("an admin")
}

// undoWord is what the button says that takes a switch back.
func (s Shell) undoWord(ctx context.Context) string {
	if s.SecondPerson {
		return tr(ctx, "Propose to undo")
	}
	return tr(ctx, "Undo")
}

// frame is a Shell as one page wants it.
type frame struct {
	Shell
	Summary    string   // heading of the error summary; empty: the usual one
	Explain    []string // sentences between that heading and the list
	FocusTitle bool     // the h1 takes the focus
	// ReceiptBeside leaves the focus there, or to the content, also where there is a receipt,
	// which then describes what has it.
	ReceiptBeside bool
	Trail         []crumb // the pages above; empty: it stands on top
	Script        string  // the path of a script that only this page needs; empty: none
	Badge         string  // beside the h1; empty: none
	English       bool    // what it says is in English, whatever the language of the rest
	Action        string  // the page's main action, if it leads elsewhere
	ActionPath    templ.SafeURL
}

// focusesTitle reports whether the h1 takes the focus.
func (f frame) focusesTitle() bool {
	return f.FocusTitle && len(f.Errors) == 0 && (f.Receipt == nil || f.ReceiptBeside)
}

// layout is the whole page around its content. The error summary lists fields in
// the order in which the content has them, so the content is made first where there is one.
func layout(f frame) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if len(f.Errors) == 0 {
			return wholePage(f).Render(ctx, w)
		}
		var content strings.Builder
		if err := templ.GetChildren(ctx).Render(templ.ClearChildren(ctx), &content); err != nil {
			return err
		}
		f.Errors = inOrder(f.Errors, content.String())
		return wholePage(f).Render(templ.WithChildren(ctx, templ.Raw(content.String())), w)
	})
}

// inOrder returns errs as their fields follow each other in content. Those of no
// field come first.
func inOrder(errs []persona.FieldError, content string) []persona.FieldError {
	place := func(e persona.FieldError) int { return strings.Index(content, ` id="`+templ.EscapeString(e.Field)+`"`) }
	return slices.SortedStableFunc(slices.Values(errs), func(a, b persona.FieldError) int { return place(a) - place(b) })
}

// roleNote tells those who are no admins of a workspace what they may do.
func roleNote(ctx context.Context, role access.Role) string {
	switch role {
	case access.Member:
		return tr(ctx, "You are a member here: you can look at everything and propose changes.")
	case access.Superadmin:
		return tr(ctx, "You are here as a superadmin. What you change is recorded as such.")
	}
	return ""
}

// documentTitle returns the text of <title>.
func documentTitle(ctx context.Context, s Shell) string {
	parts := []string{s.Title}
	if s.Part != "" {
		parts[0] += ", " + s.Part
	}
	if s.Name != "" && s.Name != s.Title {
		parts = append(parts, persona.Isolate(s.Name))
	}
	title := strings.Join(append(parts, "personae"), " – ")
	if len(s.Errors) > 0 {
		return tr(ctx, "Error: ") + title
	}
	return title
}

// wordsOfPage are what page.js says in another language than English, which it has. Its
// forms of a number are for none, one and two, in whose place it writes others.
func wordsOfPage(ctx context.Context) templ.OrderedAttributes {
	if i18n.Of(ctx) == i18n.English {
		return nil
	}
	forms := func(format string) string {
		return tr(ctx, format, 0) + "|" + tr(ctx, format, 1) + "|" + tr(ctx, format, 2)
	}
	return templ.OrderedAttributes{
		{Key: "data-copied", Value: tr(ctx, "Copied")},
		{Key: "data-selected", Value: tr(ctx, "It is selected: press Ctrl+C or ⌘C to copy it")},
		{Key: "data-left", Value: forms(i18n.N("%d characters left"))},
		{Key: "data-over", Value: forms(i18n.N("%d characters too many"))},
	}
}

// wordsOfApp are what app.js says, likewise.
func wordsOfApp(ctx context.Context) templ.OrderedAttributes {
	if i18n.Of(ctx) == i18n.English {
		return nil
	}
	return templ.OrderedAttributes{
		{Key: "data-slow", Value: tr(ctx, "This takes longer than usual. It is under way; you need not press again.")},
		{Key: "data-again", Value: tr(ctx, "No answer came, so this is sent again. It is done once.")},
	}
}

// htmxConfig keeps htmx from running code or writing styles, and lets an error
// page, which is always a whole page, take the place of the one on screen.
const htmxConfig = `{"allowEval":false,"allowScriptTags":false,"includeIndicatorStyles":false,"historyCacheSize":0,"timeout":12000,` +
	`"responseHandling":[{"code":"204","swap":false},{"code":"[23]..","swap":true},` +
	`{"code":"[45]..","swap":true,"error":true,"target":"body","swapOverride":"innerHTML"}]}`
