package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/postgres"
	"personae/internal/webhook"
	"personae/web"
)

func TestAWebhookIsAddedTriedPausedAndDeletedByItsPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Admin)
	const address = "http://127.0.0.1:9/hooks?key=hidden"
	b.get(b.get(at(ws, "personas")).link("Webhooks")).is(http.StatusOK).says("There is no webhook yet")
	shown := b.get(at(ws, "webhooks")).submit("Add webhook",
		url.Values{"url": {" " + address + " "}, "events": {webhook.DraftCreated, webhook.DefaultChanged}}).is(http.StatusOK).
		says("The webhook to 127.0.0.1:9 was added", "It cannot be shown again", address, "Nothing was sent yet")
	secret := shown.copied()
	if len(secret) != len("whsec_")+43 || !strings.HasPrefix(secret, "whsec_") {
		t.Fatalf("the secret is %q", secret)
	}
	same(t, "stored", s.Count(t, `select count(*) from webhooks where secret = $1 and url = $2
		and events = '{draft.created,persona.default_changed}' and paused_at is null`, secret, address), 1)
	again := b.get(shown.path).is(http.StatusOK)
	if strings.Contains(again.body, secret[:20]) || strings.Contains(b.get(at(ws, "webhooks")).says(address,
		"A draft was made").body, secret[:20]) {
		t.Error("the secret is shown twice")
	}
	again.submit("Send a test", nil).is(http.StatusOK).says("A test is on its way", "On its way.")
	renewed := again.submit("Make a new secret", nil).is(http.StatusOK).says("The webhook has a new secret").copied()
	same(t, "the secret is another", []any{renewed != secret, s.Count(t, `select count(*) from webhooks
		where secret = $1`, renewed)}, []any{true, 1})
	paused := again.submit("Pause", nil).is(http.StatusOK).
		says("The webhook is paused", "Paused since", "Stopped: the webhook was paused before this arrived.", "Resume first")
	if paused.button("Send a test") != nil || strings.Contains(paused.body, "Send again<") {
		t.Error("a webhook that is paused can be sent something")
	}
	again.submit("Send a test", nil).is(http.StatusConflict).says("This webhook is paused. Resume it first.")
	on := paused.submit("Resume", nil).is(http.StatusOK).says("The webhook is on again")
	var delivery string
	if err := s.SQL.QueryRow(t.Context(), `select id from webhook_deliveries`).Scan(&delivery); err != nil {
		t.Fatal(err)
	}
	b.post(on.path+"/deliveries/"+delivery+"/send", nil).is(http.StatusOK).says("It is being sent again", "On its way.")
	b.get(on.link("Delete this webhook")).is(http.StatusOK).says("Nothing more is sent to "+address).
		submit("Delete this webhook", nil).is(http.StatusOK).
		says("The webhook was deleted", "There is no webhook yet")
	again.submit("Send a test", nil).is(http.StatusNotFound)
	same(t, "left over", s.Count(t, `select (select count(*) from webhooks) + (select count(*)
		from webhook_deliveries)`), 0)
	b.get(at(ws, "activity?action=webhook")).is(http.StatusOK).
		says("Added a webhook", "Sent a test to a webhook", "Created a new secret for a webhook", "Paused a webhook",
			"Resumed a webhook", "Sent a delivery of a webhook again", "Deleted a webhook")
	same(t, "events", s.Count(t, `select count(*) from audit_events where action like 'webhook.%'
		and details ? 'webhook' and actor_id = $1`, b.user), 7)
	for _, hidden := range []string{"hidden", secret[6:20], renewed[6:20]} {
		if strings.Contains(s.log.String(), hidden) || s.Count(t, `select count(*) from audit_events e
			where e::text like '%' || $1 || '%'`, hidden) != 0 {
			t.Errorf("%q is in the log", hidden)
		}
	}
}

