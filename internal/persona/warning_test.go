package persona_test

import (
	"slices"
	"strings"
	"testing"

	"personae/internal/i18n"
	"personae/internal/persona"
)

func TestOtherToolsSpellingsAreFlaggedWithTheOneThatWorks(t *testing.T) {
	t.Parallel()
	for text, right := range map[string]string{
		"{{firstName}}":                       "{firstName}",
		"{{ first_name }}":                    "{firstName}",
		"{{{firstName}}}":                     "{firstName}",
		"${firstName}":                        "{firstName}",
		"#{first_name}":                       "{firstName}",
		"%{firstName}":                        "{firstName}",
		"{first_name}":                        "{firstName}",
		"{FirstName}":                         "{firstName}",
		"{ firstName }":                       "{firstName}",
		"%FIRSTNAME%":                         "{firstName}",
		"%%first_name%%":                      "{firstName}",
		"[First Name]":                        "{firstName}",
		"[[first_name]]":                      "{firstName}",
		"<First Name>":                        "{firstName}",
		"<<FirstName>>":                       "{firstName}",
		"«First_Name»":                        "{firstName}",
		"*|FNAME|*":                           "{firstName}",
		"__FIRSTNAME__":                       "{firstName}",
		"{{contact.first_name}}":              "{firstName}",
		"{{ lead.lastName }}":                 "{lastName}",
		"[Company]":                           "{company}",
		"{{Account.Name}}":                    "",
		"{{company_name}}":                    "{company}",
		`{{ first_name | default: "there" }}`: "{firstName|there}",
		"{{firstName|there}}":                 "{firstName|there}",
	} {
		got := persona.Warnings(persona.Voice{Greeting: "Hi " + text + ", I am"})
		want := "Greeting holds " + text + ", which is sent as it stands. Write " + right + " instead."
		if right == "" {
			want = "Greeting holds " + text +
				", which is not a placeholder and will be sent as it stands. Known ones: {firstName}, {lastName}, {company}."
		}
		same(t, text, got, []persona.Warning{{Field: "greeting", Message: i18n.Say(want)}})
	}
	same(t, "several", persona.Warnings(persona.Voice{Goals: "{{firstName}} {{lastName}} {{firstName}}"}),
		[]persona.Warning{
			{Field: "goals", Message: i18n.Say("Goals holds {{firstName}}, {{lastName}}, which are sent as they stand. Write {firstName}, {lastName} instead.")}})
	same(t, "nothing known inside", persona.Warnings(persona.Voice{Greeting: "Hi {}"}), []persona.Warning{
		{Field: "greeting", Message: i18n.Say("Greeting holds {}, which is not a placeholder and will be sent as it stands. Known ones: {firstName}, {lastName}, {company}.")}})
}

func TestOrdinaryWordsAreNotTakenForPlaceholders(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"Hi {firstName}, {lastName|you} of {company}", "100% sure, 50% off", "[1] and [link]",
		"a < b > c", "5 % of 10 %",
		"<https://example.com>", "«Bonjour»", "__init__", "a_b [see below]", "*|x|*"} {
		same(t, text, persona.Warnings(persona.Voice{Signature: text}), []persona.Warning(nil))
	}
}

func TestUnknownPlaceholdersAreFlaggedByField(t *testing.T) {
	t.Parallel()
	got := persona.Warnings(persona.Voice{Greeting: "{firstName} {first_name} {first_name}", Signature: "{company} {}",
		Goals: "{nick}"})
	if len(got) != 3 || !strings.HasPrefix(got[0].Message.String(), "Greeting holds {first_name}, which") ||
		!strings.HasPrefix(got[1].Message.String(), "Signature holds {}, which") ||
		!strings.HasPrefix(got[2].Message.String(), "Goals holds {nick}") ||
		got[2].Field != "goals" {
		t.Errorf("%q", got)
	}
}

func TestBracesWithoutTheirPartnerAreFlagged(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Hi {firstName}, {lastName}":            "",
		"Hi {firstName, one":                    "{firstName, one",
		"firstName}, one question for you":      "firstName}",
		"Hello to you, dear firstName} {x}":     "you, dear firstName}",
		"{{firstName}":                          "{{firstName}",
		"one {\n} two":                          "{",
		"an open {brace and many, many words …": "{brace and many, man",
	} {
		got := persona.Warnings(persona.Voice{SMSGreeting: text})
		got = slices.DeleteFunc(got, func(w persona.Warning) bool {
			return !strings.Contains(w.Message.String(),
				"without its partner")
		})
		switch {
		case want == "" && len(got) > 0:
			t.Errorf("%q: %q", text, got)
		case want != "" && (len(got) != 1 || !strings.HasPrefix(got[0].Message.String(),
			"SMS greeting has a brace without its partner, at “"+want+"”")):
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	same(t, "one unknown one", strings.Contains(persona.Warnings(persona.Voice{Goals: "{a}"})[0].Message.String(),
		"{a}, which is not a placeholder and will be sent as it stands."), true)
	same(t, "two unknown ones", strings.Contains(persona.Warnings(persona.Voice{Goals: "{a} {b}"})[0].Message.String(),
		"{a}, {b}, which are not placeholders and will be sent as they stand."), true)
	same(t, "three unknown ones", strings.Contains(persona.Warnings(persona.Voice{Goals: "{a} {b} {c}"})[0].Message.String(),
		"{a}, {b}, {c}, which"), true)
	same(t, "many unknown ones", strings.Contains(persona.Warnings(persona.Voice{Goals: "{a} {b} {c} {d} {e}"})[0].Message.String(), "{a}, {b}, {c} and 2 more,"), true)
}
