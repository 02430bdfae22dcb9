package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/config"
	"personae/internal/drafting"
	"personae/internal/postgres"
	"personae/internal/testing/browser"
	"personae/internal/testing/llmtest"
	"personae/web"
)

// asks lets a site's previews be written by a model, which a test may hold for
// as long as it needs.
func asks(c config.LLM) func(*web.Options) {
	c.Timeout = time.Minute
	return func(o *web.Options) { o.Drafter = drafting.New(c) }
}

// again serves the same database and sessions by another server, whose previews
// this model writes and whose answers may take so long.
func (s *site) again(t *testing.T, c config.LLM, long time.Duration) *site {
	t.Helper()
	passwords, err := passwords()
	if err != nil {
		t.Fatal(err)
	}
	handler, err := web.New(web.Options{DB: s.DB, Passwords: passwords, Log: slog.New(slog.DiscardHandler),
		Drafter: drafting.New(c),
		Key:     []byte(strings.Repeat("k", 32)), Idle: time.Hour, Absolute: 2 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(handler)
	server.Config.WriteTimeout = long
	server.Start()
	t.Cleanup(server.Close)
	other := *s
	other.server, other.url = handler, server.URL
	return &other
}

// at returns the same browser at another server of the site.
func (b *client) at(s *site) *client {
	other := *b
	other.site = s
	return &other
}

// streamed asks for a preview as the page's script does, and returns what it shows
// at the end, what it showed of each draft before that, and whether that is all.
func (b *client) streamed(path string, form url.Values) (sections, before []string, done bool) {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.site.url+path,
		strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/x-ndjson")
	answer, err := b.client.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "application/x-ndjson" {
		b.t.Fatalf("status %d, %s", answer.StatusCode, answer.Header.Get("Content-Type"))
	}
	same(b.t, "what nginx may keep back", answer.Header.Get("X-Accel-Buffering"), "no")
	sections, before = make([]string, 2), make([]string, 2)
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		var part struct {
			Draft      *int
			Text, HTML string
			Done       bool
		}
		if err := json.Unmarshal(lines.Bytes(), &part); err != nil {
			b.t.Fatalf("%v: %s", err, lines.Text())
		}
		done = part.Done
		if part.Draft != nil {
			for len(sections) <= *part.Draft {
				sections, before = append(sections, ""), append(before, "")
			}
			sections[*part.Draft] = part.HTML
			before[*part.Draft] += part.Text
		}
	}
	if err := lines.Err(); err != nil {
		b.t.Fatal(err)
	}
	return sections, before, done
}

// tried is a workspace with two personas, and the form that tries them.
func (s *site) tried(t *testing.T) (postgres.Access, url.Values) {
	t.Helper()
	ws := s.Workspace(t, "Harbor")
	first, second := s.NewPersona(t, ws, "First"), s.NewPersona(t, ws, "Second")
	return ws, url.Values{"left": {first.ID.String()}, "right": {second.ID.String()}, "channel": {"email"},
		"first_name": {"Liv"}, "message": {"Geheim?"}}
}

func TestAModelWritesBothPreviewsAndNothingIsStored(t *testing.T) {
	t.Parallel()
	first, second := make(chan struct{}), make(chan struct{}) // neither is answered before both are asked
	together := func(w http.ResponseWriter, r *http.Request, a llmtest.Asked) {
		select {
		case first <- struct{}{}:
		case <-first:
			close(second)
		case <-r.Context().Done():
		}
		select {
		case <-second:
		case <-r.Context().Done():
		}
		llmtest.Answer("It depends. <script>alert(1)</script> & \u202eso on")(w, r, a)
	}
	model := llmtest.Start(t, together, together, llmtest.Answer("It depends. <b>"))
	s := newSite(t, asks(model.LLM()))
	ws, form := s.tried(t)
	b := s.as(t, ws.Workspace(), access.Member)
	before := s.Snapshot(t)
	page := b.get(at(ws, "preview")).is(http.StatusOK).says("The model writes both, which takes some seconds.")
	same(t, "asked before anybody pressed the button", len(model.Asked()), 0)
	page = page.submit("Compare", form).is(http.StatusOK).
		says("Hello from First It depends. <script>alert(1)</script> & so on", "Hello from Second It depends.",
			"Written by the model")
	if strings.Contains(page.body, "<script>alert") {
		t.Error("what the model wrote is not escaped")
	}
	for _, asked := range model.Asked() {
		same(t, "the model is shown", asked.Data(t)["message"], any("Geheim?"))
	}
	sections, streamed, done := b.streamed(at(ws, "preview"), form)
	for i, name := range []string{"First", "Second"} {
		same(t, "streamed", streamed[i], "Hello from "+name+"\n\nIt depends. <b>\n\nHarbor")
		if !strings.Contains(sections[i], "Hello from "+name+"\n\nIt depends. &lt;b&gt;") ||
			!strings.Contains(sections[i], "Written by the model") {
			t.Errorf("at the end: %s", sections[i])
		}
	}
	same(t, "told that it is all", done, true)
	page.submit("Compare", url.Values{"message": {"a\x00b"}}).is(http.StatusUnprocessableEntity)
	same(t, "asked in all", len(model.Asked()), 4)
	same(t, "tables", s.Snapshot(t), before)
	if strings.Contains(s.log.String(), "Geheim") || strings.Contains(s.log.String(), "depends") {
		t.Error("the log holds words")
	}
}

// TestEachFaultOfAModelIsSaidAndTheComposerWrites looks at the page and the
// stream. Neither keeps half of what a model wrote.
func TestEachFaultOfAModelIsSaidAndTheComposerWrites(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	type trial struct {
		llmtest.Fault
		by   *client
		ws   postgres.Access
		form url.Values
	}
	var trials []trial // in a workspace each, as one person may have only two previews written at once
	for _, f := range llmtest.Faults("It depends on a thing or two.") {
		ws, form := s.tried(t)
		trials = append(trials, trial{f, s.as(t, ws.Workspace(), access.Member), ws, form})
	}
	before := s.Snapshot(t, "model_turns")
	for _, f := range trials {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			llm := llmtest.Start(t, f.Reply).LLM()
			if f.Timeout != 0 {
				llm.Timeout = f.Timeout
			}
			ws, form, b := f.ws, f.form, f.by.at(s.again(t, llm, 0))
			b.t = t
			words := "No answer of the model could be used: " + f.Want.Error() +
				". The built-in composer would write this instead:"
			page := b.post(at(ws, "preview"), form).is(http.StatusOK).
				says(words, "Hello from First You asked: “Geheim?”", "Hello from Second You asked: “Geheim?”")
			same(t, "kept", formFields(page.button("Compare")).Get("message"), "Geheim?")
			sections, _, done := b.streamed(at(ws, "preview"), form)
			same(t, "told that it is all", done, true)
			for _, section := range sections {
				if !strings.Contains(section, "No answer of the model could be used") ||
					!strings.Contains(section, "You asked: “Geheim?”") || strings.Contains(section, "It depends") {
					t.Errorf("at the end: %s", section)
				}
			}
			same(t, "tables", s.Snapshot(t, "model_turns"), before)
		})
	}
}

