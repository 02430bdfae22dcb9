package views

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/persona"
)

// htmxConfig keeps htmx from running code or writing styles, and lets an error
// page, which is always a whole page, take the place of the one on screen.
const htmxConfig = `{"allowEval":false,"allowScriptTags":false,"includeIndicatorStyles":false,"historyCacheSize":0,"timeout":12000,` +
	`"responseHandling":[{"code":"204","swap":false},{"code":"[23]..","swap":true},` +
	`{"code":"[45]..","swap":true,"error":true,"target":"body","swapOverride":"innerHTML"}]}`

// sentOnce lets htmx send a plain form: pressing its button again while the
// answer is under way sends nothing more. What follows is the page that follows
// without script.
func sentOnce(action templ.SafeURL) templ.Attributes {
	return templ.Attributes{"hx-post": string(action), "hx-sync": "this:drop"}
}

// frame is a Shell as one page wants it.
type frame struct {
	Shell
	Summary    string   // heading of the error summary; empty: the usual one
	Explain    []string // sentences between that heading and the list
	FocusTitle bool     // the h1 takes the focus
	Script     string   // the path of a script that only this page needs; empty: none
	Badge      string   // beside the h1; empty: none
	Action     string   // the page's main action, if it leads elsewhere
	ActionPath templ.SafeURL
}

// documentTitle gives the text of <title>.
func documentTitle(s Shell) string {
	parts := []string{s.Title}
	if s.Name != "" && s.Name != s.Title {
		parts = append(parts, s.Name)
	}
	title := strings.Join(append(parts, "personae"), " – ")
	if len(s.Errors) > 0 {
		return "Error: " + title
	}
	return title
}

// section is one link of the side column.
type section struct{ Key, Label, Path string }

// chapter is what belongs together in the side column.
type chapter struct {
	Title    string
	Sections []section
}

// chapters lists the parts of a workspace that s may open. The last is what is
// seldom needed: on narrow screens it is folded.
func chapters(s Shell) []chapter {
	list := []chapter{
		{"Speaking", []section{
			{"personas", "Personas", "/personas"},
			{"campaigns", "Campaigns", "/campaigns"},
			{"leads", "Leads", "/leads"},
			{"preview", "Preview", "/preview"},
			{"why", "Who answers", "/why"},
		}},
		{"Looking back", []section{
			{"activity", "Activity", "/activity"},
			{"health", "Health", "/health"},
		}},
		{"Setting up", []section{
			{"settings", "Settings", "/settings"},
			{"members", "Members", "/members"},
			{"support", "Support", "/support"},
		}},
	}
	if s.MayManage {
		last := &list[len(list)-1]
		last.Sections = append(last.Sections, section{"tokens", "Tokens", "/tokens"}, section{"webhooks", "Webhooks", "/webhooks"})
	}
	return list
}

// holds tells whether the page of s is in c.
func (c chapter) holds(s Shell) bool {
	return slices.ContainsFunc(c.Sections, func(part section) bool { return part.Key == s.Section })
}

// label gives the words that unfold c. What waits for an answer is not hidden.
func (c chapter) label(s Shell) string {
	if s.Requests > 0 {
		return fmt.Sprintf("%s (%s)", c.Title, count(s.Requests, "request"))
	}
	return c.Title
}

// at gives a path inside the workspace of s.
func at(s Shell, parts ...string) templ.SafeURL {
	return templ.SafeURL("/workspaces/" + s.Workspace.String() + "/" + strings.Join(parts, "/"))
}

func personaPath(s Shell, p uuid.UUID, action ...string) templ.SafeURL {
	return at(s, append([]string{"personas", p.String()}, action...)...)
}

// Path gives the address of the list at base, as l shows it.
func (l Listing) Path(base string) string {
	q := url.Values{}
	if l.Query != "" {
		q.Set("q", l.Query)
	}
	if l.Sort != "" {
		q.Set("sort", l.Sort)
	}
	if l.Page > 1 {
		q.Set("page", strconv.Itoa(l.Page))
	}
	if len(q) == 0 {
		return base
	}
	return base + "?" + q.Encode()
}

// page gives the address of another page of the list.
func (l Listing) page(base templ.SafeURL, page int) templ.SafeURL {
	l.Page = page
	return templ.SafeURL(l.Path(string(base)))
}

// sorted gives the address of the list in another order, from its beginning.
func (l Listing) sorted(base templ.SafeURL, by string) templ.SafeURL {
	l.Sort, l.Page = by, 1
	return templ.SafeURL(l.Path(string(base)))
}

