package origin

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"personae/internal/access"
	"personae/internal/lead"
	"personae/internal/persona"
)

// campaignLimit is the longest name of a campaign, in characters.
const campaignLimit = 200

// Repair is one thing that did not keep personae's rules, and what became of
// it, in a sentence of one line.
type Repair struct {
	Workspace string // the origin's id
	Name      string // the workspace's
	// Rule is two_defaults, no_default, mirror, ideal_customer_profile, service_description,
	// foreign_persona, blank_name, duplicate_name, text, company, placeholder, sequence,
	// no_admin or no_address, or that of a Fault.
	Rule     string
	Sentence string
	Stands   bool // the origin goes on having it, so every import finds it again
}

// Fault is something in a lead or a message that did not keep personae's rules.
// There may be very many, so how often each was found is reported.
type Fault int

// The faults.
const (
	LeadID Fault = iota
	LeadCampaign
	LeadText
	MessageID
	MessageDirection
	MessageChannel
	MessageEmpty
	MessageHTML
	MessageSubject
	MessageText
	MessageTime
	faults
)

// faultWords say of each fault its rule, what has it, and what became of that.
var faultWords = [faults]struct{ rule, what, became string }{
	LeadID: {"no_id", "lead", "without an id, or with one that is no line of up to 200 characters or is another’s too: " +
		"left out, with what was written"},
	LeadCampaign: {"foreign_campaign", "lead", "with a campaign that this workspace does not have: " +
		"brought over without one, so the default answers"},
	LeadText: {"text", "lead", "with a name, company or address that was too long or held control characters: " +
		"cut or cleaned, and an address that was too long is left out"},
	MessageID: {"no_id", "message", "without an id, or with one that is no line of up to 200 characters " +
		"or is another’s too: left out"},
	MessageDirection: {"direction", "message", "that says neither that it came in nor that it went out: left out"},
	MessageChannel:   {"channel", "message", "that came neither by email nor by SMS nor by LinkedIn: left out"},
	MessageEmpty:     {"empty", "message", "without a word: left out"},
	MessageHTML:      {"html", "message", "whose words stand in its HTML alone: taken from there"},
	MessageSubject:   {"subject", "message", "whose only words are its subject: that is what it says"},
	MessageText:      {"text", "message", "longer than 20,000 characters or with control characters: cut or cleaned"},
	MessageTime:      {"time", "message", "sent in the future: taken as sent now"},
}

// leavesOut reports whether what has the fault does not come over.
func (f Fault) leavesOut() bool {
	return slices.Contains([]Fault{LeadID, MessageID, MessageDirection, MessageChannel, MessageEmpty}, f)
}

// Tally counts faults by the origin's id of their workspace.
type Tally map[string]*[faults]counted

type counted struct {
	n     int
	first string // id
}

// Add counts faults of a lead or message with this id.
func (t Tally) Add(workspace, id string, found ...Fault) {
	for _, f := range found {
		if t[workspace] == nil {
			t[workspace] = new([faults]counted)
		}
		c := &t[workspace][f]
		if c.n++; c.n == 1 {
			c.first = fitID(id)
		}
	}
}

// Repairs returns a repair for each fault of each of the workspaces, in order.
func (t Tally) Repairs(list []Workspace) []Repair {
	var repairs []Repair
	for _, w := range list {
		if t[w.ID] == nil {
			continue
		}
		for f, c := range t[w.ID] {
			if c.n > 0 {
				words := faultWords[f]
				sentence := fmt.Sprintf("%s %s; the first is “%s”", many(c.n, words.what), words.became, c.first)
				repairs = append(repairs, Repair{w.ID, w.repairedName(), words.rule, sentence, Fault(f).leavesOut()})
			}
		}
	}
	return repairs
}

