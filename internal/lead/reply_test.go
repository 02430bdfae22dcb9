package lead_test

import (
	"strings"
	"testing"

	"personae/internal/lead"
)

func TestOwnWordsStandApartFromQuotesSignaturesAndMarkup(t *testing.T) {
	t.Parallel()
	quote := "What is the price? Book a demo.\nTo unsubscribe, reply STOP."
	quoted := "> " + strings.ReplaceAll(quote, "\n", "\n> ")
	for body, want := range map[string]string{
		"Ok.": "Ok.",
		"Ok.\n\nOn Mon, 3 Nov 2026 at 10:00, Ann <ann@harbor.example> wrote:\n" + quoted:                 "Ok.",
		"Ok.\n\nOn Mon, 3 Nov 2026 at 10:00, Ann\n<ann@harbor.example>\nwrote:\n\n" + quote:              "Ok.",
		"Ok.\n\nAm 03.11.2026 um 10:00 schrieb Ann <ann@harbor.example>:\n" + quoted:                     "Ok.",
		"D'accord.\n\nLe lun. 3 nov. 2026 à 10:00, Ann <a@b.example> a écrit :\n" + quoted:               "D'accord.",
		"Ok.\n\nEl lun, 3 nov 2026 a las 10:00, Ann (<a@b.example>) escribió:\n\n" + quoted:              "Ok.",
		"Ok.\n\n-----Original Message-----\nFrom: Ann\n" + quote:                                         "Ok.",
		"Ok.\n\n---------- Forwarded message ---------\n" + quote:                                        "Ok.",
		"Ok.\n\n________________________________\nFrom: Ann\nSent: Monday\n" + quote:                     "Ok.",
		"Ok.\n\nFrom: Ann <a@b.example>\nSent: Monday, 3 November 2026\nTo: Bo\nSubject: Hi\n\n" + quote: "Ok.",
		"Ok.\n\nVon: Ann\nGesendet: Montag\nAn: Bo\nBetreff: Hallo\n\n" + quote:                          "Ok.",
		"Ok.\n\nFrom: Ann <a@b.example>\nTo: Bo\nSubject: Hi\n\n" + quote:                                "Ok.",
		"The flight:\nFrom: London\nTo: Paris":                                                           "The flight:\nFrom: London\nTo: Paris",
		"Ok.\n\n*From:* Ann\n*Sent:* Monday\n" + quote:                                                   "Ok.",
		quoted + "\n\nYes, please.": "Yes, please.",
		"On Mon, 3 Nov 2026 at 10:00, Ann <a@b.example> wrote:\n" + quoted + "\n\nYes, please.": "Yes, please.",
		"> What is the price?\nNothing.\n> Why?\nBecause.":                                      "Nothing.\nBecause.",
		quoted: "",
		"Sounds great, let's schedule a demo!\n\n-- \nBo\nCEO":                          "Sounds great, let's schedule a demo!",
		"Sounds great!\n\nSent from my iPhone":                                          "Sounds great!",
		"Sounds great!\n\nGet Outlook for iOS":                                          "Sounds great!",
		"Sounds great!\n\nBest regards,\nBo\nCEO, Acme\nBook a demo: acme.example/demo": "Sounds great!",
		"Thanks,\nwhat does it cost?":                                                   "Thanks,\nwhat does it cost?",
		"Hello\nThanks,\nwhat does it cost?":                                            "Hello\nThanks,\nwhat does it cost?",
		"On Monday I wrote:\nwhat does it cost":                                         "On Monday I wrote:\nwhat does it cost",
		"<div>Ok.</div><blockquote>" + quote + "</blockquote>":                          "Ok.",
		`<html><body><p>Ok &amp; fine.</p><div class="gmail_quote">On Mon Ann wrote:<br>` + quote +
			`</div></body></html>`: "Ok & fine.",
		`<p>One</p><p>Two<br/>Three</p><div id="appendonsend"></div><hr><div id="divRplyFwdMsg">From: Ann</div>`: "One\n\nTwo\nThree",
		"2 < 3 and <me@acme.example>": "2 < 3 and <me@acme.example>",
		"From: where? Sent: now":      "From: where? Sent: now",
	} {
		if got := lead.Own(body); strings.ReplaceAll(got, "\n\n", "\n") != strings.ReplaceAll(want, "\n\n", "\n") {
			t.Errorf("%q: %q, want %q", body, got, want)
		}
	}
}

func FuzzOwnWordsAreNeverLongerThanTheMessage(f *testing.F) {
	f.Add("Ok.\n\nOn Mon, Ann wrote:\n> x")
	f.Add("<div>a</div>")
	f.Add("From: a\nSent: b")
	f.Fuzz(func(t *testing.T, body string) {
		if strings.Contains(body, "<") {
			return // markup may become longer: links are spelled out
		}
		if got := lead.Own(body); len(got) > len(body) {
			t.Errorf("%q: %q", body, got)
		}
	})
}
