package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/lead"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/webhook"
)

// story is a lead whose every word holds a name that stands nowhere else.
type story struct {
	name, lead string
	drafts     []string
}

// lives takes a lead through everything that keeps its words.
func (s *site) lives(t *testing.T, ws postgres.Access, secret, name string) story {
	t.Helper()
	x := story{name: name}
	write, send := s.token(t, ws, "write"), s.token(t, ws, "send")
	for i := range 6 {
		body := fmt.Sprintf(`{"externalId": "<%[1]s-%[2]d@example.com>", "channel": "email", "body": "What does %[1]s cost?", "subject": "About %[1]s",
			"sentAt": %[3]q, "lead": {"externalId": "crm-%[1]s", "firstName": %[1]q, "lastName": "von %[1]s", "email": "%[1]s@example.com", "company": "%[1]s Ltd"}}`,
			name, i, time.Now().Add(time.Duration(i-10)*time.Minute).Format(time.RFC3339))
		x.drafts = append(x.drafts, s.hook(t, ws.Workspace().String(), body, sign(secret, body)).is(http.StatusAccepted).draftID())
	}
	x.lead = s.words(t, `select id::text from leads where external_id = 'crm-`+name+`'`)
	for _, id := range x.drafts[:5] { // the job of the last one stays in the queue
		_, _, err := s.StoreDraft(t.Context(), postgres.DraftJob{Workspace: ws.Workspace(), Draft: uuid.MustParse(id)}, 0,
			postgres.MadeDraft{By: persona.Resolution{Source: persona.FromSettings}, Text: "Dear " + name + ",",
				PromptKey: "composer:v1:email:persona=settings"})
		if err != nil {
			t.Fatal(err)
		}
	}
	once := 0
	ask := func(token, method, path, body string) {
		t.Helper()
		once++
		if a := s.ask(t, token, method, api(ws, path), body, fmt.Sprintf("%s%s-%d", key, name, once)); a.status >= 300 {
			t.Fatalf("%s %s: %s", method, path, a.body)
		}
	}
	own := "leads/" + x.lead
	ask(write, "PATCH", own+"/drafts/"+x.drafts[0], `{"version": 1, "body": "Dearest `+name+`,"}`)
	ask(write, "POST", own+"/drafts/"+x.drafts[0]+"/approve", `{"version": 2}`)
	ask(write, "POST", own+"/drafts/"+x.drafts[1]+"/reject", `{"version": 1, "reason": "tone"}`)
	ask(write, "POST", own+"/drafts/"+x.drafts[2]+"/approve", `{"version": 1, "body": "Yours, `+name+`"}`)
	ask(write, "POST", own+"/drafts/"+x.drafts[3]+"/approve", `{"version": 1}`)
	ask(send, "POST", "drafts/"+x.drafts[0]+"/take", "")
	ask(send, "POST", "drafts/"+x.drafts[0]+"/sent", `{"externalId": "<out-`+name+`@example.com>"}`)
	ask(send, "POST", "drafts/"+x.drafts[2]+"/failed", `{"reason": "`+name+`@example.com: mailbox full"}`)
	ask(write, "POST", "preview", `{"message": "What does it cost?", "firstName": "`+name+`"}`)
	score := postgres.ScoreJob{Workspace: ws.Workspace(), Lead: uuid.MustParse(x.lead)}
	ask(write, "POST", own+"/score", "")
	if _, err := s.StoreScore(t.Context(), score, lead.Score{Fit: 2, Intent: 2, Overall: 2, Reason: name + " asks for a price", By: "rules:v1"}); err != nil {
		t.Fatal(err)
	}
	ask(write, "POST", own+"/score", "") // which stays in the queue
	ask(write, "PATCH", own, `{"contact": "unsubscribed"}`)
	ask(write, "PATCH", own, `{"contact": null}`)
	s.Exec(t, `insert into webhook_tries (workspace_id, delivery_id, status, problem)
		select workspace_id, id, 500, 'It answered 500' from webhook_deliveries where data->>'leadId' = $1`, x.lead)
	s.Exec(t, `insert into origin_rows (workspace_id, kind, origin_id, id) values ($1, 'lead', $2, $3)`, ws.Workspace(), "o-"+name, x.lead)
	s.Exec(t, `insert into origin_rows (workspace_id, kind, origin_id, id) select workspace_id, 'message', $2 || external_id, id
		from messages where workspace_id = $1 and lead_id = $3`, ws.Workspace(), "o-"+name, x.lead)
	return x
}

