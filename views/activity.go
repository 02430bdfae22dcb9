package views

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"personae/internal/audit"
	"personae/internal/persona"
)

// Activity is a page of the audit log.
type Activity struct {
	audit.Log
	Person, Action, Persona, From, To string // the filters, as typed
	Newest                            bool   // this page begins with the newest
}

// entryTitle is what an entry says was done, and for which lead.
func entryTitle(ctx context.Context, e audit.Entry) string {
	if e.ProposalID.Valid && !strings.HasPrefix(string(e.Action), "proposal.") {
		return Phrase(ctx, e) + ", as " + persona.Isolate(e.User) + " proposed"
	}
	if e.ScheduleID.Valid && !strings.HasPrefix(string(e.Action), "schedule.") {
		return Phrase(ctx, e) + ", as " + persona.Isolate(e.User) + " scheduled"
	}
	if !e.LeadID.Valid {
		return Phrase(ctx, e)
	}
	return Phrase(ctx, e) + " for " + persona.Isolate(e.Lead.Name())
}

// entryActor returns who did what an entry says.
func entryActor(ctx context.Context, e audit.Entry) string {
	if e.Action == audit.ScheduleSkipped {
		return "personae, at the moment that was chosen"
	}
	return actor(ctx, e.Who, e.Role, e.Grantor, e.Reason)
}

func moved(ctx context.Context, m audit.Move) string {
	return cmp.Or(m.Campaign, "A campaign that is gone") + ": from " + voiceOf(ctx, m.From) + " to " + voiceOf(ctx, m.To)
}

func actionOptions() []option {
	return []option{{Label: "Everything"}, {Value: "default", Label: "Default switched"},
		{Value: "persona", Label: "Personas"}, {Value: "campaign", Label: "Campaigns"}, {Value: "proposal", Label: "Proposals"},
		{Value: "schedule", Label: "Schedules"},
		{Value: "settings", Label: "Settings"},
		{Value: "member", Label: "Members"}, {Value: "invitation", Label: "Invitations"},
		{Value: "support", Label: "Support"}, {Value: "workspace", Label: "Workspace"},
		{Value: "token", Label: "API tokens"}, {Value: "import", Label: "Import"},
		{Value: "draft", Label: "Drafts"}, {Value: "lead", Label: "Leads"}, {Value: "inbound", Label: "Inbound secret"},
		{Value: "webhook", Label: "Webhooks"}}
}

// OperatorChoice stands for the operator among the people to filter by.
const OperatorChoice = "operator"

func peopleOptions(ctx context.Context, people []persona.Named) []option {
	return append(namedOptions("Everybody", people), option{Value: OperatorChoice,
		Label: "System administrator (command line)"})
}

// KnownAction reports whether the audit log can be filtered by this kind of action.
func KnownAction(kind string) bool {
	return slices.ContainsFunc(actionOptions(), func(o option) bool { return o.Value == kind })
}

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
		list = Changes(*w.Before, *w.After)
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
		list = append(list, Change{c.Label, c.Before, c.After})
		voice = append(voice, c.Name)
	}
	if before.CompanyName != after.CompanyName {
		list = append(list, Change{"Company name", before.CompanyName, after.CompanyName})
	}
	if before.QualificationQuestions != after.QualificationQuestions {
		list = append(list, Change{"Qualification questions", before.QualificationQuestions, after.QualificationQuestions})
	}
	if before.DraftsOff != after.DraftsOff {
		list = append(list, Change{persona.DraftGenerationLabel, onOff(ctx, !before.DraftsOff), onOff(ctx, !after.DraftsOff)})
	}
	if before.ForgetAfter != after.ForgetAfter {
		list = append(list, Change{persona.ForgetAfterLabel, persona.SayForgetAfter(before.ForgetAfter),
			persona.SayForgetAfter(after.ForgetAfter)})
	}
	return list, voice
}

// onOff names the state of a switch.
func onOff(ctx context.Context, on bool) string {
	if on {
		return "On"
	}
	return "Off"
}

// fieldWords names form fields and settings columns as the pages do.
func fieldWords(ctx context.Context, fields []string) string {
	names := map[string]string{"name": "name", "company_name": "company name",
		"qualification_questions":  "qualification questions",
		"draft_generation_enabled": "draft replies automatically", "forget_leads_after_months": "after how long leads are forgotten", "external_id": "external id", "persona_id": "who answers", "url": "address", "events": "what is sent"}
	for _, f := range persona.Fields() {
		label := labels([]persona.Field{f})
		names[f.Name], names[f.Setting] = label, label
	}
	words := make([]string, len(fields))
	for i, f := range fields {
		words[i] = cmp.Or(names[f], f)
		if tag, field, is := persona.FromVariantField(f); is {
			words[i] = labels([]persona.Field{field.In(tag)})
		}
	}
	return list(words)
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
