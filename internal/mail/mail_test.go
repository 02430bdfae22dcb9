package mail

import (
	"strings"
	"testing"

	gomail "github.com/wneessen/go-mail"

	"personae/internal/testing/smtptest"
)

func TestAMailArrivesAsItWasWritten(t *testing.T) {
	t.Parallel()
	server := smtptest.New(t)
	sender, err := New(server.URL, "Personae <personae@example.com>")
	if err != nil {
		t.Fatal(err)
	}
	const text = "Zoë,\n\nhttps://personae.example/reset/0123456789012345678901234567890123456789012345678901234567890123456789\n.\nEnd\n"
	if err := sender.Send(t.Context(), "zoe@example.com", "Grüße\r\nBcc: evil@example.com", text); err != nil {
		t.Fatal(err)
	}
	got := server.Next(t)
	if got.From != `"Personae" <personae@example.com>` || got.To != "<zoe@example.com>" || got.Text != text ||
		!strings.HasPrefix(got.Subject, "Grüße") {
		t.Errorf("%+v", got)
	}
}

func TestARefusalNamesNoRecipient(t *testing.T) {
	t.Parallel()
	server := smtptest.New(t)
	server.Refuses.Store(true)
	sender, err := New(server.URL, "personae@example.com")
	if err != nil {
		t.Fatal(err)
	}
	err = sender.Send(t.Context(), "zoe@example.com", "x", "y")
	if err == nil || strings.Contains(err.Error(), "zoe") || !strings.Contains(err.Error(), "550") {
		t.Error(err)
	}
	if err := sender.Send(t.Context(), "no address", "x", "y"); err == nil || strings.Contains(err.Error(), "no address") {
		t.Error(err)
	}
}

func TestWithoutAServerNothingIsSent(t *testing.T) {
	t.Parallel()
	sender, err := New("", "")
	if err != nil || sender.Configured() {
		t.Error(err, sender)
	}
	if sender.Send(t.Context(), "zoe@example.com", "x", "y") == nil {
		t.Error("a mail was sent nowhere")
	}
}

func TestOnlyThisMachineIsSpokenToWithoutTLS(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]gomail.TLSPolicy{
		"localhost":         gomail.TLSOpportunistic,
		"127.0.0.1":         gomail.TLSOpportunistic,
		"::1":               gomail.TLSOpportunistic,
		"10.0.0.1":          gomail.TLSMandatory,
		"mail.example":      gomail.TLSMandatory,
		"localhost.example": gomail.TLSMandatory,
	} {
		if got := tlsPolicy(host); got != want {
			t.Errorf("%s: %v", host, got)
		}
	}
}

func TestAnUnreadableServerIsNamedWithoutItsPassword(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"http://u:hunter2@h", "smtp://u:hunter2@", "smtp://u:hunter2@h:99999",
		"smtp://u:hunter2@h:%zz"} {
		if _, err := New(url, "a@b"); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", url, err)
		}
	}
	for _, url := range []string{"smtps://u:p%40@mail.example", "smtp://[::1]:2525"} {
		if s, err := New(url, "a@b"); err != nil || !s.Configured() {
			t.Errorf("%s: %v", url, err)
		}
	}
}
