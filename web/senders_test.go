package web_test

import (
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"personae/internal/postgres"
	"personae/internal/testing/smtptest"
)

// approved adds a lead with a draft that is approved.
func (s *site) approved(t *testing.T, ws postgres.Access) (lead, draft string) {
	t.Helper()
	lead, draft = s.drafted(t, ws)
	s.Exec(t, `update drafts set state = 'approved', decided_at = now() where id = $1`, draft)
	s.Exec(t, `update leads set email = id || '@example.com' where id = $1`, lead)
	s.Exec(t, `update messages set subject = 'Prices – please', external_id = '<' || id || '@example.com>' where lead_id = $1`, lead)
	return lead, draft
}

func TestASenderSaysOnceWhatBecameOfADraft(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	token := s.token(t, ws, "send")
	s.Exec(t, `insert into webhooks (workspace_id, url, events, secret) values ($1, 'https://example.com/',
		'{draft.approved,draft.rejected,draft.sent,draft.failed}', repeat('s', 40))`, ws.Workspace())
	ask := func(method, path, body string, status int) *told {
		t.Helper()
		answer := s.ask(t, token, method, api(ws, path), body)
		same(t, method+" "+path, answer.status, status)
		return answer
	}
	lead, draft := s.approved(t, ws)
	found := ask("GET", "drafts/"+draft, "", 200).data.(map[string]any)
	same(t, "to whom", found["to"].(map[string]any)["email"], any(lead+"@example.com"))
	same(t, "the subject", found["message"].(map[string]any)["subject"], any("Prices – please"))
	same(t, "the text", found["body"], any("Hi Liv,"))

	same(t, "taken", ask("POST", "drafts/"+draft+"/take", "", 200).data.(map[string]any)["takenByYou"], any(true))
	ask("POST", "drafts/"+draft+"/take", "", 409)
	const sent = `{"externalId": "<1@example.com>", "sentAt": "2026-01-02T03:04:05Z"}`
	first := ask("POST", "drafts/"+draft+"/sent", sent, 200)
	same(t, "the same again", ask("POST", "drafts/"+draft+"/sent", sent, 200).body, first.body)
	for _, other := range []string{`{"externalId": "<2@example.com>", "sentAt": "2026-01-02T03:04:05Z"}`,
		`{"externalId": "<1@example.com>", "sentAt": "2026-01-02T03:04:06Z"}`} {
		if said := ask("POST", "drafts/"+draft+"/sent", other, 409).Error; !strings.Contains(said, "<1@example.com>") {
			t.Errorf("it says %s", said)
		}
	}
	ask("POST", "drafts/"+draft+"/failed", `{"reason": "Mailbox full"}`, 409)

	_, other := s.approved(t, ws)
	ask("POST", "drafts/"+other+"/failed", `{"reason": ""}`, 422)
	failed := ask("POST", "drafts/"+other+"/failed", `{"reason": "Mailbox full"}`, 200)
	same(t, "the same again", ask("POST", "drafts/"+other+"/failed", `{"reason": "Mailbox full"}`, 200).body, failed.body)
	ask("POST", "drafts/"+other+"/failed", `{"reason": "No such user"}`, 409)
	ask("POST", "drafts/"+other+"/sent", `{"sentAt": "soon"}`, 422)
	ask("POST", "drafts/"+other+"/sent", `{"sentAt": "`+time.Now().Add(time.Hour).Format(time.RFC3339)+`"}`, 422)
	ask("POST", "drafts/"+other+"/sent", `{}`, 200)

	_, waits := s.drafted(t, ws)
	for _, path := range []string{"take", "sent", "failed"} {
		body := ""
		if path == "failed" {
			body = `{"reason": "No"}`
		}
		ask("POST", "drafts/"+waits+"/"+path, body, 409)
	}
	for path, status := range map[string]int{"personas": 403, "settings": 403, "activity": 403, "leads": 200,
		"leads/" + lead: 200, "drafts": 200, "drafts?state=gone": 422, "drafts?after=x": 422} {
		ask("GET", path, "", status)
	}
	ask("POST", "leads/"+lead+"/draft", "", 403)
	ask("POST", "leads/"+lead+"/drafts/"+waits+"/approve", `{"version": 1}`, 403)

	// What was sent stands in the conversation, and with programs of the origin's schema.
	s.Exec(t, `update drafts set decided_by = null`)
	same(t, "outbound", s.Count(t, `select count(*) from legacy."Message" where direction = 'outbound'
		and body = 'Hi Liv,' and "aiDraftId" is not null and "sentAt" is not null`), 2)
	s.as(t, ws.Workspace(), "member").get(at(ws, "leads", lead)).is(http.StatusOK).says("Sent on", "Subject: ")
	same(t, "events", s.Count(t, `select count(*) from audit_events where workspace_id = $1
		and action in ('draft.taken', 'draft.sent', 'draft.failed')`, ws.Workspace()), 4)
	same(t, "webhooks", s.Count(t, `select count(*) from webhook_deliveries where event in ('draft.sent', 'draft.failed')
		and data::text not like '%Hi%' and data::text not like '%example%'`), 3)
}

