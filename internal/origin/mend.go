package origin

import (
	"cmp"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"personae/internal/persona"
)

// Longest names besides a persona's, in characters.
const (
	workspaceLimit = 120
	campaignLimit  = 200
	personLimit    = 120
)

// Repair is one thing that did not keep personae's rules, and what became of
// it, in a sentence of one line.
type Repair struct {
	Workspace string // the origin's id
	Name      string // the workspace's
	Rule      string // two_defaults, no_default, mirror, ideal_customer_profile, foreign_persona, blank_name, duplicate_name, text, no_admin or no_address, or that of a Fault
	Sentence  string
}

// Known is what personae has of a workspace when the origin is read; the zero
// Known is nothing.
type Known struct {
	Here      bool
	Personas  map[string]bool // the origin's ids of those that came over before, whatever became of them
	Campaigns map[string]bool
	Members   map[string]bool
	Names     map[string]bool // folded names of its personas now
	Settings  persona.Settings
	Admin     bool // has an owner or admin now
}

// Plan is what is to be added to personae. What personae has already is not in
// it.
type Plan struct {
	Name      string            // of a new workspace
	Settings  *persona.Settings // of a new workspace, with words that personae can hold; nil: none
	Was       *persona.Settings // their words in the origin, where a repair changed them
	Personas  []PlannedPersona  // oldest first; at most one is the default
	Campaigns []Campaign        // mended; a Persona that is not empty is the workspace's
	Members   map[string]Role   // by the ID of the Person
	Repairs   []Repair
}

// PlannedPersona is a persona with words that personae can hold.
type PlannedPersona struct {
	Persona                  // Content is mended; ID is empty for one that the settings get
	Was     *persona.Content // its words in the origin, where a repair changed them
}

// Role is what somebody may do in a workspace, the least first.
type Role int

// The roles.
const (
	Reads Role = iota + 1
	Administers
	Owns
)

// Empty tells whether nothing is to be added to a workspace that is there.
func (p Plan) Empty() bool {
	return len(p.Personas)+len(p.Campaigns)+len(p.Members) == 0
}

// Plan says what to add to personae of a workspace. Where the default persona
// and the settings contradict each other, personaSpeaks decides who goes on
// speaking. fold gives names that personae takes for the same one text;
// reachable tells whether a person can be let in.
func (w Workspace) Plan(known Known, personaSpeaks bool, fold func(string) string, reachable func(person string) bool) Plan {
	m := mender{w: w, known: known, fold: fold, taken: map[string]bool{}}
	for name := range known.Names {
		m.taken[name] = true
	}
	m.plan.Name = w.mendedName()
	if !known.Here {
		name, how := fitName(w.Name, workspaceLimit)
		m.tellName("workspace", m.plan.Name, name == "", how)
		if w.Settings != nil {
			m.known.Settings = m.settings(*w.Settings)
			m.plan.Settings = &m.known.Settings
			if m.known.Settings != *w.Settings {
				m.plan.Was = w.Settings
			}
		}
	}
	m.personas()
	if len(m.plan.Personas) > 0 && len(known.Names) == 0 {
		m.chooseDefault(personaSpeaks)
	} else {
		for i := range m.plan.Personas {
			m.plan.Personas[i].IsDefault = false
		}
	}
	m.campaigns()
	m.members(reachable)
	return m.plan
}

// mendedName gives the workspace's name as personae can hold it.
func (w Workspace) mendedName() string {
	name, _ := fitName(w.Name, workspaceLimit)
	return cmp.Or(name, "Unnamed workspace")
}

// Mended gives the person with an address and a name that personae can hold; no
// address where theirs is none.
func (p Person) Mended() Person {
	p.Email = strings.TrimSpace(p.Email)
	if address, err := mail.ParseAddress(p.Email); err != nil || address.Address != p.Email || utf8.RuneCountInString(p.Email) > 254 {
		p.Email = ""
	}
	p.Name, _ = fitName(p.Name, personLimit)
	if p.Name == "" {
		local, _, _ := strings.Cut(p.Email, "@")
		p.Name, _ = fitName(local, personLimit)
	}
	return p
}

type mender struct {
	w     Workspace
	known Known
	fold  func(string) string
	taken map[string]bool // folded names of personas
	plan  Plan
}

func (m *mender) report(rule, sentence string, args ...any) {
	m.plan.Repairs = append(m.plan.Repairs, Repair{Workspace: m.w.ID, Name: m.plan.Name, Rule: rule, Sentence: fmt.Sprintf(sentence, args...)})
}

// tellName reports what was done to a name that need not be the only one.
func (m *mender) tellName(what, name string, blank bool, how string) {
	switch {
	case blank:
		m.report("blank_name", "a %s had no name and is called “%s”", what, name)
	case how != "":
		m.report("text", "the name of the %s “%s” %s", what, name, how)
	}
}

