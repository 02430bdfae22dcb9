package views_test

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/lead"
	"personae/internal/persona"
	"personae/views"
)

func liv() lead.Lead {
	return lead.Lead{ID: id("liv"), Email: "liv@strand.example", Campaign: "Spring fairs",
		Recipient: persona.Recipient{FirstName: "Liv", LastName: "Strand", Company: "Strand Shipping"}}
}

// wrote is a lead with a message in each state of its draft.
func wrote() views.Lead {
	m := views.Lead{Conversation: lead.Conversation{Lead: liv(), Earlier: true, Scores: []lead.Score{
		{Fit: 4, Intent: 3, Overall: 3, Reason: "Runs six berths, and asks for a price.", By: "rules:v1", At: noon,
			Outdated: true},
		{Fit: 2, Intent: 2, Overall: 2, Reason: "x", By: "model:v1", At: noon}}}}
	for i, d := range []lead.Draft{
		{State: lead.DraftApproved, Version: 2, Source: persona.FromCampaign, PersonaName: coach.Name, PersonaAt: 2,
			Body: "Hi Liv,\n\nit depends.", EditedBy: "Ada Okafor", DecidedBy: "Ada Okafor", DecidedAt: noon,
			Earlier: []lead.DraftVersion{{Version: 1, Body: "Hi,"}}},
		{State: lead.DraftWaiting, Version: 1, Source: persona.FromDefault, PersonaName: maya.Name, PersonaAt: 7,
			Body: hostile.Greeting},
		{State: lead.DraftWaiting, Version: 3, Source: persona.FromSettings, Body: "Hello",
			Earlier: []lead.DraftVersion{{Version: 2, Body: "Hell", EditedBy: "Sam"}}},
		{State: lead.DraftRejected, Version: 1, Source: persona.FromDefault, PersonaAt: 3, Body: "No", DecidedAt: noon},
		{State: lead.DraftMaking},
		{State: lead.DraftUnmade, Problem: "The model service cannot be reached."},
	} {
		d.ID = id("draft" + string(rune('a'+i)))
		m.Messages = append(m.Messages, lead.Message{ID: d.ID, Channel: persona.Channels()[i%3],
			Body: strings.Repeat("What does it cost? ", 1+20*(i%2)), SentAt: noon.Add(time.Duration(i) * time.Hour), Draft: &d})
	}
	m.Messages[0].Campaign, m.Messages[1].Unknown = "Spring fairs", hostile.Name
	m.Messages[1].Answered = true
	return m
}

// typed is wrote with words in the form of the draft of a name that are not saved.
func typed(draft, body string) views.Lead {
	m := wrote()
	m.Typed = views.TypedDraft{Draft: id(draft), Body: body, Stale: true}
	return m
}

// said is a lead that wrote some messages.
func said(l lead.Lead, messages ...lead.Message) views.Lead {
	return views.Lead{Conversation: lead.Conversation{Lead: l, Messages: messages}}
}

func inboxes() views.Leads {
	anders := lead.Lead{ID: id("anders"), Recipient: persona.Recipient{FirstName: "Anders"}}
	long := lead.Lead{ID: id("long"), Recipient: persona.Recipient{FirstName: strings.Repeat("Reederei", 15),
		Company: hostile.Name}}
	return views.Leads{
		Listing: views.Listing{Page: 2, More: true, Query: "a"},
		Items: []lead.Summary{
			{Lead: liv(), LastAt: noon, Draft: lead.DraftWaiting, Overall: 3},
			{Lead: long, LastAt: noon, Answered: true},
			{Lead: anders, Draft: lead.DraftUnmade},
		},
		Failed: []lead.Failure{
			{Lead: liv(), Draft: uuid.NullUUID{UUID: id("d"), Valid: true}, Problem: "The model service cannot be reached.",
				At: noon},
			{Lead: anders, Problem: "The model declines to answer."},
		},
	}
}

