package origin

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

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
	Name      string                 // of a new workspace
	Settings  *persona.Settings      // of a new workspace, with words that personae can hold; nil: none
	Was       *persona.Settings      // their words in the origin, where a repair changed them
	Questions []persona.Question     // of a new workspace, those that older programs know by an id
	Personas  []PlannedPersona       // oldest first; at most one is the default
	Campaigns []Campaign             // repaired; a Persona that is not empty is the workspace's
	Members   map[string]access.Role // by the ID of the Person
	Repairs   []Repair
}

// PlannedPersona is a persona with words that personae can hold.
type PlannedPersona struct {
	Persona                  // Content is repaired; ID is empty for one made of the settings
	Was     *persona.Content // its words in the origin, where a repair changed them
}

// Empty reports whether nothing is to be added to a workspace that is there.
func (p Plan) Empty() bool {
	return len(p.Personas)+len(p.Campaigns)+len(p.Members) == 0
}

// Plan says what to add to personae of a workspace. Where the default persona
// and the settings describe different services, right decides whose description
// goes on; empty: both. fold returns one text for names that personae takes for the
// same; reachable reports whether a person can be let in.
func (w Workspace) Plan(
	known Known, right persona.Side, fold func(string) string, reachable func(person string) bool,
) Plan {
	pl := planner{w: w, known: known, right: right, fold: fold, taken: map[string]bool{}}
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
		pl.chooseDefault()
	} else {
		for i := range pl.plan.Personas {
			pl.plan.Personas[i].IsDefault = false
		}
		if w.Settings != nil {
			pl.addService(w.Settings.ServiceDescription)
		}
	}
	pl.campaigns()
	pl.warnings()
	pl.sequences()
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
	right persona.Side
	fold  func(string) string
	taken map[string]bool // folded names of personas
	plan  Plan
}

func (pl *planner) report(rule, sentence string, args ...any) {
	pl.plan.Repairs = append(pl.plan.Repairs, Repair{
		Workspace: pl.w.ID, Name: pl.plan.Name, Rule: rule, Sentence: fmt.Sprintf(sentence, args...),
	})
}

