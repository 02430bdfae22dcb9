package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
)

// abroad reads the words in other languages of the persona of an id.
func (s *site) abroad(t *testing.T, id uuid.UUID) string {
	t.Helper()
	return s.words(t, `select coalesce((select string_agg(l.key || ': ' || w.key || '=' || w.value, ', ' order by l.key, w.key)
		from jsonb_each(p.variants) l, jsonb_each_text(l.value) w), '') from personas p where p.id = '`+id.String()+`'`)
}

func TestAPersonaGetsWordsInOtherLanguagesByAPlainForm(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	p := s.NewPersona(t, ws, "Nora")
	b := s.as(t, ws.Workspace(), access.Admin)
	form := b.get(at(ws, "personas", p.ID.String())).is(http.StatusOK)

	typed := url.Values{"new_variant_language": {"Klingonese"}, "new_variant_greeting": {"nuqneH"}, "new_variant_signature": {"Qapla’"}}
	again := form.submit("Save changes", typed).is(http.StatusUnprocessableEntity).says("“Klingonese” is no language that is known here")
	kept := formFields(again.button("Save changes"))
	for name, values := range typed {
		same(t, "kept "+name, kept.Get(name), values[0])
	}
	again.submit("Save changes", url.Values{"new_variant_language": {""}}).is(http.StatusUnprocessableEntity).
		says("Enter the language of these words")
	same(t, "nothing saved", s.abroad(t, p.ID), "")

	again.submit("Save changes", url.Values{"new_variant_language": {"german"}, "new_variant_greeting": {"Hallo {{firstName}}"}}).
		is(http.StatusOK).says("“Nora” was saved", "Greeting in German holds {{firstName}}")
	same(t, "German", s.abroad(t, p.ID), "de: greeting=Hallo {{firstName}}, de: signature=Qapla’")
	form = b.get(at(ws, "personas", p.ID.String())).is(http.StatusOK).says("Greeting in German")
	twice := form.submit("Save changes", url.Values{"new_variant_language": {"DE"}, "new_variant_greeting": {"Moin"}}).
		is(http.StatusUnprocessableEntity).says("German is there already")
	same(t, "kept", formFields(twice.button("Save changes")).Get("new_variant_greeting"), "Moin")
	silent := form.submit("Save changes", url.Values{"new_variant_language": {"French"}}).is(http.StatusUnprocessableEntity).
		says("Enter a greeting, an SMS greeting or a signature in French, or leave the language out")
	silent.submit("Save changes", nil).is(http.StatusOK) // leaves it out
	same(t, "no French", s.abroad(t, p.ID), "de: greeting=Hallo {{firstName}}, de: signature=Qapla’")
	long := strings.Repeat("x", 321)
	wrong := form.submit("Save changes", url.Values{"new_variant_language": {"pt-br"}, "new_variant_sms_greeting": {long}}).
		is(http.StatusUnprocessableEntity).says("SMS greeting in Portuguese (pt-BR) must be 320 characters or fewer")
	same(t, "under its name now", formFields(wrong.button("Save changes")).Get("variant_pt-BR_sms_greeting"), long)
	wrong.submit("Save changes", url.Values{"variant_pt-BR_sms_greeting": {"Oi!"}, "variant_de_greeting": {""}}).is(http.StatusOK)
	same(t, "two", s.abroad(t, p.ID), "de: signature=Qapla’, pt-BR: smsGreeting=Oi!")

	// A program that sends some fields leaves the others as they are.
	b.post(at(ws, "personas", p.ID.String()), url.Values{"version": {"3"}, "goals": {"A call"}, "variant_de_greeting": {"Moin"}}).is(http.StatusOK)
	same(t, "some", s.abroad(t, p.ID), "de: greeting=Moin, de: signature=Qapla’, pt-BR: smsGreeting=Oi!")
	b.get(at(ws, "personas", p.ID.String())).submit("Save changes", url.Values{"variant_de_greeting": {""}, "variant_de_signature": {" "}}).
		is(http.StatusOK)
	same(t, "emptied", s.abroad(t, p.ID), "pt-BR: smsGreeting=Oi!")
	b.get(at(ws, "personas", p.ID.String(), "history")).is(http.StatusOK).says("Greeting in German", "removed: Moin")
	b.get(at(ws, "activity")).is(http.StatusOK).says("Signature in German")

	b.get(at(ws, "personas", "new")).submit("Create persona", url.Values{"name": {"Polly"}, "new_variant_language": {"pl"},
		"new_variant_greeting": {"Cześć"}}).is(http.StatusOK)
	same(t, "created with", s.Count(t, `select count(*) from personas where variants->'pl'->>'greeting' = 'Cześć'`), 1)
}

func TestWordsInOneLanguageThatBothChangedAreChosenAndNothingIsLost(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	content := persona.Content{Name: "Nora", Variants: persona.Pack(persona.Variant{Language: "de", Greeting: "Hallo"})}
	saved, err := s.Create(t.Context(), ws, content, false)
	if err != nil {
		t.Fatal(err)
	}
	id := saved.Persona.ID
	b := s.as(t, ws.Workspace(), access.Admin)
	mine := b.get(at(ws, "personas", id.String()))
	b.get(at(ws, "personas", id.String())).submit("Save changes", url.Values{"variant_de_greeting": {"Moin"},
		"new_variant_language": {"fr"}, "new_variant_greeting": {"Salut"}}).is(http.StatusOK)
	conflict := mine.submit("Save changes", url.Values{"variant_de_greeting": {"Servus"}, "variant_de_signature": {"Nora, Wien"},
		"new_variant_language": {"it"}, "new_variant_greeting": {"Ciao"}}).is(http.StatusConflict).
		says("Greeting in German: theirs or yours?", "Hallo", "Moin", "Servus", "Greeting in French")
	same(t, "nothing saved", s.abroad(t, id), "de: greeting=Moin, fr: greeting=Salut")
	undecided := conflict.submit("Save changes", nil).is(http.StatusUnprocessableEntity)
	undecided.submit("Save changes", url.Values{"choose_variant_de_greeting": {"theirs"}}).is(http.StatusOK)
	same(t, "merged", s.abroad(t, id), "de: greeting=Moin, de: signature=Nora, Wien, fr: greeting=Salut, it: greeting=Ciao")
}

