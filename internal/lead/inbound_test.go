package lead_test

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"personae/internal/lead"
	"personae/internal/persona"
)

// FuzzInbound: what is taken is what the tables take.
func FuzzInbound(f *testing.F) {
	f.Add("m-1", "email", "C-1", "liv", "Liv", "What does it cost?", int64(0))
	f.Add("", "pigeon", "\x00", " ", strings.Repeat("é", 121), "\u2028\r\n\x7f\u0085", int64(time.Hour*25))
	f.Add(strings.Repeat("x", 201), "sms", "\n", "a\nb", "\u202e", strings.Repeat("é", 20000), int64(-time.Hour))
	f.Fuzz(func(t *testing.T, id, channel, campaign, sender, name, body string, age int64) {
		now := time.Now()
		m := lead.Inbound{
			ExternalID: id,
			Channel:    persona.Channel(channel),
			Campaign:   campaign,
			Body:       body,
			SentAt:     now.Add(-time.Duration(age)),
			Lead:       lead.InboundLead{ExternalID: sender, FirstName: name, LastName: name, Email: name, Company: name},
		}.Clean()
		if m.Check() != nil || m.CheckTime(now) != nil {
			return
		}
		for text, most := range map[string]int{
			m.ExternalID:      200,
			m.Campaign:        200,
			m.Lead.ExternalID: 200,
			m.Lead.FirstName:  120,
			m.Body:            20000,
		} {
			if !utf8.ValidString(text) || utf8.RuneCountInString(text) > most ||
				strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
				t.Errorf("taken: %q", text)
			}
		}
		if m.ExternalID == "" || m.Lead.ExternalID == "" || m.Body == "" || now.Sub(m.SentAt) > lead.MaxAge ||
			m.SentAt.Sub(now) > lead.MaxAhead {
			t.Errorf("taken: %+v", m)
		}
		if again := m.Clean(); again != m {
			t.Errorf("cleaned twice: %+v, then %+v", m, again)
		}
	})
}

func TestALeadsAddressIsKeptWithoutWhatNobodySees(t *testing.T) {
	t.Parallel()
	m := lead.Inbound{Lead: lead.InboundLead{Email: "\ufeffada@exam\u00adple.com\u200b"}}.Clean()
	if m.Lead.Email != "ada@example.com" {
		t.Errorf("%+q", m.Lead.Email)
	}
}

func TestWhatEndsALineInAMessagePartsItsWords(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"\v", "\f", "\u0085", "\r"} {
		m := lead.Inbound{Body: "Yes." + end + "Call me\x00.",
			Lead: lead.InboundLead{FirstName: "Ana" + end + "Maria"}}.Clean()
		if m.Body != "Yes.\nCall me." || m.Lead.FirstName != "Ana Maria" {
			t.Errorf("%+q: %+q, %+q", end, m.Body, m.Lead.FirstName)
		}
	}
}