// TestWhoFollowsTheDraftsMissesNoneAndGetsNoneTwice has two write, in transactions that
// commit out of the order in which they began, while one reads on from its cursor.
func TestWhoFollowsTheDraftsMissesNoneAndGetsNoneTwice(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	token := s.token(t, ws, "send")
	const each = 20
	var ids [2 * each]string
	for i := range ids {
		_, ids[i] = s.drafted(t, ws)
	}
	var writers sync.WaitGroup
	for w := range 2 {
		writers.Go(func() {
			for _, id := range ids[w*each : (w+1)*each] {
				err := pgx.BeginFunc(t.Context(), s.SQL, func(tx pgx.Tx) error {
					_, err := tx.Exec(t.Context(), `update drafts set state = 'approved', decided_at = now() where id = $1`, id)
					time.Sleep(time.Duration(id[0]%4) * time.Millisecond)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan bool)
	go func() {
		writers.Wait()
		close(done)
	}()
	seen, next, last := map[string]int{}, "drafts?state=approved&limit=3", false
	for {
		answer := s.ask(t, token, "GET", api(ws, next), "")
		list, _ := answer.data.([]any)
		for _, d := range list {
			seen[d.(map[string]any)["id"].(string)]++
			next = "drafts?state=approved&limit=3&after=" + d.(map[string]any)["cursor"].(string)
		}
		if link := answer.header.Get("Link"); link != "" {
			same(t, "the link leads on", strings.Contains(link, "/drafts?after="), true)
			continue
		}
		if last {
			break
		}
		select {
		case <-done:
			last = true // and once more
		default:
		}
	}
	for _, id := range ids {
		same(t, id, seen[id], 1)
	}
}

// sender is examples/sender, which a test runs and kills.
type sender struct {
	program string
	env     []string
	process *exec.Cmd
	guard   sync.Mutex // who kills it is in another goroutine than who starts it
}

func newSender(t *testing.T, s *site, ws postgres.Access, url, address, smtp string) *sender {
	t.Helper()
	program := filepath.Join(t.TempDir(), "sender")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "personae/examples/sender")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p := &sender{program, []string{"PERSONAE_URL=" + url + strings.TrimSuffix(api(ws), "/"), "PERSONAE_TOKEN=" + s.token(t, ws, "send"),
		"SENDER_ADDR=" + address, "MAIL_FROM=maya@harbor.example",
		"SMTP_ADDR=" + strings.TrimPrefix(smtp, "smtp://")}, nil, sync.Mutex{}}
	t.Cleanup(p.kill)
	return p
}

func (p *sender) start(t *testing.T) {
	t.Helper()
	p.guard.Lock()
	defer p.guard.Unlock()
	p.process = exec.CommandContext(t.Context(), p.program)
	p.process.Env = p.env
	if err := p.process.Start(); err != nil {
		t.Fatal(err)
	}
}

func (p *sender) kill() {
	p.guard.Lock()
	defer p.guard.Unlock()
	_ = p.process.Process.Kill()
	_ = p.process.Wait()
}

// TestTheExampleSenderMailsEachDraftOnceHoweverItDies kills examples/sender before and
// after each of its requests, and before each answer of the mail server.
func TestTheExampleSenderMailsEachDraftOnceHoweverItDies(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	to, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	var p *sender
	var left atomic.Int64 // steps until it is killed
	step := func() {
		if left.Add(-1) == 0 {
			p.kill()
		}
	}
	mails := smtptest.New(t)
	mails.Before = func(string) { step() }
	pass := httputil.NewSingleHostReverseProxy(to)
	pass.ErrorLog = log.New(io.Discard, "", 0)
	pass.ModifyResponse = func(*http.Response) error { step(); return nil }
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		step()
		pass.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	p = newSender(t, s, ws, proxy.URL, "127.0.0.1:0", mails.URL)
	unknown := 0
	for at := int64(1); ; at++ {
		_, draft := s.approved(t, ws)
		const ended = `select count(*) from drafts where id = $1 and state in ('sent', 'failed')`
		left.Store(at)
		p.start(t)
		for left.Load() > 0 && s.Count(t, ended, draft) == 0 {
			time.Sleep(5 * time.Millisecond)
		}
		killed := left.Load() <= 0
		if killed {
			p.start(t)
		}
		s.Until(t, 1, ended, draft)
		p.kill()
		mailed := mails.Waiting()
		for range mailed {
			mails.Next(t)
		}
		sent := s.Count(t, `select count(*) from drafts where id = $1 and state = 'sent'`, draft)
		mayBe := s.Count(t, `select count(*) from drafts where id = $1 and problem like '%it may have been sent'`, draft)
		if mailed > 1 || sent == 1 && mailed == 0 || sent == 0 && mayBe == 0 {
			t.Errorf("killed at step %d: %d mails, said sent %d, said that it may be %d", at, mailed, sent, mayBe)
		}
		unknown += mailed * mayBe
		if !killed {
			t.Logf("killed at each of %d steps", at-1)
			break
		}
	}
	same(t, "it died once after handing a mail over, and said so", unknown > 0, true)
}

func TestTheExampleSenderLooksAtOnceWhereAWebhookCalls(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close() // for the sender
	mails := smtptest.New(t)
	p := newSender(t, s, ws, s.url, address, mails.URL)
	lead, first := s.approved(t, ws)
	p.start(t)
	m := mails.Next(t)
	same(t, "a mail", m, smtptest.Mail{From: "maya@harbor.example", To: lead + "@example.com", Subject: "Re: Prices – please",
		Text: "Hi Liv,\n"})
	s.Until(t, 1, `select count(*) from drafts where id = $1 and state = 'sent' and sent_id = '<' || id || '@sender>'`, first)

	time.Sleep(100 * time.Millisecond) // it has looked, and waits half a minute
	_, second := s.approved(t, ws)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address,
		strings.NewReader(`{"event": "draft.approved"}`))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := (&http.Client{Transport: s.hops}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	same(t, "answer to the webhook", answer.StatusCode, http.StatusOK)
	mails.Next(t)
	s.Until(t, 1, `select count(*) from drafts where id = $1 and state = 'sent'`, second)
}
