package views

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"personae/internal/audit"
	"personae/internal/i18n"
	"personae/internal/persona"
)

// Activity is a page of the audit log.
type Activity struct {
	audit.Log
	Person, Action, Persona, From, To string // the filters, as typed
	Newest                            bool   // this page begins with the newest
}

// entryTitle is what an entry says was done, as the phrase has it, and for which lead.
func entryTitle(ctx context.Context, e *audit.Entry, phrase string) string {
	if e.ProposalID.Valid && !strings.HasPrefix(string(e.Action), "proposal.") {
		return tr(ctx, "%s, as %s proposed", phrase, proposer(ctx, *e))
	}
	if e.ScheduleID.Valid && !strings.HasPrefix(string(e.Action), "schedule.") {
		return tr(ctx, "%s, as %s scheduled", phrase, persona.Isolate(e.User))
	}
	if !e.LeadID.Valid {
		return phrase
	}
	return tr(ctx, "%s for %s", phrase, persona.Isolate(e.Lead.Name()))
}

// proposer names who made the proposal of an entry.
func proposer(ctx context.Context, e audit.Entry) string {
	if e.User == "" {
		return tr(ctx, "the system administrator (command line)")
	}
	return persona.Isolate(e.User)
}

// entryActor returns who did what an entry says.
func entryActor(ctx context.Context, e audit.Entry) string {
	if e.Action == audit.ScheduleSkipped {
		return tr(ctx, "personae, at the moment that was chosen")
	}
	return actor(ctx, e.Who, e.Role, e.Grantor, e.Reason)
}

func moved(ctx context.Context, m audit.Move) string {
	if m.Campaign == "" {
		return tr(ctx, "A campaign that is gone: from %s to %s", voiceOf(ctx, m.From), voiceOf(ctx, m.To))
	}
	return tr(ctx, "%s: from %s to %s", m.Campaign, voiceOf(ctx, m.From), voiceOf(ctx, m.To))
}

// actions are the kinds of actions to filter by, and how they are called.
var actions = []option{{"", i18n.N("Everything")}, {"default", i18n.N("Default switched")},
	{"persona", i18n.N("Personas")}, {"campaign", i18n.N("Campaigns")}, {"proposal", i18n.N("Proposals")},
	{"schedule", i18n.N("Schedules")}, {"settings", i18n.N("Settings")}, {"member", i18n.N("Members")},
	{"invitation", i18n.N("Invitations")}, {"support", i18n.N("Support")}, {"workspace", i18n.N("Workspace")},
	{"token", i18n.N("API tokens")}, {"import", i18n.N("Import")}, {"draft", i18n.N("Drafts")}, {"lead", i18n.N("Leads")},
	{"inbound", i18n.N("Inbound secret")}, {"webhook", i18n.N("Webhooks")}}

func actionOptions(ctx context.Context) []option {
	options := slices.Clone(actions)
	for i := range options {
		options[i].Label = tr(ctx, options[i].Label)
	}
	return options
}

// OperatorChoice stands for the operator among the people to filter by.
const OperatorChoice = "operator"

func peopleOptions(ctx context.Context, people []persona.Named) []option {
	return append(namedOptions(tr(ctx, "Everybody"), people), option{Value: OperatorChoice,
		Label: tr(ctx, "System administrator (command line)")})
}

// KnownAction reports whether the audit log can be filtered by this kind of action.
func KnownAction(kind string) bool {
	return slices.ContainsFunc(actions, func(o option) bool { return o.Value == kind })
}

// namedOptions lists what to narrow something by, after what does not narrow it, as it was said.
func namedOptions(everything string, list []persona.Named) []option {
	options := []option{{Label: everything}}
	for _, n := range list {
		options = append(options, option{Value: n.ID.String(), Label: n.Name})
	}
	return options
}

// followed returns the form fields of the settings that changed with the default.
func followed(ctx context.Context, e audit.Entry) []string {
	before, after := e.Words.SettingsBefore, e.Words.SettingsAfter
	if !e.PersonaID.Valid || before == nil || after == nil {
		return nil
	}
	_, voice := settingsChanges(ctx, *before, *after)
	return voice
}