// errorFor gives all that is wrong with one field, or "".
func errorFor(errs []persona.FieldError, field string) string {
	var messages []string
	for _, e := range errs {
		if e.Field == field {
			messages = append(messages, e.Message)
		}
	}
	return strings.Join(messages, ". ")
}

// conflictFor gives the conflict in one field, or nil.
func conflictFor(conflicts []persona.Conflict, field string) *persona.Conflict {
	for i := range conflicts {
		if conflicts[i].Field == field {
			return &conflicts[i]
		}
	}
	return nil
}

// withConflicts makes of s the frame of a form that was sent too late: each
// conflict is in the error summary, and the summary says what to do.
func withConflicts(s Shell, conflicts []persona.Conflict, by string) frame {
	f := frame{Shell: s}
	if len(conflicts) == 0 {
		return f
	}
	if by == "" {
		by = "Somebody else"
	}
	f.Summary = by + " changed this while you were editing"
	f.Explain = []string{
		"Nothing was saved yet, and nothing that you typed is lost: it stands in the form below.",
		"Where you both changed the same field, choose theirs or yours, then save again.",
	}
	errs := make([]persona.FieldError, 0, len(s.Errors)+len(conflicts))
	errs = append(errs, s.Errors...)
	for _, c := range conflicts {
		errs = append(errs, persona.FieldError{Field: "choose_" + c.Field, Message: bothChanged(c)})
	}
	f.Errors = errs
	return f
}

func bothChanged(c persona.Conflict) string { return c.Label + " was changed by both of you" }

// control is one labelled field of a form.
type control struct {
	Name         string // of the field, and its id
	Label        string
	Hint         string
	Value        string
	Error        string
	Required     bool // otherwise the label says "(optional)"
	Type         string
	Autocomplete string
	Rows         int // more than 0: a text area
	Options      []option
	Digits       bool // a short code of digits
	Words        bool // what a persona says, set as such
	Conflict     *persona.Conflict
	By           string // who is on the other side of the conflict
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
	if c.Error != "" {
		ids = append(ids, c.Name+"-error")
	}
	return strings.Join(ids, " ")
}

func (c control) describes() templ.Attributes {
	attrs := templ.Attributes{}
	if ids := c.describedBy(); ids != "" {
		attrs["aria-describedby"] = ids
	}
	if c.Error != "" {
		attrs["aria-invalid"] = "true"
	}
	return attrs
}

func (c control) savedBy() string {
	if c.By == "" {
		return "Theirs, saved by somebody else"
	}
	return "Theirs, saved by " + c.By
}

// voiceControl gives the control of one of the eight fields. The name is the
// persona's or the settings' one; tones are those that it had before.
func voiceControl(f persona.Field, name, value string, errs []persona.FieldError, conflicts []persona.Conflict, by string, tones ...string) control {
	c := control{
		Name:     name,
		Label:    f.Label,
		Hint:     hint(f),
		Value:    value,
		Error:    errorFor(errs, name),
		Conflict: conflictFor(conflicts, name),
		By:       by,
		Words:    true,
	}
	switch f.Name {
	case "display_name":
		c.Words = false
	case "tone":
		c.Words, c.Options = false, toneOptions(value, append(conflictTones(c.Conflict), tones...)...)
	case "greeting", "sms_greeting":
		c.Rows = 3
	case "signature":
		c.Rows = 4
	default:
		c.Rows = 6
	}
	return c
}

func hint(f persona.Field) string {
	limit := "Up to " + persona.Thousands(f.Limit) + " characters."
	placeholders := " {firstName}, {lastName} and {company} are replaced."
	switch f.Name {
	case "display_name":
		return "Who the messages are from. Left empty, the workspace’s name is used. " + limit
	case "tone":
		return "How the messages sound."
	case "greeting":
		return "The first words of an email. Left empty, they are “Hi {firstName},”. " + limit + placeholders
	case "sms_greeting":
		return "The first words of a text message. Left empty, the greeting is used. " + limit + placeholders
	case "signature":
		return "The last words of an email. " + limit + placeholders
	case "goals":
		return "What a conversation should lead to. " + limit
	case "service_description":
		return "What you sell, in the words that the persona should use. " + limit
	case "ideal_customer_profile":
		return "Who you sell to. Lead scoring reads this too. " + limit
	}
	return limit
}

// toneOptions offers the known tones, and also each tone that stands there
// already though no form offers it.
func toneOptions(current string, also ...string) []option {
	options := []option{{"", "Not set (" + persona.UsualTone + " is used)"}}
	known := map[string]bool{"": true}
	for _, tone := range append(persona.Tones(), append([]string{current}, also...)...) {
		if !known[tone] {
			known[tone] = true
			options = append(options, option{tone, tone})
		}
	}
	return options
}

