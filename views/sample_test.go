package views_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/i18n"
	"personae/internal/lead"
	"personae/internal/persona"
	"personae/views"
)

// id returns the same id for the same words, so that pages stay the same.
func id(of string) uuid.UUID { return uuid.NewSHA1(uuid.NameSpaceOID, []byte(of)) }

var (
	maya = persona.Persona{
		ID: id("maya"), IsDefault: true, Version: 7, Campaigns: 2,
		Content: persona.Content{Name: "Maya, the guide", Voice: persona.Voice{
			DisplayName:          "Maya Lindqvist",
			Tone:                 persona.UsualTone,
			Greeting:             "Hi {firstName}, I saw that {company} ships from three ports now. Are your arrival times still kept in a spreadsheet?",
			SMSGreeting:          "Hi {firstName}, Maya from Harbor Analytics here.",
			Signature:            "Maya Lindqvist\nHarbor Analytics\n+46 8 555 0142",
			Goals:                "Book a 20-minute call. Never promise a price before the call.",
			ServiceDescription:   "Harbor Analytics predicts when a ship berths, to within an hour, four days ahead.\n\nCustomers plan cranes, trucks and people around it.",
			IdealCustomerProfile: "Terminal operators and freight forwarders with 50 to 500 people, at two or more ports.",
		}},
	}
	coach = persona.Persona{
		ID: id("coach"), Version: 2, Campaigns: 1,
		Content: persona.Content{Name: "Sales coach", Voice: persona.Voice{
			DisplayName: "Tom from Harbor", Tone: "direct",
			Greeting:  "{firstName}, one question: what does an hour of waiting at the quay cost {company}?",
			Signature: "Tom",
		}},
	}
	formal = persona.Persona{
		ID: id("formal"), Version: 1, Campaigns: 1,
		Content: persona.Content{Name: "Port authorities", Voice: persona.Voice{
			Tone:     "port-authority English",
			Greeting: "Dear {firstName} {lastName},\n\nI am writing to you on behalf of Harbor Analytics, with regard to the berth planning of the harbour for which you are responsible. " + strings.Repeat("We would be grateful for a reply. ", 8),
		}},
	}
	silent  = persona.Persona{ID: id("silent"), Version: 1, Content: persona.Content{Name: "Silent"}}
	endless = persona.Persona{
		ID: id("endless"), Version: 12, Campaigns: 1204,
		Content: persona.Content{Name: strings.Repeat("Donaudampfschiff", 5), Voice: persona.Voice{
			DisplayName: strings.Repeat("W", 80), Tone: strings.Repeat("t", 60),
			Greeting: strings.Repeat("https://example.com/", 25),
		}},
	}
	hostile = persona.Persona{
		ID: id("hostile"), Version: 1,
		Content: persona.Content{Name: `<script>alert("1")</script>`, Voice: persona.Voice{
			DisplayName: `" onmouseover="alert(2)`, Tone: `'><img src=x onerror=alert(3)>`,
			Greeting:  `</textarea><script>alert(4)</script>`,
			Signature: `javascript:alert(5)`, Goals: `{{.}} & &amp; <b>`,
		}},
	}
)

var noon = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

func admin(title, section string) views.Shell {
	return views.Shell{
		Title: title, Section: section, UserName: "Ada Okafor",
		Workspace: id("harbor"), Name: "Harbor Analytics", SupportCode: "K7MX-3RWD", Role: access.Admin,
		MaySwitch: true, MayWrite: true,
	}
}

func member(title, section string) views.Shell {
	s := admin(title, section)
	s.MaySwitch, s.MayWrite = false, false
	s.Role = access.Member
	return s
}

func support(title, section string) views.Shell {
	s := admin(title, section)
	s.MayWrite = false
	s.UserName = "Sam Reyes"
	s.Role, s.Held = access.Support, &access.Grant{GrantedBy: "Ada", Reason: `<b>Fair</b>`}
	return s
}

func outside(title string) views.Shell { return views.Shell{Title: title, UserName: "Ada Okafor"} }

func failed(s views.Shell, errs ...string) views.Shell {
	for i := 0; i < len(errs); i += 2 {
		s.Errors = append(s.Errors, persona.FieldError{Field: errs[i], Message: i18n.Say(errs[i+1])})
	}
	return s
}

func done(s views.Shell, title string, lines ...string) views.Shell {
	s.Receipt = &views.Receipt{Title: title, Lines: lines}
	return s
}

// with returns s with the receipt of an action.
func with(s views.Shell, r *views.Receipt) views.Shell {
	s.Receipt = r
	return s
}

func form(p persona.Persona) views.PersonaForm {
	return views.PersonaForm{ID: p.ID, Version: p.Version, Content: p.Content, IsDefault: p.IsDefault,
		MakeDefault: p.IsDefault, Campaigns: p.Campaigns}
}