// entryChanges lists what an entry changed, field by field: of the persona or,
// where it is about none, of the settings.
func entryChanges(ctx context.Context, e audit.Entry) []Change {
	var list []Change
	if w := e.Words; w.Before != nil && w.After != nil {
		list = Changes(ctx, *w.Before, *w.After)
	}
	if w := e.Words; len(list) == 0 && w.SettingsBefore != nil && w.SettingsAfter != nil {
		list, _ = settingsChanges(ctx, *w.SettingsBefore, *w.SettingsAfter)
	}
	return list
}

// settingsChanges lists what differs between two versions of the settings, and
// the form fields of those words that follow the default persona.
func settingsChanges(ctx context.Context, before, after persona.Settings) (list []Change, voice []string) {
	for _, c := range persona.Diff(before.Voice, after.Voice) {
		list = append(list, Change{tr(ctx, c.Label), shown(ctx, c.Field, c.Before), shown(ctx, c.Field, c.After)})
		voice = append(voice, c.Name)
	}
	if before.CompanyName != after.CompanyName {
		list = append(list, Change{tr(ctx, "Company name"), before.CompanyName, after.CompanyName})
	}
	if before.QualificationQuestions != after.QualificationQuestions {
		list = append(list, Change{tr(ctx, "Qualification questions"), before.QualificationQuestions, after.QualificationQuestions})
	}
	if before.DraftsOff != after.DraftsOff {
		list = append(list, Change{tr(ctx, persona.DraftGenerationLabel), onOff(ctx, !before.DraftsOff), onOff(ctx, !after.DraftsOff)})
	}
	if before.ForgetAfter != after.ForgetAfter {
		list = append(list, Change{tr(ctx, persona.ForgetAfterLabel), persona.SayForgetAfter(before.ForgetAfter).In(ctx),
			persona.SayForgetAfter(after.ForgetAfter).In(ctx)})
	}
	return list, voice
}

// onOff names the state of a switch.
func onOff(ctx context.Context, on bool) string {
	if on {
		return tr(ctx, "On")
	}
	return tr(ctx, "Off")
}

// fieldNames are form fields and settings columns besides those of personas, as they stand
// within a sentence.
var fieldNames = map[string]string{"name": i18n.N("name"), "company_name": i18n.N("company name"),
	"qualification_questions":   i18n.N("qualification questions"),
	"draft_generation_enabled":  i18n.N("draft replies automatically"),
	"forget_leads_after_months": i18n.N("after how long leads are forgotten"),
	"external_id":               i18n.N("external id"), "persona_id": i18n.N("who answers"), "url": i18n.N("address"),
	"events": i18n.N("what is sent")}

// fieldWords names form fields and settings columns as the pages do.
func fieldWords(ctx context.Context, fields []string) string {
	words := make([]string, len(fields))
	for i, f := range fields {
		words[i] = fieldName(ctx, f)
	}
	return i18n.List(ctx, words)
}

func fieldName(ctx context.Context, name string) string {
	if label, is := fieldNames[name]; is {
		return tr(ctx, label)
	}
	if tag, field, is := persona.FromVariantField(name); is {
		return field.In(tag).CalledWithin().In(ctx)
	}
	for _, f := range persona.Fields() {
		if f.Name == name || f.Setting == name {
			return f.CalledWithin().In(ctx)
		}
	}
	return name
}

// query returns the filters as part of an address, from an event on.
func (m Activity) query(before int) string {
	q := url.Values{}
	for name, value := range map[string]string{"person": m.Person, "action": m.Action, "persona": m.Persona,
		"from": m.From, "to": m.To} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if before > 0 {
		q.Set("before", strconv.Itoa(before))
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

func activityPath(s Shell, file, query string) templ.SafeURL {
	return at(s, file) + templ.SafeURL(query)
}
