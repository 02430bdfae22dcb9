package origin

import (
	"cmp"
	"fmt"
	"slices"

	"personae/internal/access"
	"personae/internal/persona"
)

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
	Campaigns []Campaign        // repaired; a Persona that is not empty is the workspace's
	Members   map[string]Role   // by the ID of the Person
	Repairs   []Repair
}

// PlannedPersona is a persona with words that personae can hold.
type PlannedPersona struct {
	Persona                  // Content is repaired; ID is empty for one made of the settings
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

// Empty reports whether nothing is to be added to a workspace that is there.
func (p Plan) Empty() bool {
	return len(p.Personas)+len(p.Campaigns)+len(p.Members) == 0
}

// Plan says what to add to personae of a workspace. Where the default persona
// and the settings contradict each other, personaSpeaks decides who goes on
// speaking. fold returns one text for names that personae takes for the same;
// reachable reports whether a person can be let in.
func (w Workspace) Plan(known Known, personaSpeaks bool, fold func(string) string,
	reachable func(person string) bool) Plan {
	pl := planner{w: w, known: known, fold: fold, taken: map[string]bool{}}
	for name := range known.Names {
		pl.taken[name] = true
	}
	pl.plan.Name = w.repairedName()
	if !known.Here {
		name, how := fitName(w.Name, access.WorkspaceNameLimit)
		pl.reportName("workspace", pl.plan.Name, name == "", how)
		if w.Settings != nil {
			pl.known.Settings = pl.settings(*w.Settings)
			pl.plan.Settings = &pl.known.Settings
			if pl.known.Settings != *w.Settings {
				pl.plan.Was = w.Settings
			}
		}
	}
	pl.personas()
	if len(pl.plan.Personas) > 0 && len(known.Names) == 0 {
		pl.chooseDefault(personaSpeaks)
	} else {
		for i := range pl.plan.Personas {
			pl.plan.Personas[i].IsDefault = false
		}
	}
	pl.campaigns()
	pl.members(reachable)
	return pl.plan
}

// repairedName returns the workspace's name as personae can hold it.
func (w Workspace) repairedName() string {
	name, _ := fitName(w.Name, access.WorkspaceNameLimit)
	return cmp.Or(name, "Unnamed workspace")
}

// planner plans one workspace.
type planner struct {
	w     Workspace
	known Known
	fold  func(string) string
	taken map[string]bool // folded names of personas
	plan  Plan
}

func (pl *planner) report(rule, sentence string, args ...any) {
	pl.plan.Repairs = append(pl.plan.Repairs, Repair{
		Workspace: pl.w.ID, Name: pl.plan.Name, Rule: rule, Sentence: fmt.Sprintf(sentence, args...),
	})
}

// reportName reports what was done to a name that need not be the only one.
func (pl *planner) reportName(what, name string, blank bool, how string) {
	switch {
	case blank:
		pl.report("blank_name", "a %s had no name and is called “%s”", what, name)
	case how != "":
		pl.report("text", "the name of the %s “%s” %s", what, name, how)
	}
}

// personas plans those that are new, with words and names repaired.
func (pl *planner) personas() {
	for _, p := range pl.w.Personas {
		if pl.known.Personas[p.ID] {
			continue
		}
		raw := p.Content
		p.Name = pl.personaName(raw)
		p.Voice = pl.voice("the persona “"+p.Name+"”", p.Voice)
		planned := PlannedPersona{Persona: p}
		if p.Content != raw.Clean() {
			planned.Was = &raw
		}
		pl.plan.Personas = append(pl.plan.Personas, planned)
	}
}

// personaName returns a name that personae can hold and that no other persona has.
func (pl *planner) personaName(raw persona.Content) string {
	name, how := fitName(raw.Name, persona.NameLimit)
	blank := name == ""
	if blank {
		if name, _ = fitName(raw.DisplayName, persona.NameLimit); name == "" {
			name = "Unnamed persona"
		}
	}
	free := pl.freeName(name)
	if !blank && free != name {
		pl.report("duplicate_name", "two personas were called “%s”, apart from capitals; the newer one is called “%s”",
			name, free)
	} else {
		pl.reportName("persona", free, blank, how)
	}
	return free
}

// freeName returns name, or "name (2)" and so on, and takes it.
func (pl *planner) freeName(name string) string {
	candidate := name
	for n := 2; pl.taken[pl.fold(candidate)]; n++ {
		ending := fmt.Sprintf(" (%d)", n)
		stem := []rune(name)
		candidate = persona.TidyName(string(stem[:min(len(stem), persona.NameLimit-len(ending))])) + ending
	}
	pl.taken[pl.fold(candidate)] = true
	return candidate
}

// voice returns v with words that a persona can hold, and reports what it cut.
func (pl *planner) voice(of string, v persona.Voice) persona.Voice {
	for _, f := range persona.Fields() {
		text := f.Of(&v)
		*text, _ = pl.text(lower(f)+" of "+of, *text, f.Limit, f.OneLine)
	}
	return v
}

// text returns a text that fits and whether it had to be repaired, which it reports.
func (pl *planner) text(what, text string, limit int, oneLine bool) (fitted string, repaired bool) {
	fitted, how := fit(text, limit, oneLine)
	if how != "" {
		pl.report("text", "%s %s; its words as they were are in the history", what, how)
	}
	return fitted, how != ""
}

// settings repairs what no form could save again. What older programs can go on
// reading stays as it stands, to the last space.
func (pl *planner) settings(s persona.Settings) persona.Settings {
	repair := func(what string, text *string, limit int, oneLine bool) {
		if fitted, repaired := pl.text(what+" of the settings", *text, limit, oneLine); repaired {
			*text = fitted
		}
	}
	for _, f := range persona.Fields() {
		repair(lower(f), f.Of(&s.Voice), f.Limit, f.OneLine)
	}
	repair("company name", &s.CompanyName, persona.CompanyNameLimit, true)
	repair("qualification questions", &s.QualificationQuestions, persona.QualificationQuestionsLimit, false)
	return s
}

// chooseDefault leaves exactly one default among the new personas of a
// workspace that has none here, and makes it say what the settings say. Words
// are only added where one of the two was silent: who contradicts the settings
// does not become the default, unless the operator wants it so.
func (pl *planner) chooseDefault(personaSpeaks bool) {
	list := pl.plan.Personas
	settings := pl.voice("the settings", pl.known.Settings.Voice)
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
			pl.report("no_default", "no persona was the default; “%s” is it now, because the settings have its words",
				list[i].Name)
			pl.join(i, settings)
		case settings == (persona.Voice{}):
			pl.report("no_default", "no persona was the default and the settings said nothing; "+
				"“%s” is the default now, because it is the oldest", list[0].Name)
			pl.join(0, settings)
		default:
			pl.report("no_default", "no persona was the default, so the settings spoke; "+
				"they go on speaking, as the default persona “%s”", pl.speakSettings(settings))
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
		pl.report("two_defaults", "%s were all the default; “%s” stays it, because %s",
			and(names), list[chosen].Name, why)
	case !keep && len(defaults) > 1:
		pl.report("two_defaults", "%s were all the default and contradict the settings; "+
			"the settings' words go on speaking, as the default persona “%s”, and the others are kept beside it",
			and(names), pl.speakSettings(settings))
	case !keep:
		differing := contradictions(settings, list[chosen].Voice)
		pl.report("mirror", "%s was the default and contradicts the settings in %s; "+
			"the settings' words go on speaking, as the default persona “%s”, and %[1]s is kept beside it",
			names[0], and(differing), pl.speakSettings(settings))
	}
	if keep {
		pl.join(chosen, settings)
	}
}