// TestWritingMayTakeLongerThanOtherAnswers serves as where every answer comes
// too late, and waits for a model all the same.
func TestWritingMayTakeLongerThanOtherAnswers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, form := s.tried(t)
	b := s.as(t, ws.Workspace(), access.Member).at(s.again(t, llmtest.Start(t, llmtest.Answer("It depends.")).LLM(),
		time.Nanosecond))
	b.post(at(ws, "preview"), form).is(http.StatusOK).says("It depends.")
	_, streamed, done := b.streamed(at(ws, "preview"), form)
	same(t, "streamed", []any{streamed[0], done}, []any{"Hello from First\n\nIt depends.\n\nHarbor", true})
}

// both waits for two signals, and fails when they do not come.
func both(t *testing.T, of <-chan struct{}) {
	t.Helper()
	for range 2 {
		select {
		case <-of:
		case <-time.After(30 * time.Second):
			t.Fatal("nothing comes")
		}
	}
}

// until waits until an expression is true in the page.
func until(tab *browser.Tab, expression string) {
	browser.Evaluate[bool](tab,
		`new Promise(done => { const look = () => (`+expression+`) ? done(true) : setTimeout(look, 5); look(); })`)
}

// TestThePreviewAppearsAsItIsWritten holds the model in the middle of its
// answer: what it wrote before is there to be read, and no connection to the
// database is held.
func TestThePreviewAppearsAsItIsWritten(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	model := llmtest.Start(t, llmtest.Held("It depends", " on a thing or two. <i>Really</i>.", release))
	s := newSite(t, asks(model.LLM()))
	ws, _ := s.tried(t)
	tab, user, _ := s.person(t, true, access.NewUser{Name: "Ada Morgan"})
	s.Member(t, ws.Workspace(), user, access.Member)
	before := s.Snapshot(t)
	tab.Get(at(ws, "preview"))
	// A click as tab.Press does it waits for the end of what is under way.
	const press = `document.querySelector("form[data-streams] button").click(), true`
	const both = `[...document.querySelectorAll("#drafts section")].length === 2 && [...document.querySelectorAll("#drafts section")]`
	browser.Evaluate[bool](tab, press)
	until(tab, both+`.every(s => s.getAttribute("aria-busy") === "true" && s.querySelector("blockquote").textContent.endsWith("It depends"))`)
	same(t, "focus", tab.Focused(), "group: What they would write")
	same(t, "said", browser.Evaluate[string](tab, `document.getElementById("status").textContent`),
		"The model is writing.")
	same(t, "connections held", s.Count(t, `select count(*) from pg_stat_activity where datname = current_database()
		and state like 'idle in transaction%'`), 0)
	close(release)
	until(tab, `document.getElementById("status").textContent === "All is written."`)
	same(t, "whole", browser.Evaluate[bool](tab,
		both+`.every(s => s.getAttribute("aria-busy") === "false" && s.textContent.includes("It depends on a thing or two. <i>Really</i>.") && s.textContent.includes("Written by the model"))`), true)
	same(t, "focus", tab.Focused(), "group: What they would write")
	same(t, "still at", tab.Path(), at(ws, "preview"))
	same(t, "no button to stop", tab.Has("button", "Stop"), false)
	same(t, "tables", s.Snapshot(t), before)
	if said := tab.Reported(); len(said) > 0 {
		t.Errorf("the browser complains: %q", said)
	}
}

