package views_test

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/i18n"
	"personae/internal/persona"
	"personae/static"
	"personae/views"
)

// page is a rendered page, or a piece of one.
type page struct {
	source string
	nodes  []*html.Node // elements in document order
}

func render(t *testing.T, c templ.Component) page {
	t.Helper()
	return renderIn(t, i18n.English, c)
}

func renderIn(t *testing.T, l i18n.Language, c templ.Component) page {
	t.Helper()
	p := page{source: sourceIn(t, l, c)}
	root, err := html.Parse(strings.NewReader(p.source))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			p.nodes = append(p.nodes, n)
		}
	}
	return p
}

func sourceIn(t *testing.T, l i18n.Language, c templ.Component) string {
	t.Helper()
	var out strings.Builder
	if err := c.Render(i18n.With(views.WithComparing(context.Background()), l), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func (p page) all(name string) []*html.Node {
	return slices.DeleteFunc(slices.Clone(p.nodes), func(n *html.Node) bool { return n.Data != name })
}

func (p page) with(key, value string) []*html.Node {
	return slices.DeleteFunc(slices.Clone(p.nodes), func(n *html.Node) bool {
		got, ok := attr(n, key)
		return !ok || got != value
	})
}

func attr(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

// within reports whether n is in an element of a name.
func within(n *html.Node, name string) bool {
	for above := range n.Ancestors() {
		if above.Data == name {
			return true
		}
	}
	return false
}

func text(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// texts returns what the elements of a name say.
func (p page) texts(name string) []string {
	var all []string
	for _, n := range p.all(name) {
		all = append(all, text(n))
	}
	return all
}

func each(t *testing.T, check func(t *testing.T, p page)) {
	for name, c := range pages() {
		t.Run(name, func(t *testing.T) { check(t, render(t, c)) })
	}
}

func TestEveryPageHasItsFrame(t *testing.T) {
	each(t, func(t *testing.T, p page) {
		if !strings.HasPrefix(p.source, "<!DOCTYPE html>") {
			t.Error("no doctype")
		}
		if lang, _ := attr(p.all("html")[0], "lang"); lang != "en" {
			t.Error("no language")
		}
		h1, title := p.texts("h1"), p.texts("title")
		if len(h1) != 1 || len(title) != 1 {
			t.Fatalf("%d h1, %d titles", len(h1), len(title))
		}
		// A page of a long list says in its title which it is.
		named := strings.TrimPrefix(title[0], "Error: ")
		if !strings.HasPrefix(named, h1[0]+" – ") && !strings.HasPrefix(named, h1[0]+", page ") ||
			!strings.HasSuffix(title[0], " – personae") {
			t.Errorf("title %q does not fit h1 %q", title[0], h1[0])
		}
		if failed := len(p.with("id", "errors")) == 1; failed != strings.HasPrefix(title[0], "Error: ") {
			t.Errorf("errors shown: %v, title %q", failed, title[0])
		}
		if tabindex, _ := attr(p.all("main")[0], "tabindex"); tabindex != "-1" {
			t.Error("the skip link cannot reach main")
		}
		status := p.with("id", "status")
		if len(status) != 1 || status[0].FirstChild != nil {
			t.Error("the live region is missing, or not empty")
		}
		if n := len(p.with("autofocus", "")); n > 1 {
			t.Errorf("%d elements want the focus", n)
		}
		if len(p.with("aria-current", "page")) > 1 {
			t.Error("two current pages")
		}
	})
}

func TestPagesHoldUnderAStrictContentPolicy(t *testing.T) {
	each(t, func(t *testing.T, p page) {
		if len(p.all("style")) > 0 {
			t.Error("a style element")
		}
		for _, script := range p.all("script") {
			src, _ := attr(script, "src")
			ours := src == static.Path("htmx.js") || src == static.Path("app.js") || src == static.Path("passkey.js") ||
				src == static.Path("preview.js") || src == static.Path("page.js")
			if !ours || src == "" || script.FirstChild != nil {
				t.Errorf("a script of %q", src)
			}
		}
		for _, n := range p.nodes {
			for _, a := range n.Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") {
					t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
				}
				if strings.HasPrefix(strings.TrimSpace(a.Val), "javascript:") && (a.Key == "href" || a.Key == "action") {
					t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
				}
			}
		}
	})
}

func TestFormsWorkPlainlyAndExplainThemselves(t *testing.T) {
	each(t, func(t *testing.T, p page) {
		ids := map[string]bool{}
		for _, n := range p.nodes {
			if id, ok := attr(n, "id"); ok {
				if ids[id] {
					t.Errorf("id %q twice", id)
				}
				ids[id] = true
			}
		}
		for _, n := range p.nodes {
			for _, key := range []string{"for", "aria-describedby", "aria-labelledby"} {
				if refs, ok := attr(n, key); ok {
					for ref := range strings.FieldsSeq(refs) {
						if !ids[ref] {
							t.Errorf("<%s %s> leads to %q, which is not there", n.Data, key, ref)
						}
					}
				}
			}
			if href, _ := attr(n, "href"); strings.HasPrefix(href, "#") && !ids[href[1:]] {
				t.Errorf("a link leads to %q, which is not there", href)
			}
			for _, key := range []string{"required", "maxlength", "hx-confirm"} {
				if _, ok := attr(n, key); ok {
					t.Errorf("<%s %s>", n.Data, key)
				}
			}
			if _, ok := attr(n, "hx-post"); ok {
				post, _ := attr(n, "hx-post")
				action, _ := attr(n, "action")
				sync, _ := attr(n, "hx-sync")
				want := "this:drop"
				if n.Data != "form" {
					want = "this:replace" // it only shows something, as a button does without htmx
					for _, b := range p.with("formaction", post) {
						action, _ = attr(b, "formaction")
					}
				}
				if post != action || sync != want {
					t.Errorf("htmx posts to %q (%s), the plain form to %q", post, sync, action)
				}
			}
		}
		for _, n := range append(append(p.all("input"), p.all("select")...), p.all("textarea")...) {
			id, _ := attr(n, "id")
			if _, unseen := attr(n, "hidden"); unseen {
				continue // for the browser's own password store
			}
			if kind, _ := attr(n, "type"); kind != "hidden" && len(p.with("for", id)) != 1 {
				t.Errorf("field %q has no label", id)
			}
		}
		for _, n := range p.all("button") {
			_, scripted := attr(n, "data-stop") // which only script puts there
			for _, key := range []string{"data-copy", "data-show"} {
				if from, ok := attr(n, key); ok {
					_, hidden := attr(n.Parent, "hidden")
					scripted = hidden && ids[from]
				}
			}
			if opened, ok := attr(n, "popovertarget"); ok {
				scripted = ids[opened]
			}
			if kind, _ := attr(n, "type"); kind != "submit" && !scripted {
				t.Errorf("button %q has type %q", text(n), kind)
			}
		}
	})
}

// TestErrorsAreListedAsTheirFieldsFollowEachOther also looks at one of no field.
func TestErrorsAreListedAsTheirFieldsFollowEachOther(t *testing.T) {
	wrong := failed(admin("New persona", "personas"), "ideal_customer_profile", "d", "greeting", "c", "", "a", "name", "b",
		"greeting", "c2")
	summary := render(t, views.PersonaFormPage(wrong, views.PersonaForm{})).with("id", "errors")[0]
	var got []string
	for n := range summary.Descendants() {
		if n.Data == "li" {
			got = append(got, text(n))
		}
	}
	if want := []string{"a", "b", "c", "c2", "d"}; !slices.Equal(got, want) {
		t.Errorf("%q and not %q", got, want)
	}
}

func TestHostileWordsStayWords(t *testing.T) {
	p := render(t, pages()["persona-hostile"])
	if got := p.texts("h1")[0]; got != "Edit "+hostile.Name {
		t.Errorf("h1 %q", got)
	}
	if got, _ := attr(p.with("id", "display_name")[0], "value"); got != hostile.DisplayName {
		t.Errorf("display name %q", got)
	}
	if got := text(p.with("id", "greeting")[0]); got != hostile.Greeting {
		t.Errorf("greeting %q", got)
	}
	if len(p.all("img")) > 0 {
		t.Error("a tone became an image")
	}
	many := render(t, pages()["personas-many"])
	if !slices.Contains(many.texts("th"), hostile.Name) {
		t.Error("the hostile name is not in the table")
	}
}

func TestThePersonaFormHasTheFieldsOfTheContract(t *testing.T) {
	want := []string{"name", "display_name", "tone", "tone_own", "greeting", "sms_greeting", "signature", "goals",
		"service_description", "ideal_customer_profile", "variants", "new_variant_language", "new_variant_greeting",
		"new_variant_sms_greeting", "new_variant_signature", "make_default"}
	names := func(p page) []string {
		var got []string
		for _, n := range p.nodes {
			if name, ok := attr(n, "name"); ok && n.Data != "meta" && !within(n, "nav") {
				got = append(got, name)
			}
		}
		return got
	}
	if got := names(render(t, pages()["persona-new"])); !slices.Equal(got, want) {
		t.Errorf("new: %v", got)
	}
	if got := names(render(t, pages()["persona-edit"])); !slices.Equal(got,
		append([]string{"version", "was_default"}, want...)) {
		t.Errorf("edit: %v", got)
	}
	var legacy []string
	for _, n := range render(t, pages()["persona-edit-other"]).all("option") {
		value, _ := attr(n, "value")
		legacy = append(legacy, value)
	}
	if want := append(append([]string{""}, persona.Tones()...), formal.Tone); !slices.Equal(legacy, want) {
		t.Errorf("tones: %q", legacy)
	}
}

func TestTheSettingsFormUsesTheNamesOfTheColumns(t *testing.T) {
	p := render(t, pages()["settings-alone"])
	for _, f := range persona.Fields() {
		if len(p.with("name", f.Setting)) != 1 {
			t.Errorf("%s is missing", f.Setting)
		}
	}
	mirrored := render(t, pages()["settings"])
	for _, f := range persona.Fields() {
		if len(mirrored.with("name", f.Setting)) != 0 {
			t.Errorf("%s can be edited though the default persona holds it", f.Setting)
		}
	}
	for _, name := range []string{"company_name", "qualification_questions", "version"} {
		if len(mirrored.with("name", name)) != 1 {
			t.Errorf("%s is missing", name)
		}
	}
}

func TestWhoMayOnlyReadIsOfferedNoForm(t *testing.T) {
	offered := func(name string) (buttons []string) {
		for _, n := range render(t, pages()[name]).all("button") {
			if _, copies := attr(n, "data-copy"); !copies && !within(n, "nav") {
				buttons = append(buttons, text(n))
			}
		}
		return buttons
	}
	for _, name := range []string{"personas-member", "personas-none-member", "persona-read-default", "settings-member",
		"campaigns-member", "lead-member", "lead-answered-member"} {
		if got := offered(name); !slices.Equal(got, []string{"Sign out"}) {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := offered("personas-support"); !slices.Equal(got,
		[]string{"Sign out", "Undo this: the switch from “" + endless.Name + "”", "Make the default"}) {
		t.Errorf("support: %q", got)
	}
}

// TestWhoMayNotBeWrittenToIsNotAnsweredByTheMainButton also looks at a score that
// failed where there is an older one.
func TestWhoMayNotBeWrittenToIsNotAnsweredByTheMainButton(t *testing.T) {
	for name, want := range map[string]bool{"lead-gone": false, "lead-broken": true} {
		p := render(t, pages()[name])
		if got := slices.ContainsFunc(p.with("class", "main"),
			func(n *html.Node) bool { return strings.HasPrefix(text(n), "Draft a") }); got != want {
			t.Errorf("%s: main %v", name, got)
		}
		if got := strings.Contains(p.source, "No new score could be made."); got == want {
			t.Errorf("%s: an older score is below, said %v", name, got)
		}
	}
}

func TestTheImportIsOfferedOnlyWhileThereIsNoPersona(t *testing.T) {
	const button = "Create Default Persona"
	for name, want := range map[string]bool{"personas": false, "personas-no-match": false, "personas-none": true,
		"personas-none-empty": true, "personas-none-member": false} {
		if got := slices.Contains(render(t, pages()[name]).texts("button"), button); got != want {
			t.Errorf("%s: offered %v", name, got)
		}
	}
}

func TestAConflictShowsAllThreeVersions(t *testing.T) {
	p := render(t, pages()["persona-conflict"])
	want := "Name: theirs or yours?Error: Name was changed by both of youWhen you opened thisMaya Theirs, saved by Sam Reyes and a program outside personae Maya (trial) " +
		"Yours, as it stands in the field below; you can still change it there"
	if got := text(p.with("class", "choose")[0]); got != want {
		t.Errorf("%q", got)
	}
	for field, chosen := range map[string]int{"name": -1, "tone": 0, "greeting": -1} {
		for i, n := range p.with("name", "choose_"+field) {
			if _, checked := attr(n, "checked"); checked != (chosen == i) {
				t.Errorf("%s: radio %d is checked: %v", field, i, checked)
			}
		}
	}
	if got, _ := attr(p.with("id", "name")[0], "value"); got != maya.Name {
		t.Errorf("what was typed became %q", got)
	}
	if got, _ := attr(p.with("id", "name")[0], "aria-describedby"); got != "name-hint" {
		t.Errorf("described by %q", got)
	}
}

func BenchmarkPersonasPage(b *testing.B) {
	c := views.PersonasPage(admin("Personas", "personas"), list(maya, coach, formal, silent))
	b.ReportAllocs()
	for b.Loop() {
		if err := c.Render(context.Background(), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

func TestASecretIsShownWithItsLabelAndNotSpokenAtOnce(t *testing.T) {
	p := render(t, pages()["tokens"])
	secret := p.with("id", "copy")
	if len(secret) != 1 {
		t.Fatal("there is nothing to copy")
	}
	if _, ok := attr(secret[0], "readonly"); !ok {
		t.Error("it can be changed by mistake")
	}
	for alert := range secret[0].Ancestors() {
		if role, _ := attr(alert, "role"); role == "alert" {
			t.Error("the alert reads it out")
		}
	}
	if len(render(t, pages()["tokens-none"]).with("id", "copy")) != 0 {
		t.Error("an empty field is offered to copy")
	}
}

func TestTokensAreLedToOnlyForWhoMayManage(t *testing.T) {
	s := admin("Personas", "personas")
	for _, may := range []bool{false, true} {
		s.MayManage = may
		if got := slices.Contains(render(t, views.PersonasPage(s, list(maya))).texts("a"), "Tokens"); got != may {
			t.Errorf("offered %v where managing is %v", got, may)
		}
	}
}

// TestAPageOfTextsThatDifferEverywhereIsThereInTime renders fifty versions whose
// words nobody can compare quickly.
func TestAPageOfTextsThatDifferEverywhereIsThereInTime(t *testing.T) {
	texts := []string{strings.Repeat("ab, cd. ", 1000), strings.Repeat("x; y! ", 1333)}
	m := views.History{History: audit.History{ID: maya.ID, Now: 51}, Newest: true}
	for i := range 51 {
		v := audit.Version{Number: 51 - i}
		for _, f := range persona.Fields() {
			*f.Of(&v.Voice) = texts[1-i%2]
		}
		m.Versions = append(m.Versions, v)
	}
	begun := time.Now()
	if p := render(t, views.HistoryPage(admin("History", "personas"), m)); !strings.Contains(p.source, "removed") {
		t.Error("no difference is shown")
	}
	if took := time.Since(begun); took > time.Minute { // it took seven
		t.Errorf("the page took %v", took)
	}
}

func TestAGrantSaysHowLongItIsStillGood(t *testing.T) {
	now := time.Now()
	for left, want := range map[time.Duration]string{57*time.Minute + 10*time.Second: " UTC (in 57 minutes).",
		time.Hour - 5*time.Second: " UTC (in 1 hour).", 24 * time.Hour: " UTC (in 24 hours).",
		7 * 24 * time.Hour: " UTC (in 7 days).", 20 * time.Second: " UTC (in less than a minute).", -time.Hour: " UTC."} {
		g := access.Grant{Person: "Sam", GrantedBy: "Ada", CreatedAt: now, Expires: now.Add(left)}
		m := views.Support{Grants: access.Grants{Current: []access.Grant{g}}}
		said := strings.Join(render(t, views.SupportPage(manager("Support access", "support"), m)).texts("p"), "\n")
		if !strings.Contains(said, want) {
			t.Errorf("%v: no %q in %q", left, want, said)
		}
		if want := "Granted by Ada, today, " + now.UTC().Format("15:04"); !strings.Contains(said, want) {
			t.Errorf("no %q in %q", want, said)
		}
	}
}

func TestPeoplesWordsRunTheirOwnWay(t *testing.T) {
	each(t, func(t *testing.T, p page) {
		for _, n := range p.nodes {
			class, _ := attr(n, "class")
			if dir, _ := attr(n, "dir"); slices.Contains(strings.Fields(class), "words") && dir != "auto" {
				t.Errorf("the words %q are laid out as English", text(n))
			}
		}
		for _, n := range append(p.all("th"), p.all("h3")...) {
			row, _ := attr(n, "scope")
			if name := text(n); (row == "row" || n.Data == "h3") &&
				slices.Contains([]string{maya.Name, coach.Name, hostile.Name}, name) && !isolated(n) {
				t.Errorf("the name %q may turn what stands beside it", name)
			}
		}
	})
}

// isolated reports whether what n says has a direction of its own.
func isolated(n *html.Node) bool {
	if dir, _ := attr(n, "dir"); dir == "auto" {
		return true
	}
	for c := range n.Descendants() {
		if dir, _ := attr(c, "dir"); dir == "auto" && text(c) == text(n) {
			return true
		}
	}
	return false
}
