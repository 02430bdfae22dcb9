package drafting_test

import (
	"reflect"
	"strings"
	"testing"

	"personae/internal/drafting"
	"personae/internal/language"
	"personae/internal/lead"
	"personae/internal/persona"
)

func resolved(channel persona.Channel, v persona.Voice) persona.Resolution {
	return persona.Resolve(persona.ResolveInput{
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

func TestWhoWantsNoAnswerIsOfferedAndAskedNothing(t *testing.T) {
	t.Parallel()
	v := persona.Voice{Greeting: "Hi {firstName},", Signature: "Theo", ServiceDescription: "We forecast.",
		Goals: "Book a call"}
	for message, want := range map[string]string{
		"Not interested.":                        "Hi Ana,\n\nThank you for letting us know. We wish you all the best.\n\nTheo",
		"Please remove me from your list":        "Hi Ana,\n\nThank you for letting us know. We will not write to you again.\n\nTheo",
		"Automatic reply: I am away. Call Bo?":   "Hi Ana,\n\nThank you for letting us know. There is no need to hurry.\n\nTheo",
		"Not interested? We are. What is it to?": "Hi Ana,\n\nYou asked: “Not interested?” We forecast.\n\nWould a short call this week suit you?\n\nTheo",
	} {
		got := drafting.Compose(resolved(persona.Email, v), persona.Recipient{FirstName: "Ana"}, message)
		if got.Text != want {
			t.Errorf("%q: got\n%s\nwant\n%s", message, got.Text, want)
		}
	}
}

// TestTheComposersOwnSentencesAreInTheLanguageOfTheGreeting looks at each tone and each kind of
// message: nothing of it is English but where the greeting is, and nothing of it is to be checked.
func TestTheComposersOwnSentencesAreInTheLanguageOfTheGreeting(t *testing.T) {
	t.Parallel()
	p := persona.Persona{Content: persona.Content{Name: "Nora", Voice: persona.Voice{Greeting: "Hi {firstName},", Signature: "Nora",
		ServiceDescription: "Wir planen."}, Variants: persona.Pack(persona.Variant{Language: "de-AT", Greeting: "Servus {firstName}!", Signature: "Liebe Grüße"},
		persona.Variant{Language: "fr", Greeting: "Bonjour,"})}}
	write := func(tone, message string) string {
		p.Tone = tone
		in := persona.ResolveInput{Workspace: "Harbor", Default: &p}
		return drafting.Compose(drafting.Resolve(in, message), persona.Recipient{FirstName: "Ana"}, message).Text
	}
	const question = "Guten Tag, was würde das für uns im Monat kosten?"
	for message, want := range map[string]string{
		question: "Servus Ana!\n\nDie Frage war: „" + question + "“ Wir planen.\n\nWürde diese Woche ein kurzes Gespräch passen?\n\nLiebe Grüße",
		"Das klingt gut, und wir würden gern mehr darüber wissen.": "Servus Ana!\n\nDanke für die Nachricht: „Das klingt gut, und wir würden gern " +
			"mehr darüber wissen.“ Wir planen.\n\nWürde diese Woche ein kurzes Gespräch passen?\n\nLiebe Grüße",
		"Abwesenheitsnotiz: Ich bin ab Montag wieder da und melde mich.": "Servus Ana!\n\nDanke für die Nachricht. Es eilt nicht.\n\nLiebe Grüße",
		"Bonjour, combien est-ce que cela nous coûterait par mois ?":     "Bonjour,\n\nYou asked: “Bonjour, combien est-ce que cela nous coûterait par mois ?” Wir planen.\n\nWould a short call this week suit you?\n\nNora",
		"Hello, what would that cost for us in a month?":                 "Hi Ana,\n\nYou asked: “Hello, what would that cost for us in a month?” Wir planen.\n\nWould a short call this week suit you?\n\nNora",
	} {
		if got := write("my own", message); got != want {
			t.Errorf("%q: got\n%s\nwant\n%s", message, got, want)
		}
	}
	said := map[string]string{}
	only := p
	only.Variants = persona.Pack(persona.Variant{Language: "de", Signature: "Liebe Grüße"})
	text := drafting.Compose(drafting.Resolve(persona.ResolveInput{Default: &only}, question), persona.Recipient{FirstName: "Ana"}, question).Text
	if !strings.Contains(text, "You asked") || !strings.Contains(text, "Liebe Grüße") {
		t.Errorf("below an English greeting: %s", text)
	}
	for _, tone := range append(persona.Tones(), "") {
		text := write(tone, question)
		closing := strings.Split(text, "\n\n")[2]
		if told := language.Tell(closing); told.Tag != "" && told.Tag != "de" {
			t.Errorf("%s closes in %s: %s", tone, told.Tag, closing)
		}
		if other, is := said[closing]; is && tone != "" && tone != persona.UsualTone {
			t.Errorf("%s and %s close alike", tone, other)
		}
		said[closing] = tone
		if checks := lead.Checks(text, question); len(checks) > 0 {
			t.Errorf("%s: %v is to be checked", tone, checks)
		}
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
	if strings.Contains(linkedin.Text, "signature") || !strings.HasSuffix(linkedin.Text, "Nora") ||
		linkedin.Segments != 0 {
		t.Errorf("%+v", linkedin)
	}
}

func TestWhatAnSMSCostsNamesTheLettersThatTakeMore(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]drafting.Cost{
		"":                              {},
		"Hi, it’s Ana…":                 {Parts: 1}, // sent with plain marks
		"[€] is €":                      {Parts: 1, Twice: []string{"[", "€", "]"}},
		strings.Repeat("€", 80) + "!":   {Parts: 2, Twice: []string{"€"}},
		"Cześć [€] 😀":                   {Parts: 1, Twice: []string{"😀"}, Alien: []string{"ś", "ć", "😀"}},
		strings.Repeat("a", 70) + "ś":   {Parts: 2, Alien: []string{"ś"}},
		strings.Repeat("a", 160) + "\n": {Parts: 2},
	} {
		if got := drafting.CostOf(words); !reflect.DeepEqual(got, want) {
			t.Errorf("%.20q: %+v and not %+v", words, got, want)
		}
	}
}

func TestSegmentsAreCountedAsTheNetworkDoes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"": 0, "a": 1, strings.Repeat("a", 160): 1, strings.Repeat("a", 161): 2, strings.Repeat("a", 306): 2,
		strings.Repeat("a", 307): 3,
		strings.Repeat("€", 80):  1, strings.Repeat("€", 81): 2, "…": 1, strings.Repeat("ł", 70): 1,
		strings.Repeat("ł", 71): 2, strings.Repeat("😀", 36): 2,
		strings.Repeat("]", 80): 1, strings.Repeat("]", 152): 2, strings.Repeat("]", 153): 3, strings.Repeat("😀", 66): 2,
		strings.Repeat("😀", 67):                                 3,
		strings.Repeat("я", 66) + "😀" + strings.Repeat("я", 65): 2, strings.Repeat("я", 66) + "😀" +
			strings.Repeat("я", 66): 3,
	} {
		if got := drafting.Segments(text); got != want {
			t.Errorf("%d letters %.3q: %d segments, want %d", len([]rune(text)), text, got, want)
		}
	}
}

func TestWhatWasAskedIsAWholeQuestion(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"Is it under $5.00?":                              "You asked: “Is it under $5.00?”",
		"Hello. Is it under $5.00? Thanks":                "You asked: “Is it under $5.00?”",
		"see https://acme.com/?utm=1":                     "Thank you for writing: “see https://acme.com/?utm=1”",
		"see https://acme.com/?":                          "Thank you for writing: “see https://acme.com/?”",
		"see https://acme.com/?utm=1 is that you?":        "You asked: “see https://acme.com/?utm=1 is that you?”",
		"Dr. Smith asks: may I?":                          "You asked: “Dr. Smith asks: may I?”",
		"U.S.? Yes.":                                      "You asked: “U.S.?”",
		"Good. Do you sell in the U.S. too? Yes":          "You asked: “Do you sell in the U.S. too?”",
		"你好。多少钱？谢谢":                                       "You asked: “多少钱？”",
		"مرحبا. كم السعر؟ شكرا":                           "You asked: “كم السعر؟”",
		"He said “why?” and left.":                        "Thank you for writing: “He said “why?” and left.”",
		"We use node.js today. Fine.":                     "Thank you for writing: “We use node.js today.”",
		"Ok.\n\nOn 3 Nov 2026, Ann wrote:\n> What is it?": "Thank you for writing: “Ok.”",
		"> What is the price?":                            "",
	} {
		d := drafting.Compose(resolved(persona.LinkedIn, persona.Voice{Greeting: "Hi"}), persona.Recipient{}, body)
		lines := strings.Split(d.Text, "\n\n")
		if want == "" && len(lines) == 3 {
			continue
		}
		if lines[1] != want {
			t.Errorf("%q: %q, want %q", body, lines[1], want)
		}
	}
}

