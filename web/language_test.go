package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/html"

	"personae/internal/access"
)

// lang returns the language of a page.
func (p *page) lang() string {
	for n := range p.doc().Descendants() {
		if n.Type == html.ElementNode && n.Data == "html" {
			return attr(n, "lang")
		}
	}
	return ""
}

func TestPagesAreInTheLanguageThatWasChosenOrThatTheBrowserWants(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.Exec(t, `update workspaces set created_at = '2025-03-29 21:05:00+00'`)
	b := s.as(t, ws.Workspace(), access.Admin)
	is := func(p *page, lang string) *page {
		t.Helper()
		same(t, "language of the page", p.lang(), lang)
		return p
	}
	is(b.get("/account").is(http.StatusOK), "en")
	b.languages = "fr,de-AT;q=0.8,en;q=0.5"
	is(b.get(at(ws, "workspace")).is(http.StatusOK), "de").says("29. März 2025, 21:05 UTC")
	is(b.get("/nowhere").is(http.StatusNotFound), "de")
	out := s.client(t)
	out.languages = "de"
	is(out.get("/login").is(http.StatusOK), "de")

	chosen := b.get("/account").submit("Sprache speichern", url.Values{"language": {"en"}}).is(http.StatusOK)
	is(chosen, "en").says("Pages are in English now")
	same(t, "kept", formFields(b.get("/account").button("Save the language")).Get("language"), "en")
	is(b.get("/nowhere").is(http.StatusNotFound), "en")
	b.languages = ""
	is(b.get("/account").submit("Save the language", url.Values{"language": {"de"}}), "de").says("Die Seiten sind jetzt auf Deutsch")
	for _, none := range []string{"xx", "de\x00", "en-x-marked", strings.Repeat("x", 1000)} {
		is(b.post("/account/language", url.Values{"language": {none}}).is(http.StatusUnprocessableEntity), "de").
			says("In dieser Sprache gibt es die Seiten nicht")
	}
	is(b.get("/account").submit("Sprache speichern", url.Values{"language": {""}}), "en")
	same(t, "kept", s.Count(t, `select count(*) from users where language is not null`), 0)
}

func TestProgramsAreAnsweredInEnglishWhateverTheirLanguage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	answer := s.ask(t, s.token(t, ws, "write"), http.MethodPost, api(ws, "personas"), `{"name": ""}`, "Accept-Language: de")
	same(t, "refused", answer.Fields["name"], "Enter a name for this persona")
}

// english finds a word that no German sentence has, as it is in one or begins one.
var english = func() *regexp.Regexp {
	var all []string
	for word := range strings.FieldsSeq(`the of and is are with by not this that your you has have from it be which who what when or to for
		as if there nobody every other another all new delete save back show page change changed draft drafts workspace message settings
		undo default enter choose look`) {
		all = append(all, word, strings.ToUpper(word[:1])+word[1:])
	}
	return regexp.MustCompile(`(?:^|[^\pL])(?:` + strings.Join(all, "|") + `)(?:[^\pL]|$)`)
}()

// ofPeople is what people and tests name things: ids, and addresses made of them.
var ofPeople = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// heard says of each text whether it is English: most stand on many pages.
var heard sync.Map

func saysEnglish(text string) bool {
	if says, known := heard.Load(text); known {
		return says.(bool)
	}
	says := english.MatchString(ofPeople.ReplaceAllString(text, ""))
	heard.Store(text, says)
	return says
}

// inEnglish returns what a page says in English to whoever reads German: not what people
// wrote, and not what programs are to be given.
func (p *page) inEnglish() []string {
	var all []string
	for n := range p.doc().Descendants() {
		if n.Type != html.TextNode || !saysEnglish(n.Data) {
			continue
		}
		data := false
		for above := range n.Ancestors() {
			data = data || slices.Contains([]string{"script", "style", "code", "pre", "textarea", "option"}, above.Data) ||
				attr(above, "dir") == "auto" || attr(above, "lang") == "en"
		}
		if !data {
			all = append(all, strings.Join(strings.Fields(n.Data), " "))
		}
	}
	return all
}

// TestNobodyWhoReadsGermanIsToldAnythingInEnglish asks each route, rightly and with an empty
// form, and reads the pages that answer and those that they lead to.
func TestNobodyWhoReadsGermanIsToldAnythingInEnglish(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Hafen")
	s.NewPersona(t, ws, "Kim")
	person := s.signIn(t, access.NewUser{Name: "Ada", Superadmin: true, Support: true})
	person.languages = "de"
	told := map[string]bool{}
	reads := func(what string, p *page) {
		t.Helper()
		if !strings.HasPrefix(p.header.Get("Content-Type"), "text/html") || p.lang() == "" {
			return
		}
		for _, words := range p.inEnglish() {
			if !told[words] {
				told[words] = true
				t.Errorf("%s: %q", what, words)
			}
		}
	}
	var x *target
	for _, route := range s.server.Routes() {
		if strings.HasPrefix(route.Path, "/api") || strings.HasPrefix(route.Path, "/logout") ||
			strings.HasPrefix(route.Path, "/account/sessions") || strings.HasPrefix(route.Path, "/account/language") {
			continue
		}
		if x == nil {
			fresh := s.target(t, ws)
			x = &fresh
		}
		what := route.Method + " " + route.Path
		if route.Method == http.MethodGet {
			reads(what, person.get(x.in(route.Path)))
			continue
		}
		form, ok := forms()[route.Path]
		if !ok {
			continue
		}
		reads("empty: "+what, person.post(x.in(route.Path), url.Values{}))
		reads(what, person.post(x.in(route.Path), form(*x)))
		if usesUp.MatchString(route.Path) {
			x = nil
		}
	}
}

func TestAFormThatWasKeptComesBackInTheLanguageOfWhoSentIt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Hafen")
	b := s.as(t, ws.Workspace(), access.Admin)
	b.languages = "de"
	email := emailOf(t, s, b.user)
	s.expire(t)
	late := b.post(at(ws, "personas"), url.Values{"name": {"Rita"}}).is(http.StatusUnauthorized)
	back := late.submit("Anmelden", url.Values{"email": {email}, "password": {password}})
	same(t, "language of the page", back.lang(), "de")
	same(t, "kept", formFields(back.sending(at(ws, "personas"))).Get("name"), "Rita")
	same(t, "in English", back.inEnglish(), []string(nil))
}
