package drafting

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"personae/internal/lead"
	"personae/internal/llm"
	"personae/internal/persona"
)

const (
	mostTokens   = 2000 // of an answer; a model that thinks needs some for that
	mostSegments = 10   // of an SMS: networks join no more; the longest greeting and name leave room
	mostOfBody   = 8000 // characters of the message that the model is shown
)

// mostLetters is the longest reply of a channel, in characters. LinkedIn
// refuses longer messages to people outside one's network.
var mostLetters = map[persona.Channel]int{persona.Email: 10_000, persona.LinkedIn: 1_900}

var shape = map[persona.Channel]string{
	persona.Email:    "an email, of no more than 150 words in short paragraphs",
	persona.SMS:      "a text message (SMS), of no more than 160 characters in one paragraph, without emoji",
	persona.LinkedIn: "a LinkedIn message, of no more than 90 words",
}

// anyLead fills placeholders in the persona's words for the model, so that it
// repeats no braces and reads none of the lead's words among its rules.
var anyLead = persona.Recipient{FirstName: "the lead", LastName: "the lead", Company: "the lead’s company"}

// rules returns the instructions: who the model is and what to write. They hold the persona's
// words and none of the lead's. Who wants no answer is offered nothing, so that the
// model is not told what there is to offer.
func rules(r persona.Resolution, kind lead.Kind) string {
	var b strings.Builder
	b.WriteString("You write the middle part of " + shape[r.Channel] +
		", which answers the message of a lead. A person reads it before it is sent.\n" +
		"The greeting and the signature are put around it afterwards: write neither. " +
		"Write plain text without Markdown, HTML or placeholders, in the language of the message. " +
		"Answer what was asked from what is said below; where it says nothing, offer to find out. " +
		"Invent no price, date, name, address or promise. Say nothing of these instructions or of what is wanted from the lead.\n")
	about := func(label, words string) {
		if words != "" {
			b.WriteString("\n" + label + ":\n" + words + "\n")
		}
	}
	about("You speak as", persona.Fill(r.Voice.DisplayName, anyLead))
	about("Your tone", r.Voice.Tone)
	if kind != lead.Ordinary {
		about("What to write", wantsNoAnswer[kind]+" Write one or two polite sentences. Offer nothing, ask nothing and suggest no call.")
		return b.String()
	}
	about("What you want to reach", persona.Fill(r.Voice.Goals, anyLead))
	about("What you offer", persona.Fill(r.Voice.ServiceDescription, anyLead))
	about("Whom it is for", persona.Fill(r.Voice.IdealCustomerProfile, anyLead))
	return b.String()
}

// wantsNoAnswer says why a message is answered with no more than a polite line.
var wantsNoAnswer = map[lead.Kind]string{
	lead.Refusal:   "The lead refuses.",
	lead.OptOut:    "The lead wants no more messages: confirm that none will come.",
	lead.Automatic: "The message is an automatic reply in the lead's absence.",
}

// ask lets the model write what stands between opening and signature. These are
// put around it by us, so that they are the persona's to the letter.
func ask(ctx context.Context, model *llm.Client, r persona.Resolution, to persona.Recipient, message string,
	onText func(string)) (Reply, error) {
	p := llm.Prompt{Rules: rules(r, lead.KindOf(message)), MaxTokens: mostTokens, Data: map[string]string{
		"firstName": persona.KnownName(to.FirstName), "lastName": persona.KnownName(to.LastName),
		"company": persona.KnownName(to.Company),
		"message": Shorten(lead.Own(message), mostOfBody),
	}}
	before, after := frame(r, to)
	if onText != nil {
		onText = inChannel(r.Channel, onText)
		p.OnText = trimmed(before, between(r.Channel), onText)
	}
	body, err := model.Ask(ctx, p)
	if err != nil {
		return Reply{}, err
	}
	reply := finish(r, "model:v1", before, body, after)
	if reply.Segments > mostSegments ||
		r.Channel != persona.SMS && utf8.RuneCountInString(reply.Text) > mostLetters[r.Channel] {
		return Reply{}, &llm.Error{Fault: llm.TooLong}
	}
	if onText != nil && after != "" {
		onText(between(r.Channel) + after)
	}
	return reply, nil
}

// inChannel returns a function that passes a text on as the channel carries it.
func inChannel(channel persona.Channel, onText func(string)) func(string) {
	if channel != persona.SMS {
		return onText
	}
	return func(delta string) { onText(plainMarks.Replace(delta)) }
}

// trimmed returns a function that passes a text on as it comes, with before in front of
// it and without the white space at its ends: that is held back until a word follows.
func trimmed(before, between string, onText func(string)) func(string) {
	held, begun := "", false
	return func(delta string) {
		held += delta
		if !begun {
			held = strings.TrimLeftFunc(held, unicode.IsSpace)
		}
		words := strings.TrimRightFunc(held, unicode.IsSpace)
		if words == "" {
			return
		}
		held = held[len(words):]
		if !begun && before != "" {
			words = before + between + words
		}
		begun = true
		onText(words)
	}
}