func campaigns() views.Campaigns {
	named := func(p persona.Persona) uuid.NullUUID { return uuid.NullUUID{UUID: p.ID, Valid: true} }
	return views.Campaigns{CampaignList: persona.CampaignList{
		Campaigns: []persona.Campaign{
			{ID: id("spring"), Name: "Spring fairs"},
			{ID: id("autumn"), Name: "Autumn renewals", PersonaID: named(coach)},
			{ID: id("ports"), Name: "Port authorities, Baltic", PersonaID: named(formal)},
			{ID: id("long"), Name: strings.Repeat("Kampagne", 25), PersonaID: named(maya)},
		},
		Matching: 4, Total: 4,
		Personas: []persona.Named{{ID: maya.ID, Name: maya.Name}, {ID: coach.ID, Name: coach.Name}, {ID: formal.ID, Name: formal.Name}},
	}}
}

func searchedCampaigns(page int, more bool) views.Campaigns {
	m := campaigns()
	m.Listing = views.Listing{Query: "a&b", Sort: views.SortByPersona, Page: page, More: more}
	m.Matching, m.Total = 1204, 3000
	return m
}

func oneCampaign() views.Campaign {
	m := campaigns()
	c := m.Campaigns[1]
	c.ExternalID, c.Version = "HA-101", 3
	return views.Campaign{Campaign: c, Typed: c.Content(), Personas: m.Personas}
}

// longNamed is campaigns where a persona has as long a name as there may be,
// which no list to choose from may make the page wider by.
func longNamed() views.Campaigns {
	m := campaigns()
	named := endless
	named.Name = strings.Repeat("Quay and berth advice ", 4)[:80]
	m.Personas = append(m.Personas, persona.Named{ID: named.ID, Name: named.Name})
	m.Campaigns[0].PersonaID = uuid.NullUUID{UUID: named.ID, Valid: true}
	return m
}

func chosenCampaigns() views.Campaigns {
	m := campaigns()
	m.Chosen, m.Persona = persona.CampaignChoice{IDs: []uuid.UUID{id("autumn")}, All: true}, coach.ID.String()
	return m
}

func listed(p persona.Persona) *persona.Listed {
	return &persona.Listed{Named: persona.Named{ID: p.ID, Name: p.Name}, DisplayName: p.DisplayName, Tone: p.Tone,
		Greeting: p.Greeting, IsDefault: p.IsDefault, Version: p.Version, Campaigns: p.Campaigns}
}

// list is the personas page of a workspace with these personas.
func list(items ...persona.Persona) views.Personas {
	var all []persona.Listed
	for _, p := range items {
		all = append(all, *listed(p))
	}
	return views.Personas{List: persona.List{Personas: all, Matching: len(items), Total: len(items), Campaigns: 4,
		Undoable: persona.Undoable{Event: id("switch"), Who: "Rosa", Role: access.Operator, From: endless.Name,
			At: time.Unix(0, 0)}}}
}

func undoable() views.Shell {
	s := done(admin("Personas", "personas"), "“Maya” is now the default", "It takes over.")
	s.Receipt.Undo = id("event")
	return s
}

func versions(now int) views.History {
	long := audit.HistoryPageSize - 4 // so that there are older ones
	at := func(number int, c persona.Content, isDefault bool) audit.Version {
		return audit.Version{Content: c, Number: number, IsDefault: isDefault, At: time.Unix(0, 0), Who: "Ada",
			Role: access.Owner}
	}
	h := audit.History{ID: maya.ID, Now: now, Reads: maya.Content, Versions: []audit.Version{
		at(5, maya.Content, true), at(4, maya.Content, false), at(3, maya.Content, true), at(2, coach.Content, true),
		at(1, coach.Content, false)}}
	h.Versions[2].Action = audit.PersonaEdited
	h.Versions[3].Who, h.Versions[3].Role = "", ""
	h.Versions[4].Who, h.Versions[4].Role = "", access.Operator
	if now == 5 {
		for i := range h.Versions {
			h.Versions[i].Number += long
		}
		h.Now += long
		for n := long; n > 0; n-- {
			h.Versions = append(h.Versions, at(n, hostile.Content, n%2 == 0))
		}
	}
	return views.History{History: h, Newest: true}
}

func leading(m views.History) views.History {
	m.IsDefault, m.Settings = true, maya.Voice
	return m
}

func why() views.Resolution {
	c := campaigns()
	m := views.Resolution{Listing: views.Listing{Page: 1}, Campaigns: c.Campaigns, Choices: named(c.Campaigns), Campaign: c.Campaigns[1].ID, Channel: persona.SMS,
		Answer: persona.Resolve(persona.ResolveInput{Workspace: "Harbor", Campaign: &c.Campaigns[1],
			CampaignPersona: &coach})}
	for range c.Campaigns {
		m.All = append(m.All, persona.Resolve(persona.ResolveInput{Workspace: "Harbor"}))
	}
	return m
}

