package views_test

import (
	"context"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/views"
)

// proposed returns a proposal by somebody that is as long as one may be.
func proposed(kind persona.ProposalKind) persona.Proposal {
	pin := func(p persona.Persona) persona.PinnedPersona {
		return persona.PinnedPersona{ID: uuid.NullUUID{UUID: p.ID, Valid: true}, Version: p.Version, Name: p.Name, IsDefault: p.IsDefault}
	}
	p := persona.Proposal{ID: id("proposal"), Kind: kind, State: persona.ProposalWaiting, Persona: pin(coach),
		Note: strings.Repeat("https://example.com/", 25), At: noon, By: persona.Named{ID: id("milo"), Name: hostile.Name},
		Role: access.Member}
	switch kind {
	case persona.ProposedSwitch:
		p.Previous = pin(maya)
	case persona.ProposedEdit:
		p.Persona, p.Before, p.Content = pin(maya), maya.Content, hostile.Content
	case persona.ProposedAssignment:
		p.Campaign = persona.Named{ID: id("autumn"), Name: strings.Repeat("Kampagne", 25)}
	}
	return p
}

func proposalPages() map[string]templ.Component {
	proposer := func(title, section string) views.Shell {
		s := member(title, section)
		s.MayPropose = true
		return s
	}
	impact := persona.Impact{Target: coach, Default: &maya, Campaigns: []string{"Spring fairs"}, Unnaming: 1,
		Changes: persona.Diff(maya.Voice, coach.Voice), Waiting: 2, Mark: "mark"}
	late := proposed(persona.ProposedEdit)
	late.Overtaken, late.Absent = persona.OvertakenChanged, true
	declined := proposed(persona.ProposedAssignment)
	declined.State, declined.DecidedAt, declined.DecidedBy, declined.DecidedRole = persona.ProposalDeclined, noon, "Ada", access.Owner
	declined.Answer = `<b>Not now</b>`
	moment, file := proposed(persona.ProposedSwitch), proposed(persona.ProposedEdit)
	moment.Start, moment.End = noon.Add(24*time.Hour), noon.Add(72*time.Hour)
	file.By, file.Role = persona.Named{}, access.Operator
	tried := persona.Trial{Better: 7, Same: 2, Worse: 1, Who: "Milo", At: noon, From: maya.At(), To: maya.At()}
	late.Trial = &tried
	two := func(title, section string) views.Shell {
		s := admin(title, section)
		s.SecondPerson = true
		return s
	}
	loads := persona.LoadPlan{Default: &maya, Steps: []persona.LoadStep{{Entry: persona.Entry{Content: hostile.Content},
		Outcome: persona.LoadProposes, Now: maya}}}
	box := form(coach)
	box.Default = listed(maya)
	title := func(p persona.Proposal) string { return views.ProposalTitle(context.Background(), p) }
	edit := form(maya)
	edit.Proposing, edit.Note = true, strings.Repeat("x", 501)
	return map[string]templ.Component{
		"proposals": views.ProposalsPage(proposer("Proposals", "proposals"), views.Proposals{Page: 1, More: true,
			State: persona.ProposalWaiting, List: []persona.Proposal{proposed(persona.ProposedSwitch), late, declined}}),
		"proposal-switch": views.ProposalPage(failed(admin(title(proposed(persona.ProposedSwitch)), "proposals"), "answer",
			"Note must be 500 characters or fewer"), views.Proposal{Proposal: proposed(persona.ProposedSwitch), Impact: &impact,
			Answer: hostile.Goals}),
		"proposal-edit":   views.ProposalPage(admin(title(late), "proposals"), views.Proposal{Proposal: late}),
		"proposal-moment": views.ProposalPage(two(title(moment), "proposals"), views.Proposal{Proposal: moment, Impact: &impact}),
		"proposal-file":   views.ProposalPage(two(title(file), "proposals"), views.Proposal{Proposal: file}),
		"two-schedule":    views.SchedulingPage(two("Schedule Sales coach as the default", "personas"), views.Scheduling{Impact: &impact}),
		"two-impact":      views.ImpactPage(two("Sales coach as the default", "personas"), impact),
		"two-delete": views.PersonaDeletePage(two("Who follows Maya as the default?", "personas"), views.PersonaDelete{
			DeleteImpact: persona.DeleteImpact{Persona: maya, Others: []persona.Persona{coach}, Rest: 1, Matching: 1, Successor: &coach}}),
		"two-load": views.LoadPage(two("Load these personas?", "personas"), views.Load{Text: "[]", Replace: true, Plan: &loads}),
		"two-form": views.PersonaFormPage(two("Sales coach", "personas"), box),
		"proposal-declined": views.ProposalPage(proposer(title(declined), "proposals"), views.Proposal{Proposal: declined,
			Mine: true, Answer: "Typed"}),
		"propose-switch":     views.ProposeSwitchPage(proposer("Propose Sales coach as the default", "personas"), views.ProposeSwitch{Impact: impact}),
		"propose-edit":       views.PersonaFormPage(failed(proposer(views.ProposeTitle(context.Background(), maya.Name), "personas"), "note", "Too long"), edit),
		"propose-assignment": views.CampaignPage(proposer("Autumn renewals", "campaigns"), oneCampaign()),
	}
}