// outcomes are numbers of every kind, by persona.
func outcomes() views.Outcomes {
	row := lead.Outcome{PersonaID: uuid.NullUUID{UUID: id("maya"), Valid: true}, PersonaName: hostile.Name, Made: 1204,
		Approved: 800, Edited: 200, Rejected: 104, Waiting: 50, Replaced: 40, Withdrawn: 10, Sent: 900, Failed: 3,
		WordsAdded: 4000, WordsRemoved: 0, Median: 12 * time.Minute, Ninetieth: 3 * time.Hour,
		Reasons: []lead.ReasonCount{{Reason: lead.WrongTone, Drafts: 100}, {Drafts: 4}}}
	settings := lead.Outcome{Made: 1, Rejected: 1, Median: 50 * time.Hour, Ninetieth: 50 * time.Hour}
	return views.Outcomes{Outcomes: lead.Outcomes{Total: row, Rows: []lead.Outcome{row, settings}}, By: lead.ByPersona,
		From: "2026-01-05", To: "2026-03-29", OutcomeOffers: lead.OutcomeOffers{Personas: []persona.Named{{ID: id("maya"), Name: hostile.Name}}}}
}

func leadPages() map[string]templ.Component {
	named := lead.Lead{ID: id("liv"), Recipient: persona.Recipient{FirstName: "Liv", LastName: "Strand"}}
	hello := lead.Message{ID: id("m"), Channel: persona.Email, Body: "Hello?", SentAt: noon}
	silent := said(lead.Lead{ID: id("anders"), Email: strings.Repeat("anders@", 15) + "example.com", Blacklisted: true,
		OptedOut: true})
	scoring := said(named, hello)
	scoring.Lead.Scoring = true
	rejected := hello
	rejected.Draft = &lead.Draft{ID: id("d"), State: lead.DraftRejected, Version: 1, Source: persona.FromSettings,
		Body: "x", DecidedAt: noon}
	broken := said(named, rejected)
	broken.Lead.ScoreProblem = "The model declines to answer."
	answered := said(named, lead.Message{ID: id("m1"), Channel: persona.Email, Body: "Hello?", SentAt: noon,
		Answered: true},
		lead.Message{ID: id("m2"), Channel: persona.LinkedIn, Body: "Thank you.", SentAt: noon.Add(time.Hour),
			Answered: true})
	greta := lead.Lead{ID: id("greta"), OptedOut: true, ScoreProblem: "The model declines to answer.",
		Recipient: persona.Recipient{FirstName: "Greta", LastName: "Holm"}}
	gone := said(greta, lead.Message{ID: id("m"), Channel: persona.Email, Body: "Please take me off your list.",
		SentAt: noon})
	gone.Scores = []lead.Score{{Fit: 2, Intent: 2, Overall: 2, Reason: "x", By: "model:v1", At: noon}}
	page := func(errs ...string) views.Shell { return failed(admin("Liv Strand", "leads"), errs...) }
	return map[string]templ.Component{
		"outcomes":      views.OutcomesPage(member("Outcomes", "outcomes"), outcomes()),
		"outcomes-none": views.OutcomesPage(member("Outcomes", "outcomes"), views.Outcomes{By: lead.ByWeek}),
		"outcomes-wrong": views.OutcomesPage(failed(member("Outcomes", "outcomes"), "from", "Enter a day", "by",
			"Choose what to count by from the list"), views.Outcomes{From: "yesterday"}),

		"leads":        views.LeadsPage(admin("Leads", "leads"), inboxes()),
		"leads-member": views.LeadsPage(member("Leads", "leads"), inboxes()),
		"leads-none":   views.LeadsPage(manager("Leads", "leads"), views.Leads{Listing: views.Listing{Page: 1}}),
		"leads-no-match": views.LeadsPage(admin("Leads", "leads"),
			views.Leads{Listing: views.Listing{Page: 1, Query: "zzz"}}),
		"leads-past-the-end": views.LeadsPage(admin("Leads", "leads"), views.Leads{Listing: views.Listing{Page: 9}}),

		"lead": views.LeadPage(page(), wrote()),
		"lead-erase": views.EraseLeadPage(failed(admin("Erase Liv Strand?", "leads"), "name",
			"This is not what the lead is called. Nothing was erased"), wrote().Lead, "Liv"),
		"lead-member":  views.LeadPage(member("Liv Strand", "leads"), wrote()),
		"lead-changed": views.LeadPage(page("", "This draft was changed meanwhile"), typed("draftc", "Hello you")),
		"lead-decided": views.LeadPage(page("", "This draft is no longer waiting"), typed("draftd", "Yes")),
		"lead-wrong": views.LeadPage(page(views.DraftField(id("draftb")),
			"Enter the reply; to send none, reject it"), wrote()),
		"lead-silent":          views.LeadPage(admin(silent.Lead.Name(), "leads"), silent),
		"lead-scoring":         views.LeadPage(done(page(), "The lead is being scored"), scoring),
		"lead-answered":        views.LeadPage(page(), answered),
		"lead-answered-member": views.LeadPage(member("Liv Strand", "leads"), answered),
		"lead-gone":            views.LeadPage(admin(greta.Name(), "leads"), gone),
		"lead-broken":          views.LeadPage(page(), broken),
	}
}