// reportStanding reports what the next import finds again.
func (pl *planner) reportStanding(rule, sentence string, args ...any) {
	pl.report(rule, sentence, args...)
	pl.plan.Repairs[len(pl.plan.Repairs)-1].Stands = true
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
		of := "the persona “" + p.Name + "”"
		p.Voice = pl.voice(of, pl.nameCompany(of, p.Voice))
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
		candidate = persona.TidyName(persona.Cut(name, persona.NameLimit-len(ending))) + ending
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

// nameCompany writes the name of the workspace's own company where the origin means
// it by a placeholder that means the lead's company here.
func (pl *planner) nameCompany(of string, v persona.Voice) persona.Voice {
	own := pl.w.Name
	if pl.w.Settings != nil {
		own = cmp.Or(persona.Clean(pl.w.Settings.CompanyName), own)
	}
	if own, _ = fit(own, persona.CompanyNameLimit, true); own == "" {
		return v
	}
	named := strings.NewReplacer("{company}", own, "{companyName}", own)
	var done, long []string
	for _, f := range persona.Fields() {
		switch text := named.Replace(*f.Of(&v)); {
		case text == *f.Of(&v):
		case utf8.RuneCountInString(persona.Clean(text)) > f.Limit:
			long = append(long, lower(f))
		default:
			*f.Of(&v) = text
			done = append(done, lower(f))
		}
	}
	const means = "{company} in %s of %s means the workspace’s own company there, and that of the lead here; "
	if len(done) > 0 {
		pl.report("company", means+"the name stands in its place now, and the words as they were are in the history",
			and(done), of)
	}
	if len(long) > 0 {
		pl.report("company", means+"with the name it would be too long, so put it there yourself", and(long), of)
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
	s.Voice = pl.nameCompany("the settings", s.Voice)
	for _, f := range persona.Fields() {
		repair(lower(f), f.Of(&s.Voice), f.Limit, f.OneLine)
	}
	repair("company name", &s.CompanyName, persona.CompanyNameLimit, true)
	s.QualificationQuestions = pl.questions(s.QualificationQuestions)
	return s
}

// questions returns the qualification questions as lines, and plans to keep what
// older programs know of each. One that does not fit is left out whole.
func (pl *planner) questions(text string) string {
	list, broken := persona.ParseQuestions(text)
	lines, how := fit(persona.QuestionLines(text), len(text), false)
	fitted, leftOut := persona.FitQuestions(lines, persona.QualificationQuestionsLimit)
	if broken {
		how = strings.TrimPrefix(how+" and ended within a question, which is left out", " and ")
	}
	if leftOut > 0 {
		how = strings.TrimPrefix(fmt.Sprintf("%s and had more than %s characters, so that %s left out", how,
			persona.Thousands(persona.QualificationQuestionsLimit), areMany(leftOut, "question")), " and ")
	}
	if how != "" {
		pl.report("text", "qualification questions of the settings %s; their words as they were are in the history", how)
	}
	for _, q := range list {
		q.Text, _ = fit(q.Text, len(q.Text), false)
		if plainID(q.ID) && slices.Contains(strings.Split(fitted, "\n"), q.Text) {
			pl.plan.Questions = append(pl.plan.Questions, q)
		}
	}
	if len(list) > 0 || how != "" {
		return fitted
	}
	return text
}

// chooseDefault leaves exactly one default among the new personas of a workspace
// that has none here: the origin's, who wins what drafts say, as it did there.
// Without one the settings spoke there, and go on speaking.
func (pl *planner) chooseDefault() {
	list := pl.plan.Personas
	settings := pl.voice("the settings", pl.known.Settings.Voice)
	var defaults []int
	var names []string
	for i, p := range list {
		if p.IsDefault {
			defaults = append(defaults, i)
			names = append(names, "“"+p.Name+"”")
		}
		list[i].IsDefault = false
	}
	echoes := func(p PlannedPersona) bool { return echo(settings, p.Voice) }
	switch i := slices.IndexFunc(list, echoes); {
	case len(defaults) > 0:
		chosen, why := defaults[0], "it is the oldest of them"
		if i := slices.IndexFunc(defaults, func(i int) bool { return echoes(list[i]) }); i >= 0 {
			chosen, why = defaults[i], "the settings have its words"
		}
		if len(defaults) > 1 {
			pl.report("two_defaults", "%s were all the default; “%s” stays it, because %s",
				and(names), list[chosen].Name, why)
		}
		pl.follow(chosen, settings)
	case i >= 0:
		pl.report("no_default", "no persona was the default; “%s” is it now, because the settings have its words",
			list[i].Name)
		pl.follow(i, settings)
	case silent(settings):
		pl.report("no_default", "no persona was the default and the settings said nothing; “%s” is the default now, "+
			"because it is the oldest, and drafts that had nobody’s words there have its words here", list[0].Name)
		pl.follow(0, settings)
	default:
		pl.report("no_default", "no persona was the default, so the settings spoke; "+
			"they go on speaking, as the default persona “%s”", pl.speakSettings(settings))
	}
	pl.addService(settings.ServiceDescription)
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

// follow makes a persona the default, whom the settings then follow. It wins what
// drafts say; the settings win the ideal customer profile, which only lead scoring
// reads, and there alone; of the service both have read, so both descriptions stay.
func (pl *planner) follow(chosen int, settings persona.Voice) {
	p := &pl.plan.Personas[chosen]
	p.IsDefault = true
	before := p.Content
	pl.joinProfile(p, settings.IdealCustomerProfile)
	pl.joinService(p, settings.ServiceDescription)
	p.changed(before)
	if silent(settings) && settings.Tone != p.Tone {
		settings.Tone = ""
	}
	var lost, emptied, given []string
	for _, f := range persona.Fields() {
		own, legacy := *f.Of(&p.Voice), *f.Of(&settings)
		switch {
		case own == legacy || f.Name == "ideal_customer_profile" || f.Name == "service_description":
		case legacy == "":
			given = append(given, lower(f))
		case own == "":
			emptied = append(emptied, lower(f))
		default:
			lost = append(lost, lower(f))
		}
	}
	if len(lost) > 0 {
		pl.report("mirror", "the settings said something else in %s than the default persona “%s”, by which drafts went; "+
			"they follow it now, and what they said is in their history", and(lost), p.Name)
	}
	if len(emptied) > 0 {
		pl.report("mirror", "the default persona “%s” says nothing in %s, and so drafts did not; the settings, "+
			"which had words there, follow it now, and what they said is in their history", p.Name, and(emptied))
	}
	if len(given) > 0 {
		pl.report("mirror", "the settings said nothing in %s; they have the words of “%s” there", and(given), p.Name)
	}
}

// joinProfile gives the default persona the ideal customer profile of the settings.
func (pl *planner) joinProfile(p *PlannedPersona, scored string) {
	switch own := p.IdealCustomerProfile; {
	case own == scored:
		return
	case own == "":
		pl.report("ideal_customer_profile", "“%s” had no ideal customer profile; it has that of the settings, "+
			"which lead scoring reads", p.Name)
	case scored == "":
		pl.report("ideal_customer_profile", "the settings had no ideal customer profile, which lead scoring reads; "+
			"they have that of “%s”", p.Name)
		return
	default:
		pl.report("ideal_customer_profile", "“%s” had another ideal customer profile than the settings, "+
			"which lead scoring reads; it has theirs now, and its own is in its history", p.Name)
	}
	p.IdealCustomerProfile = scored
}

// joinService gives the default persona what drafts read of the service: its own
// description, and that of the settings below; or the one that the operator prefers.
func (pl *planner) joinService(p *PlannedPersona, common string) {
	own := p.ServiceDescription
	both, fits := describe(own, common)
	switch {
	case own == common:
	case both == own && common == "":
		pl.report("service_description", "the settings had no service description; they have that of “%s”", p.Name)
	case both == own:
		pl.report("service_description", "the service description of “%s” holds that of the settings, "+
			"which lead scoring reads; they have all of it now", p.Name)
	case both == common:
		pl.report("service_description", "“%s” has the service description of the settings now, "+
			"because drafts read it too", p.Name)
	case pl.right == persona.PersonaIsRight:
		both = own
		pl.report("service_description", "“%s” and the settings described different services, and drafts read both; "+
			"the settings, and so lead scoring, have its description now, and theirs is in their history", p.Name)
	case pl.right == persona.SettingsAreRight || !fits:
		both = common
		pl.report("service_description", "“%s” and the settings described different services, and drafts read both; "+
			"it has their description now, which lead scoring reads, and its own is in its history", p.Name)
	default:
		pl.report("service_description", "“%s” and the settings described different services, and drafts read both; "+
			"both descriptions stand in it now, and lead scoring, which read theirs alone, reads both", p.Name)
	}
	p.ServiceDescription = both
}

// addService gives personas that are not the default what drafts read of the service
// beside their own description: that of the settings.
func (pl *planner) addService(common string) {
	common, _ = fit(common, serviceField().Limit, false)
	var joined, long []string
	for i := range pl.plan.Personas {
		p := &pl.plan.Personas[i]
		both, fits := describe(p.ServiceDescription, common)
		switch {
		case p.IsDefault || both == p.ServiceDescription || p.ServiceDescription != "" && pl.right == persona.PersonaIsRight:
		case !fits:
			long = append(long, "“"+p.Name+"”")
		default:
			before := p.Content
			p.ServiceDescription = both
			p.changed(before)
			joined = append(joined, "“"+p.Name+"”")
		}
	}
	if len(joined) > 0 {
		pl.report("service_description", "drafts read the settings’ service description beside that of a persona; "+
			"it stands in %s now, and their words as they were are in the history", and(joined))
	}
	if len(long) > 0 {
		pl.report("service_description", "drafts read the settings’ service description beside that of a persona; "+
			"with it, that of %s would be too long, so drafts by them read their own alone", and(long))
	}
}

// changed notes the words that a persona had before they were changed, unless an
// earlier change did.
func (p *PlannedPersona) changed(before persona.Content) {
	if before != p.Content && p.Was == nil {
		p.Was = &before
	}
}

// describe returns what the origin's drafts read of the service where a persona and
// the settings describe it: one description where it holds the other, whatever its
// case and spaces, else both; and whether a persona can hold that.
func describe(own, common string) (both string, fits bool) {
	plain := func(text string) string { return strings.Join(strings.Fields(strings.ToLower(text)), " ") }
	switch {
	case strings.Contains(plain(own), plain(common)):
		return own, true
	case strings.Contains(plain(common), plain(own)):
		return common, true
	}
	both = own + "\n\n" + common
	return both, utf8.RuneCountInString(both) <= serviceField().Limit
}

func serviceField() persona.Field {
	fields := persona.Fields()
	return fields[slices.IndexFunc(fields, func(f persona.Field) bool { return f.Name == "service_description" })]
}

// silent reports whether the settings say nothing that a draft would: the usual tone
// stands in all of the origin's, whether anybody chose it or not.
func silent(settings persona.Voice) bool {
	settings.IdealCustomerProfile = ""
	return settings == persona.Voice{} || settings == persona.Voice{Tone: persona.UsualTone}
}

// echo reports whether drafts with a persona's words say what those with the settings'
// say, and more than the tone, which is often left at the usual one.
func echo(settings, voice persona.Voice) bool {
	both, _ := describe(voice.ServiceDescription, settings.ServiceDescription)
	if silent(settings) || both != settings.ServiceDescription {
		return false
	}
	heard := func(v persona.Voice) persona.Voice {
		v.ServiceDescription, v.IdealCustomerProfile = "", ""
		return persona.Resolve(persona.ResolveInput{Settings: v}).Voice
	}
	return heard(settings) == heard(voice)
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
	roles := map[string]access.Role{}
	var people []string
	offer := func(person string, role access.Role) {
		if person == "" || pl.known.Members[person] {
			return
		}
		had, known := roles[person]
		if !known {
			people = append(people, person)
		}
		if had == "" || had == access.Member {
			roles[person] = role // an owner is offered first
		}
	}
	offer(pl.w.Owner, access.Owner)
	for _, member := range pl.w.Members {
		if member.Admin {
			offer(member.Person, access.Admin)
		} else {
			offer(member.Person, access.Member)
		}
	}
	admin := pl.known.Admin
	for _, person := range people {
		if !reachable(person) {
			pl.reportStanding("no_address", "the member %s has no e-mail address in the origin’s database and is left out; "+
				"invite them", fitID(person))
			delete(roles, person)
		}
		admin = admin || roles[person] == access.Owner || roles[person] == access.Admin
	}
	if len(roles) > 0 && !admin {
		pl.reportStanding("no_admin", "%d of its members can be let in, and none is an owner or admin; "+
			"they are left out until one is", len(roles))
		return
	}
	pl.plan.Members = roles
}

// warnings reports the new words in which something would be sent as it stands.
func (pl *planner) warnings() {
	warn := func(of string, v persona.Voice) {
		var fields []string
		for _, w := range persona.Warnings(v) {
			for _, f := range persona.Fields() {
				if f.Name == w.Field && !slices.Contains(fields, lower(f)) {
					fields = append(fields, lower(f))
				}
			}
		}
		if len(fields) > 0 {
			pl.report("placeholder", "in %s of %s there are placeholders or braces that nothing fills, so they would be sent "+
				"as they stand; its page says which, and how to write them", and(fields), of)
		}
	}
	spoken := false
	for _, p := range pl.plan.Personas {
		warn("the persona “"+p.Name+"”", p.Voice)
		spoken = spoken || p.IsDefault
	}
	if pl.plan.Settings != nil && !spoken {
		warn("the settings", pl.plan.Settings.Voice)
	}
}

// sequencesShown is how many sequences a line names.
const sequencesShown = 5

// sequences reports the personas that follow-up sequences name.
func (pl *planner) sequences() {
	named := map[string][]string{}
	for _, q := range pl.w.Sequences {
		name, _ := fitName(q.Name, campaignLimit)
		named[q.Persona] = append(named[q.Persona], "“"+cmp.Or(name, "Unnamed sequence")+"”")
	}
	for _, p := range pl.w.Personas {
		list := named[p.ID]
		if len(list) == 0 {
			continue
		}
		if more := len(list) - sequencesShown; more > 0 {
			list = append(list[:sequencesShown:sequencesShown], many(more, "other"))
		}
		name, _ := fitName(p.Name, persona.NameLimit)
		pl.reportStanding("sequence", "follow-ups by %s speak as “%s”; sequences stay there, and here that persona "+
			"answers only for campaigns that name it, or as the default", and(list), cmp.Or(name, "Unnamed persona"))
	}
}
