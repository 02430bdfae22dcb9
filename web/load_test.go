package web_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"personae/internal/access"
	"personae/internal/persona"
)

// upload sends a form with a file, as a browser does.
func (b *client) upload(path, file string, form url.Values) *page {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile("file", "personas.json")
	if err == nil {
		_, err = part.Write([]byte(file))
	}
	for name, values := range form {
		for _, v := range values {
			if err == nil {
				err = w.WriteField(name, v)
			}
		}
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		b.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.site.url+path, &body)
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Content-Type", w.FormDataContentType())
	request.Header.Set("Origin", b.site.url)
	return b.do(request)
}

func TestPersonasTravelFromOneWorkspaceToAnother(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	from, to := s.Workspace(t, "From"), s.Workspace(t, "To")
	s.NewPersona(t, from, "First")
	s.NewPersona(t, from, "Second")
	p := s.NewPersona(t, to, "SECOND")
	reader, b := s.as(t, from.Workspace(), access.Member), s.as(t, to.Workspace(), access.Admin)

	file := reader.get(at(from, "personas.json")).is(http.StatusOK)
	same(t, "disposition", file.header.Get("Content-Disposition"),
		`attachment; filename="personas-`+from.Workspace().String()+`.json"`)
	same(t, "type", file.header.Get("Content-Type"), "application/json")

	before := s.Snapshot(t)
	shown := b.upload(at(to, "personas/load"), file.body, nil).is(http.StatusOK).
		says("Nothing has changed yet. “SECOND” stays the default", "Would be created.",
			"Would stay as it is, though the file has other words.")
	same(t, "tables", s.Snapshot(t), before)
	if strings.HasPrefix(shown.title(), "Error") || shown.button("Load 1 persona") == nil {
		t.Error(shown.text())
	}

	// With another choice than the one that was shown, it shows again.
	again := shown.submit("Load 1 persona", url.Values{"do": {"load"}, "replace": {"true"}}).is(http.StatusConflict).
		says("This is no longer what you were shown", "Would be replaced.", "removed: SECOND")
	same(t, "tables", s.Snapshot(t), before)
	same(t, "what was sent is kept", strings.ReplaceAll(formFields(again.button("Load 2 personas")).Get("text"),
		"\r\n", "\n"), file.body)

	again.submit("Load 2 personas", url.Values{"do": {"load"}}).is(http.StatusOK).
		says("2 personas are loaded", "Created: “First”.", "Replaced: “Second”.", "“Second” stays the default, "+
			"and the workspace settings follow its new words.")
	same(t, "default", s.defaultGreeting(t, to.Workspace()), "Hello from Second")
	same(t, "in place", s.Count(t, `select count(*) from personas where id = $1 and name = 'Second' and version = 2`,
		p.ID), 1)

	before = s.Snapshot(t)
	again.submit("Load 2 personas", url.Values{"do": {"load"}}).is(http.StatusOK).
		says("Nothing was loaded", "2 personas are here already, word for word.")
	same(t, "tables, after a second click", s.Snapshot(t), before)

	b.get(at(to, "activity")).is(http.StatusOK).says("Loaded personas from a file: 1 created, 1 replaced",
		"Workspace settings followed")
	b.get(at(to, "personas", p.ID.String(), "history")).is(http.StatusOK).says("replaced it from a file.")
}

func TestALoadSaysWhichSettingsFollowTheFirstPersona(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.Exec(t, `insert into workspace_settings (workspace_id, ai_tone, ai_goals) values ($1, 'casual', 'Meet')`, ws.Workspace())
	b := s.as(t, ws.Workspace(), access.Owner)
	shown := b.upload(at(ws, "personas/load"), `{"version": 1, "personas": [{"name": "Maya", "tone": "formal", "goals": "Meet"}]}`, nil).
		is(http.StatusOK).says("Loading would change 1 settings field", "Tone", "casual", "formal")
	s.Exec(t, `update workspace_settings set ai_tone = 'direct' where workspace_id = $1`, ws.Workspace())
	shown = shown.submit("Load 1 persona", url.Values{"do": {"load"}}).is(http.StatusConflict).
		says("This is no longer what you were shown", "direct")
	shown.submit("Load 1 persona", url.Values{"do": {"load"}}).is(http.StatusOK).says("The workspace settings follow: tone.")
}

func TestAFileThatCannotBeLoadedChangesNothingAndIsKept(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	b := s.as(t, ws.Workspace(), access.Admin)
	before := s.Snapshot(t)
	path := at(ws, "personas/load")
	b.upload(path, strings.Repeat("x", 1<<20), nil).is(http.StatusRequestEntityTooLarge).says("choose a smaller file")
	form := b.get(path).is(http.StatusOK)
	for text, want := range map[string]string{
		"":               "There is nothing in it",
		"{\n<b>":         "not JSON from line 2, character 1 on",
		`{"version": 9}`: "its version is 9",
		`{"version": 1, "personas": [{"name": "A"}, {"name": "a"}]}`: "Personas 1 and 2 have the same name, “a”",
		`{"version": 1, "personas": [{"name": "A"}, {"name": " "}]}`: "Persona 2: Enter a name",
		strings.Repeat("x", 800_001):                                 "800,001 bytes, where 800,000 are allowed",
	} {
		answer := form.submit("Show what it would do", url.Values{"text": {text}, "replace": {"true"}}).
			is(http.StatusUnprocessableEntity).says(want)
		kept := formFields(answer.button("Show what it would do"))
		same(t, "text", strings.ReplaceAll(kept.Get("text"), "\r\n", "\n"), text)
		same(t, "box", kept.Get("replace"), "true")
		uploaded := b.upload(path, text, url.Values{"text": {"typed"}}).is(http.StatusUnprocessableEntity)
		if text != "" {
			same(t, "file", strings.ReplaceAll(formFields(uploaded.button("Show what it would do")).Get("text"),
				"\r\n", "\n"), text)
		}
	}
	binary := b.upload(path, "\xff\xd8\xff\xe0\x00", url.Values{"text": {"typed"}}).
		is(http.StatusUnprocessableEntity).says("This file is not a text in UTF-8")
	same(t, "what was typed", formFields(binary.button("Show what it would do")).Get("text"), "typed")
	b.upload(path, strings.Repeat("x", 1<<20), nil).is(http.StatusRequestEntityTooLarge).says("Nothing was changed")
	// A button that was never shown loads nothing.
	b.post(path, url.Values{"text": {`{"version": 1, "personas": [{"name": "A"}]}`}, "do": {"load"}}).
		is(http.StatusOK).says("Nothing has changed yet.")
	b.post(path, url.Values{"text": {`{"version": 1, "personas": []}`}}).is(http.StatusOK).
		says("The file holds no persona")
	same(t, "tables", s.Snapshot(t), before)
}