// previewed tries two personas by SMS.
func previewed(drafts ...views.PreviewDraft) views.Preview {
	return views.Preview{Personas: []persona.Persona{maya, coach}, Left: maya.ID.String(), Right: coach.ID.String(),
		Channel: persona.SMS, Drafts: drafts}
}

// cameIn is a preview of a message that came in, with those that are offered.
func cameIn() views.Preview {
	m := previewed(views.PreviewDraft{Name: "Maya", Text: "Hi", Segments: 1},
		views.PreviewDraft{Name: "Coach", Text: "Hello", Segments: 2})
	for i, name := range []string{"Liv Strand", hostile.Name, "Liv Strand", strings.Repeat("anders@", 15) +
		"example.com"} {
		m.Recent = append(m.Recent, lead.Example{ID: id("m" + strconv.Itoa(i)),
			Lead:    lead.Lead{ID: id(name), ExternalID: name},
			Channel: persona.Channels()[i%3], Body: hostile.Greeting + "\n" + strings.Repeat("What does it cost? ", 20*(i%2)),
			SentAt: noon.Add(time.Duration(i) * time.Hour)})
	}
	m.From = &m.Recent[1]
	return m
}

// byModel is previewed where a model writes.
func byModel(drafts ...views.PreviewDraft) views.Preview {
	m := previewed(drafts...)
	m.Model, m.Asked = true, len(drafts) > 0
	return m
}

func previewPages() map[string]templ.Component {
	page := func(errs ...string) views.Shell { return failed(member("Preview", "preview"), errs...) }
	return map[string]templ.Component{
		"preview": views.PreviewPage(page(), previewed(views.PreviewDraft{Name: "Maya", Text: "Hi", Segments: 1},
			views.PreviewDraft{Name: "Coach", Text: "Hello", Segments: 2})),
		"preview-came-in": views.PreviewPage(page(), cameIn()),
		"preview-model":   views.PreviewPage(page(), byModel()),
		"preview-written": views.PreviewPage(page(), byModel(
			views.PreviewDraft{Name: "Maya", Text: "Hi Liv,\n\n" + hostile.Greeting, ByModel: true},
			views.PreviewDraft{Name: "Coach", Text: "Hello",
				Problem: "No answer of the model could be used: the model did not answer in time."})),
		"preview-writing": views.PreviewPage(page(), byModel(views.PreviewDraft{Name: "Maya", Text: "Hi Liv,", Writing: true},
			views.PreviewDraft{Name: "Coach", Writing: true})),
		"preview-busy":  views.PreviewPage(page("", "The model writes as many previews as it may at once"), byModel()),
		"preview-wrong": views.PreviewPage(page("message", "Message is too long"), views.Preview{}),
	}
}