func TestWhoLeavesOrStopsEndsTheModelsWork(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{}, 10)
	stalled := make(chan struct{}, 10)
	model := llmtest.Start(t, func(w http.ResponseWriter, r *http.Request, a llmtest.Asked) {
		stalled <- struct{}{}
		llmtest.Stalls("It depends")(w, r, a)
		ended <- struct{}{}
	})
	s := newSite(t, asks(model.LLM()))
	ws, form := s.tried(t)
	b := s.as(t, ws.Workspace(), access.Member)
	ctx, leave := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+at(ws, "preview"),
		strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	left := make(chan error)
	go func() {
		answer, err := b.client.Do(request)
		if err == nil {
			_ = answer.Body.Close()
		}
		left <- err
	}()
	both(t, stalled)
	leave()
	if err := <-left; err == nil {
		t.Fatal("it was answered")
	}
	both(t, ended)

	tab, user, _ := s.person(t, true, access.NewUser{Name: "Ada Morgan"})
	s.Member(t, ws.Workspace(), user, access.Member)
	for _, leave := range []func(){
		func() {
			tab.Press("Stop")
			tab.Says("Stopped. What was written is gone.")
			same(t, "focus", tab.Focused(), "button: Compare")
		},
		func() { tab.Get(at(ws, "personas")) },
	} {
		tab.Get(at(ws, "preview"))
		browser.Evaluate[bool](tab, `document.querySelector("form[data-streams] button").click(), true`)
		both(t, stalled)
		until(tab, `document.querySelector("#drafts [data-stop]") !== null`)
		leave()
		both(t, ended)
	}
}

func TestOnlySoManyPreviewsAreWrittenAtOnce(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	stalled := make(chan struct{}, 100)
	model := llmtest.Start(t, func(w http.ResponseWriter, r *http.Request, a llmtest.Asked) {
		stalled <- struct{}{}
		select {
		case <-release:
			llmtest.Answer("It depends.")(w, r, a)
		case <-r.Context().Done():
		}
	})
	s := newSite(t, asks(model.LLM()))
	ws, form := s.tried(t)
	var under sync.WaitGroup
	hold := func(b *client) {
		path, form := at(ws, "preview"), form
		under.Go(func() { b.post(path, form).says("It depends.") })
		both(t, stalled)
	}
	ada := s.as(t, ws.Workspace(), access.Member)
	hold(ada)
	hold(ada)
	const full = "The model writes as many previews as it may at once."
	refused := ada.post(at(ws, "preview"), form).is(http.StatusTooManyRequests).says(full)
	same(t, "kept", formFields(refused.button("Compare")).Get("message"), "Geheim?")
	if refused.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	milo := s.as(t, ws.Workspace(), access.Member)
	hold(milo)
	hold(milo)
	third := s.as(t, ws.Workspace(), access.Member)
	third.post(at(ws, "preview"), form).is(http.StatusTooManyRequests).says(full)
	ws, form = s.tried(t) // another workspace has turns of its own
	for range 2 {
		one := s.as(t, ws.Workspace(), access.Member)
		hold(one)
		hold(one)
	}
	elsewhere, otherForm := s.tried(t)
	s.as(t, elsewhere.Workspace(), access.Member).post(at(elsewhere, "preview"), otherForm).
		is(http.StatusTooManyRequests).says(full)
	same(t, "asked", len(model.Asked()), 16)
	close(release)
	under.Wait()
	s.as(t, ws.Workspace(), access.Member).post(at(ws, "preview"), form).is(http.StatusOK).says("It depends.")
}