// holders returns the tables of a dump or a backup that hold a word, whatever its case.
func holders(dump, word string) (tables []string) {
	table := ""
	for line := range strings.Lines(dump) {
		if name, is := strings.CutPrefix(strings.ToLower(line), "copy "); is {
			table, _, _ = strings.Cut(name, " ")
		}
		if strings.Contains(strings.ToLower(line), word) && !slices.Contains(tables, table) {
			tables = append(tables, table)
		}
	}
	return tables
}

func (s *site) leadFile(t *testing.T, ws postgres.Access, id string) string {
	t.Helper()
	file, err := s.LeadFile(t.Context(), ws, uuid.MustParse(id))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestOfAnErasedLeadNoWordIsLeftAndAnotherStaysWhole(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	receiver := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(receiver.Close)
	if _, err := s.AddWebhook(t.Context(), ws, webhook.Choice{URL: receiver.URL, Events: webhook.Events()}, strings.Repeat("s", 40)); err != nil {
		t.Fatal(err)
	}
	secret := s.secret(t, ws)
	gone, kept := s.lives(t, ws, secret, "vantablick"), s.lives(t, ws, secret, "quillonia")
	// Erasing forgets what previews were answered, whoever was in them.
	s.Exec(t, `delete from idempotency_keys where event_id is null and result::text like '%quillonia%'`)
	tables := holders(s.Backup(t), "vantablick")
	slices.Sort(tables)
	same(t, "tables that hold their words", strings.Join(tables, " "),
		"public.draft_versions public.drafts public.idempotency_keys public.lead_words public.leads public.messages public.origin_rows public.scores")
	before := s.leadFile(t, ws, kept.lead)
	named := holders(s.Dump(t), gone.lead)
	for _, table := range []string{"river.river_job", "public.webhook_deliveries", "public.origin_rows"} {
		same(t, table+" names it", slices.Contains(named, table), true)
	}
	events := s.Count(t, `select count(*) from audit_events`)

	reader, admin := s.as(t, ws.Workspace(), access.Member), s.as(t, ws.Workspace(), access.Admin)
	reader.get(at(ws, "leads", gone.lead, "erase")).is(http.StatusForbidden)
	reader.post(at(ws, "leads", gone.lead, "erase"), url.Values{"name": {"vantablick von vantablick"}}).is(http.StatusForbidden)
	question := admin.get(admin.get(at(ws, "leads", gone.lead)).link("Erase this lead for good")).is(http.StatusOK)
	wrong := question.submit("Erase vantablick von vantablick", url.Values{"name": {"quillonia"}}).is(http.StatusUnprocessableEntity).
		says("This is not what the lead is called. Nothing was erased")
	same(t, "kept", formFields(wrong.button("Erase vantablick von vantablick")).Get("name"), "quillonia")
	typed := url.Values{"name": {" vantablick von  vantablick "}}
	question.submit("Erase vantablick von vantablick", typed).is(http.StatusOK).says("The lead was erased")
	question.submit("Erase vantablick von vantablick", typed).is(http.StatusOK).says("The lead was erased") // twice by one form
	admin.post(at(ws, "leads", gone.lead, "erase"), typed).is(http.StatusNotFound)

	dump := s.Backup(t)
	same(t, "a word of theirs in it", strings.Contains(strings.ToLower(dump), "vantablick"), false)
	same(t, "tables that name the lead", holders(dump, gone.lead), []string{"public.audit_events"})
	for _, d := range gone.drafts {
		same(t, "tables that name its draft", strings.TrimPrefix(strings.Join(holders(dump, d), " "), "public.audit_events"), "")
	}
	same(t, "the other one", s.leadFile(t, ws, kept.lead), before)
	same(t, "what is kept of the other one's requests", s.Count(t, `select count(*) from idempotency_keys where result::text like '%quillonia%'`) > 5, true)
	same(t, "its jobs", s.Count(t, `select count(*) from river.river_job where args->>'draft' = any($1) or args->>'lead' = $2`,
		kept.drafts, kept.lead), 8)
	same(t, "one event", s.Count(t, `select count(*) from audit_events`), events+1)
	same(t, "which holds the id alone", s.words(t, `select concat_ws('|', action, capacity, details) from audit_events order by rev desc limit 1`),
		`lead.erased|admin|{"lead": "`+gone.lead+`"}`)
	admin.get(at(ws, "activity")).is(http.StatusOK).says("Erased a lead, with all that was kept about them")
	s.Healthy(t)

	// Whoever asks for it hears that it is not there, and a message that comes again
	// makes a new lead.
	admin.get(at(ws, "leads", gone.lead)).is(http.StatusNotFound)
	admin.get(at(ws, "leads", gone.lead+".json")).is(http.StatusNotFound)
	send := s.token(t, ws, "send")
	for _, path := range []string{"drafts/" + gone.drafts[3], "leads/" + gone.lead, "leads/" + gone.lead + "/messages"} {
		s.ask(t, send, "GET", api(ws, path), "").is(http.StatusNotFound)
	}
	s.ask(t, send, "POST", api(ws, "drafts", gone.drafts[3], "sent"), "{}").is(http.StatusNotFound)
	again := `{"externalId": "<vantablick-1@example.com>", "channel": "email", "body": "Hello?", "sentAt": "` +
		time.Now().Format(time.RFC3339) + `", "lead": {"externalId": "crm-vantablick"}}`
	same(t, "a new draft", s.hook(t, ws.Workspace().String(), again, sign(secret, again)).is(http.StatusAccepted).draftID() == gone.drafts[1], false)
	same(t, "a new lead", s.Count(t, `select count(*) from leads where external_id = 'crm-vantablick' and id <> $1 and first_name = ''`, gone.lead), 1)
}

func TestALeadIsExportedWholeAndOnlyInItsWorkspace(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, other := s.Workspace(t, "Harbor"), s.Workspace(t, "Cedar")
	s.NewPersona(t, ws, "Default")
	s.Exec(t, `insert into webhooks (workspace_id, url, events, secret) values ($1, 'https://example.com/', '{draft.created,lead.contact_changed}', repeat('s', 40))`, ws.Workspace())
	x := s.lives(t, ws, s.secret(t, ws), "vantablick")
	reader, stranger := s.as(t, ws.Workspace(), access.Member), s.as(t, other.Workspace(), access.Owner)
	page := reader.get(reader.get(at(ws, "leads", x.lead)).link("Download all that is kept about them, as JSON")).is(http.StatusOK)
	same(t, "as a file", page.header.Get("Content-Disposition"), `attachment; filename="lead-`+x.lead+`.json"`)
	var file struct {
		Lead     struct{ ExternalID, FirstName, Email, Company string }
		Messages []struct {
			ExternalID, Subject, Body string
			Draft                     struct {
				State, RejectReason, ExternalID, Problem, TakenBy string
				Versions                                          []struct{ Body string }
			}
		}
		Scores     []struct{ Reason string }
		Events     []struct{ Action, Capacity, Who, DraftID string }
		Deliveries []struct {
			Event string
			Tries []struct{ Status int }
		}
	}
	if err := json.Unmarshal([]byte(page.body), &file); err != nil {
		t.Fatal(err)
	}
	same(t, "who", fmt.Sprint(file.Lead), "{crm-vantablick vantablick vantablick@example.com vantablick Ltd}")
	var states []string
	for _, m := range file.Messages {
		states = append(states, m.Draft.State)
	}
	same(t, "states", strings.Join(states, " "), "sent rejected failed withdrawn withdrawn withdrawn")
	first := file.Messages[0]
	same(t, "a message", []any{first.ExternalID, first.Subject, first.Body, first.Draft.ExternalID, first.Draft.TakenBy, len(first.Draft.Versions)},
		[]any{"<vantablick-0@example.com>", "About vantablick", "What does vantablick cost?", "<out-vantablick@example.com>", "Program", 2})
	same(t, "why", []string{file.Messages[1].Draft.RejectReason, file.Messages[2].Draft.Problem, file.Scores[0].Reason},
		[]string{"tone", "vantablick@example.com: mailbox full", "vantablick asks for a price"})
	same(t, "events", []any{len(file.Events), file.Events[0].Action, file.Events[0].Capacity, file.Events[0].Who},
		[]any{12, "draft.edited", "token", "Olga Owner"})
	same(t, "deliveries", []any{len(file.Deliveries), file.Deliveries[0].Event, file.Deliveries[0].Tries[0].Status}, []any{7, "draft.created", 500})
	told := s.ask(t, s.token(t, ws, "read"), "GET", api(ws, "leads", x.lead, "export"), "").is(http.StatusOK)
	same(t, "the API says the same", fmt.Sprint(told.data), fmt.Sprint(decoded(t, page.body)))

	stranger.get(at(ws, "leads", x.lead+".json")).is(http.StatusNotFound)
	s.client(t).get(at(ws, "leads", x.lead+".json")).says("Sign in")
	theirs := s.as(t, other.Workspace(), access.Owner)
	token := s.token(t, other, "write")
	dump := s.Dump(t)
	for _, path := range []string{x.lead, x.lead + ".json", x.lead + "/erase", "nonsense.json"} {
		theirs.get(at(other, "leads", path)).is(http.StatusNotFound)
	}
	theirs.post(at(other, "leads", x.lead, "erase"), url.Values{"name": {"vantablick von vantablick"}}).is(http.StatusNotFound)
	for _, ask := range []string{"GET ", "GET /export", "GET /messages", "DELETE "} {
		method, path, _ := strings.Cut(ask, " ")
		s.ask(t, token, method, api(other, "leads", x.lead)+path, "").is(http.StatusNotFound)
	}
	same(t, "messages", s.Count(t, `select count(*) from messages where lead_id = $1`, x.lead), 6)
	same(t, "nothing else changed", strings.Count(s.Dump(t), "vantablick"), strings.Count(dump, "vantablick"))

	s.ask(t, s.token(t, ws, "write"), "DELETE", api(ws, "leads", x.lead), "").is(http.StatusOK)
	same(t, "tables that hold their words", len(holders(s.Dump(t), "vantablick")), 0)
}

// decoded returns what a JSON text holds.
func decoded(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAConversationIsReadFromItsEndInParts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	lead, _ := s.drafted(t, ws)
	s.Exec(t, `insert into messages (workspace_id, lead_id, channel, external_id, subject, body, sent_at)
		select $1, $2, 'email', '<' || n || '@example.com>', case when n % 2 = 0 then 'Re: Prices' else '' end, 'No ' || n, now() - n * interval '1 hour'
		from generate_series(1, 6) n`, ws.Workspace(), lead)
	s.Exec(t, `update messages set sent_at = (select sent_at from messages where body = 'No 3') where body in ('No 2', 'No 4')`) // at once
	token := s.token(t, ws, "send")
	var bodies []string
	for next := api(ws, "leads", lead, "messages?limit=2"); next != ""; {
		answer := s.ask(t, token, "GET", next, "").is(http.StatusOK)
		for _, m := range answer.data.([]any) {
			message := m.(map[string]any)
			bodies = append(bodies, message["body"].(string))
			if message["body"] == "No 6" {
				same(t, "for threading", []any{message["externalId"], message["subject"]}, []any{"<6@example.com>", "Re: Prices"})
			}
			if message["body"] == "What does it cost?" {
				same(t, "its draft", message["draft"].(map[string]any)["state"], any("waiting"))
			}
		}
		link := answer.header.Get("Link")
		next, _, _ = strings.Cut(strings.TrimPrefix(link, "<"), ">")
		next = strings.TrimPrefix(next, s.url)
	}
	middle := slices.Clone(bodies[2:5])
	slices.Sort(middle)
	same(t, "the newest first, each once", strings.Join(slices.Concat(bodies[:2], middle, bodies[5:]), ", "),
		"What does it cost?, No 1, No 2, No 3, No 4, No 5, No 6")
	s.ask(t, token, "GET", api(ws, "leads", lead, "messages?before="+uuid.NewString()), "").is(http.StatusUnprocessableEntity)
}