// personas mends the words and names of those that are new.
func (m *mender) personas() {
	for _, p := range m.w.Personas {
		if m.known.Personas[p.ID] {
			continue
		}
		raw := p.Content
		p.Name = m.personaName(raw)
		p.Voice = m.voice("the persona “"+p.Name+"”", p.Voice)
		planned := PlannedPersona{Persona: p}
		if p.Content != raw.Clean() {
			planned.Was = &raw
		}
		m.plan.Personas = append(m.plan.Personas, planned)
	}
}

func (m *mender) personaName(raw persona.Content) string {
	name, how := fitName(raw.Name, persona.NameLimit)
	blank := name == ""
	if blank {
		if name, _ = fitName(raw.DisplayName, persona.NameLimit); name == "" {
			name = "Unnamed persona"
		}
	}
	free := m.freeName(name)
	if !blank && free != name {
		m.report("duplicate_name", "two personas were called “%s”, apart from capitals; the newer one is called “%s”", name, free)
	} else {
		m.tellName("persona", free, blank, how)
	}
	return free
}

// freeName gives name, or "name (2)" and so on, and takes it.
func (m *mender) freeName(name string) string {
	candidate := name
	for n := 2; m.taken[m.fold(candidate)]; n++ {
		ending := fmt.Sprintf(" (%d)", n)
		stem := []rune(name)
		candidate = persona.TidyName(string(stem[:min(len(stem), persona.NameLimit-len(ending))])) + ending
	}
	m.taken[m.fold(candidate)] = true
	return candidate
}

// voice gives v with words that a persona can hold, and reports what it cut.
func (m *mender) voice(of string, v persona.Voice) persona.Voice {
	for _, f := range persona.Fields() {
		text := f.Of(&v)
		*text, _ = m.text(lower(f)+" of "+of, *text, f.Limit, f.OneLine)
	}
	return v
}

// text gives a text that fits, whether it had to be mended, and reports that.
func (m *mender) text(what, text string, limit int, oneLine bool) (fitted string, mended bool) {
	fitted, how := fit(text, limit, oneLine)
	if how != "" {
		m.report("text", "%s %s; its words as they were are in the history", what, how)
	}
	return fitted, how != ""
}

// settings mends what no form could save again. What older programs can go on
// reading stays as it stands, to the last space.
func (m *mender) settings(s persona.Settings) persona.Settings {
	mend := func(what string, text *string, limit int, oneLine bool) {
		if fitted, mended := m.text(what+" of the settings", *text, limit, oneLine); mended {
			*text = fitted
		}
	}
	for _, f := range persona.Fields() {
		mend(lower(f), f.Of(&s.Voice), f.Limit, f.OneLine)
	}
	mend("company name", &s.CompanyName, persona.CompanyNameLimit, true)
	mend("qualification questions", &s.QualificationQuestions, persona.QualificationQuestionsLimit, false)
	return s
}

// chooseDefault leaves exactly one default among the new personas of a
// workspace that has none here, and makes it say what the settings say. Words
// are only added where one of the two was silent: who contradicts the settings
// does not become the default, unless the operator wants it so.
func (m *mender) chooseDefault(personaSpeaks bool) {
	list := m.plan.Personas
	settings := m.voice("the settings", m.known.Settings.Voice)
	var all, defaults []int
	var names []string
	for i, p := range list {
		all = append(all, i)
		if p.IsDefault {
			defaults = append(defaults, i)
			names = append(names, "“"+p.Name+"”")
		}
		list[i].IsDefault = false
	}
	echoes := func(i int) bool { return echo(settings, list[i].Voice) }
	agrees := func(i int) bool { return len(contradictions(settings, list[i].Voice)) == 0 }
	if len(defaults) == 0 {
		// The settings spoke, so whoever has their words does.
		switch i := slices.IndexFunc(all, echoes); {
		case i >= 0:
			m.report("no_default", "no persona was the default; “%s” is it now, because the settings have its words", list[i].Name)
			m.join(i, settings)
		case settings == (persona.Voice{}):
			m.report("no_default", "no persona was the default and the settings said nothing; “%s” is the default now, because it is the oldest", list[0].Name)
			m.join(0, settings)
		default:
			m.report("no_default", "no persona was the default, so the settings spoke; they go on speaking, as the default persona “%s”", m.speakSettings(settings))
		}
		return
	}
	chosen, why := defaults[0], "it is the oldest of them"
	if i := slices.IndexFunc(defaults, echoes); i >= 0 {
		chosen, why = defaults[i], "the settings have its words"
	} else if i := slices.IndexFunc(defaults, agrees); i >= 0 {
		chosen, why = defaults[i], "it does not contradict the settings"
	}
	keep := personaSpeaks || agrees(chosen)
	switch {
	case keep && len(defaults) > 1:
		m.report("two_defaults", "%s were all the default; “%s” stays it, because %s", and(names), list[chosen].Name, why)
	case !keep && len(defaults) > 1:
		m.report("two_defaults", "%s were all the default and contradict the settings; the settings' words go on speaking, as the default persona “%s”, and the others are kept beside it",
			and(names), m.speakSettings(settings))
	case !keep:
		differing := contradictions(settings, list[chosen].Voice)
		m.report("mirror", "%s was the default and contradicts the settings in %s; the settings' words go on speaking, as the default persona “%s”, and %[1]s is kept beside it",
			names[0], and(differing), m.speakSettings(settings))
	}
	if keep {
		m.join(chosen, settings)
	}
}