func manager(title, section string) views.Shell {
	s := admin(title, section)
	s.MayManage = true
	return s
}

func activity() views.Activity {
	by := func(e audit.Entry, who string, role access.Role) audit.Entry {
		e.Who, e.Role = who, role
		return e
	}
	words := audit.Words{Before: &maya.Content, After: &coach.Content,
		SettingsBefore: &persona.Settings{Voice: persona.Voice{Greeting: "a", SMSGreeting: "b"}},
		SettingsAfter:  &persona.Settings{}}
	first := audit.Words{SettingsBefore: &persona.Settings{Voice: persona.Voice{Goals: "c"}},
		SettingsAfter: &persona.Settings{}}
	log := audit.Log{Older: 7, Undoable: persona.Undoable{Event: id("switch")}, Assigned: id("assigned"),
		People: []persona.Named{{ID: id("ada"), Name: "Ada"}}, Personas: []persona.Named{{ID: maya.ID, Name: maya.Name}},
		Events: []audit.Entry{
			by(audit.Entry{Action: audit.PersonaEdited, Persona: maya.Name, PersonaID: uuid.NullUUID{UUID: maya.ID, Valid: true},
				Fields: []string{"greeting", "sms_greeting"}, Words: words}, "Ada", access.Owner),
			by(audit.Entry{ID: id("switch"), Action: audit.DefaultSet, Grantor: "Ada", Reason: "Fair", From: maya.Name,
				To: coach.Name}, "Sam", access.Support),
			by(audit.Entry{ID: id("assigned"), Action: audit.CampaignsAssigned, To: endless.Name,
				Campaigns: make([]uuid.UUID, 7),
				Moves: []audit.Move{{Campaign: strings.Repeat("Spring", 20), From: maya.Name, To: endless.Name},
					{From: endless.Name}}}, "Ada", access.Owner),
			by(audit.Entry{Action: audit.DraftRejected, LeadID: uuid.NullUUID{UUID: id("lead"), Valid: true},
				Lead: lead.Lead{ExternalID: strings.Repeat("Liv", 40)}}, "Ada", access.Owner),
			by(audit.Entry{Action: audit.PersonaCreated, Persona: maya.Name, Settings: 3, Words: first}, "Ada", access.Owner),
			by(audit.Entry{Action: audit.SettingsEdited}, "", access.Operator)},
		Outside: []audit.Entry{
			by(audit.Entry{Action: audit.OutsideChanged, Persona: hostile.Name, Fields: []string{"name", "goals"},
				Words: audit.Words{Before: &maya.Content, After: &hostile.Content}}, "", access.Outside),
			by(audit.Entry{Action: audit.OutsideSettings, Fields: []string{"ai_goals"}}, "", access.Outside)}}
	return views.Activity{Log: log, Persona: maya.ID.String()}
}

// loading is what a file would do here.
func loading(replace bool) views.Load {
	outcome := persona.LoadKeeps
	if replace {
		outcome = persona.LoadReplaces
	}
	return views.Load{Text: `{"version": 1, "personas": []}`, Replace: replace,
		Plan: &persona.LoadPlan{Default: &maya, Steps: []persona.LoadStep{
			{Entry: persona.Entry{Content: hostile.Content}, Outcome: persona.LoadCreates},
			{Entry: persona.Entry{Content: coach.Content}, Outcome: outcome, Now: maya},
			{Entry: persona.Entry{Content: persona.Content{Name: endless.Name}}, Outcome: persona.LoadFinds, Now: endless},
		}}}
}

// foundHere is what a search found, more campaigns than are shown.
func foundHere() persona.Found {
	return persona.Found{Personas: persona.Hits{Total: 1, First: []persona.Hit{{ID: maya.ID, Name: maya.Name}}},
		Campaigns: persona.Hits{Total: 11, First: slices.Repeat([]persona.Hit{{ID: id("spring"), Name: "Spring fairs"}}, 10)},
		Leads:     persona.Hits{Total: 1, First: []persona.Hit{{ID: id("liv"), Name: "Liv Strand", Note: "Strand AB"}}}}
}

// pages is every page in every state worth a look.
func pages() map[string]templ.Component {
	all := map[string]templ.Component{}
	for _, family := range []map[string]templ.Component{otherPages(), leadPages(), draftPages(), previewPages(), trialPages(), peoplePages(), stewardPages(),
		accountPages(), factorPages(), signInPages(), tokenPages(), webhookPages(), proposalPages(), schedulePages(), housePages()} {
		maps.Copy(all, family)
	}
	return all
}

