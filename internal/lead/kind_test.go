package lead_test

import (
	"testing"

	"personae/internal/lead"
)

func TestWhoWantsNoAnswerIsKnownByTheirOwnWords(t *testing.T) {
	t.Parallel()
	for kind, bodies := range map[lead.Kind][]string{
		lead.Refusal: {
			"Not interested.", "No thanks, we are fine.", "no thank you!", "Thanks but no thanks.", "This is not for us, sorry.",
			"<p>We&#39;re <b>not interested</b>.</p><blockquote>What would you pay? Shall we call?</blockquote>",
			"Not interested.\n\nOn 3 Nov 2026, Ann wrote:\n> Shall we call?",
		},
		lead.OptOut: {
			"STOP", "Unsubscribe", "unsubscribe me and remove me from your list", "Please remove me from this list.",
			"Stop emailing me. How did you get my address?", "Can you take me off your list?", "Don’t contact me again",
		},
		lead.Automatic: {
			"Automatic reply: Your offer\n\nI am away. Can it wait?", "Out of Office", "Out of office: back on Monday",
			"Out of Office Reply: I am travelling", "Abwesenheitsnotiz: Ich bin ab Montag wieder da. Dringend?",
			"Automatische Antwort: weg", "Réponse automatique : absente", "Auto-reply - back soon",
			"I am currently out of the office with limited access to email.", "Hello, I am on annual leave until 3 May.",
			"<div>Automatic reply: I am away</div>",
		},
		lead.Ordinary: {
			"", "What does it cost?", "Not interested in the basic plan, but what does the big one cost?",
			"We are not interested in the basic plan, but send me the price of the other.", "Can we unsubscribe at any time?",
			"I was out of the office last week. Is the offer still open?", "We want an out-of-office tool.",
			"Sounds good!\n\nOn 3 Nov 2026, Ann wrote:\n> Reply STOP to unsubscribe. Not interested? Tell us.",
			"Yes, please.\n\n-----Original Message-----\nFrom: Bo\nAutomatic reply: I am away.",
			"Let's call.\n\n-- \nBo\nTo unsubscribe, write to us", "> not interested\nWhy do you quote me?", "I quit my job",
		},
	} {
		for _, body := range bodies {
			if got := lead.KindOf(body); got != kind {
				t.Errorf("%q is %q, want %q", body, got, kind)
			}
		}
	}
}

func TestWhatAMessageHoldsBesideTheLeadsWordsIsKept(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][]lead.Part{
		"Ok.":                       nil,
		" Ok. \n":                   nil,
		"Ok.\n> What is the price?": {{Name: "The whole message", Text: "Ok.\n> What is the price?"}},
		"Ok.\n\n-- \nBo":            {{Name: "The whole message", Text: "Ok.\n\n-- \nBo"}},
		"<b>no</b> tag of a mail":   nil,
		"<div>Ok &amp; fine.</div>": {{Name: "The markup", Text: "<div>Ok &amp; fine.</div>"}},
		"Ok.<br><blockquote>Why</blockquote>": {
			{Name: "The whole message", Text: "Ok.\nWhy"}, {Name: "The markup", Text: "Ok.<br><blockquote>Why</blockquote>"}},
	} {
		got := lead.Folded(body)
		if len(got) != len(want) {
			t.Errorf("%q: %+v, want %+v", body, got, want)
			continue
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%q: %+v, want %+v", body, got[i], want[i])
			}
		}
	}
}
