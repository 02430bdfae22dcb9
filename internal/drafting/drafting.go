// Package drafting composes a reply in a persona's voice. The built-in composer
// needs no model and no network.
package drafting

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"personae/internal/persona"
)

// Inbound is the message that is answered.
type Inbound struct {
	Lead persona.Lead
	Body string
}

// Draft is a reply that a person may send.
type Draft struct {
	Text     string
	Segments int // SMS only: into how many parts the network cuts it
}

// Compose writes a plain reply: the opening for the channel, what the lead
// asked or wrote, what is offered, a closing in the persona's tone and, by
// email, the signature. It stores nothing.
func Compose(r persona.Resolution, in Inbound) Draft {
	var parts []string
	add := func(text string) {
		if text = strings.TrimSpace(text); text != "" {
			parts = append(parts, text)
		}
	}
	add(persona.Fill(r.Opening, in.Lead))
	heard := hear(in.Body)
	offer := sentences(r.Voice.ServiceDescription, 2)
	if r.Channel == persona.SMS {
		offer = sentences(r.Voice.ServiceDescription, 1)
		heard = plainQuotes.Replace(heard)
	}
	add(strings.TrimSpace(heard + " " + offer))
	add(closing(r.Voice.Tone))
	switch {
	case r.Channel != persona.Email:
		add(r.Voice.DisplayName)
	case r.Voice.Signature != "":
		add(persona.Fill(r.Voice.Signature, in.Lead))
	default:
		add(r.Voice.DisplayName)
	}
	if r.Channel == persona.SMS {
		text := strings.Join(parts, " ")
		return Draft{Text: text, Segments: Segments(text)}
	}
	return Draft{Text: strings.Join(parts, "\n\n")}
}

// hear shows that the message was read: its first question, else its first words.
func hear(body string) string {
	body = strings.Join(strings.Fields(body), " ")
	if body == "" {
		return ""
	}
	if question := firstQuestion.FindString(body); question != "" {
		return "You asked: “" + shorten(strings.TrimSpace(question), 160) + "”"
	}
	return "Thank you for writing: “" + shorten(sentences(body, 1), 160) + "”"
}

var (
	firstQuestion = regexp.MustCompile(`[^.!?]*\?`)
	sentence      = regexp.MustCompile(`[^.!?]+(?:[.!?]+|$)\s*`)
)

// plainQuotes keeps our own quotation marks from halving what an SMS holds.
var plainQuotes = strings.NewReplacer("“", `"`, "”", `"`, "…", "...")

// sentences gives the first n sentences of a text.
func sentences(text string, n int) string {
	return strings.TrimSpace(strings.Join(sentence.FindAllString(text, n), ""))
}

func shorten(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	runes := []rune(text)[:limit]
	cut := string(runes)
	if i := strings.LastIndexByte(cut, ' '); i > limit/2 {
		cut = cut[:i]
	}
	return cut + " …"
}

// closing asks for the next step in a tone; a tone of somebody's own gets the
// usual words.
func closing(tone string) string {
	switch tone {
	case "professional":
		return "I would be glad to tell you more in a short call. When would suit you?"
	case "friendly":
		return "Shall we have a quick call this week? I would love to hear more."
	case "casual":
		return "Fancy a quick call some time?"
	case "formal":
		return "I should be pleased to arrange a conversation at your convenience."
	case "direct":
		return "Does a 15-minute call this week work?"
	case "consultative":
		return "May I ask what matters most to you here? Then I can tell you honestly whether we fit."
	}
	return "Would a short call this week suit you?"
}

// gsm7 is the alphabet of which an SMS holds 160 letters; those of gsm7Twice
// take two places. Any other letter makes the message one of 70.
const (
	gsm7      = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsm7Twice = "^{}\\[~]|€\f"
)

// Segments gives into how many parts the network cuts an SMS: 160 places in one
// or 153 in each of several, 70 or 67 where a letter is outside the GSM
// alphabet.
func Segments(text string) int {
	places, units, gsm := 0, 0, true
	for _, r := range text {
		units++
		if r > 0xffff {
			units++
		}
		switch {
		case strings.ContainsRune(gsm7, r):
			places++
		case strings.ContainsRune(gsm7Twice, r):
			places += 2
		default:
			gsm = false
		}
	}
	single, each := 160, 153
	if !gsm {
		places, single, each = units, 70, 67
	}
	switch {
	case places == 0:
		return 0
	case places <= single:
		return 1
	}
	return (places + each - 1) / each
}