// TestPreviewsOfAllInstancesAreCountedTogether has one person ask two servers in turns.
func TestPreviewsOfAllInstancesAreCountedTogether(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	stalled := make(chan struct{}, 100)
	model := llmtest.Start(t, func(w http.ResponseWriter, r *http.Request, a llmtest.Asked) {
		stalled <- struct{}{}
		select {
		case <-release:
			llmtest.Answer("It depends.")(w, r, a)
		case <-r.Context().Done():
		}
	})
	c := model.LLM()
	c.Timeout = time.Minute
	s := newSite(t, asks(c))
	other := s.again(t, c, time.Minute)
	ws, form := s.tried(t)
	var under sync.WaitGroup
	hold := func(b *client) {
		under.Go(func() { b.post(at(ws, "preview"), form).says("It depends.") })
		both(t, stalled)
	}
	refused := func(b *client) {
		t.Helper()
		for _, instance := range []*client{b, b.at(other)} {
			instance.post(at(ws, "preview"), form).is(http.StatusTooManyRequests).
				says("The model writes as many previews as it may at once.")
		}
	}
	ada, milo := s.as(t, ws.Workspace(), access.Member), s.as(t, ws.Workspace(), access.Member)
	hold(ada)
	hold(ada.at(other))
	refused(ada)
	hold(milo)
	hold(milo.at(other))
	refused(s.as(t, ws.Workspace(), access.Member))
	same(t, "asked", len(model.Asked()), 8)
	close(release)
	under.Wait()
	same(t, "turns left", s.Count(t, `select count(*) from model_turns`), 0)

	// An instance that was killed gives nothing back.
	for range 2 {
		if _, err := s.TakeTurn(t.Context(), s.Access(t, ada.user, ws.Workspace()), 2*time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	refused(ada)
	s.Exec(t, `update model_turns set ends_at = ends_at - interval '2 minutes'`)
	for _, instance := range []*client{ada, ada.at(other)} {
		instance.post(at(ws, "preview"), form).is(http.StatusOK).says("It depends.")
	}
}

func TestAMessageThatCameInIsPreviewedWithOtherPersonas(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, other := s.Workspace(t, "Harbor"), s.Workspace(t, "Cedar")
	first, second := s.NewPersona(t, ws, "First"), s.NewPersona(t, ws, "Second")
	lead, _ := s.drafted(t, ws)
	foreign, _ := s.drafted(t, other)
	message := func(lead string) string {
		t.Helper()
		return s.words(t, `select id::text from messages where lead_id = '`+lead+`'`)
	}
	b := s.as(t, ws.Workspace(), access.Member)
	before := s.Snapshot(t)
	link := "/preview?message=" + message(lead)
	if !strings.Contains(b.get(at(ws, "leads", lead)).is(http.StatusOK).says("Preview with other personas").body, link) {
		t.Error("the page of the lead does not lead there")
	}
	page := b.get(at(ws, "preview?message="+message(lead))).is(http.StatusOK).
		says("Hello from First You asked: “What does it cost?”", "Hello from Second You asked: “What does it cost?”")
	fields := formFields(page.button("Compare"))
	same(t, "filled in", []string{fields.Get("left"), fields.Get("right"), fields.Get("channel"),
		fields.Get("first_name"), fields.Get("last_name"), fields.Get("message")},
		[]string{first.ID.String(), second.ID.String(), "email", "Liv", "", "What does it cost?"})
	for _, nowhere := range []string{message(foreign), uuid.NewString(), "x", lead} {
		b.get(at(ws, "preview?message="+nowhere)).is(http.StatusNotFound)
	}
	same(t, "tables", s.Snapshot(t), before)

	campaign := s.NewCampaign(t, ws, "Spring")
	s.Exec(t, `update campaigns set persona_id = $2 where id = $1`, campaign, second.ID)
	s.Exec(t, `update messages set campaign_id = $1, channel = 'sms', body = repeat('x', 20000) where lead_id = $2`,
		campaign, lead)
	page = b.get(at(ws, "preview?message="+message(lead))).is(http.StatusOK)
	fields = formFields(page.button("Compare"))
	same(t, "who would answer is first", []string{fields.Get("left"), fields.Get("right"), fields.Get("channel")},
		[]string{second.ID.String(), first.ID.String(), "sms"})
	page.submit("Compare", nil).is(http.StatusOK).says("SMS part")
}

// TestWhatCameInLastIsOfferedToBeTried has more messages than are offered, of
// which one lead sent two.
func TestWhatCameInLastIsOfferedToBeTried(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, other := s.Workspace(t, "Harbor"), s.Workspace(t, "Cedar")
	first, second := s.NewPersona(t, ws, "First"), s.NewPersona(t, ws, "Second")
	b := s.as(t, ws.Workspace(), access.Member)
	s.drafted(t, other)
	const offer = "Try a message that came in"
	if strings.Contains(b.get(at(ws, "preview")).is(http.StatusOK).text(), offer) {
		t.Error("it offers what is not there")
	}
	lead := uuid.New()
	s.Exec(t, `insert into leads (id, workspace_id, external_id, first_name, last_name, company)
		values ($1, $2, 'liv', 'Liv', 'Strand', 'Strand Shipping')`, lead, ws.Workspace())
	s.Exec(t, `insert into leads (workspace_id, external_id) select $1, 'nameless-' || n
		from generate_series(1, 7) n`, ws.Workspace())
	// The last one is by SMS and long; the one of a year ago is too old to be offered.
	s.Exec(t, `insert into messages (workspace_id, lead_id, channel, external_id, body, sent_at)
		select $1::uuid, $2::uuid, 'sms', 'last', E'Words of\nthe last ' || repeat('x', 300),
		'2026-03-04 05:06Z'::timestamptz union all
		select $1, $2, 'email', 'old', 'Words of long ago', '2025-03-04 05:06Z' union all
		select $1, id, 'linkedin', external_id, 'Words of ' || external_id, '2026-01-01 00:00Z'::timestamptz +
		right(external_id, 1)::int * interval '1 minute'
			from leads where workspace_id = $1 and first_name = ''`, ws.Workspace(), lead)
	before := s.Snapshot(t)
	page := b.get(at(ws, "preview")).is(http.StatusOK).
		says(offer, "Words of the last", "LinkedIn message of 1 January 2026, 00:01 UTC")
	var offered []string
	for n := range page.doc().Descendants() {
		if href := attr(n, "href"); n.Data == "a" && strings.Contains(href, "/preview?message=") {
			offered = append(offered, textOf(n))
		}
	}
	same(t, "offered", offered, []string{"Liv Strand, SMS of 4 March 2026, 05:06 UTC", "nameless-7, LinkedIn " +
		"message of 1 January 2026, 00:07 UTC",
		"nameless-6, LinkedIn message of 1 January 2026, 00:06 UTC", "nameless-5, LinkedIn message of 1 January " +
			"2026, 00:05 UTC",
		"nameless-4, LinkedIn message of 1 January 2026, 00:04 UTC", "nameless-3, LinkedIn message of 1 January " +
			"2026, 00:03 UTC",
		"nameless-2, LinkedIn message of 1 January 2026, 00:02 UTC", "nameless-1, LinkedIn message of 1 January " +
			"2026, 00:01 UTC"})
	if strings.Contains(page.text(), "Words of long ago") || strings.Contains(page.text(), strings.Repeat("x", 121)) {
		t.Error("it offers more than the first words of the last messages")
	}

	page = b.get(page.link(offered[0])).is(http.StatusOK).
		says("Filled in: the SMS of 4 March 2026, 05:06 UTC from Liv Strand", offer)
	fields := formFields(page.button("Compare"))
	same(t, "filled in", []string{fields.Get("left"), fields.Get("right"), fields.Get("channel"),
		fields.Get("first_name"), fields.Get("last_name"), fields.Get("company"), fields.Get("message")},
		[]string{first.ID.String(), second.ID.String(), "sms", "Liv", "Strand", "Strand Shipping",
			"Words of\r\nthe last " + strings.Repeat("x", 300)})
	page.submit("Compare", nil).is(http.StatusOK).says(offer)
	b.get(page.link("Liv Strand")).is(http.StatusOK).says("Words of long ago")
	page.submit("Compare", url.Values{"message": {"a\x00b"}}).is(http.StatusUnprocessableEntity).says(offer)
	same(t, "tables", s.Snapshot(t), before)
}