// onMessages is a trial of a switch on three messages.
func onMessages(model bool) views.Trial {
	m := views.Trial{Present: maya, Next: coach, Model: model, Filter: persona.TrialFilter{Size: 10},
		Campaigns: []persona.Named{{ID: id("spring"), Name: "Spring fairs"}, {ID: id("h"), Name: hostile.Name}}}
	for _, e := range cameIn().Recent[:3] {
		m.Tried = append(m.Tried, views.TriedMessage{Example: e, Present: "Hi Liv,\n\nit costs €400.", Next: "Hello Liv,\n\nit depends.",
			Segments: [2]int{1, 2}})
	}
	m.Tried[1].Next = m.Tried[1].Present
	return m
}

func trialPages() map[string]templ.Component {
	page := func(errs ...string) views.Shell {
		return failed(admin("Try Sales coach on the last messages", "personas"), errs...)
	}
	asked, writing, failed, edited, kept, none := onMessages(false), onMessages(true), onMessages(true), onMessages(false), onMessages(false), onMessages(false)
	asked.Asked = true
	writing.Tried[1].Writing, writing.Tried[2].Writing = true, true
	failed.Tried[2].Problem = "No answer of the model could be used: the model did not answer in time."
	edited.Present, edited.Typed, edited.Filter.Channels = coach, []views.Hidden{{Name: "name", Value: hostile.Name}}, persona.Channels()[:1]
	kept.Verdicts = []views.Hidden{{Name: "judged_0", Value: "better"}}
	none.Tried, none.Asked = []views.TriedMessage{}, true
	judged := persona.Trial{From: maya.At(), To: coach.At(), Better: 7, Same: 2, Worse: 1, Who: "Ada", At: noon}
	old := judged
	old.To.Version--
	impact := func(t persona.Trial) templ.Component {
		return views.ImpactPage(admin("If "+coach.Name+" becomes the default", "personas"),
			persona.Impact{Target: coach, Default: &maya, Trial: &t})
	}
	return map[string]templ.Component{
		"trial":         views.TrialPage(page(), asked),
		"trial-member":  views.TrialPage(member("Try Sales coach on the last messages", "personas"), onMessages(false)),
		"trial-writing": views.TrialPage(page(), writing),
		"trial-failed":  views.TrialPage(page(), failed),
		"trial-edit":    views.TrialPage(page(), edited),
		"trial-none":    views.TrialPage(page(), none),
		"trial-kept":    views.TrialPage(page("", "You were signed out"), kept),
		"trial-already": views.TrialPage(page(), views.Trial{Present: coach, Next: coach}),
		"impact-tried":  impact(judged),
		"impact-old":    impact(old),
	}
}

// queued is a draft that waits, third of 41, beside the message that it answers.
func queued() views.Draft {
	m := views.Draft{Filter: lead.DraftFilter{State: lead.DraftWaiting, Channel: persona.Email},
		DraftPage: lead.DraftPage{Conversation: wrote().Conversation, Since: true}}
	m.Messages = m.Messages[:2]
	m.Draft = m.Messages[1].Draft.ID
	m.Messages[1].Draft.PersonaID = uuid.NullUUID{UUID: maya.ID, Valid: true}
	m.Messages[1].Draft.Body = "Hi Liv, it costs €400 a month.\n\n" + hostile.Greeting
	m.Messages[1].Draft.Checks = lead.Checks(m.Messages[1].Draft.Body)
	m.Messages[1].Draft.Now = &lead.Answering{Name: maya.Name, Version: 9, Same: true}
	m.Place = lead.Place{Number: 3, Of: 41, Previous: uuid.NullUUID{UUID: id("before"), Valid: true},
		Next: uuid.NullUUID{UUID: id("after"), Valid: true}}
	return m
}