func TestAnSMSHasPlainMarks(t *testing.T) {
	t.Parallel()
	v := persona.Voice{DisplayName: "Nora", SMSGreeting: "Hey – {firstName}…", ServiceDescription: "It’s “good”"}
	d := drafting.Compose(resolved(persona.SMS, v), persona.Recipient{FirstName: "O’Neil"}, "What’s the price?")
	if want := `Hey - O'Neil... You asked: "What's the price?" It's "good" Would a short call this week suit you? Nora`; d.Text != want || d.Segments != 1 {
		t.Errorf("%q in %d", d.Text, d.Segments)
	}
}

func TestPlaceholdersAreFilledInAllThatReachesTheLead(t *testing.T) {
	t.Parallel()
	v := persona.Voice{DisplayName: "Ann for {company}", Greeting: "Hi {firstName|there},",
		ServiceDescription: "We help {company}."}
	to := persona.Recipient{Company: "Acme"}
	d := drafting.Compose(resolved(persona.LinkedIn, v), to, "")
	if want := "Hi there,\n\nWe help Acme.\n\nWould a short call this week suit you?\n\nAnn for Acme"; d.Text != want {
		t.Errorf("%q", d.Text)
	}
	d = drafting.Compose(resolved(persona.LinkedIn, v), persona.Recipient{}, "")
	if want := "Hi there,\n\nWe help.\n\nWould a short call this week suit you?\n\nAnn for"; d.Text != want {
		t.Errorf("%q", d.Text)
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
