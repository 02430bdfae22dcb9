package web_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"personae/internal/access"
	"personae/internal/mail"
	"personae/internal/testing/smtptest"
	"personae/web"
)

// mailSite is a console with a mail server.
func mailSite(t *testing.T) (*site, *smtptest.Server) {
	t.Helper()
	server := smtptest.New(t)
	sender, err := mail.New(server.URL, "personae@example.com")
	if err != nil {
		t.Fatal(err)
	}
	return newSite(t, func(o *web.Options) { o.Mail = sender }), server
}

func TestResetLinkIsSentByMailAndTellsNobodyWhoHasAnAccount(t *testing.T) {
	t.Parallel()
	s, server := mailSite(t)
	s.User(t, access.NewUser{Email: "ada@example.com", PasswordHash: s.hash})
	b := s.client(t)
	form := b.get("/login").is(http.StatusOK).says("Forgot your password?").get("/reset").is(http.StatusOK)
	form.submit("Send the link", url.Values{"email": {"nonsense"}}).is(http.StatusUnprocessableEntity).
		says("Enter an email address")
	unknown := form.submit("Send the link", url.Values{"email": {"nobody@example.com"}}).is(http.StatusOK).
		says("Check your mail")
	known := form.submit("Send the link", url.Values{"email": {"Ada@example.com"}}).is(http.StatusOK)
	same(t, "the answers", known.body, unknown.body)
	letter := server.Next(t)
	same(t, "mails", server.Waiting(), 0)
	link := regexp.MustCompile(`/reset/\S+`).FindString(letter.Text)
	b.get(link).is(http.StatusOK).submit("Set password", url.Values{"password": {"a new password"}}).is(http.StatusOK)
	b.post("/login", url.Values{"email": {"ada@example.com"}, "password": {"a new password"}}).is(http.StatusOK)

	form.submit("Send the link", url.Values{"email": {"ada@example.com"}}).is(http.StatusOK)
	form.submit("Send the link", url.Values{"email": {"ada@example.com"}}).is(http.StatusOK)
	form.submit("Send the link", url.Values{"email": {"ada@example.com"}}).is(http.StatusTooManyRequests).
		says("Too many tries")
	if strings.Contains(s.log.String(), "example.com") || strings.Contains(s.log.String(), link[len("/reset/"):]) {
		t.Error("the log holds an address or a token")
	}
}

// TestTheTimeOfAResetTellsNobodyWhoHasAnAccount keeps the server from looking: it
// answers nevertheless.
func TestTheTimeOfAResetTellsNobodyWhoHasAnAccount(t *testing.T) {
	t.Parallel()
	s, server := mailSite(t)
	s.User(t, access.NewUser{Email: "ada@example.com", PasswordHash: s.hash})
	tx, err := s.SQL.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	if _, err := tx.Exec(t.Context(), `lock table users, password_resets in access exclusive mode`); err != nil {
		t.Fatal(err)
	}
	b := s.client(t).stays()
	for _, email := range []string{"nobody@example.com", "ada@example.com"} {
		same(t, email+" leads to", b.post("/reset", url.Values{"email": {email}}).is(http.StatusSeeOther).
			header.Get("Location"), "/login")
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	same(t, "to", server.Next(t).To, "<ada@example.com>")
	same(t, "links", s.Count(t, `select count(*) from password_resets`), 1)
}

func TestInvitationIsSentByMail(t *testing.T) {
	t.Parallel()
	s, server := mailSite(t)
	ws := s.Workspace(t, "Harbor")
	admin := s.as(t, ws.Workspace(), access.Admin)
	link := inviteLink(t, admin, ws, "new@example.com", "member")
	letter := server.Next(t)
	same(t, "to", letter.To, "<new@example.com>")
	same(t, "subject", letter.Subject, "Invitation to Harbor in personae")
	if !strings.Contains(letter.Text, link) {
		t.Errorf("the mail lacks the link:\n%s", letter.Text)
	}
}

// TestAMailIsInTheLanguageOfWhomItGoesTo asks for mails from a German browser: one who has
// an account gets the language that they chose, or that of their browser at their last sign-in, or English; and who has
// none that of who asks.
func TestAMailIsInTheLanguageOfWhomItGoesTo(t *testing.T) {
	t.Parallel()
	s, server := mailSite(t)
	ws := s.Workspace(t, "Harbor")
	s.User(t, access.NewUser{Email: "ada@example.com", PasswordHash: s.hash})
	s.Exec(t, `update users set language = 'de' where email = 'ada@example.com'`)
	s.User(t, access.NewUser{Email: "bo@example.com", PasswordHash: s.hash})
	admin, german, other := s.as(t, ws.Workspace(), access.Admin), s.as(t, ws.Workspace(), access.Admin), s.client(t)
	german.languages, other.languages = "de", "de"
	mailed := func(b *client, path, to, role, subject, part string) {
		t.Helper()
		b.post(path, url.Values{"email": {to}, "role": {role}}).is(http.StatusOK)
		letter := server.Next(t)
		same(t, "to", letter.To, "<"+to+">")
		same(t, "subject", letter.Subject, subject)
		if !strings.Contains(letter.Text, part) {
			t.Errorf("%q is not in the mail to %s: %s", part, to, letter.Text)
		}
	}
	members := at(ws, "members")
	mailed(other, "/reset", "ada@example.com", "", "Neues Passwort für personae wählen", "innerhalb einer Stunde")
	mailed(other, "/reset", "bo@example.com", "", "Choose a new password for personae", "within an hour")
	mailed(admin, members, "ada@example.com", "member", "Einladung zu Harbor in personae", "7 Tage")
	mailed(german, members, "bo@example.com", "member", "Invitation to Harbor in personae", "for 7 days")
	mailed(german, members, "new@example.com", "member", "Einladung zu Harbor in personae", "7 Tage")

	// Who chose none gets what their browser asked for when they last signed in.
	signIn := func(email string) {
		t.Helper()
		other.post("/login", url.Values{"email": {email}, "password": {password}}).is(http.StatusOK)
		other.post("/logout", nil).is(http.StatusOK)
	}
	signIn("bo@example.com")
	mailed(admin, members, "bo@example.com", "member", "Einladung zu Harbor in personae", "7 Tage")
	other.languages = "sv, en;q=0.5"
	signIn("bo@example.com")
	signIn("ada@example.com")
	mailed(german, members, "bo@example.com", "member", "Invitation to Harbor in personae", "for 7 days")
	mailed(admin, members, "ada@example.com", "member", "Einladung zu Harbor in personae", "7 Tage")
}

func TestWithoutAMailServerNobodyIsOfferedMail(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.client(t)
	if page := b.get("/login").
		says("Forgot your password? Ask whoever runs personae for you for a link to set a new one."); strings.Contains(page.body, `href="/reset"`) {
		t.Error("a link is offered that nobody can send")
	}
	b.get("/reset").is(http.StatusNotFound)
	b.post("/reset", url.Values{"email": {"ada@example.com"}}).is(http.StatusNotFound)
}