func TestWhatIsWrongWithAFileIsSaidInGermanToo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Admin)
	b.languages = "de"
	for file, says := range map[string]string{
		`{"version": 1, "personas": [{"name": "Nora", "goals": 5, "isDefault": "yes"}]}`: "goals muss ein Text oder null sein",
		`{"version": 1, "personas": [{"name": "Nora", "goals": "a", "goals": "b"}]}`:     "goals kommt doppelt vor",
		`{"version": 1, "personas": [{"name": "Nora", "mood": "good"}]}`:                 "„mood“ ist hier kein bekannter Schlüssel",
	} {
		b.post(at(ws, "personas/load"), url.Values{"text": {file}}).is(http.StatusUnprocessableEntity).says(says)
	}
}

func TestAFileSentAfterTheSessionEndedIsShownAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Admin)
	s.Exec(t, `delete from sessions`)
	before := s.Count(t, `select count(*) from personas`)
	kept := b.upload(at(ws, "personas/load"), `{"version": 1, "personas": [{"name": "Kept"}]}`,
		url.Values{"replace": {"true"}}).is(http.StatusUnauthorized)
	var email string
	if err := s.SQL.QueryRow(t.Context(), `select email from users where id = $1`, b.user).Scan(&email); err != nil {
		t.Fatal(err)
	}
	shown := kept.submit("Sign in", url.Values{"email": {email}, "password": {password}}).
		is(http.StatusUnprocessableEntity).says("nothing was saved yet")
	same(t, "personas", s.Count(t, `select count(*) from personas`), before)
	fields := formFields(shown.button("Show what it would do"))
	same(t, "box", fields.Get("replace"), "true")
	shown.submit("Show what it would do", nil).is(http.StatusOK).says("“Kept” becomes the default").
		submit("Load 1 persona", url.Values{"do": {"load"}}).is(http.StatusOK).says("1 persona is loaded")
	same(t, "personas", s.Count(t, `select count(*) from personas where name = 'Kept' and is_default`), 1)
}

func TestAPersonaThatWarnsIsSaidBeforeItIsLoaded(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Admin)
	voice := persona.Voice{Greeting: "Hi {nickname},"}
	b.post(at(ws, "personas/load"), url.Values{"text": {`{"version": 1, "personas": [{"name": "A", "greeting": "` +
		voice.Greeting + `"}]}`}}).
		is(http.StatusOK).says(persona.Warnings(voice)[0].Message.String())
}

func TestTheLoadPageTakesACharacterCardAndATable(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Admin)
	load := at(ws, "personas", "load")
	const card = `{"spec": "chara_card_v2", "data": {"name": "Elena", "first_mes": "Hi {{user}}", "personality": "warm"}}`
	chunk := "tEXtchara\x00" + base64.StdEncoding.EncodeToString([]byte(card))
	png := "\x89PNG\r\n\x1a\n" + string(binary.BigEndian.AppendUint32(nil, uint32(len(chunk)-4))) + chunk +
		"\x00\x00\x00\x00"
	before := s.Snapshot(t)
	shown := b.upload(load, png, nil).is(http.StatusOK).says("Elena")
	if text := formFields(shown.button("Show again what it would do")).Get("text"); !strings.Contains(text,
		`"greeting": "Hi {firstName}"`) {
		t.Errorf("the text is %s", text)
	}
	same(t, "tables", s.Snapshot(t), before)
	shown.submit("Load 1 persona", url.Values{"do": {"load"}}).is(http.StatusOK)
	b.upload(load, "\ufeffName;Tone\r\nZoë;brisk\r\n", nil).is(http.StatusOK).submit("Load 1 persona",
		url.Values{"do": {"load"}}).is(http.StatusOK)
	same(t, "loaded", s.Count(t, `select count(*) from personas where name = 'Elena' and tone = 'warm' and greeting = 'Hi {firstName}'
		or name = 'Zoë' and tone = 'brisk'`), 2)

	before = s.Snapshot(t)
	b.upload(load, `{"presetId": "1", "endpoint": "openAI"}`,
		nil).is(http.StatusUnprocessableEntity).says("This is a LibreChat preset")
	b.post(load, url.Values{"text": {`[{"name": "a", "prompt": "b", "labels": []}]`}}).is(http.StatusUnprocessableEntity).
		says("This is a list of Langfuse prompts")
	same(t, "tables", s.Snapshot(t), before)
}