func many(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func areMany(n int, what string) string {
	if n == 1 {
		return many(n, what) + " is"
	}
	return many(n, what) + " are"
}

// Repaired returns the person with an address and a name that personae can hold; no
// address where theirs is none.
func (p Person) Repaired() Person {
	p.Email = strings.TrimSpace(p.Email)
	if access.CheckAddress(p.Email) != nil {
		p.Email = ""
	}
	p.Name, _ = fitName(p.Name, access.UserNameLimit)
	if p.Name == "" {
		local, _, _ := strings.Cut(p.Email, "@")
		p.Name, _ = fitName(local, access.UserNameLimit)
	}
	return p
}

// repaired returns the lead as personae can hold it; before is the id of the one
// before it.
func (l Lead) repaired(campaigns map[string]bool, before string) Lead {
	if !plainID(l.ID) || l.ID == before {
		l.LeftOut, l.Faults = true, []Fault{LeadID}
		return l
	}
	if l.Campaign != "" && !campaigns[l.Campaign] {
		l.Campaign = ""
		l.Faults = append(l.Faults, LeadCampaign)
	}
	changed := false
	for _, part := range []struct {
		text  *string
		limit int
	}{
		{&l.FirstName, lead.NameLimit}, {&l.LastName, lead.NameLimit},
		{&l.Company, lead.CompanyLimit}, {&l.Email, lead.BodyLimit},
		{&l.Status, lead.NameLimit}, {&l.Sentiment, lead.NameLimit},
	} {
		fitted, how := fit(*part.text, part.limit, true)
		*part.text = fitted
		changed = changed || how != ""
	}
	if len([]rune(l.Email)) > lead.EmailLimit {
		l.Email, changed = "", true // part of an address is another's
	}
	if changed {
		l.Faults = append(l.Faults, LeadText)
	}
	return l
}

// repaired returns the score as personae can hold it; nil where there is none.
func (s Score) repaired() *Score {
	if s.Overall == 0 {
		return nil
	}
	s.Fit, s.Intent = cmp.Or(s.Fit, s.Overall), cmp.Or(s.Intent, s.Overall)
	s.Reason, _ = fit(s.Reason, scoreReasonLimit, false)
	s.Reason = cmp.Or(s.Reason, "Scored before it came over, with no reason given.")
	return &s
}

// repaired returns the message as personae can hold it.
func (m Message) repaired(inbound, future, twice bool) Message {
	m.LeftOut = true
	words, from := m.words()
	body, how := fit(words, lead.BodyLimit, false)
	m.Body, m.html, m.subject = body, "", ""
	if m.Channel == "" {
		m.Channel = "email"
	}
	switch {
	case !plainID(m.ID) || twice:
		m.Faults = append(m.Faults, MessageID)
	case !inbound:
		m.Faults = append(m.Faults, MessageDirection)
	case !slices.Contains([]string{"email", "sms", "linkedin"}, m.Channel):
		m.Faults = append(m.Faults, MessageChannel)
	case body == "":
		m.Faults = append(m.Faults, MessageEmpty)
	default:
		m.LeftOut = false
		m.Faults = append(m.Faults, from...)
		if how != "" {
			m.Faults = append(m.Faults, MessageText)
		}
		if future {
			m.Faults = append(m.Faults, MessageTime)
		}
	}
	return m
}

// words returns what a message says, and the fault of one whose body says nothing.
// Markup that is too long is taken as plain text, so that it is not cut within a tag.
func (m Message) words() (string, []Fault) {
	own := ""
	if persona.Clean(m.Body) == "" {
		own = lead.Own(m.html)
	}
	switch {
	case own != "" && utf8.RuneCountInString(m.html) > lead.BodyLimit:
		return own, []Fault{MessageHTML}
	case own != "":
		return m.html, []Fault{MessageHTML}
	case persona.Clean(m.Body) == "" && persona.Clean(m.subject) != "":
		return m.subject, []Fault{MessageSubject}
	}
	return m.Body, nil
}

func plainID(id string) bool {
	fitted, _ := fit(id, lead.ExternalIDLimit, true)
	return id != "" && fitted == id
}

// fit returns text as a field of that limit can hold it, and what was done to it
// beyond trimming; empty: nothing.
func fit(text string, limit int, oneLine bool) (fitted, how string) {
	fitted = persona.Clean(text)
	var done []string
	kept := strings.Map(func(r rune) rune {
		switch {
		case oneLine && (r == '\n' || r == '\t'):
			return ' '
		case unicode.IsControl(r) && r != '\n' && r != '\t':
			return -1
		}
		return r
	}, fitted)
	if kept != fitted {
		done = append(done, "lost control characters or line breaks")
		fitted = persona.Clean(kept)
	}
	if n := utf8.RuneCountInString(fitted); n > limit {
		done = append(done, fmt.Sprintf("was cut from %s to %s characters",
			persona.Thousands(n), persona.Thousands(limit)))
		fitted = persona.Clean(persona.Cut(fitted, limit))
	}
	return fitted, strings.Join(done, " and ")
}

// fitName is fit for a name, in which every character is seen.
func fitName(text string, limit int) (fitted, how string) {
	tidy := persona.TidyName(text)
	fitted, how = fit(tidy, limit, true)
	if tidy != strings.TrimSpace(text) {
		how = strings.TrimSuffix("lost invisible characters and "+how, " and ")
	}
	return persona.TidyName(fitted), how // a cut may leave the end of one
}

// fitID returns an id in a form that is safe in a line.
func fitID(id string) string {
	fitted, _ := fit(id, 80, true)
	return fitted
}

func lower(f persona.Field) string {
	if f.Name == "sms_greeting" {
		return "SMS greeting"
	}
	return strings.ToLower(f.Label)
}

func and(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
