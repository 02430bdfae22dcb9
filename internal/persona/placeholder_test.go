package persona_test

import (
	"testing"

	"personae/internal/persona"
)

func TestEveryPlaceholderIsReplacedEverywhere(t *testing.T) {
	t.Parallel()
	got := persona.Fill("{firstName} {lastName} of {company}, {firstName}! {nick} {firstname}",
		persona.Recipient{FirstName: "{company}", LastName: "O'Neil", Company: "Acme"})
	same(t, "filled, and a lead's own words are not filled again", got,
		"{company} O'Neil of Acme, {company}! {nick} {firstname}")
}

func TestPlaceholderOfWhatIsNotKnownLeavesNoHole(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Hi {firstName},":                       "Hi,",
		"Dear {firstName} {lastName},\nhello":   "Dear,\nhello",
		"{firstName}, one question":             "one question",
		"Thanks for looking at {company} today": "Thanks for looking at today",
		"Hello\n{firstName}\nbye":               "Hello\n\nbye",
	} {
		same(t, text, persona.Fill(text, persona.Recipient{}), want)
	}
	same(t, "only what is missing", persona.Fill("Dear {firstName} {lastName},", persona.Recipient{LastName: "Sato"}),
		"Dear Sato,")
}

func TestWhatIsNotKnownLeavesNoStrayMark(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Hello, {firstName}!":                    "Hello!",
		"Hi, {firstName}, I":                     "Hi, I",
		"Hi\u00a0{firstName},":                   "Hi,",
		"{firstName}! Hi":                        "Hi",
		"({firstName})":                          "",
		"Hi {firstName} ({company}), welcome":    "Hi, welcome",
		"Hi “{firstName}”, welcome":              "Hi, welcome",
		"Hello, {firstName}":                     "Hello",
		"Hello, {firstName}\nA line":             "Hello\nA line",
		"¡Hola {firstName}! ¿{firstName}? Vale":  "¡Hola! ¿? Vale",
		"¿{firstName}? Vale":                     "Vale",
		"How is {company}'s growth?":             "How is growth?",
		"How is {company}’s growth?":             "How is growth?",
		"{firstName} / {company}: hello":         "hello",
		"{company} – a word":                     "a word",
		"A word – {company}":                     "A word",
		"Harbor | {company}, for you":            "Harbor, for you",
		"Grüße an {firstName} {lastName}.":       "Grüße an.",
		"{firstName}，你好":                         "你好",
		"你好，{firstName}！":                        "你好！",
		"مرحبا {firstName}، أهلا":                "مرحبا، أهلا",
		"Tab\t{firstName}\tend":                  "Tab\tend",
		"{firstName}":                            "",
		"{firstName} {firstName} {lastName}, hi": "hi",
	} {
		same(t, text, persona.Fill(text, persona.Recipient{}), want)
	}
	same(t, "one of two", persona.Fill("Hi {firstName} ({company})!", persona.Recipient{FirstName: "Ana"}), "Hi Ana!")
	same(t, "the other", persona.Fill("Hi {firstName} ({company})!", persona.Recipient{Company: "Acme"}), "Hi (Acme)!")
}

func TestAFallbackStandsWhereANameIsNotKnown(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		"Hi {firstName|there},":                  {"Hi Ana,", "Hi there,"},
		"Hi {firstName| there }!":                {"Hi Ana!", "Hi there!"},
		"Hi {firstName|},":                       {"Hi Ana,", "Hi,"},
		"{company|your team}, {lastName|friend}": {"your team, friend", "your team, friend"},
		"{nick|x}":                               {"{nick|x}", "{nick|x}"},
	} {
		same(t, text, persona.Fill(text, persona.Recipient{FirstName: "Ana"}), want[0])
		same(t, text+" of nobody", persona.Fill(text, persona.Recipient{}), want[1])
	}
}

func TestANameThatIsNoneIsAsIfItWereMissing(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"\u200b", "\ufeff", " \u00ad ", "N/A", "n/a", "null", "NULL", "[null]", "-", "--",
		"—", ".", "?", "None",
		"undefined", "(unknown)", "#N/A", "\u202e", "\u200d"} {
		same(t, name, persona.Fill("Hi {firstName},", persona.Recipient{FirstName: name}), "Hi,")
	}
	for name, want := range map[string]string{
		"Na":         "Na",
		"Null":       "Null",
		"Nan":        "Nan",
		"X":          "X",
		"7even":      "7even",
		"\u202eanA":  "anA",
		"A\u00adna":  "Ana",
		"می\u200cنا": "می\u200cنا",
		"♥":          "♥",
		"Ana\u200b":  "Ana",
	} {
		same(t, name, persona.KnownName(name), want)
	}
}

func TestAnotherToolsSpellingIsNotFilledByHalf(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"Hi {{firstName}},", "Hi ${firstName},", "Hi #{firstName},",
		"Hi {{{firstName}}},", "{{firstName}"} {
		same(t, text, persona.Fill(text, persona.Recipient{FirstName: "Ana"}), text)
	}
}

func TestReadingsAreWhatADraftSays(t *testing.T) {
	t.Parallel()
	to := persona.SampleLead()
	same(t, "nothing filled in", persona.Readings("Harbor", persona.Voice{}, to), []persona.Reading{
		{Label: "Greeting", Known: "Hi Ana,", Nameless: "Hi,"}, {Label: "SMS greeting", Known: "Hi Ana,", Nameless: "Hi,", SMS: true},
		{Label: "Signature", Known: "Harbor", Nameless: "Harbor"}})
	same(t, "its own words",
		persona.Readings("Harbor", persona.Voice{
			Greeting:    "{firstName}",
			SMSGreeting: "Hey {firstName} {lastName}",
			Signature:   "For {company}",
		}, to), []persona.Reading{
			{Label: "Greeting", Known: "Ana"}, {Label: "SMS greeting", Known: "Hey Ana Silva", Nameless: "Hey Silva", SMS: true},
			{Label: "Signature", Known: "For Acme", Nameless: "For Acme"}})
}