func TestWebhookFormKeepsWhatWasTypedAndMakesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *web.Options) { o.Webhooks = webhook.New(webhook.Options{}) })
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Owner)
	events := []string{webhook.PersonaUpdated}
	before := s.Snapshot(t)
	for name, c := range map[string]struct {
		url    string
		events []string
		says   string
	}{
		"nothing":       {" ", events, "Enter the address to send to"},
		"no address":    {"<b>example</b>", events, "Enter a whole address"},
		"not encrypted": {"http://example.com/", events, "The address must start with https://"},
		"private":       {"https://127.0.0.1/", events, "This address is private or reserved"},
		"metadata":      {"https://169.254.169.254/latest", events, "This address is private or reserved"},
		"a port":        {"https://1.1.1.1:5432/", events, "The port must be 443 or 8443"},
		"a password":    {"https://a:b@1.1.1.1/", events, "must not hold a name or password"},
		"too long":      {"https://1.1.1.1/" + strings.Repeat("x", 2000), events, "2000 characters or fewer"},
		"no event":      {"https://1.1.1.1/", nil, "Choose what to send"},
		"unknown event": {"https://1.1.1.1/", []string{"lead.created"}, "Choose what to send"},
	} {
		answer := b.get(at(ws, "webhooks")).submit("Add webhook", url.Values{"url": {c.url}, "events": c.events}).
			is(http.StatusUnprocessableEntity).says(c.says)
		if !strings.HasPrefix(answer.title(), "Error: ") {
			t.Errorf("%s: title is %q", name, answer.title())
		}
		typed := formFields(answer.button("Add webhook"))
		same(t, name, typed.Get("url"), c.url)
		if name != "unknown event" {
			same(t, name, typed["events"], c.events)
		}
	}
	b.get(at(ws, "webhooks")).submit("Add webhook", url.Values{"url": {"https://1.1.1.1/"}, "events": events, "shape": {"teams"}}).
		is(http.StatusUnprocessableEntity).says("Choose what it reads like")
	same(t, "tables", s.Snapshot(t), before)
	b.get(at(ws, "webhooks")).submit("Add webhook", url.Values{"url": {"https://1.1.1.1/"}, "events": events}).
		is(http.StatusOK)
	b.get(at(ws, "webhooks")).submit("Add webhook", url.Values{"url": {"https://1.1.1.1/"}, "events": events}).
		is(http.StatusUnprocessableEntity).
		says("There is a webhook with this address already")
	same(t, "webhooks", s.Count(t, `select count(*) from webhooks`), 1)
}

func TestTheAddressAndEventsOfAWebhookAreChangedOnItsPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Admin)
	added := b.get(at(ws, "webhooks")).submit("Add webhook",
		url.Values{"url": {"https://old.example/?key=hidden"}, "events": {webhook.DraftCreated}})
	secret := added.copied()
	s.Exec(t, `update webhooks set paused_at = now(), gone = true`)
	page := b.get(added.path).says("Pending deliveries go to the new address, signed with the same secret",
		"because the receiver answered 410")
	form := formFields(page.button("Save changes"))
	same(t, "the form", []string{form.Get("url"), form.Get("events"), form.Get("version")},
		[]string{"https://old.example/?key=hidden", webhook.DraftCreated, "1"})
	typed := url.Values{"url": {" https://new.example/?key=hidden "},
		"events": {webhook.PersonaUpdated, webhook.DraftCreated, webhook.PersonaUpdated}}
	// Pressed twice.
	for _, says := range []string{"Pending deliveries go to the new address", "It already read like this"} {
		saved := page.submit("Save changes", typed).is(http.StatusOK).
			says("The webhook to new.example was saved", says, "Paused since", "https://new.example/?key=hidden",
				"A persona’s words changed")
		same(t, "shown where", saved.path, page.path)
		if strings.Contains(saved.text(), "410") {
			t.Error("the new address is said to want nothing")
		}
	}
	stored := func(version int) {
		t.Helper()
		same(t, "stored", s.Count(t, `select count(*) from webhooks where url = 'https://new.example/?key=hidden'
			and events = '{draft.created,persona.updated}' and secret = $1 and version = $2
			and paused_at is not null and not gone`, secret, version), 1)
	}
	stored(2)
	b.get(page.path).submit("Save changes", nil).is(http.StatusOK).says("It already read like this")
	stored(2)
	same(t, "events", s.words(t, `select (details->'fields')::text from audit_events where action = 'webhook.edited'
		and details ? 'webhook' and details ? 'fields'`), `["url", "events"]`)
	b.get(at(ws, "activity?action=webhook")).says("Changed a webhook: address and what is sent",
		"Saved a webhook without a change")
	b.get(page.path).submit("Save changes", url.Values{"url": {"https://new.example/"}}).
		says("Pending deliveries go to the new address")
	if text := b.get(page.path).submit("Save changes", url.Values{"events": {webhook.DraftCreated}}).
		says("What is sent is as you chose").text(); strings.Contains(text, "goes to the new address") {
		t.Error(text)
	}
	if strings.Contains(s.log.String(), "hidden") || s.Count(t, `select count(*) from audit_events e
		where e::text like '%hidden%'`) != 0 {
		t.Error("the address is in the log")
	}
}

