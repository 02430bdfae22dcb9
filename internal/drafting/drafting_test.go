package drafting_test

import (
	"strings"
	"testing"

	"personae/internal/drafting"
	"personae/internal/persona"
)

func resolved(channel persona.Channel, v persona.Voice) persona.Resolution {
	return persona.Resolve(persona.Question{
		Workspace: "Harbor", Default: &persona.Persona{Content: persona.Content{Voice: v}}, Channel: channel,
	})
}

func TestEmailHasOpeningAnswerClosingAndSignature(t *testing.T) {
	t.Parallel()
	v := persona.Voice{Greeting: "Hi {firstName},", Tone: "direct", Signature: "Theo\n{company}'s friend",
		ServiceDescription: "We forecast. We plan. We win.", Goals: "Secret goal"}
	d := drafting.Compose(resolved(persona.Email, v), persona.Recipient{FirstName: "Ana", Company: "Acme"},
		"Hello.\nWhat does it cost? Thanks")
	want := "Hi Ana,\n\nYou asked: “What does it cost?” We forecast. We plan.\n\n" +
		"Does a 15-minute call this week work?\n\nTheo\nAcme's friend"
	if d.Text != want {
		t.Errorf("got:\n%s\nwant:\n%s", d.Text, want)
	}
	if strings.Contains(d.Text, "Secret goal") {
		t.Error("the reply holds what the persona wants")
	}
}

func TestShortChannelsEndInTheDisplayName(t *testing.T) {
	t.Parallel()
	v := persona.Voice{DisplayName: "Nora", SMSGreeting: "Hey {firstName}!", Signature: "Long\nsignature"}
	sms := drafting.Compose(resolved(persona.SMS, v), persona.Recipient{}, "Tell me more.")
	want := "Hey! Thank you for writing: \"Tell me more.\" Would a short call this week suit you? Nora"
	if sms.Text != want || sms.Segments != 1 {
		t.Errorf("%q in %d segments", sms.Text, sms.Segments)
	}
	linkedin := drafting.Compose(resolved(persona.LinkedIn, v), persona.Recipient{}, "")
	if strings.Contains(linkedin.Text, "signature") || !strings.HasSuffix(linkedin.Text, "Nora") || linkedin.Segments != 0 {
		t.Errorf("%+v", linkedin)
	}
}

func TestSegmentsAreCountedAsTheNetworkDoes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"": 0, "a": 1, strings.Repeat("a", 160): 1, strings.Repeat("a", 161): 2, strings.Repeat("a", 306): 2, strings.Repeat("a", 307): 3,
		strings.Repeat("€", 80): 1, strings.Repeat("€", 81): 2, "…": 1, strings.Repeat("ł", 70): 1, strings.Repeat("ł", 71): 2, strings.Repeat("😀", 36): 2,
	} {
		if got := drafting.Segments(text); got != want {
			t.Errorf("%d letters %.3q: %d segments, want %d", len([]rune(text)), text, got, want)
		}
	}
}

func FuzzCompose(f *testing.F) {
	f.Add("Hi {firstName}", "What?", "A. B.")
	f.Fuzz(func(t *testing.T, greeting, body, service string) {
		for _, channel := range persona.Channels() {
			v := persona.Voice{Greeting: greeting, ServiceDescription: service}
			drafting.Compose(resolved(channel, v), persona.Recipient{}, body)
		}
	})
}
