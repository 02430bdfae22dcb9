package views

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"personae/internal/i18n"
	"personae/internal/persona"
)

// control is one labelled field of a form.
type control struct {
	Name         string // of the field, and its id
	Label        string
	Hint         string
	Value        string
	Error        i18n.Text
	Required     bool // otherwise the label says "(optional)"
	Type         string
	Autocomplete string
	Rows         int // more than 0: a text area
	Limit        int // of characters; 0: none that is counted
	Options      []option
	Digits       bool   // a short code of digits
	Words        bool   // what a persona says, set as such
	Lang         string // of what stands in it, where it is not that of the page
	Conflict     *persona.Conflict
	By           string    // who is on the other side of the conflict,
	House        string    // unless it is a house persona: its name
	ChooseError  i18n.Text // what is wrong with the choice; empty: it is not made yet
}

type option struct {
	Value, Label string
}

// describedBy lists the ids of what explains the control, in reading order.
func (c control) describedBy() string {
	var ids []string
	if c.Hint != "" {
		ids = append(ids, c.Name+"-hint")
	}
	if !c.Error.Empty() {
		ids = append(ids, c.Name+"-error")
	}
	if left, _ := c.left(); left {
		ids = append(ids, c.Name+"-left")
	}
	return strings.Join(ids, " ")
}

// left reports whether little room is left in a field, and how much.
func (c control) left() (little bool, characters int) {
	left := c.Limit - utf8.RuneCountInString(persona.Clean(c.Value))
	return c.Limit > 0 && left*10 <= c.Limit, left
}

// sayLeft says how much room a field still has, once little is left; page.js says the
// same while one types.
func (c control) sayLeft(ctx context.Context) string {
	switch little, left := c.left(); {
	case !little:
		return ""
	case left < 0:
		return tr(ctx, "%d characters too many", -left)
	default:
		return tr(ctx, "%d characters left", left)
	}
}

func (c control) describes() templ.Attributes {
	attrs := templ.Attributes{}
	if ids := c.describedBy(); ids != "" {
		attrs["aria-describedby"] = ids
	}
	if !c.Error.Empty() {
		attrs["aria-invalid"] = "true"
	}
	return attrs
}

func (c control) savedBy(ctx context.Context) string {
	switch {
	case c.House != "":
		return tr(ctx, "The house persona’s, as it says now")
	case c.By == "":
		return tr(ctx, "Theirs, saved by somebody else")
	}
	return tr(ctx, "Theirs, saved by %s", persona.Isolate(c.By))
}

// whose asks whose words the field takes.
func (c control) whose(ctx context.Context) string {
	if c.House != "" {
		return tr(ctx, "%s: the house persona’s or yours?", tr(ctx, c.Label))
	}
	return tr(ctx, "%s: theirs or yours?", tr(ctx, c.Label))
}

// wronglyUndecided reports whether it is an error that nobody has chosen yet: a page that offers
// a merge asks for the first time.
func (c control) wronglyUndecided() bool { return c.House == "" || !c.ChooseError.Empty() }

// bothChanged says that two sides changed the field.
func (c control) bothChanged(ctx context.Context) string {
	if c.House != "" {
		return tr(ctx, "%s was changed in %s and here", tr(ctx, c.Label), quote(ctx, c.House))
	}
	return bothChanged(*c.Conflict).In(ctx)
}

// originally heads what the field said before either changed it.
func (c control) originally(ctx context.Context) string {
	if c.House != "" {
		return tr(ctx, "When the copy was taken or last merged")
	}
	return tr(ctx, "When you opened this")
}

// showing are what the buttons say that show what is typed into a password field, by its
// label.
var showing = map[string]string{
	"Password":         i18n.N("Show password"),
	"Current password": i18n.N("Show current password"),
	"New password":     i18n.N("Show new password"),
}

// errorFor returns all that is wrong with one field.
func errorFor(errs []persona.FieldError, field string) i18n.Text {
	var wrong i18n.Text
	for _, e := range errs {
		switch {
		case e.Field != field:
		case wrong.Empty():
			wrong = e.Message
		default:
			wrong = i18n.Say("%s. %s", wrong, e.Message)
		}
	}
	return wrong
}

// sentOnce lets htmx send a plain form: pressing its button again while the
// answer is under way sends nothing more. What follows is the page that follows
// without script.
func sentOnce(action templ.SafeURL) templ.OrderedAttributes {
	return templ.OrderedAttributes{{Key: "hx-post", Value: string(action)}, {Key: "hx-sync", Value: "this:drop"}}
}

// conflictFor returns the conflict in one field, or nil.
func conflictFor(conflicts []persona.Conflict, field string) *persona.Conflict {
	for i := range conflicts {
		if conflicts[i].Field == field {
			return &conflicts[i]
		}
	}
	return nil
}

// whoChanged names who changed something meanwhile.
func whoChanged(ctx context.Context, by persona.Change) string {
	var names []string
	for _, name := range by.Who {
		if name == "" {
			name = tr(ctx, "a program outside personae")
		}
		names = append(names, persona.Isolate(name))
	}
	if len(names) == 0 {
		return tr(ctx, "Somebody else")
	}
	return capital(i18n.List(ctx, names))
}

// changedWhen says who changed something meanwhile, and when.
func changedWhen(ctx context.Context, by persona.Change) string {
	if by.At.IsZero() {
		return tr(ctx, "%[2]s changed this while you were editing", len(by.Who), whoChanged(ctx, by))
	}
	return tr(ctx, "%[2]s changed this while you were editing, last on %[3]s", len(by.Who), whoChanged(ctx, by), moment(ctx, by.At))
}

// Merged tells of a form that was sent too late, where nobody changed the same field.
func Merged(ctx context.Context, by persona.Change, onlyTheirs []i18n.Text) string {
	if len(onlyTheirs) == 0 {
		return tr(ctx, "%s. Nothing was saved yet. What you typed is in the form. Save again to keep both", changedWhen(ctx, by))
	}
	return tr(ctx, "%s. Nothing was saved yet. What you typed is in the form, and so is what only they changed: %s. "+
		"Save again to keep both", changedWhen(ctx, by), i18n.ListedTexts(onlyTheirs))
}

// withConflicts makes of s the frame of a form that was sent too late: each
// conflict is in the error summary, and the summary says who changed what, and what to
// do.
func withConflicts(ctx context.Context, s Shell, o persona.Overlap, by persona.Change) frame {
	f := frame{Shell: s}
	if len(o.Conflicts) == 0 {
		return f
	}
	f.Summary = changedWhen(ctx, by)
	f.Explain = []string{tr(ctx, "Nothing was saved yet, and nothing that you typed is lost: it stands in the form below.")}
	if len(o.OnlyTheirs) > 0 {
		f.Explain = append(f.Explain, tr(ctx, "Only %[2]s changed these, and the form has them now: %[3]s.", len(by.Who),
			whoChanged(ctx, by), i18n.ListedTexts(o.OnlyTheirs)))
	}
	f.Explain = append(f.Explain, tr(ctx, "Where you both changed the same field, choose theirs or yours, then save again."))
	errs := make([]persona.FieldError, 0, len(s.Errors)+len(o.Conflicts))
	errs = append(errs, s.Errors...)
	for _, c := range o.Conflicts {
		if !c.Chosen && errorFor(s.Errors, "choose_"+c.Field).Empty() {
			errs = append(errs, persona.FieldError{Field: "choose_" + c.Field, Message: bothChanged(c)})
		}
	}
	f.Errors = errs
	return f
}

func bothChanged(c persona.Conflict) i18n.Text {
	return i18n.Say("%s was changed by both of you", c.Label)
}