func conflictTones(c *persona.Conflict) []string {
	if c == nil {
		return nil
	}
	return []string{c.Original, c.Theirs}
}

// group is a heading of a form and the fields beneath it.
type group struct {
	Title  string
	Fields []persona.Field
}

// groups are the eight fields as the forms set them.
func groups() []group {
	f := persona.Fields()
	return []group{
		{"Who it is", f[0:2]},
		{"How it opens and closes", f[2:5]},
		{"What it wants", f[5:6]},
		{"What it sells, and to whom", f[6:8]},
	}
}

func valueOf(f persona.Field, v persona.Voice) string { return *f.Of(&v) }

// spoken lists the fields of v that say something.
func spoken(v persona.Voice) []persona.Field {
	var fields []persona.Field
	for _, f := range persona.Fields() {
		if valueOf(f, v) != "" {
			fields = append(fields, f)
		}
	}
	return fields
}

// labels writes the names of fields as part of a sentence.
func labels(fields []persona.Field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Label
		if f.Name != "sms_greeting" {
			names[i] = strings.ToLower(f.Label)
		}
	}
	return list(names)
}

// scoringLoses says which of the settings that lead scoring reads become empty,
// or "".
func scoringLoses(changed []persona.FieldChange) string {
	var lost []persona.Field
	for _, c := range changed {
		if c.After == "" && (c.Name == "service_description" || c.Name == "ideal_customer_profile") {
			lost = append(lost, c.Field)
		}
	}
	switch len(lost) {
	case 0:
		return ""
	case 1:
		return lost[0].Label + " becomes empty. Lead scoring reads it, so scores may fall."
	}
	return capital(labels(lost)) + " become empty. Lead scoring reads them, so scores may fall."
}

// list writes names as part of a sentence: "a, b and c".
func list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// count writes n things: "1 campaign", "1,204 campaigns", "no campaigns".
func count(n int, thing string) string {
	switch n {
	case 0:
		return "no " + thing + "s"
	case 1:
		return "1 " + thing
	}
	return persona.Thousands(n) + " " + thing + "s"
}

// firstWords gives what a persona opens with, and the usual words where it
// has none of its own.
func firstWords(v persona.Voice) string {
	if v.Greeting != "" {
		return v.Greeting
	}
	return "Hi {firstName},"
}

// reach says how many of the workspace's campaigns the default speaks for.
func reach(p persona.Persona, all int) string {
	switch {
	case all == 0:
		return "It will answer for every campaign that names no other; there are none yet."
	case p.Campaigns >= all && all == 1:
		return "It answers for the one campaign."
	case p.Campaigns >= all:
		return fmt.Sprintf("It answers for all %s.", count(all, "campaign"))
	case p.Campaigns == 0 && all == 1:
		return "The one campaign has a persona of its own."
	case p.Campaigns == 0:
		return fmt.Sprintf("All %s have personas of their own.", count(all, "campaign"))
	}
	return fmt.Sprintf("It answers for %d of %s.", p.Campaigns, count(all, "campaign"))
}

// capacityWords says in what capacity one may open a workspace.
func capacityWords(capacity string) string {
	switch capacity {
	case "owner":
		return "You own this workspace."
	case "admin":
		return "You are an admin."
	case "member":
		return "You are a member and may read."
	case "support":
		return "Open to you as support."
	case "superadmin":
		return "Open to you as superadmin."
	}
	return ""
}

// defaultWords says who speaks in a workspace of the list.
func defaultWords(w WorkspaceItem) string {
	switch {
	case w.Default == "":
		return "No persona yet."
	case w.Personas == 1:
		return w.Default + " speaks, the only persona."
	}
	return fmt.Sprintf("%s speaks by default, one of %s.", w.Default, count(w.Personas, "persona"))
}

// splitDefault parts the default persona from the others.
func splitDefault(items []persona.Persona) (def *persona.Persona, others []persona.Persona) {
	for i := range items {
		if items[i].IsDefault {
			def = &items[i]
		} else {
			others = append(others, items[i])
		}
	}
	return def, others
}

// defaultName names who answers where a campaign names nobody.
func (m Campaigns) defaultName() string {
	if def, _ := splitDefault(m.Personas); def != nil {
		return def.Name
	}
	return "the workspace settings"
}

// assignable tells whether s may choose who answers for a campaign.
func (m Campaigns) assignable(s Shell) bool { return s.MayWrite && len(m.Personas) > 0 }

func campaignOrders() []option {
	return []option{{Value: "", Label: "name"}, {Value: SortByPersona, Label: "who answers"}}
}

// SortByChange sorts workspaces, the one changed last first.
const SortByChange = "change"