func otherPages() map[string]templ.Component {
	conflicted := form(maya)
	conflicted.By, conflicted.Since = persona.Change{Who: []string{"Sam Reyes", ""}, At: noon}, 3
	conflicted.OnlyTheirs = []i18n.Text{i18n.Say("Signature")}
	conflicted.Conflicts = []persona.Conflict{
		{Field: "name", Label: i18n.Say("Name"), Original: "Maya", Theirs: "Maya (trial)", Yours: maya.Name},
		{Field: "tone", Label: i18n.Say("Tone"), Original: "", Theirs: "warm", Yours: persona.UsualTone, TakeTheirs: true, Chosen: true},
		{Field: "greeting", Label: i18n.Say("Greeting"), Original: "Hi {firstName},", Theirs: "", Yours: maya.Greeting},
	}
	sampled := form(coach)
	sampled.Sampled, sampled.Signature, sampled.Goals = true, "{firstName}", "Sell {more} to {company"
	ticked := form(coach)
	ticked.MakeDefault, ticked.Default = true, listed(maya)
	ticked.Impact = &persona.Impact{Target: coach, Default: &maya, Campaigns: []string{"Spring fairs", hostile.Name}, Unnaming: 2,
		Changes: persona.Diff(maya.Voice, coach.Voice), Mark: "mark"}
	wrong := form(coach)
	wrong.Name, wrong.Signature = "", strings.Repeat("Tom ", 700)
	untick := form(maya)
	untick.MakeDefault = false
	first := views.PersonaForm{First: true, Replaces: persona.Diff(maya.Voice, persona.Voice{Greeting: "Hello,"})}
	many := list(maya, coach, formal, silent, endless, hostile)
	searched := list(coach)
	searched.Total, searched.Query = 14, "coach"
	nothing := list()
	nothing.Total, nothing.Query = 14, `"><b>`
	settled := views.Settings{Settings: persona.Settings{Voice: maya.Voice, CompanyName: "Harbor Analytics AB",
		QualificationQuestions: "How many berths?\nWho plans them?", Version: 3}}
	mirrored := settled
	mirrored.Default = &maya
	clash := settled
	clash.Conflicts = []persona.Conflict{{Field: "ai_greeting", Label: i18n.Say("Greeting"), Original: "Hi", Theirs: "Hello",
		Yours: maya.Greeting}}
	asked := views.PersonaDelete{DeleteImpact: persona.DeleteImpact{Persona: maya, Unnamed: []string{"Spring fairs"}, Unnaming: 1,
		Others: []persona.Persona{formal, coach}, Rest: 2, Matching: 2, Successor: &coach}, Asked: true}
	deleting := views.PersonaDelete{DeleteImpact: persona.DeleteImpact{Persona: maya,
		Campaigns: []string{"Spring fairs", hostile.Name}, Naming: 2, Unnamed: []string{strings.Repeat("Kampagne", 25)}, Unnaming: 1,
		Others: []persona.Persona{formal, coach, silent, endless}, Rest: 60, Matching: 60, Successor: &hostile}}

	programs := views.API{Root: "/api/v1", Operations: []views.APIOperation{
		{Method: "GET", Path: "/api/v1/workspaces/{workspace}/personas", Part: "Personas", Title: "List the personas",
			Note: "By name.", Permits: "look", Status: 200, Data: "list of Persona",
			Query: []views.APIKey{{Name: "limit", Kind: "whole number", Optional: true, Note: "At most so many", Min: 1,
				Max: 100}}},
		{Method: "PATCH", Path: "/api/v1/workspaces/{workspace}/personas/{persona}", Part: "Personas",
			Title: "Change a persona", Permits: "write", Status: 200, Data: "Persona",
			Codes: []string{"name_taken", "stale_version"},
			Body: []views.APIKey{{Name: "idealCustomerProfile", Kind: "text or null", Optional: true,
				Note: "Ideal customer profile", Max: 8000}, {Name: "channel", Kind: "text", OneOf: []string{"email", "sms"}}}},
	}, Shapes: []views.APIShape{{Name: "Persona", Keys: []views.APIKey{{Name: "id", Kind: "id"},
		{Name: "successor", Kind: "Persona or null", Note: "Who follows it"}}}},
		Problems: []views.APIProblem{{Status: 409, Code: "name_taken", Meaning: "Another persona has the name"}}}

	return map[string]templ.Component{
		"help":          views.HelpPage(outside("Help")),
		"accessibility": views.AccessibilityPage(outside("Accessibility")),
		"load":          views.LoadPage(admin("Load personas", "personas"), views.Load{}),
		"load-wrong": views.LoadPage(failed(admin("Load personas", "personas"), "text",
			"Persona 2, “Coach”: Enter a name", "file", "This file is not a text"), views.Load{Text: "{</textarea>",
			Replace: true}),
		"load-plan":         views.LoadPage(admin("Load these personas?", "personas"), loading(false)),
		"load-plan-replace": views.LoadPage(admin("Load these personas?", "personas"), loading(true)),
		"load-plan-first": views.LoadPage(admin("Load these personas?", "personas"),
			views.Load{Plan: &persona.LoadPlan{Steps: []persona.LoadStep{{Entry: persona.Entry{Content: coach.Content},
				Outcome: persona.LoadCreates, BecomesDefault: true}}, Settings: persona.Diff(maya.Voice, coach.Voice)}}),
		"load-plan-nothing": views.LoadPage(admin("Load these personas?", "personas"),
			views.Load{Plan: &persona.LoadPlan{Default: &maya, Steps: loading(false).Plan.Steps[1:]}}),
		"load-plan-empty": views.LoadPage(admin("Load these personas?", "personas"), views.Load{Plan: &persona.LoadPlan{}}),
		"load-changed": views.LoadPage(failed(admin("Load personas", "personas"), "",
			"This is no longer what you were shown"), loading(true)),
		"personas-loaded": views.PersonasPage(func() views.Shell {
			s := admin("Personas", "personas")
			s.Receipt = views.Loaded(context.Background(), *loading(true).Plan)
			return s
		}(), list(maya, coach)),

		"campaign": views.CampaignPage(admin("Autumn renewals", "campaigns"), oneCampaign()),
		"campaign-new": views.NewCampaignPage(admin("New campaign", "campaigns"),
			views.Campaign{Personas: campaigns().Personas}),
		"campaign-new-wrong": views.NewCampaignPage(failed(admin("New campaign", "campaigns"), "name",
			"Enter a name for this campaign", "external_id", "Another campaign here, “Spring fairs”, has this external id"),
			views.Campaign{Offer: persona.Offer{Find: hostile.Name, More: true}}),
		"campaign-conflict": views.CampaignPage(admin("Autumn renewals", "campaigns"), func() views.Campaign {
			m := oneCampaign()
			m.Conflicts = []persona.Conflict{{Field: "name", Label: i18n.Say("Name"), Original: "Autumn", Theirs: "Fall", Yours: hostile.Name}}
			return m
		}()),
		"campaign-archived": views.CampaignPage(admin("Autumn renewals", "campaigns"), func() views.Campaign {
			m := oneCampaign()
			m.ArchivedAt = noon
			return m
		}()),
		"campaign-member": views.CampaignPage(member("Autumn renewals", "campaigns"), oneCampaign()),
		"campaigns-archived": views.CampaignsPage(member("Archived campaigns", "campaigns"), func() views.Campaigns {
			m := searchedCampaigns(2, true)
			m.Listing.Archived, m.CampaignList.Archived = true, 1204
			for i := range m.Campaigns {
				m.Campaigns[i].ArchivedAt = noon
			}
			return m
		}()),
		"campaigns-filtered": views.CampaignsPage(admin("Campaigns", "campaigns"), func() views.Campaigns {
			m := searchedCampaigns(2, true)
			m.Of, m.CampaignList.Archived, m.Offer.More = coach.ID.String(), 3, true
			return m
		}()),
		"campaigns-page":        views.CampaignsPage(admin("Campaigns", "campaigns"), searchedCampaigns(2, true)),
		"campaigns-page-member": views.CampaignsPage(member("Campaigns", "campaigns"), searchedCampaigns(2, true)),
		"campaigns-page-beyond": views.CampaignsPage(admin("Campaigns", "campaigns"),
			func() views.Campaigns { m := searchedCampaigns(9, false); m.Campaigns = nil; return m }()),
		"campaigns-no-match": views.CampaignsPage(admin("Campaigns", "campaigns"),
			views.Campaigns{CampaignList: persona.CampaignList{Total: 9}, Listing: views.Listing{Query: `"><b>`, Page: 1}}),
		"campaigns-none-chosen": views.CampaignsPage(failed(admin("Campaigns", "campaigns"), "all",
			"Choose campaigns in the list, or all of them here"), chosenCampaigns()),
		"campaigns-many-done": views.CampaignsPage(func() views.Shell {
			s := admin("Campaigns", "campaigns")
			s.Receipt = views.AssignedMany(context.Background(), persona.Assigned{Persona: &coach, Chosen: 4, Changed: 3, Event: id("event")}, views.Listing{})
			return s
		}(), campaigns()),

		"api":           views.APIPage(views.Shell{Title: "The API for programs"}, programs),
		"api-signed-in": views.APIPage(manager("The API for programs", ""), programs),
		"personas":      views.PersonasPage(admin("Personas", "personas"), list(maya, coach, formal)),
		"personas-many": views.PersonasPage(admin("Personas", "personas"), many),
		"personas-endless": views.PersonasPage(support("Personas", "personas"),
			list(func() persona.Persona { p := endless; p.IsDefault = true; return p }(), silent)),
		"personas-one": views.PersonasPage(admin("Personas", "personas"), list(maya)),
		"personas-receipt": views.PersonasPage(done(admin("Personas", "personas"), "Maya, the guide is now the default",
			"It took over from Sales coach and answers for 2 campaigns.",
			"The workspace settings now hold its words."), list(maya, coach, formal)),
		"personas-searched": views.PersonasPage(admin("Personas", "personas"), searched),
		"personas-no-match": views.PersonasPage(admin("Personas", "personas"), nothing),
		"personas-member":   views.PersonasPage(member("Personas", "personas"), list(maya, coach)),
		"personas-support":  views.PersonasPage(support("Personas", "personas"), list(maya, coach)),
		"personas-none": views.PersonasPage(admin("Personas", "personas"),
			views.Personas{List: persona.List{Settings: persona.Voice{DisplayName: "Nora",
				Greeting: "Dear {firstName},\nThank you for writing to us.", Goals: "A first appointment"}}}),
		"personas-none-empty":  views.PersonasPage(admin("Personas", "personas"), views.Personas{}),
		"personas-none-member": views.PersonasPage(member("Personas", "personas"), views.Personas{}),
		"persona-new":          views.PersonaFormPage(admin("New persona", "personas"), views.PersonaForm{}),
		"persona-first":        views.PersonaFormPage(admin("New persona", "personas"), first),
		"persona-edit":         views.PersonaFormPage(admin("Edit Maya, the guide", "personas"), form(maya)),
		"persona-edit-other": views.PersonaFormPage(done(admin("Edit Port authorities", "personas"), "Saved",
			"Port authorities is at version 2."), form(formal)),
		"persona-wrong": views.PersonaFormPage(failed(admin("Edit Sales coach", "personas"), "name",
			"Enter a name for this persona", "signature", "Signature must be 2,000 characters or fewer; it has 2,799"), wrong),
		"persona-untick": views.PersonaFormPage(failed(admin("Edit Maya, the guide", "personas"), "make_default",
			"Choose another default instead: there is always one"), untick),
		"persona-conflict":     views.PersonaFormPage(admin("Edit Maya, the guide", "personas"), conflicted),
		"persona-read":         views.PersonaFormPage(support("Sales coach", "personas"), form(coach)),
		"persona-read-default": views.PersonaFormPage(member("Maya, the guide", "personas"), form(maya)),
		"persona-ticked":       views.PersonaFormPage(admin("Edit Sales coach", "personas"), ticked),
		"persona-sampled":      views.PersonaFormPage(admin("Edit Sales coach", "personas"), sampled),
		"persona-languages": views.PersonaFormPage(failed(admin("Edit Maya, the guide", "personas"), persona.NewVariantLanguage,
			"“Klingonese” is no language that is known here"), abroad(form(maya))),
		"persona-languages-read": views.PersonaFormPage(member("Maya, the guide", "personas"), readAbroad(form(maya))),
		"persona-hostile":        views.PersonaFormPage(admin("Edit "+hostile.Name, "personas"), form(hostile)),
		"persona-endless":        views.PersonaFormPage(admin("Edit "+endless.Name, "personas"), form(endless)),
		"delete": views.PersonaDeletePage(admin("Delete Sales coach?", "personas"),
			views.PersonaDelete{DeleteImpact: persona.DeleteImpact{Persona: coach, Campaigns: []string{"Autumn renewals"}, Naming: 1}}),
		"delete-unused": views.PersonaDeletePage(admin("Delete Silent?", "personas"),
			views.PersonaDelete{DeleteImpact: persona.DeleteImpact{Persona: silent}}),
		"delete-default":       views.PersonaDeletePage(admin("Delete Maya, the guide?", "personas"), deleting),
		"delete-default-asked": views.PersonaDeletePage(admin("Delete Maya, the guide?", "personas"), asked),
		"delete-default-wrong": views.PersonaDeletePage(failed(admin("Delete Maya, the guide?", "personas"), "successor",
			"Choose which persona becomes the default"), deleting),
		"delete-last": views.PersonaDeletePage(admin("Delete "+endless.Name+"?", "personas"),
			views.PersonaDelete{DeleteImpact: persona.DeleteImpact{Persona: func() persona.Persona { p := endless; p.IsDefault = true; return p }(), Campaigns: []string{"Spring fairs", "Autumn renewals"}, Naming: 2}}),
		"impact": views.ImpactPage(admin("If "+coach.Name+" becomes the default", "personas"),
			persona.Impact{Target: coach, Default: &maya, Campaigns: []string{"Spring fairs"}, Unnaming: 1,
				Changes: persona.Diff(maya.Voice, coach.Voice)}),
		"impact-already": views.ImpactPage(member("If "+maya.Name+" becomes the default", "personas"),
			persona.Impact{Target: maya, Default: &maya}),
		"history":         views.HistoryPage(admin("History of "+maya.Name, "personas"), versions(5)),
		"history-deleted": views.HistoryPage(admin("History of "+maya.Name, "personas"), versions(0)),
		"history-default": views.HistoryPage(admin("History of "+maya.Name, "personas"), leading(versions(3))),
		"history-last":    views.HistoryPage(admin("History of "+maya.Name, "personas"), leading(versions(0))),
		"history-member":  views.HistoryPage(member("History of "+maya.Name, "personas"), versions(5)),
		"history-wrong": views.HistoryPage(failed(admin("History of "+maya.Name, "personas"), "from",
			"Enter the numbers of two versions"), versions(5)),
		"compare": views.ComparePage(admin(maya.Name+": versions 1 and 3", "personas"),
			views.Compare{ID: maya.ID, Comparison: audit.Comparison{From: audit.Version{Content: maya.Content, Number: 1},
				To: audit.Version{Content: coach.Content, Number: 3}}}),
		"compare-same": views.ComparePage(admin(maya.Name+": versions 1 and 1", "personas"),
			views.Compare{ID: maya.ID, Comparison: audit.Comparison{From: audit.Version{Number: 1},
				To: audit.Version{Number: 1}}}),
		"deleted": views.DeletedPage(admin("Deleted personas", "personas"),
			[]audit.Restorable{{ID: coach.ID, Name: coach.Name, At: time.Unix(0, 0), Who: "Ada"}}),
		"restore": views.RestorePage(admin("Restore Sales coach?", "personas"), audit.Restoration{WasDefault: true,
			Restorable: audit.Restorable{ID: coach.ID, Name: coach.Name, Version: 3}, Greeting: coach.Greeting, Default: &maya,
			Campaigns: []persona.Campaign{{ID: id("spring"), Name: "Spring fairs"}, {ID: id("x"), Name: hostile.Name}}, Given: 1}),
		"deleted-none":  views.DeletedPage(admin("Deleted personas", "personas"), nil),
		"why":           views.ResolutionPage(member("Who answers", "why"), why()),
		"activity":      views.ActivityPage(member("Activity", "activity"), activity()),
		"activity-undo": views.ActivityPage(support("Activity", "activity"), activity()),
		"activity-none": views.ActivityPage(member("Activity", "activity"), views.Activity{Newest: true}),
		"activity-wrong": views.ActivityPage(failed(member("Activity", "activity"), "persona",
			"Choose a persona from the list", "from", "Enter a day"), views.Activity{Action: "persona", From: "yesterday"}),
		"personas-unproven": views.PersonasPage(func() views.Shell {
			s := member("Personas", "personas")
			s.Unproven, s.Role = true, access.Admin
			return s
		}(), list(maya)),
		"health": views.HealthPage(admin("Health", "health"), views.Health{}),
		"health-broken": views.HealthPage(admin("Health", "health"),
			views.Health{Health: persona.Health{Findings: []persona.Finding{{Rule: "mirror", Sentence: i18n.Say("They differ."),
				Settings: persona.Diff(maya.Voice, coach.Voice)}, {Rule: "versions", Sentence: i18n.Say("One is missing.")}}}}),
		"health-unrecorded": views.HealthPage(admin("Health", "health"),
			views.Health{Health: persona.Health{Findings: []persona.Finding{{Rule: "history",
				Sentence: i18n.Say("It does not hold Maya.")}}}}),
		"list-undo":      views.PersonasPage(undoable(), list(maya, coach)),
		"settings":       views.SettingsPage(admin("Settings", "settings"), mirrored),
		"settings-alone": views.SettingsPage(admin("Settings", "settings"), settled),
		"settings-wrong": views.SettingsPage(failed(admin("Settings", "settings"), "company_name",
			"Company name must be a single line"), mirrored),
		"settings-conflict":     views.SettingsPage(admin("Settings", "settings"), clash),
		"settings-member":       views.SettingsPage(member("Settings", "settings"), mirrored),
		"settings-member-empty": views.SettingsPage(member("Settings", "settings"), views.Settings{}),
		"campaigns":             views.CampaignsPage(admin("Campaigns", "campaigns"), campaigns()),
		"campaigns-long-name":   views.CampaignsPage(admin("Campaigns", "campaigns"), longNamed()),
		"campaigns-assigned": views.CampaignsPage(done(admin("Campaigns", "campaigns"),
			"Sales coach answers for Autumn renewals", "Until now Maya, the guide did."), campaigns()),
		"campaigns-member": views.CampaignsPage(member("Campaigns", "campaigns"), campaigns()),
		"campaigns-none":   views.CampaignsPage(admin("Campaigns", "campaigns"), views.Campaigns{}),
		"campaigns-no-personas": views.CampaignsPage(admin("Campaigns", "campaigns"),
			views.Campaigns{CampaignList: persona.CampaignList{Campaigns: campaigns().Campaigns[:1], Matching: 1, Total: 1}}),
		"search":       views.SearchPage(admin("13 results for “a”", ""), views.Search{Query: "a", Found: foundHere()}),
		"search-none":  views.SearchPage(admin("No results for “<b>”", ""), views.Search{Query: "<b>"}),
		"search-empty": views.SearchPage(admin("Search", ""), views.Search{}),
		"problem": views.ProblemPage(outside("There is no such page"),
			views.Problem{Lines: []string{"The page that you asked for does not exist, or is not yours to see.",
				"Nothing was changed."}, RequestID: "4f1c7a90-3d2e", Back: "/workspaces", BackLabel: "Go to your workspaces"}),
		"problem-busy": views.ProblemPage(admin("Try again in a moment", ""),
			views.Problem{Lines: []string{"The database is busy or away for a moment, so it is not certain that this was done.", "If you had typed something, go back in your browser: it is still in the form. Look whether it was saved before you send it again."}, RequestID: "4f1c7a903d2e11aa", Back: "/workspaces", BackLabel: "Go to the personas of Harbor Analytics"}),
		"problem-typed": views.ProblemPage(admin("Try again in a moment", ""),
			views.Problem{Lines: []string{"The database is busy or away for a moment, so it is not certain that this was done.", "What you typed is kept below."}, RequestID: "4f1c7a903d2e11aa",
				Back: "/workspaces", BackLabel: "Go to the personas of Harbor Analytics", Again: "/workspaces/x/personas",
				Typed: []views.TypedText{{Name: "display_name", Value: "Nora"},
					{Name: "greeting", Value: "Hi {firstName},\n\nthank you"}, {Name: "once", Value: "x"}, {Name: "tone"}}}),
		"problem-signed-out": views.ProblemPage(views.Shell{Title: "Too many tries"},
			views.Problem{Lines: []string{"Nothing was changed. Wait a quarter of an hour, then try again."},
				RequestID: "4f1c7a903d2e11aa", Back: "/login", BackLabel: "Go to the sign-in page"}),
		"persona-resumed": views.PersonaFormPage(failed(admin("Maya, the guide", "personas"), "",
			"You were signed out, so nothing was saved yet. What you typed is below; save it now"), form(maya)),
		"settings-resumed": views.SettingsPage(failed(admin("Settings", "settings"), "",
			"You were signed out, so nothing was saved yet. What you typed is below; save it now"), settled),
		"persona-merged": views.PersonaFormPage(failed(admin("Sales coach", "personas"), "",
			"Somebody else saved this persona meanwhile. What they changed is in the form now, and so is what you typed. Save again to keep both"), form(coach)),
		"delete-changed": views.PersonaDeletePage(failed(admin("Delete Sales coach?", "personas"), "",
			"This persona was changed meanwhile, so it was not deleted"), views.PersonaDelete{DeleteImpact: persona.DeleteImpact{Persona: coach}}),
		"personas-already": views.PersonasPage(func() views.Shell {
			s := admin("Personas", "personas")
			s.Receipt = views.Switched(context.Background(), persona.Switch{Already: true, To: maya, Event: id("event")})
			return s
		}(), list(maya, coach)),
		"personas-not-imported": views.PersonasPage(failed(admin("Personas", "personas"), "",
			"Greeting must be 500 characters or fewer in the workspace settings. Change it there, then create the persona"), views.Personas{}),
		"problem-in-a-workspace": views.ProblemPage(member("You may only read here", ""),
			views.Problem{Lines: []string{"Only admins of Harbor Analytics may change a persona.",
				"Nothing was changed. Ask an admin to do it, or to make you one."}, RequestID: "4f1c7a90-3d2e", Back: "javascript:alert(7)", BackLabel: "Back to where you were"}),
	}
}

// abroad is a form with words in other languages, one of which both changed, and one that is
// none.
func abroad(m views.PersonaForm) views.PersonaForm {
	m.Variants = persona.Pack(persona.Variant{Language: "de", Greeting: "Hallo {firstName},", SMSGreeting: "Hallo!", Signature: "Viele Grüße\nMaya"},
		persona.Variant{Language: "ar", Greeting: "مرحبا {firstName}،"}, persona.Variant{Language: "Klingonese", Greeting: "nuqneH"})
	m.Since = m.Version
	m.Conflicts = []persona.Conflict{{Field: "variant_de_greeting", Label: persona.Fields()[2].In("de").Called(), Original: "Guten Tag,", Theirs: "Moin,",
		Yours: "Hallo {firstName},"}}
	return m
}

func readAbroad(m views.PersonaForm) views.PersonaForm {
	m.Variants = abroad(m).Variants
	return m
}

// named returns the names of campaigns.
func named(campaigns []persona.Campaign) []persona.Named {
	var names []persona.Named
	for _, c := range campaigns {
		names = append(names, persona.Named{ID: c.ID, Name: c.Name})
	}
	return names
}