func TestAWebhookIsChangedOnlyToWhatCouldBeAddedAndKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *web.Options) { o.Webhooks = webhook.New(webhook.Options{}) })
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Owner)
	for _, address := range []string{"https://1.1.1.1/taken", "https://1.1.1.1/"} {
		b.get(at(ws, "webhooks")).submit("Add webhook", url.Values{"url": {address}}).is(http.StatusOK)
	}
	page := b.get(b.get(at(ws, "webhooks")).link("https://1.1.1.1/"))
	before := s.Snapshot(t)
	for says, typed := range map[string]url.Values{
		"Enter the address to send to":               {"url": {""}},
		"The address must start with https://":       {"url": {"http://1.1.1.1/"}},
		"This address is private or reserved":        {"url": {"https://10.0.0.1/"}},
		"There is a webhook with this address":       {"url": {"https://1.1.1.1/taken"}},
		"Choose what to send":                        {"url": {"https://1.1.1.1/new"}, "events": nil},
		"Choose what it reads like":                  {"url": {"https://1.1.1.1/new"}, "shape": {"teams"}},
		"did not say which version it was made from": {"url": {"https://1.1.1.1/new"}, "version": nil},
	} {
		answer := page.submit("Save changes", typed).is(http.StatusUnprocessableEntity).says(says, "https://1.1.1.1/")
		if !strings.HasPrefix(answer.title(), "Error: ") {
			t.Errorf("%s: title is %q", says, answer.title())
		}
		kept := formFields(answer.button("Save changes"))
		same(t, says, []string{kept.Get("url"), kept.Get("version")}, []string{typed.Get("url"), "1"})
		same(t, says, kept.Has("events"), !typed.Has("events"))
	}
	same(t, "tables", s.Snapshot(t), before)
}

func TestAnOutdatedChangeOfAWebhookIsRefusedAndShowsBoth(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b, other := s.as(t, ws.Workspace(), access.Admin), s.as(t, ws.Workspace(), access.Owner)
	mine := b.get(at(ws, "webhooks")).submit("Add webhook",
		url.Values{"url": {"https://old.example/"}, "events": {webhook.DraftCreated}})
	other.get(mine.path).submit("Save changes", url.Values{"url": {"https://theirs.example/"},
		"events": {webhook.PersonaUpdated}}).is(http.StatusOK)
	typed := url.Values{"url": {"https://mine.example/"}, "events": {webhook.DefaultChanged}}
	before := s.Snapshot(t)
	// A refusal for another reason makes the form no younger.
	wrong := mine.submit("Save changes", url.Values{"url": {""}}).is(http.StatusUnprocessableEntity)
	wrong.submit("Save changes", typed).is(http.StatusConflict)
	refused := mine.submit("Save changes", typed).is(http.StatusConflict).
		says("This webhook was changed meanwhile", "It says now: Address https://theirs.example/ What "+
			"is sent A persona’s words changed")
	same(t, "the title", refused.title(), "Error: Webhook to theirs.example – Harbor – personae")
	same(t, "the way out", refused.link("Leave it as it is now"), mine.path)
	kept := formFields(refused.button("Save changes"))
	same(t, "kept", []any{kept.Get("url"), kept["events"]},
		[]any{"https://mine.example/", []string{webhook.DefaultChanged}})
	same(t, "tables", s.Snapshot(t), before)
	refused.submit("Save changes", nil).is(http.StatusOK).says("The webhook to mine.example was saved")
	same(t, "stored", s.words(t, `select url || ' ' || events::text || ' ' || version from webhooks`),
		"https://mine.example/ {persona.default_changed} 3")
}