// settled is queued in another state, with words that were typed meanwhile.
func settled(state lead.DraftState) views.Draft {
	m := queued()
	d := m.Messages[1].Draft
	d.State, d.DecidedAt, d.DecidedBy, d.Reason = state, noon, "Milo Brandt", lead.WrongTone
	m.Place.Number = 0
	m.Typed = views.TypedDraft{Draft: m.Draft, Body: "Mine"}
	return m
}

func drafts() views.Drafts {
	m := views.Drafts{Filter: lead.DraftFilter{State: lead.DraftWaiting}, Page: 1}
	for i, l := range inboxes().Items {
		m.Drafts = append(m.Drafts, lead.QueuedDraft{Draft: lead.Draft{ID: l.ID, State: lead.DraftWaiting,
			Source: persona.FromDefault, PersonaName: hostile.Name}, Lead: l.Lead, Channel: persona.Channels()[i],
			Campaign: l.Campaign, Overall: l.Overall, Since: noon})
	}
	m.Drafts[1].Source = persona.FromSettings
	m.Drafts[1].Now = &lead.Answering{Name: hostile.Name}
	m.Drafts[0].Body = "€400"
	m.Drafts[0].Checks = lead.Checks("€400")
	m.Outdated = lead.Outdated{Untouched: 12, Edited: 2}
	m.Personas, m.More = []persona.Named{{ID: maya.ID, Name: maya.Name}}, true
	m.Campaigns = []persona.Named{{ID: id("fairs"), Name: "Spring fairs"}}
	return m
}

func draftPages() map[string]templ.Component {
	list := func(errs ...string) views.Shell {
		s := failed(admin("Drafts", "drafts"), errs...)
		s.Waiting = 100
		return s
	}
	one := func(errs ...string) views.Shell {
		s := failed(admin(queued().Title(context.Background()), "drafts"), errs...)
		s.Waiting = 41
		return s
	}
	narrowed := views.Drafts{Filter: lead.DraftFilter{State: lead.DraftRejected, Newest: true}, Page: 1}
	wrong := queued()
	wrong.Typed = views.TypedDraft{Draft: wrong.Draft, Body: " ", Reason: lead.Unneeded}
	changed := queued()
	changed.Typed = views.TypedDraft{Draft: changed.Draft, Body: "Mine", Stale: true}
	sms := queued()
	sms.Messages, sms.Place = sms.Messages[1:], lead.Place{Number: 7, Of: persona.CountLimit + 1}
	sms.Messages[0].Channel = persona.SMS
	making := queued()
	making.Messages[1].Draft = &lead.Draft{ID: making.Draft, State: lead.DraftMaking}
	next := views.NextDraft(context.Background(), lead.Lead{ExternalID: hostile.Name}, lead.DraftApproved)
	return map[string]templ.Component{
		"drafts":          views.DraftsPage(list(), drafts()),
		"drafts-member":   views.DraftsPage(member("Drafts", "drafts"), drafts()),
		"drafts-none":     views.DraftsPage(with(admin("Drafts", "drafts"), next), views.Drafts{Filter: drafts().Filter, Page: 1}),
		"drafts-narrowed": views.DraftsPage(list(), narrowed),
		"drafts-wrong":    views.DraftsPage(list("state", "Choose a state from the list"), drafts()),

		"draft":         views.DraftPage(one(), queued()),
		"draft-next":    views.DraftPage(with(one(), next), sms),
		"draft-member":  views.DraftPage(member(queued().Title(context.Background()), "drafts"), queued()),
		"draft-changed": views.DraftPage(one("", "This draft was changed meanwhile"), changed),
		"draft-decided": views.DraftPage(one("", "This draft is no longer waiting"), settled(lead.DraftRejected)),
		"draft-wrong": views.DraftPage(one(views.DraftField(wrong.Draft), "Enter the reply; to send none, reject it",
			views.ReasonField(wrong.Draft), "Choose a reason"), wrong),
		"draft-making": views.DraftPage(one(), making),
	}
}