func workspaceOrders() []option {
	return []option{{Value: "", Label: "name"}, {Value: SortByChange, Label: "last change"}}
}

// SortByPersona sorts campaigns by who answers for them.
const SortByPersona = "persona"

// personaOptions lists who may answer for a campaign.
func (m Campaigns) personaOptions() []option {
	options := []option{{"", "Default: " + m.defaultName()}}
	for _, p := range m.Personas {
		options = append(options, option{p.ID.String(), p.Name})
	}
	return options
}

func idOrNone(id uuid.NullUUID) string {
	if !id.Valid {
		return ""
	}
	return id.UUID.String()
}

// answering names who answers for c.
func (m Campaigns) answering(c persona.Campaign) string {
	if c.PersonaID.Valid {
		for _, p := range m.Personas {
			if p.ID == c.PersonaID.UUID {
				return p.Name
			}
		}
	}
	return m.defaultName()
}

// withCreate puts the way to a new persona beside the title of the list. A
// workspace without a persona has another main action.
func withCreate(s Shell, m Personas) frame {
	f := frame{Shell: s}
	if s.MayWrite && m.Total > 0 {
		f.Action, f.ActionPath = "Create a persona", at(s, "personas", "new")
	}
	return f
}

// reach says where the persona of the form speaks.
func (m PersonaForm) reach() string {
	switch {
	case m.IsDefault && m.Campaigns == 0:
		return "This persona speaks wherever a campaign names no other."
	case m.IsDefault:
		return "This persona speaks wherever a campaign names no other. It answers for " + count(m.Campaigns, "campaign") + "."
	case m.Campaigns == 0:
		return "No campaign names this persona."
	}
	return "This persona answers for " + count(m.Campaigns, "campaign") + "."
}

// defaultControl is the box that makes the persona of the form the default.
func (m PersonaForm) defaultControl(errs []persona.FieldError) control {
	c := control{
		Name:  "make_default",
		Label: "Make this the default persona",
		Hint:  "The default speaks wherever a campaign names no other. Its words are copied to the workspace settings.",
		Error: errorFor(errs, "make_default"),
	}
	if m.IsDefault {
		c.Label = "This is the default persona"
		c.Hint = "There is always one default. To change it, make another persona the default instead."
	}
	return c
}

// sounding gives the words that saving the form would leave: theirs where they
// were chosen.
func (m PersonaForm) sounding() persona.Voice {
	for _, f := range persona.Fields() {
		if c := conflictFor(m.Conflicts, f.Name); c != nil && c.TakeTheirs {
			*f.Of(&m.Voice) = c.Theirs
		}
	}
	return m.Voice
}

func samplePath(s Shell, m PersonaForm) templ.SafeURL {
	if m.ID == uuid.Nil {
		return at(s, "personas", "sample")
	}
	return personaPath(s, m.ID, "sample")
}

// sampleWords says to whom the sample speaks.
func sampleWords() string {
	to := persona.SampleLead()
	return fmt.Sprintf("To %s %s of %s, and to somebody whose first name is not known. “Check the sample” makes it anew from what stands in the form.",
		to.FirstName, to.LastName, to.Company)
}

// successor gives the chosen one; the first of them where none is.
func (m PersonaDelete) successor() persona.Persona {
	for _, p := range m.Others {
		if p.ID == m.Successor {
			return p
		}
	}
	return m.Others[0]
}

// impact lists the settings that read differently under the chosen successor.
// They equal the default's words as long as there is one.
func (m PersonaDelete) impact() []persona.FieldChange {
	return persona.Diff(m.Persona.Voice, m.successor().Voice)
}

func (m PersonaDelete) impactTitle() string {
	return "If " + m.successor().Name + " becomes the default"
}

func (m PersonaDelete) impactSentence() string {
	changed := m.impact()
	if len(changed) == 0 {
		return "Older programs read the same words in the workspace settings as now."
	}
	sentence := "With " + m.successor().Name + ", older programs read other words in the workspace settings: " + labels(fieldsOf(changed)) + "."
	if lost := scoringLoses(changed); lost != "" {
		return lost + " " + sentence
	}
	return sentence
}

// fallsTo says by what the campaigns of a deleted persona are answered.
func (m PersonaDelete) fallsTo() string {
	switch {
	case !m.Persona.IsDefault:
		return "by the default persona instead"
	case len(m.Others) == 0:
		return "with the words of the workspace settings"
	}
	return "by the new default"
}

func fieldsOf(changed []persona.FieldChange) []persona.Field {
	fields := make([]persona.Field, len(changed))
	for i, c := range changed {
		fields[i] = c.Field
	}
	return fields
}