// speakSettings plans a persona with the words of the settings, which is the default,
// and returns its name.
func (pl *planner) speakSettings(settings persona.Voice) string {
	name := pl.freeName(persona.ImportedName)
	pl.plan.Personas = append(pl.plan.Personas, PlannedPersona{
		Persona: Persona{Content: persona.Content{Name: name, Voice: settings}, IsDefault: true},
	})
	return name
}

// join makes a persona the default and fills what it leaves empty from the
// settings; the settings then follow it.
func (pl *planner) join(chosen int, settings persona.Voice) {
	p := &pl.plan.Personas[chosen]
	p.IsDefault = true
	if differing := contradictions(settings, p.Voice); len(differing) > 0 {
		pl.report("mirror", "“%s” was the default and contradicts the settings in %s; "+
			"the settings now say what it says, and what they said is in their history", p.Name, and(differing))
	}
	before := p.Content
	var taken, given []string
	for _, f := range persona.Fields() {
		own, legacy := f.Of(&p.Voice), *f.Of(&settings)
		scored := f.Name == "ideal_customer_profile"
		switch {
		case *own == legacy || *own != "" && legacy != "":
		case *own == "" && scored:
			pl.report(f.Name, "“%s” had no ideal customer profile; it has that of the settings, "+
				"which lead scoring reads", p.Name)
		case *own == "":
			taken = append(taken, lower(f))
		case scored:
			pl.report(f.Name, "the settings had no ideal customer profile, which lead scoring reads; "+
				"they have that of “%s”", p.Name)
		default:
			given = append(given, lower(f))
		}
		*own = cmp.Or(*own, legacy)
	}
	if before != p.Content && p.Was == nil {
		p.Was = &before
	}
	if len(taken) > 0 {
		pl.report("mirror", "“%s” said nothing in %s; it has the settings' words there", p.Name, and(taken))
	}
	if len(given) > 0 {
		pl.report("mirror", "the settings said nothing in %s; they have the words of “%s” there", and(given), p.Name)
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

// echo reports whether the settings have a voice's words: nothing contradicts, and
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

// campaigns plans those that are new, with a name and a persona of their own workspace.
func (pl *planner) campaigns() {
	own := map[string]bool{}
	for _, p := range pl.w.Personas {
		own[p.ID] = true
	}
	for _, c := range pl.w.Campaigns {
		if pl.known.Campaigns[c.ID] {
			continue
		}
		name, how := fitName(c.Name, campaignLimit)
		c.Name = cmp.Or(name, "Unnamed campaign")
		pl.reportName("campaign", c.Name, name == "", how)
		if c.Persona != "" && !own[c.Persona] {
			pl.report("foreign_persona", "the campaign “%s” had a persona that this workspace does not have; "+
				"the default answers for it", c.Name)
			c.Persona = ""
		}
		pl.plan.Campaigns = append(pl.plan.Campaigns, c)
	}
}

// members plans each new person with their highest role. Without an owner or admin
// nobody comes over: personae has no workspace that nobody can administer.
func (pl *planner) members(reachable func(string) bool) {
	roles := map[string]Role{}
	var people []string
	offer := func(person string, role Role) {
		if person == "" || pl.known.Members[person] {
			return
		}
		if roles[person] == 0 {
			people = append(people, person)
		}
		roles[person] = max(roles[person], role)
	}
	offer(pl.w.Owner, Owns)
	for _, member := range pl.w.Members {
		if member.Admin {
			offer(member.Person, Administers)
		} else {
			offer(member.Person, Reads)
		}
	}
	admin := pl.known.Admin
	for _, person := range people {
		if !reachable(person) {
			pl.report("no_address", "the member %s has no e-mail address in the origin's database and is left out; "+
				"invite them", fitID(person))
			delete(roles, person)
		}
		admin = admin || roles[person] >= Administers
	}
	if len(roles) > 0 && !admin {
		pl.report("no_admin", "%d of its members can be let in, and none is an owner or admin; "+
			"they are left out until one is", len(roles))
		return
	}
	pl.plan.Members = roles
}
