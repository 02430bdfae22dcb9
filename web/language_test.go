package web_test

import (
	"net/http"
	"net/url"
	"strings"
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
