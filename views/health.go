package views

import (
	"context"
	"slices"

	"personae/internal/i18n"
	"personae/internal/persona"
)

// Health is what does not hold in a workspace.
type Health struct {
	persona.Health
}

// rule is one thing that is checked.
type rule struct {
	key, sentence string
}

func rules() []rule {
	return []rule{
		{"one_default", i18n.N("There is exactly one default persona, once there is any")},
		{"mirror", i18n.N("The workspace settings say what the default persona says")},
		{"own_personas", i18n.N("Campaigns only name personas of this workspace")},
		{"names", i18n.N("No two personas have names that look the same")},
		{"history", i18n.N("The history holds every persona as it reads now")},
		{"settings_history", i18n.N("The history holds the workspace settings as they read now")},
		{"versions", i18n.N("No version is missing from the history")},
		{"events", i18n.N("No event is missing from the log")},
		{"admins", i18n.N("Somebody is an owner or admin, once there are members")},
		{"drafts", i18n.N("Drafts only name personas of this workspace, and versions that were")},
		{"schedules", i18n.N("What is scheduled is done when it is due")},
		{"secrets", i18n.N("Secrets of messages and webhooks can be read with the key that personae has")},
		{"guards", i18n.N("The database refuses what would break a rule")},
	}
}

func (m Health) of(rule string) []persona.Finding {
	var list []persona.Finding
	for _, f := range m.Findings {
		if f.Rule == rule {
			list = append(list, f)
		}
	}
	return list
}

func repairable(found []persona.Finding) bool {
	return slices.ContainsFunc(found, persona.Finding.Repairable)
}

func differ(found []persona.Finding) bool {
	return slices.ContainsFunc(found, persona.Finding.Differs)
}

func lost(found []persona.Finding) bool {
	return slices.ContainsFunc(found, func(f persona.Finding) bool { return f.Lost() && f.Repairable() })
}

func unrecorded(found []persona.Finding) bool {
	return slices.ContainsFunc(found, persona.Finding.Unrecorded)
}

// Repaired tells of a repair, by what it found.
func Repaired(ctx context.Context, found []persona.Finding) *Receipt {
	switch {
	case len(found) == 0:
		return &Receipt{Title: tr(ctx, "Nothing was broken"), Lines: []string{tr(ctx, "Every rule holds, so nothing was changed.")}}
	case !repairable(found):
		return &Receipt{Title: tr(ctx, "Nothing was changed"), Lines: []string{tr(ctx, "What does not hold cannot be repaired here. Below it stands what can be done.")}}
	case differ(found):
		return &Receipt{Title: tr(ctx, "Repaired"), Lines: []string{tr(ctx, "The words that gave way are kept in the history.")}}
	}
	r := &Receipt{Title: tr(ctx, "Repaired")}
	if unrecorded(found) {
		r.Lines = append(r.Lines, tr(ctx, "The history holds the personas and the settings as they read now."))
	}
	if lost(found) {
		r.Lines = append(r.Lines, tr(ctx, "The log says what was missing, and that it is known."))
	}
	return r
}

func orEmpty(ctx context.Context, text string) string {
	if text == "" {
		return tr(ctx, "empty")
	}
	return text
}
