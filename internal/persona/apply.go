package persona

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"

	"personae/internal/i18n"
)

// ApplyPlan is what applying files to a workspace does.
type ApplyPlan struct {
	Steps    []ApplyStep // settings, personas, the default, campaigns; those that go last
	Revision int         // of the workspace that it was made for

	Left          []Persona // that the files do not hold and that stay as they are
	LeftCampaigns []Campaign

	Default *Persona      // the default now; nil: there is none
	Moves   bool          // another becomes it
	Heir    uuid.NullUUID // which one; not valid: none, or one that is still to be created
	Voice   bool          // whether the default has other words then
}

// ApplyKind is what a step is about.
type ApplyKind string

// The kinds.
const (
	ApplySettings ApplyKind = "settings"
	ApplyPersona  ApplyKind = "persona"
	ApplyDefault  ApplyKind = "default"
	ApplyCampaign ApplyKind = "campaign"
)

// ApplyAction is what a step does.
type ApplyAction string

// The actions.
const (
	ApplyAdds    ApplyAction = "add"
	ApplyChanges ApplyAction = "change"
	ApplyRemoves ApplyAction = "remove"
)

// ApplyApproval is what keeps a step from being done where a second person approves what
// changes the default or its words.
type ApplyApproval string

// What keeps it.
const (
	ApplyProposes ApplyApproval = "proposed" // it is proposed
	ApplyAwaits   ApplyApproval = "waits"    // the default first moves, as is proposed; applied again, it is done
)

// ApplyStep is one thing that applying files does.
type ApplyStep struct {
	Kind     ApplyKind
	Action   ApplyAction
	Approval ApplyApproval // empty: it is done
	Name     string        // of the persona or the campaign, as it is called now
	Where    string        // file and line that say so
	Changes  []ApplyChange
	// Overtaken says, in a sentence, what somebody did here since the files were made, which
	// the step would take back; empty: nothing.
	Overtaken string

	BecomesDefault bool
	Persona        Persona  // before; its id alone for one that comes back
	Content        Content  // after
	Campaign       Campaign // before
	External       CampaignContent
	Answers        string   // name of who answers after; empty: the workspace default
	Settings       Settings // after
}

// Warnings returns what looks wrong with the words that the step writes.
func (s ApplyStep) Warnings() []Warning {
	switch {
	case s.Action == ApplyRemoves:
		return nil
	case s.Kind == ApplyPersona:
		return s.Content.Warnings()
	case s.Kind != ApplySettings:
		return nil
	}
	voice := Voice{}
	for n, f := range Fields() {
		if slices.ContainsFunc(s.Changes, func(c ApplyChange) bool { return c.Key == FieldKeys()[n] }) {
			*f.Of(&voice) = *f.Of(&s.Settings.Voice)
		}
	}
	return Warnings(voice)
}

// ApplyChange is a text that a step changes.
type ApplyChange struct {
	Key, Label    string
	Before, After string
	Overtaken     bool // somebody changed it since the files were made
	Edited        bool // the files have it other than the workspace had it when they were made
}

// Overtaken lists what somebody did since the files were made, which the plan would take
// back: a sentence each.
func (p ApplyPlan) Overtaken() []string {
	var list []string
	for _, s := range p.Steps {
		if s.Overtaken != "" {
			list = append(list, s.Overtaken)
		}
	}
	return list
}

// Edited reports whether the files hold something that the workspace never held, which
// writing them anew would lose.
func (p ApplyPlan) Edited() bool {
	return slices.ContainsFunc(p.Steps, func(s ApplyStep) bool {
		return slices.ContainsFunc(s.Changes, func(c ApplyChange) bool { return c.Edited })
	})
}

// Count returns how many steps have an action.
func (p ApplyPlan) Count(action ApplyAction) int {
	n := 0
	for _, s := range p.Steps {
		if s.Action == action {
			n++
		}
	}
	return n
}