func TestTheLogOfAWebhookTellsEachTryAndHasPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, other := s.Workspace(t, "Harbor"), s.Workspace(t, "Cedar")
	b := s.as(t, ws.Workspace(), access.Owner)
	w, delivery := s.hooked(t, ws)
	theirs, theirDelivery := s.hooked(t, other)
	id := uuid.MustParse(w)
	job := postgres.DeliverJob{Workspace: ws.Workspace(), Delivery: uuid.MustParse(delivery), Round: 1}
	for _, try := range []webhook.Try{{Status: 500, Problem: "It answered 500."},
		{Problem: "It did not answer within 10 seconds."}} {
		if err := s.NoteTry(t.Context(), job, id, try, webhook.DeliveryWaiting, 5*time.Minute, ""); err != nil {
			t.Fatal(err)
		}
	}
	b.get(at(ws, "webhooks", w)).is(http.StatusOK).says("A test", "Not delivered yet. It did not answer within 10 "+
		"seconds.", "2 tries", "It answered 500.", "Next try:", delivery)
	if err := s.NoteTry(t.Context(), job, id, webhook.Try{Status: 502, Problem: "It answered 502."},
		webhook.DeliveryFailed, 0, ""); err != nil {
		t.Fatal(err)
	}
	b.get(at(ws, "webhooks", w)).is(http.StatusOK).says("Not delivered. It answered 502.", "3 tries")
	b.get(at(ws, "webhooks")).is(http.StatusOK).says("Not delivered. It answered 502.")
	s.Exec(t, `insert into webhook_deliveries (workspace_id, webhook_id, event, about, data, occurred_at)
		select workspace_id, webhook_id, 'draft.created', n, '{}', now() - n * interval '1 hour'
		from webhook_deliveries, generate_series(1, $2) n where id = $1`, delivery, postgres.DeliveriesPageSize)
	first := b.get(at(ws, "webhooks", w)).is(http.StatusOK)
	same(t, "deliveries of the first page", strings.Count(first.body, "Send again<"), postgres.DeliveriesPageSize)
	second := b.get(first.link("Next page")).is(http.StatusOK)
	same(t, "deliveries of the second page", strings.Count(second.body, "Send again<"), 1)
	for _, path := range []string{at(ws, "webhooks", theirs), at(ws, "webhooks", theirs, "delete"),
		at(ws, "webhooks", "x"), at(ws, "webhooks", uuid.NewString())} {
		b.get(path).is(http.StatusNotFound)
	}
	member := s.as(t, ws.Workspace(), access.Member)
	before := s.Snapshot(t)
	b.post(at(ws, "webhooks", theirs), url.Values{"url": {"https://example.com/"}, "events": {webhook.DraftCreated},
		"version": {"1"}}).is(http.StatusNotFound)
	for _, path := range []string{at(ws, "webhooks", theirs, "test"), at(ws, "webhooks", theirs, "delete"),
		at(ws, "webhooks", theirs, "secret"), at(ws, "webhooks", w, "deliveries", theirDelivery, "send"),
		at(ws, "webhooks", theirs, "deliveries", theirDelivery, "send"), at(ws, "webhooks", w, "deliveries", "x", "send")} {
		b.post(path, nil).is(http.StatusNotFound)
	}
	if strings.Contains(member.get(at(ws, "personas")).body, "Webhooks") {
		t.Error("a member is shown the way to webhooks")
	}
	member.get(at(ws, "webhooks")).is(http.StatusForbidden)
	member.get(at(ws, "webhooks", w)).is(http.StatusForbidden)
	member.post(at(ws, "webhooks", w, "deliveries", delivery, "send"), nil).is(http.StatusForbidden)
	same(t, "tables", s.Snapshot(t), before)
	pages := regexp.MustCompile(`method=GET route=/workspaces/:ws/webhooks\S* workspaceId=\S+ status=200.* dbTrips=(\d+)`).FindAllStringSubmatch(s.log.String(), -1)
	if len(pages) < 4 {
		t.Errorf("the log has %d lines of pages", len(pages))
	}
	for _, line := range pages {
		same(t, "round trips", line[1], "2")
	}
}