// speakSettings gives the settings a persona of their own, which is the default.
func (m *mender) speakSettings(settings persona.Voice) string {
	name := m.freeName(persona.ImportedName)
	m.plan.Personas = append(m.plan.Personas, PlannedPersona{Persona: Persona{Content: persona.Content{Name: name, Voice: settings}, IsDefault: true}})
	return name
}

// join makes a persona the default and fills what it leaves empty from the
// settings; the settings then follow it.
func (m *mender) join(chosen int, settings persona.Voice) {
	p := &m.plan.Personas[chosen]
	p.IsDefault = true
	if differing := contradictions(settings, p.Voice); len(differing) > 0 {
		m.report("mirror", "“%s” was the default and contradicts the settings in %s; the settings now say what it says, and what they said is in their history", p.Name, and(differing))
	}
	before := p.Content
	var taken, given []string
	for _, f := range persona.Fields() {
		own, legacy := f.Of(&p.Voice), *f.Of(&settings)
		scored := f.Name == "ideal_customer_profile"
		switch {
		case *own == legacy || *own != "" && legacy != "":
		case *own == "" && scored:
			m.report(f.Name, "“%s” had no ideal customer profile; it has that of the settings, which lead scoring reads", p.Name)
		case *own == "":
			taken = append(taken, lower(f))
		case scored:
			m.report(f.Name, "the settings had no ideal customer profile, which lead scoring reads; they have that of “%s”", p.Name)
		default:
			given = append(given, lower(f))
		}
		*own = cmp.Or(*own, legacy)
	}
	if before != p.Content && p.Was == nil {
		p.Was = &before
	}
	if len(taken) > 0 {
		m.report("mirror", "“%s” said nothing in %s; it has the settings' words there", p.Name, and(taken))
	}
	if len(given) > 0 {
		m.report("mirror", "the settings said nothing in %s; they have the words of “%s” there", and(given), p.Name)
	}
}

// contradictions names the fields in which both say something, and not the same.
func contradictions(settings, voice persona.Voice) []string {
	var names []string
	for _, change := range persona.Diff(settings, voice) {
		if change.Before != "" && change.After != "" {
			names = append(names, lower(change.Field))
		}
	}
	return names
}

// echo tells whether the settings have a voice's words: nothing contradicts, and
// more than the tone, which is often left at the usual one, is the same.
func echo(settings, voice persona.Voice) bool {
	shared := 0
	for _, f := range persona.Fields() {
		if words := *f.Of(&voice); f.Name != "tone" && words != "" && words == *f.Of(&settings) {
			shared++
		}
	}
	return shared > 0 && len(contradictions(settings, voice)) == 0
}

func (m *mender) campaigns() {
	own := map[string]bool{}
	for _, p := range m.w.Personas {
		own[p.ID] = true
	}
	for _, c := range m.w.Campaigns {
		if m.known.Campaigns[c.ID] {
			continue
		}
		name, how := fitName(c.Name, campaignLimit)
		c.Name = cmp.Or(name, "Unnamed campaign")
		m.tellName("campaign", c.Name, name == "", how)
		if c.Persona != "" && !own[c.Persona] {
			m.report("foreign_persona", "the campaign “%s” had a persona that this workspace does not have; the default answers for it", c.Name)
			c.Persona = ""
		}
		m.plan.Campaigns = append(m.plan.Campaigns, c)
	}
}

// members gives each new person their highest role. Without an owner or admin
// nobody comes over: personae has no workspace that nobody can administer.
func (m *mender) members(reachable func(string) bool) {
	roles := map[string]Role{}
	var people []string
	offer := func(person string, role Role) {
		if person == "" || m.known.Members[person] {
			return
		}
		if roles[person] == 0 {
			people = append(people, person)
		}
		roles[person] = max(roles[person], role)
	}
	offer(m.w.Owner, Owns)
	for _, member := range m.w.Members {
		if member.Admin {
			offer(member.Person, Administers)
		} else {
			offer(member.Person, Reads)
		}
	}
	admin := m.known.Admin
	for _, person := range people {
		if !reachable(person) {
			m.report("no_address", "the member %s has no e-mail address in the origin's database and is left out; invite them", fitID(person))
			delete(roles, person)
		}
		admin = admin || roles[person] >= Administers
	}
	if len(roles) > 0 && !admin {
		m.report("no_admin", "%d of its members can be let in, and none is an owner or admin; they are left out until one is", len(roles))
		return
	}
	m.plan.Members = roles
}

// fit gives text as a field of that limit can hold it, and what was done to it
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
	if runes := []rune(fitted); len(runes) > limit {
		done = append(done, fmt.Sprintf("was cut from %s to %s characters", persona.Thousands(len(runes)), persona.Thousands(limit)))
		fitted = persona.Clean(string(runes[:limit]))
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

// fitID gives an id in a form that is safe in a line.
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
