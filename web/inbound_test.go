package web_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/postgres"
	"personae/internal/seal"
	"personae/internal/testing/dbtest"
)

// secret makes a workspace's inbound secret by its page, as a manager does.
func (s *site) secret(t *testing.T, ws postgres.Access) string {
	t.Helper()
	page := s.as(t, ws.Workspace(), access.Owner).get(at(ws, "tokens"))
	button := "Make a secret"
	if page.button(button) == nil {
		button = "Make a new secret"
	}
	page = page.submit(button, nil).is(http.StatusOK).says("The inbound secret was made", "It cannot be shown again")
	for n := range page.doc().Descendants() {
		if attr(n, "id") == "copy" {
			return attr(n, "value")
		}
	}
	t.Fatal("the secret is not shown")
	return ""
}

func sign(secret, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// hook sends a body with these signatures.
func (s *site) hook(t *testing.T, workspace, body string, signatures ...string) *page {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/hooks/"+workspace+"/messages",
		strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	for _, sig := range signatures {
		request.Header.Add("X-Personae-Signature", sig)
	}
	return s.client(t).do(request)
}

func messageJSON(sent time.Time) string {
	return fmt.Sprintf(`{"externalId": "m-1", "channel": "email", "campaignExternalId": "C-1", "body": "What does it cost?", "sentAt": %q, "subject": "of no matter",
		"lead": {"externalId": "liv", "firstName": "Liv", "lastName": "Strand", "email": "liv@example.com", "company": null}}`, sent.Format(time.RFC3339))
}

func (p *page) draftID() string {
	p.t.Helper()
	var answer struct {
		Success bool
		Data    struct{ DraftID uuid.UUID }
	}
	if err := json.Unmarshal([]byte(p.body), &answer); err != nil || !answer.Success || answer.Data.DraftID == uuid.Nil {
		p.t.Fatalf("%v: %s", err, p.body)
	}
	return answer.Data.DraftID.String()
}

func TestAMessageComesInOnceAndChangesNothingElse(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	s.NewCampaign(t, ws, "Spring")
	s.Exec(t, `update campaigns set external_id = 'C-1'`)
	secret := s.secret(t, ws)
	before := s.Snapshot(t, dbtest.Readers()...)
	body := messageJSON(time.Now())
	first := s.hook(t, ws.Workspace().String(), body, sign(secret, body)).is(http.StatusAccepted).draftID()
	stored := s.Snapshot(t)
	again := messageJSON(time.Now().Add(-time.Hour))
	for _, b := range []string{body, again} {
		same(t, "draft", s.hook(t, ws.Workspace().String(), b, sign(secret, b)).is(http.StatusAccepted).draftID(), first)
	}
	same(t, "tables after the same message again", s.Snapshot(t), stored)
	late := messageJSON(time.Now().Add(-25 * time.Hour)) // whose sender heard nothing for a day
	same(t, "draft", s.hook(t, ws.Workspace().String(), late, sign(secret, late)).is(http.StatusAccepted).draftID(), first)
	same(t, "other tables", s.Snapshot(t, dbtest.Readers()...), before)
	same(t, "jobs", s.Count(t, `select count(*) from river.river_job where args->>'draft' = $1`, first), 1)
	same(t, "all of it", s.Count(t, `select count(*) from messages m join leads l on l.id = m.lead_id
		join campaigns c on c.id = m.campaign_id join drafts d on d.message_id = m.id
		where l.first_name = 'Liv' and l.company = '' and c.name = 'Spring' and m.body = 'What does it cost?'
		and d.state = 'making'`), 1)
	if strings.Contains(s.log.String(), secret) || strings.Contains(s.log.String(), "Liv") {
		t.Error("the log holds the secret or a name")
	}
}

func TestARefusalGetsAReasonAndADraftOnlyWhenAPersonAsks(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	secret := s.secret(t, ws)
	for i, c := range []struct{ words, why, says string }{
		{"Not interested.", "The lead refuses, so no draft is made.", "This reads as a refusal"},
		{`Remove me.\n\nOn 3 Nov 2026, Ann wrote:\n> Shall we call?`, "The lead wants no more messages, so no draft is made.",
			"This asks for no more messages"},
		{"Automatic reply: I am away.", "The message is an automatic reply, so no draft is made.",
			"This reads as an automatic reply"},
	} {
		name := fmt.Sprint("lead-", i)
		body := strings.NewReplacer("What does it cost?", c.words, "m-1", name, `"liv"`,
			`"`+name+`"`).Replace(messageJSON(time.Now()))
		for range 2 {
			got := s.hook(t, ws.Workspace().String(), body, sign(secret, body)).is(http.StatusAccepted)
			same(t, "answer", got.body, `{"success":true,"data":{"draftId":null,"reason":"`+c.why+`"}}`)
		}
		same(t, "drafts", s.Count(t, `select count(*) from drafts`), i)
		var id string
		if err := s.SQL.QueryRow(t.Context(), `select id from leads where external_id = $1`, name).Scan(&id); err != nil {
			t.Fatal(err)
		}
		s.as(t, ws.Workspace(), access.Admin).get(at(ws, "leads", id)).says(c.says+", so no reply is drafted automatically.").
			submit("Draft a reply", nil).is(http.StatusOK).says("A reply is being drafted")
	}
	same(t, "drafts", s.Count(t, `select count(*) from drafts d join messages m on m.id = d.message_id where m.kind <> ''`), 3)
}

// TestNoDraftIsMadeByItselfWhereTheSettingsSaySo turns drafts off by the API, and on
// again.
func TestNoDraftIsMadeByItselfWhereTheSettingsSaySo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	secret, token := s.secret(t, ws), s.token(t, ws, "write")
	turn := func(on string, version string) {
		t.Helper()
		got := s.ask(t, token, "PATCH", api(ws, "settings"), `{"draftGenerationEnabled": `+on+`}`, "If-Match: "+version).
			is(http.StatusOK).object()
		same(t, "answer", fmt.Sprint(got["draftGenerationEnabled"]), on)
	}
	was := s.ask(t, token, "GET", api(ws, "settings"), "").is(http.StatusOK)
	same(t, "before", was.object()["draftGenerationEnabled"], any(true))
	turn("false", "1")
	body := messageJSON(time.Now())
	for range 2 {
		got := s.hook(t, ws.Workspace().String(), body, sign(secret, body)).is(http.StatusAccepted)
		same(t, "answer", got.body, `{"success":true,"data":{"draftId":null,`+
			`"reason":"Automatic drafts are off in the workspace’s settings, so no draft is made."}}`)
	}
	if added, err := s.Sweep(t.Context(), 0); err != nil || added.Drafts != 0 {
		t.Errorf("%+v, %v", added, err)
	}
	same(t, "drafts", s.Count(t, `select count(*) from drafts`), 0)
	var id string
	if err := s.SQL.QueryRow(t.Context(), `select id from leads`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	s.as(t, ws.Workspace(), access.Admin).get(at(ws, "leads", id)).submit("Draft a reply", nil).is(http.StatusOK).
		says("A reply is being drafted")
	same(t, "drafts that a person asked for", s.Count(t, `select count(*) from drafts`), 1)

	turn("true", "2")
	body = strings.NewReplacer("m-1", "m-2").Replace(body)
	s.hook(t, ws.Workspace().String(), body, sign(secret, body)).is(http.StatusAccepted).draftID()
	same(t, "drafts", s.Count(t, `select count(*) from drafts`), 2)
}

func TestALeadsPageFoldsWhatIsNotTheLeadsOwnWords(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	secret := s.secret(t, ws)
	body := strings.Replace(messageJSON(time.Now()), "What does it cost?",
		`<p>Is it new?</p><blockquote>Our price is 400.</blockquote>`, 1)
	s.hook(t, ws.Workspace().String(), body, sign(secret, body)).is(http.StatusAccepted)
	var id string
	if err := s.SQL.QueryRow(t.Context(), `select id from leads`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	page := s.as(t, ws.Workspace(), access.Member).get(at(ws, "leads", id)).is(http.StatusOK)
	var shown, folded []string
	for n := range page.doc().Descendants() {
		if n.Data == "blockquote" && n.Parent.Data == "details" {
			folded = append(folded, textOf(n))
		} else if n.Data == "blockquote" {
			shown = append(shown, textOf(n))
		}
	}
	same(t, "shown", strings.Join(shown, "|"), "Is it new?")
	same(t, "folded", strings.Join(folded, "|"), "Is it new? Our price is 400.|<p>Is it new?</p><blockquote>Our price is 400.</blockquote>")
}

func TestOnlyTheRightSignatureOpensAnInbox(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, other, without := s.Workspace(t, "Harbor"), s.Workspace(t, "Cedar"), s.Workspace(t, "Empty")
	secret, foreign := s.secret(t, ws), s.secret(t, other)
	body := messageJSON(time.Now())
	right := sign(secret, body)
	before := s.Snapshot(t)
	here := ws.Workspace().String()
	var refused string
	for name, try := range map[string]struct {
		workspace  string
		signatures []string
	}{
		"none":                   {here, nil},
		"empty":                  {here, []string{""}},
		"no prefix":              {here, []string{strings.TrimPrefix(right, "sha256=")}},
		"another prefix":         {here, []string{"sha1=" + strings.TrimPrefix(right, "sha256=")}},
		"cut short":              {here, []string{right[:len(right)-2]}},
		"too long":               {here, []string{right + "00"}},
		"not hex":                {here, []string{"sha256=" + strings.Repeat("zz", 32)}},
		"of another body":        {here, []string{sign(secret, body+" ")}},
		"of no body":             {here, []string{sign(secret, "")}},
		"of an empty secret":     {here, []string{sign("", body)}},
		"of the secret's end":    {here, []string{sign(strings.TrimPrefix(secret, "whsec_"), body)}},
		"of another workspace":   {here, []string{sign(foreign, body)}},
		"twice":                  {here, []string{right, right}},
		"for another workspace":  {other.Workspace().String(), []string{right}},
		"for one with no secret": {without.Workspace().String(), []string{right}},
		"with the stand-in": {without.Workspace().String(),
			[]string{sign("whsec_0000000000000000000000000000000000000000000", body)}},
		"for one that is not":     {uuid.NewString(), []string{right}},
		"for what is no id":       {"harbor", []string{right}},
		"for an id in other form": {"%7B" + here + "%7D", []string{right}},
	} {
		got := s.hook(t, try.workspace, body, try.signatures...)
		if got.status != http.StatusUnauthorized {
			t.Errorf("%s: status %d", name, got.status)
		}
		if refused == "" {
			refused = got.body
		}
		if got.body != refused {
			t.Errorf("%s: told apart from the others:\n%s%s", name, got.body, refused)
		}
	}
	same(t, "tables", s.Snapshot(t), before)

	newer := s.secret(t, ws)
	s.hook(t, here, body, right).is(http.StatusUnauthorized)
	s.hook(t, here, body, sign(newer, body)).is(http.StatusAccepted)
}

func TestALateOrBrokenMessageIsRefusedInWords(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	secret := s.secret(t, ws)
	before := s.Snapshot(t)
	whole := messageJSON(time.Now())
	for body, says := range map[string]string{
		messageJSON(time.Now().Add(-25 * time.Hour)):                    "more than 24 hours ago",
		messageJSON(time.Now().Add(10 * time.Minute)):                   "more than 5 minutes from now",
		strings.Replace(whole, `"sentAt"`, `"sent"`, 1):                 "sentAt is missing",
		strings.Replace(whole, `"sentAt": "`, `"sentAt": "about `, 1):   "sentAt must be a time",
		strings.Replace(whole, `"email", "camp`, `"pigeon", "camp`, 1):  "channel must be email, sms or linkedin",
		strings.Replace(whole, "What does it cost?", ` \u0000\r\n `, 1): "body is missing",
		strings.Replace(whole, `"m-1"`, `""`, 1):                        "externalId is missing",
		strings.Replace(whole, `"liv", "first`, `"", "first`, 1):        "lead.externalId is missing",
		strings.Replace(whole, "What", strings.Repeat("What", 5001), 1): "20,000 characters or fewer",
		strings.Replace(whole, `"Liv"`, `7`, 1):                         `"lead.firstName":"lead.firstName must be a text or null"`,
		whole + whole:                                                   "Send one JSON object",
		"":                                                              "Send one JSON object",
		"[]":                                                            "Send one JSON object",
		strings.Replace(whole, "What", "What\xff", 1):                   "UTF-8",
	} {
		got := s.hook(t, ws.Workspace().String(), body, sign(secret, body))
		if got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, says) {
			t.Errorf("%.300s\nstatus %d, want 422 and %q: %s", body, got.status, says, got.body)
		}
	}
	huge := whole + strings.Repeat(" ", 300<<10)
	if got := s.hook(t, ws.Workspace().String(), huge, sign(secret, huge)).
		is(http.StatusRequestEntityTooLarge); !strings.Contains(got.body, "256 KB") {
		t.Errorf("what is too large is refused with %s", got.body)
	}
	same(t, "tables", s.Snapshot(t), before)
	s.hook(t, ws.Workspace().String(), strings.Replace(whole, "What", `\u0007What`, 1), "").is(http.StatusUnauthorized)
	odd := strings.Replace(whole, "What", `\u0007What`, 1)
	s.hook(t, ws.Workspace().String(), odd, sign(secret, odd)).is(http.StatusAccepted)
	same(t, "stored without the bell", s.Count(t, `select count(*) from messages where body = 'What does it cost?'`), 1)
}

// sealSecrets has the server keep secrets under a key.
func (s *site) sealSecrets(t *testing.T) {
	t.Helper()
	keys, err := seal.New("a key")
	if err != nil {
		t.Fatal(err)
	}
	s.SealWith(keys)
}

// TestASecretThatCannotBeReadIsSaidInASentence has the server lose the key of its secrets.
func TestASecretThatCannotBeReadIsSaidInASentence(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.sealSecrets(t)
	ws, b := s.Workspace(t, "Harbor"), s.signIn(t, access.NewUser{})
	secret, body := s.secret(t, ws), messageJSON(time.Now())
	s.hook(t, ws.Workspace().String(), body, sign(secret, body)).is(http.StatusAccepted)
	key, codes := b.addApp()
	s.SealWith(seal.Keys{})

	s.hook(t, ws.Workspace().String(), body, sign(secret, body)).is(http.StatusServiceUnavailable).
		says("The secret of this workspace cannot be read", "Nothing was stored", "on the page Tokens")
	second := s.client(t).get("/login").submit("Sign in", url.Values{"email": {emailOf(t, s, b.user)}, "password": {password}})
	second.submit("Sign in", url.Values{"code": {appCode(t, key, time.Now())}}).is(http.StatusServiceUnavailable).
		says("lacks the key", "Use a passkey or a recovery code")
	second.submit("Sign in", url.Values{"code": {codes[0]}}).is(http.StatusOK)
	s.secret(t, ws) // a new one does
}