func TestProgramsReadAndWriteWordsInOtherLanguages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	token := s.token(t, ws, "write")
	made := s.ask(t, token, "POST", api(ws, "personas"), `{"name": "Nora", "variants": {"DE": {"greeting": "Hallo {{firstName}}", "signature": null}}}`).
		is(http.StatusCreated).object()
	same(t, "made", made["variants"], any(map[string]any{"de": map[string]any{"greeting": "Hallo {{firstName}}"}}))
	same(t, "warned", made["warnings"].([]any)[0].(map[string]any)["field"], any("variants.de.greeting"))
	id := uuid.MustParse(made["id"].(string))
	path := api(ws, "personas", id.String())
	edit := func(version int, body string) {
		t.Helper()
		s.ask(t, token, "PATCH", path, `{"version": `+strconv.Itoa(version)+`, `+body+`}`).is(http.StatusOK)
	}
	edit(1, `"goals": "A call"`)
	same(t, "not sent", s.abroad(t, id), "de: greeting=Hallo {{firstName}}")
	wrong := s.ask(t, token, "PATCH", path, `{"version": 2, "variants": {"xx": {"greeting": "x"}, "fr": {"smsGreeting": "`+strings.Repeat("x", 321)+`"}, "it": {}}}`).is(http.StatusUnprocessableEntity)
	for _, key := range []string{`"variants":"`, `"variants.fr.smsGreeting":"`, `"variants.it.greeting":"`} {
		if !strings.Contains(wrong.body, key) {
			t.Errorf("no %s: %s", key, wrong.body)
		}
	}
	edit(2, `"variants": {"fr": {"greeting": "Salut"}}`)
	same(t, "replaced", s.abroad(t, id), "fr: greeting=Salut")
	versions := s.ask(t, token, "GET", path+"/history", "").is(http.StatusOK).data.([]any)
	same(t, "versions", versions[1].(map[string]any)["variants"], any(map[string]any{"de": map[string]any{"greeting": "Hallo {{firstName}}"}}))

	file := s.ask(t, token, "GET", api(ws, "personas", "export"), "").is(http.StatusOK)
	text, err := json.Marshal(file.data)
	if err != nil {
		t.Fatal(err)
	}
	edit(3, `"variants": null`)
	same(t, "taken away", s.abroad(t, id), "")
	s.ask(t, token, "POST", api(ws, "personas", "load"), `{"replace": true, "file": `+string(text)+`}`).is(http.StatusOK)
	same(t, "loaded", s.abroad(t, id), "fr: greeting=Salut")
}

func TestWhoAnswersSaysWhichLanguageAndHowItIsKnown(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Member)
	content := persona.Content{Name: "Nora", Voice: persona.Voice{Greeting: "Hello {firstName},"}}
	saved, err := s.Create(t.Context(), ws, content, true)
	if err != nil {
		t.Fatal(err)
	}
	if why := b.get(at(ws, "why")).is(http.StatusOK); strings.Contains(why.body, "Language of the message") {
		t.Error("a language is asked for where nobody has words in another")
	}
	content.Variants = persona.Pack(persona.Variant{Language: "de", Greeting: "Hallo {firstName},", Signature: "Grüße"})
	if _, err := s.Edit(t.Context(), ws, saved.Persona.ID, 1, content, persona.KeepDefault); err != nil {
		t.Fatal(err)
	}
	token := s.token(t, ws, "read")
	before := s.Snapshot(t, "api_tokens")
	b.get(at(ws, "why")+"?language=de-CH").is(http.StatusOK).says("The message is in German (de-CH), as whoever asks says, "+
		"so “Nora” uses its greeting and signature in German.", "Hallo {firstName},", "Persona “Nora”, version 2, in German")
	b.get(at(ws, "why")+"?language=fr").is(http.StatusOK).says("“Nora” has no words in it, so its main ones are used.", "Hello {firstName},")
	b.get(at(ws, "why") + "?language=klingonese").is(http.StatusUnprocessableEntity).says("This is no language that is known here")
	b.get(at(ws, "preview")).submit("Show the draft", url.Values{"message": {"Vielen Dank, was kostet das im Monat?"}}).is(http.StatusOK).
		says("Hallo Ana,", "Grüße")

	got := s.ask(t, token, "GET", api(ws, "resolve")+"?language=DE", "").is(http.StatusOK).object()
	same(t, "language", got["language"], any("de"))
	same(t, "opening", got["opening"], any("Hallo {firstName},"))
	got = s.ask(t, token, "GET", api(ws, "resolve"), "").is(http.StatusOK).object()
	same(t, "not asked", got["language"], nil)
	s.ask(t, token, "GET", api(ws, "resolve")+"?language=xx", "").is(http.StatusUnprocessableEntity)
	same(t, "nothing written", s.Snapshot(t, "api_tokens"), before)
}