// Mark returns a text that is the same for plans that do the same to the same.
func (p ApplyPlan) Mark() string {
	h := sha256.New()
	for _, s := range p.Steps {
		fmt.Fprintf(h, "%s %s %s %q %q %s %d %q %s %q %q %q\n", s.Kind, s.Action, s.Approval, s.Name, fmt.Sprint(s.Changes), s.Persona.ID,
			s.Persona.Version, fmt.Sprint(s.Content), s.Campaign.ID, fmt.Sprint(s.External), s.Answers, s.Overtaken)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// ApplyChangedError is an application of files that would no longer do what was shown.
// Nothing was written.
type ApplyChangedError struct{}

// Error says so in general.
func (*ApplyChangedError) Error() string {
	return "something changed since it was shown what would be done"
}

// OvertakenError is an application of files that would take back what somebody did since
// they were made. Nothing was written.
type OvertakenError struct{ What []string }

// Error says so in general; What is for people.
func (*OvertakenError) Error() string { return "somebody changed something since the files were made" }

// applying makes a plan.
type applying struct {
	Declared
	now     Present
	plan    ApplyPlan
	wrong   []FieldError
	matched []*Persona            // what there is of each persona of the files; nil: it is still to be created
	holds   map[uuid.UUID]int     // place in the files of each persona that is there
	names   map[string]*Named     // by what names are compared by: all personas there will be
	goes    map[uuid.UUID]Persona // those that go
}

// PlanApply returns what applying files does. It fails with an *InvalidError that says
// what is wrong with them, each with its place.
func PlanApply(d Declared, now Present) (ApplyPlan, error) {
	a := &applying{Declared: d, now: now, holds: map[uuid.UUID]int{}, names: map[string]*Named{},
		goes: map[uuid.UUID]Persona{}}
	a.plan = ApplyPlan{Revision: now.Revision}
	for i, p := range now.Personas {
		if p.IsDefault {
			a.plan.Default = &now.Personas[i]
		}
	}
	a.match()
	a.remove()
	a.name()
	if len(a.wrong) == 0 {
		a.settings()
		a.personas()
		a.chooseDefault()
		a.campaigns()
	}
	if now.Two && a.plan.Default != nil && len(a.wrong) == 0 {
		a.approve(*a.plan.Default)
	}
	if err := FileError(a.wrong); err != nil {
		return ApplyPlan{}, err
	}
	if _, err := a.plan.Order(now.Keys); err != nil {
		return ApplyPlan{}, err
	}
	a.plan.Voice = a.rewritesDefault()
	return a.plan, Room("files", len(now.Personas)-len(a.goes), a.created())
}

func (a *applying) fault(where, format string, arguments ...any) {
	if len(a.wrong) < FaultsShown {
		a.wrong = append(a.wrong, FieldError{"files", i18n.Say("%s: %s", where, fmt.Sprintf(format, arguments...))})
	}
}

// match finds the personas of the files among those that are there: by id, else by name.
func (a *applying) match() {
	byID, byName := map[uuid.UUID]*Persona{}, map[string]*Persona{}
	for i := range a.now.Personas {
		p := &a.now.Personas[i]
		byID[p.ID] = p
		if _, twice := byName[a.now.Keys(p.Name)]; !twice {
			byName[a.now.Keys(p.Name)] = p
		}
	}
	a.matched = make([]*Persona, len(a.Personas))
	take := func(i int, p *Persona) {
		if p == nil {
			return
		}
		if first, twice := a.holds[p.ID]; twice {
			a.fault(a.Personas[i].Where, "this is the same persona as in %s. Each may be there once", a.Personas[first].Where)
			return
		}
		a.matched[i], a.holds[p.ID] = p, i
	}
	for i, p := range a.Personas {
		if p.ID.Valid {
			take(i, byID[p.ID.UUID])
		}
	}
	for i, p := range a.Personas {
		there := byName[a.now.Keys(p.Name)]
		if a.matched[i] != nil || there == nil || p.ID.Valid && a.now.Gone[p.ID.UUID] {
			continue
		}
		if _, taken := a.holds[there.ID]; !taken {
			take(i, there)
		}
	}
}

// remove finds what the files do not hold, and what of it goes.
func (a *applying) remove() {
	for _, p := range a.now.Personas {
		if _, held := a.holds[p.ID]; held {
			continue
		}
		if a.Complete {
			a.goes[p.ID] = p
		} else {
			a.plan.Left = append(a.plan.Left, p)
		}
	}
	if len(a.goes) > 0 && len(a.Personas) == 0 {
		a.fault(a.Where, "complete is true and the files hold no persona, so all %s would go. "+
			"Take complete away, or delete them on the pages", Thousands(len(a.goes)))
	}
}

// name looks that no two personas are called the same afterwards.
func (a *applying) name() {
	for i := range a.plan.Left {
		p := a.plan.Left[i]
		a.names[a.now.Keys(p.Name)] = &Named{p.ID, p.Name}
	}
	first := map[string]string{}
	for i, p := range a.Personas {
		key := a.now.Keys(p.Name)
		if where, twice := first[key]; twice {
			a.fault(p.Where, "“%s” is called the same as the persona in %s. Names must differ in more than case", Isolate(p.Name), where)
			continue
		}
		first[key] = p.Where
		if other := a.names[key]; other != nil && (a.matched[i] == nil || a.matched[i].Name != p.Name) {
			a.fault(p.Where, "another persona here is called “%s” and is not in the files. Choose another name", Isolate(other.Name))
			continue
		}
		named := &Named{Name: p.Name}
		if a.matched[i] != nil {
			named.ID = a.matched[i].ID
		}
		a.names[key] = named
	}
}

func (a *applying) created() int {
	n := 0
	for _, p := range a.matched {
		if p == nil {
			n++
		}
	}
	return n
}

func (a *applying) settings() {
	next, was := a.now.Settings, a.now.Was
	step := ApplyStep{Kind: ApplySettings, Action: ApplyChanges, Name: "settings", Where: a.Settings.Where}
	var overtaken []string
	for _, part := range SettingParts() {
		if !slices.Contains(a.Settings.Says, part.Name) {
			continue
		}
		if part.Voice && (len(a.now.Personas) > 0 || len(a.Personas) > 0) {
			a.fault(a.Settings.Where, "%s (%s) follows the default persona. Change it there, and take it out of settings",
				part.Key, part.Label)
			continue
		}
		part.Copy(&next, a.Settings.Settings)
		change := ApplyChange{Key: part.Key, Label: part.Label, Before: part.Read(a.now.Settings), After: part.Read(a.Settings.Settings)}
		if change.Before == change.After {
			continue
		}
		known := a.now.Known || a.now.Settings.Version == 0
		change.Overtaken, change.Edited = !known || part.Read(was) != change.Before, !known || part.Read(was) != change.After
		if change.Overtaken {
			overtaken = append(overtaken, part.Label)
		}
		step.Changes = append(step.Changes, change)
	}
	if len(step.Changes) == 0 {
		return
	}
	step.Settings = next
	if len(overtaken) > 0 {
		step.Overtaken = a.overtaken("Settings", overtaken)
	}
	a.plan.Steps = append(a.plan.Steps, step)
}

// overtaken says what of something was changed since the files were made.
func (a *applying) overtaken(what string, labels []string) string {
	differ, were := "differ", "were"
	if len(labels) == 1 {
		differ, were = "differs", "was"
	}
	changed := what + ": " + strings.Join(labels, ", ") + " "
	if !a.now.Known {
		return changed + differ + " here, and the files do not say what they were made from"
	}
	return changed + were + " changed here since the files were made"
}

func (a *applying) personas() {
	for i, p := range a.Personas {
		now := a.matched[i]
		if now == nil {
			a.add(p)
			continue
		}
		if norm.NFC.String(p.Name) == norm.NFC.String(now.Name) {
			p.Name = now.Name // some editors write the same letters otherwise
		}
		step := ApplyStep{Kind: ApplyPersona, Action: ApplyChanges, Name: now.Name, Where: p.Where, Persona: *now, Content: p.Content}
		then, known := a.now.Then[now.ID]
		known = known && a.now.Known
		var overtaken []string
		note := func(key, label, before, after, was string) {
			if before == after {
				return
			}
			c := ApplyChange{Key: key, Label: label, Before: before, After: after, Overtaken: !known || was != before,
				Edited: !known || was != after}
			if c.Overtaken {
				overtaken = append(overtaken, label)
			}
			step.Changes = append(step.Changes, c)
		}
		note("name", "Name", now.Name, p.Name, then.Name)
		for n, f := range Fields() {
			note(FieldKeys()[n], f.Label, *f.Of(&now.Voice), *f.Of(&p.Voice), *f.Of(&then.Voice))
		}
		eachVariant(func(key, label string, words ...string) { note(key, label, words[0], words[1], words[2]) },
			now.Variants, p.Variants, then.Variants)
		if len(step.Changes) == 0 {
			continue
		}
		if len(overtaken) > 0 {
			step.Overtaken = a.overtaken("“"+Isolate(now.Name)+"”", overtaken)
		}
		a.plan.Steps = append(a.plan.Steps, step)
	}
	for _, p := range a.now.Personas {
		if _, goes := a.goes[p.ID]; goes {
			then, known := a.now.Then[p.ID]
			step := ApplyStep{Kind: ApplyPersona, Action: ApplyRemoves, Name: p.Name, Where: a.Where, Persona: p,
				Changes: []ApplyChange{{Edited: known || !a.now.Known}}}
			switch {
			case !a.now.Known:
				step.Overtaken = "“" + Isolate(p.Name) + "” is not in the files and may be newer than they are"
			case !known:
				step.Overtaken = "“" + Isolate(p.Name) + "” was created since the files were made"
			case then.Content != p.Content:
				step.Overtaken = "“" + Isolate(p.Name) + "” was changed since the files were made, and is not in them any more"
			}
			a.plan.Steps = append(a.plan.Steps, step)
		}
	}
}

// add plans a persona that is not there.
func (a *applying) add(p DeclaredPersona) {
	step := ApplyStep{Kind: ApplyPersona, Action: ApplyAdds, Name: p.Name, Where: p.Where, Content: p.Content}
	edited := true
	if p.ID.Valid && a.now.Gone[p.ID.UUID] {
		step.Persona.ID = p.ID.UUID
		then, was := a.now.Then[p.ID.UUID]
		if !a.now.Known || was {
			step.Overtaken = "“" + Isolate(p.Name) + "” was deleted since the files were made"
			edited = then.Content != p.Content
		}
	}
	for n, f := range Fields() {
		if text := *f.Of(&p.Voice); text != "" {
			step.Changes = append(step.Changes, ApplyChange{Key: FieldKeys()[n], Label: f.Label, After: text, Edited: edited})
		}
	}
	eachVariant(func(key, label string, words ...string) {
		if words[0] != "" {
			step.Changes = append(step.Changes, ApplyChange{Key: key, Label: label, After: words[0], Edited: edited})
		}
	}, p.Variants)
	if len(step.Changes) == 0 {
		step.Changes = []ApplyChange{{Key: "name", Label: "Name", After: p.Name, Edited: edited}}
	}
	a.plan.Steps = append(a.plan.Steps, step)
}

// chooseDefault plans who is the default.
func (a *applying) chooseDefault() {
	now := a.plan.Default
	goes := false
	if now != nil {
		_, goes = a.goes[now.ID]
	}
	name := a.Default
	switch {
	case name != "":
	case goes:
		a.fault(a.Where, "the default, “%s”, is not in the files and would go. Say who follows it, as default: NAME", Isolate(now.Name))
		return
	case now != nil || len(a.Personas) == 0:
		return
	case len(a.Personas) > 1:
		a.fault(a.Where, "the workspace has no persona yet, and the files do not say which becomes the default. Write default: NAME")
		return
	default:
		name = a.Personas[0].Name
	}
	next := a.names[a.now.Keys(name)]
	if next == nil {
		a.fault(a.Where, "the default is to be “%s”, and there is no persona of this name", Isolate(name))
		return
	}
	if now != nil && now.ID == next.ID {
		return
	}
	step := ApplyStep{Kind: ApplyDefault, Action: ApplyChanges, Name: next.Name, Where: a.Where}
	change := ApplyChange{Key: "default", Label: "Default", After: next.Name, Edited: true}
	if now != nil {
		change.Before = now.Name
		then, known := a.now.Then[now.ID]
		change.Overtaken = !a.now.Known || !known || !then.IsDefault
		if change.Overtaken {
			step.Overtaken = a.overtaken("“"+Isolate(now.Name)+"” is the default and the files say “"+Isolate(next.Name)+"”",
				[]string{"the default"})
		}
		if next.ID != uuid.Nil {
			change.Edited = !a.now.Known || !a.now.Then[next.ID].IsDefault
		}
	}
	step.Changes = append([]ApplyChange{change}, a.replaced(next.Name)...)
	a.plan.Moves, a.plan.Heir = true, uuid.NullUUID{UUID: next.ID, Valid: next.ID != uuid.Nil}
	for i, s := range a.plan.Steps {
		if s.Kind == ApplyPersona && s.Action != ApplyRemoves && a.now.Keys(s.Content.Name) == a.now.Keys(next.Name) {
			a.plan.Steps[i].BecomesDefault = true
		}
	}
	a.plan.Steps = append(a.plan.Steps, step)
}

// replaced lists the words of the settings that the next default does not keep, where it is
// the first persona; the others follow one already.
func (a *applying) replaced(name string) []ApplyChange {
	if a.plan.Default != nil {
		return nil
	}
	i := slices.IndexFunc(a.Personas, func(p DeclaredPersona) bool { return a.now.Keys(p.Name) == a.now.Keys(name) })
	if i < 0 {
		return nil // one that no file holds becomes it, where there is none though there are personas
	}
	next := a.Personas[i].Voice
	var changes []ApplyChange
	for n, f := range Fields() {
		if before, after := *f.Of(&a.now.Settings.Voice), *f.Of(&next); before != "" && before != after {
			changes = append(changes, ApplyChange{Key: "settings." + FieldKeys()[n], Label: f.Label + " in the settings",
				Before: before, After: after, Edited: true})
		}
	}
	return changes
}

// approve leaves to a second person what changes the default or its words; names change at
// once. What else is planned for a default that is to be another waits until it is.
func (a *applying) approve(current Persona) {
	approval := ApplyProposes
	if a.plan.Moves {
		approval = ApplyAwaits
	}
	var steps []ApplyStep
	for _, s := range a.plan.Steps {
		s.BecomesDefault = false
		switch {
		case s.Kind == ApplyDefault:
			s.Approval = ApplyProposes
		case s.Kind == ApplyPersona && s.Action == ApplyRemoves && s.Persona.ID == current.ID:
			s.Approval = ApplyAwaits
			delete(a.goes, current.ID)
			a.keepName(current)
		case s.Kind == ApplyPersona && s.Action == ApplyChanges && s.Persona.ID == current.ID &&
			len(DiffContent(current.Content, s.Content)) > 0:
			if s.Changes[0].Key == "name" {
				called := s
				called.Content = current.Content
				called.Content.Name, called.Changes = s.Content.Name, s.Changes[:1]
				steps, s.Changes = append(steps, called), s.Changes[1:]
			}
			s.Approval = approval
		}
		steps = append(steps, s)
	}
	a.plan.Steps, a.plan.Moves = steps, false
}

// keepName looks that nobody is given the name of a persona that stays for now.
func (a *applying) keepName(p Persona) {
	for _, s := range a.plan.Steps {
		if s.Kind == ApplyPersona && s.Action != ApplyRemoves && s.Persona.ID != p.ID && a.now.Keys(s.Content.Name) == a.now.Keys(p.Name) {
			a.fault(s.Where, "the default is called “%s” until a second person approved another and it is deleted. Choose another name",
				Isolate(p.Name))
		}
	}
}

// Proposes returns the step that applying proposes; nil: none.
func (p ApplyPlan) Proposes() *ApplyStep {
	i := slices.IndexFunc(p.Steps, func(s ApplyStep) bool { return s.Approval == ApplyProposes })
	if i < 0 {
		return nil
	}
	return &p.Steps[i]
}

// Does reports whether applying does something besides what it proposes.
func (p ApplyPlan) Does() bool {
	return slices.ContainsFunc(p.Steps, func(s ApplyStep) bool { return s.Approval == "" })
}

func (a *applying) campaigns() {
	there, named := map[string]Campaign{}, map[uuid.UUID]string{}
	for _, c := range a.now.Campaigns {
		there[c.ExternalID] = c
	}
	for _, p := range a.now.Personas {
		named[p.ID] = p.Name
	}
	seen := map[string]string{}
	added := 0
	for _, d := range a.Campaigns {
		if where, twice := seen[d.ExternalID]; twice {
			a.fault(d.Where, "the campaign %s is in %s already. Each may be there once", d.ExternalID, where)
			continue
		}
		seen[d.ExternalID] = d.Where
		if d.Persona != "" && a.names[a.now.Keys(d.Persona)] == nil {
			a.fault(d.Where, "the campaign %s names “%s”, and there is no persona of this name", d.ExternalID,
				Isolate(d.Persona))
			continue
		}
		c, is := there[d.ExternalID]
		if is && c.Archived() {
			a.fault(d.Where, "the campaign %s is archived. Put it back on its page, or take it out of the files", d.ExternalID)
			continue
		}
		if !is {
			added++
		}
		if step, differs := a.campaign(d, c, is, named); differs {
			a.plan.Steps = append(a.plan.Steps, step)
		}
	}
	if has := len(a.now.Campaigns) + a.now.Unnamed; added > 0 && has+added > MaxCampaigns {
		a.fault(a.Where, "the workspace has %s campaigns, archived ones included, and may have %s; the files add %s", Thousands(has),
			Thousands(MaxCampaigns), Thousands(added))
	}
	for _, c := range a.now.Campaigns {
		if _, held := seen[c.ExternalID]; !held && !c.Archived() {
			a.plan.LeftCampaigns = append(a.plan.LeftCampaigns, c)
		}
	}
}

func (a *applying) campaign(d DeclaredCampaign, now Campaign, is bool, named map[uuid.UUID]string) (ApplyStep, bool) {
	answers := func(name string) string {
		if name == "" {
			return "the workspace default"
		}
		return "“" + Isolate(name) + "”"
	}
	step := ApplyStep{Kind: ApplyCampaign, Action: ApplyChanges, Where: d.Where, Campaign: now, External: d.CampaignContent, Answers: d.Persona}
	if !is {
		step.Action = ApplyAdds
		step.External.Name = cmp.Or(d.Name, d.ExternalID)
		step.Name = step.External.Name
		step.Changes = []ApplyChange{{Key: "persona", Label: "Answered by", After: answers(d.Persona), Edited: true}}
		return step, true
	}
	step.Name = now.Name
	step.External.Name = cmp.Or(d.Name, now.Name)
	known := a.now.Known && !a.now.Imported
	note := func(key, label, before, after string, moved, edited bool) {
		step.Changes = append(step.Changes, ApplyChange{key, label, before, after, !known || moved, !known || edited})
	}
	if called := cmp.Or(a.now.Called[now.ID], now.Name); step.External.Name != now.Name {
		note("name", "Name", now.Name, d.Name, called != now.Name, called != d.Name)
	}
	then, moved := a.now.Answered[now.ID]
	if !moved {
		then = now.PersonaID
	}
	becomes := uuid.NullUUID{}
	if d.Persona != "" {
		becomes = uuid.NullUUID{UUID: a.names[a.now.Keys(d.Persona)].ID, Valid: true}
	}
	if becomes != now.PersonaID {
		note("persona", "Answered by", answers(named[now.PersonaID.UUID]), answers(d.Persona), then != now.PersonaID, then != becomes)
	}
	if overtaken := slices.DeleteFunc(slices.Clone(step.Changes), func(c ApplyChange) bool { return !c.Overtaken }); len(overtaken) > 0 {
		step.Overtaken = a.overtaken("Campaign “"+Isolate(now.Name)+"”", labelsOf(overtaken))
	}
	return step, len(step.Changes) > 0
}

func labelsOf(changes []ApplyChange) []string {
	labels := make([]string, len(changes))
	for i, c := range changes {
		labels[i] = c.Label
	}
	return labels
}

// rewritesDefault reports whether the default has other words afterwards.
func (a *applying) rewritesDefault() bool {
	return a.plan.Moves || slices.ContainsFunc(a.plan.Steps, func(s ApplyStep) bool {
		return s.Kind == ApplyPersona && s.Action == ApplyChanges && s.Persona.IsDefault && s.Approval == ""
	})
}

// Rewrites reports whether a step changes or removes a persona itself.
func (p ApplyPlan) Rewrites(id uuid.UUID) bool {
	return slices.ContainsFunc(p.Steps, func(s ApplyStep) bool { return s.Kind == ApplyPersona && s.Persona.ID == id })
}

// Order returns the steps of personas in an order in which no name is given before it is
// free, and the default gives its place up first: those that remove, that change, that add.
// It fails with an *InvalidError where personas exchange their names.
func (p ApplyPlan) Order(keys func(string) string) ([]ApplyStep, error) {
	var first, rest, last []ApplyStep
	for _, s := range p.Steps {
		switch {
		case s.Kind != ApplyPersona || s.Approval != "":
		case s.Action == ApplyRemoves:
			first = append(first, s)
		case s.Action == ApplyAdds:
			last = append(last, s)
		default:
			rest = append(rest, s)
		}
	}
	waits := func(s, other ApplyStep) bool {
		if s.Persona.ID == other.Persona.ID {
			return false
		}
		return keys(s.Content.Name) == keys(other.Name) ||
			s.BecomesDefault && other.Persona.IsDefault
	}
	for len(rest) > 0 {
		i := slices.IndexFunc(rest, func(s ApplyStep) bool {
			return !slices.ContainsFunc(rest, func(other ApplyStep) bool { return waits(s, other) })
		})
		if i < 0 {
			return nil, &InvalidError{[]FieldError{{"files", i18n.Say("%s: “%s” and other personas exchange their names. "+
				"Give one of them another name first, apply, and then the name it is to have", rest[0].Where, Isolate(rest[0].Name))}}}
		}
		first, rest = append(first, rest[i]), slices.Delete(rest, i, i+1)
	}
	return append(first, last...), nil
}
