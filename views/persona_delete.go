package views

import (
	"context"
	"slices"

	"personae/internal/i18n"
	"personae/internal/persona"
)

// PersonaDelete asks before a persona is deleted.
type PersonaDelete struct {
	Listing // of who may follow a default
	persona.DeleteImpact
	Asked bool // the impact of the chosen one was asked for
}

// Followed reports whether another persona becomes the default.
func (m PersonaDelete) Followed() bool { return m.Persona.IsDefault && m.Successor != nil }

// after says when the settings would read differently.
func (m PersonaDelete) after(ctx context.Context, s Shell) string {
	if s.SecondPerson {
		return tr(ctx, "After the switch")
	}
	return tr(ctx, "After the deletion")
}

// searched reports whether there are so many who may follow that they are searched.
func (m PersonaDelete) searched() bool { return m.Rest > 8 || m.Query != "" || m.Page > 1 }

// offered lists who may follow: the chosen one, and those that the page shows.
func (m PersonaDelete) offered() []persona.Persona {
	isChosen := func(p persona.Persona) bool { return p.ID == m.Successor.ID }
	if slices.ContainsFunc(m.Others, isChosen) {
		return m.Others
	}
	return append([]persona.Persona{*m.Successor}, m.Others...)
}

// impact lists the settings that read differently under the chosen successor.
// They equal the default's words as long as there is one.
func (m PersonaDelete) impact() []persona.FieldChange {
	return persona.Diff(m.Persona.Voice, m.Successor.Voice)
}

func (m PersonaDelete) impactTitle(ctx context.Context) string {
	return tr(ctx, "If %s becomes the default", persona.Isolate(m.Successor.Name))
}

// effects are what deleting a default and promoting the chosen one would do.
func (m PersonaDelete) effects(ctx context.Context) effects {
	return effectsOf(ctx, persona.Isolate(m.Successor.Name), m.Naming+m.Unnaming, m.impact())
}

// fallsTo says by what the campaigns of a deleted persona are answered.
func (m PersonaDelete) fallsTo() i18n.Text {
	switch {
	case !m.Persona.IsDefault:
		return i18n.Say("by the default persona instead")
	case m.Successor == nil:
		return i18n.Say("with the words of the workspace settings")
	}
	return i18n.Say("by the new default")
}

// Deleted tells of a delete.
func Deleted(ctx context.Context, d persona.Deleted) *Receipt {
	p := d.Persona
	r := &Receipt{Title: tr(ctx, "%s was deleted", quote(ctx, p.Name)), Undo: d.Event,
		Deleted: &Deletion{p.ID, p.Name, p.Version, d.Successor != nil || d.Campaigns > 0}}
	switch {
	case d.Successor != nil:
		r.Lines = append(losses(ctx, d.Changed), tr(ctx, "%s is now the default.", quote(ctx, d.Successor.Name)),
			answersFor(ctx, *d.Successor, d.Moved), settingsFollow(ctx, d.Changed))
	case p.IsDefault:
		r.Lines = []string{tr(ctx, "It was the last persona. The workspace settings stay as they were, and AI drafts use them.")}
	case d.Campaigns > 0:
		r.Lines = []string{tr(ctx, "The default persona now answers for %s that used it.", i18n.Counted(d.Campaigns, "campaign"))}
	}
	r.Lines = append(r.Lines, restorable(ctx, d.Campaigns, d.Successor != nil))
	return r
}

// DeletedBefore tells that a persona had been deleted already.
func DeletedBefore(ctx context.Context, name string) *Receipt {
	return &Receipt{Title: tr(ctx, "%s was deleted", quote(ctx, name)),
		Lines: []string{tr(ctx, "It was already deleted, so nothing changed.")}}
}

// DeletionUndone tells that the default that was deleted is back as it was.
func DeletionUndone(ctx context.Context, d persona.Saved) *Receipt {
	r := &Receipt{Title: tr(ctx, "Undone: %s is back and is the default again", quote(ctx, d.Persona.Name))}
	if d.Switched != nil {
		r = took(ctx, r.Title, persona.Switch{From: d.Switched, To: d.Persona, Moved: d.Moved, Changed: d.Replaced})
	}
	if d.Given > 0 {
		r.Lines = append(r.Lines, tr(ctx, "It answers again for %s that named it.", i18n.Counted(d.Given, "campaign")))
	}
	return r
}

// restorable says what can be brought back of a deleted persona.
func restorable(ctx context.Context, campaigns int, followed bool) string {
	switch {
	case followed && campaigns > 0:
		return tr(ctx, "“Restore” brings back its words, its place as the default and the campaigns that used it, as you choose.")
	case followed:
		return tr(ctx, "“Restore” brings back its words and, if you choose so, its place as the default.")
	case campaigns > 0:
		return tr(ctx, "“Restore” brings back its words and the campaigns that used it, as you choose.")
	}
	return tr(ctx, "Restoring it brings it back as it was.")
}
