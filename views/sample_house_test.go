package views_test

import (
	"context"
	"strings"

	"github.com/a-h/templ"

	"personae/internal/i18n"
	"personae/internal/persona"
	"personae/views"
)

func housePersona(p persona.Persona, copies, behind int) persona.HousePersona {
	return persona.HousePersona{ID: p.ID, Content: p.Content, Version: 3, UpdatedAt: noon, Copies: copies, Behind: behind}
}

func housePages() map[string]templ.Component {
	root := func(title string) views.Shell {
		s := outside(title)
		s.Steward, s.Support = true, true
		return s
	}
	withdrawn := housePersona(hostile, 1204, 0)
	withdrawn.Withdrawn = true
	edit := views.HouseForm{PersonaForm: form(maya), Withdrawn: true, Copies: 2}
	conflict := edit
	conflict.Withdrawn, conflict.Since = false, 1
	conflict.Overlap = persona.Overlap{Conflicts: []persona.Conflict{{Field: "greeting", Label: i18n.Say("Greeting"), Original: "Hi", Theirs: "Ahoy",
		Yours: maya.Greeting}}, OnlyTheirs: []i18n.Text{i18n.Say("Tone")}}
	version := func(n int, p persona.Persona, withdrawn bool, who string) persona.HouseVersion {
		return persona.HouseVersion{Content: p.Content, Number: n, Withdrawn: withdrawn, At: noon, Who: who}
	}
	copied := persona.HouseCopy{House: persona.Named{ID: id("house"), Name: hostile.Name}, Version: 1, Newest: 3, Changed: true}
	taken, changed, merge, gone := form(persona.Persona{Content: maya.Content}), form(coach), form(coach), form(maya)
	taken.First, taken.Replaces = true, persona.Diff(coach.Voice, maya.Voice)
	taken.House = views.House{HouseCopy: copied, Merged: 3}
	changed.House.HouseCopy, gone.House.HouseCopy = copied, copied
	gone.House.Changed, gone.House.Withdrawn = false, true
	merge.House = views.House{HouseCopy: copied, Merged: 3, Asks: true, Before: maya.Content, After: coach.Content,
		Taken: []i18n.Text{i18n.Say("Tone"), i18n.Say("Goals")}}
	merge.Overlap = persona.Overlap{Conflicts: []persona.Conflict{
		{Field: "greeting", Label: i18n.Say("Greeting"), Original: "Hi", Theirs: strings.Repeat("Grußwort", 30), Yours: coach.Greeting},
		{Field: "sms_greeting", Label: i18n.Say("SMS greeting"), Original: "Hi", Yours: coach.SMSGreeting}}}
	behind := list(maya, coach)
	behind.Offers = 2
	for range 7 {
		behind.Behind = append(behind.Behind, persona.HouseChange{Named: persona.Named{ID: coach.ID, Name: coach.Name}, House: hostile.Name})
	}
	offers := views.HouseOffers{Items: []persona.HousePersona{housePersona(maya, 0, 0), housePersona(hostile, 0, 0), housePersona(endless, 0, 0)},
		Taken: []persona.HouseTaken{{House: maya.ID, Named: persona.Named{ID: maya.ID, Name: maya.Name}},
			{House: maya.ID, Named: persona.Named{ID: coach.ID, Name: coach.Name}}}}
	first := offers
	first.First, first.Says, first.Taken = true, coach.Voice, nil
	empty := list()
	empty.Offers = 1
	return map[string]templ.Component{
		"house": views.HousePage(with(root("House personas"), views.HouseSaved(context.Background(), housePersona(maya, 3, 1))), views.HousePersonas{Items: []persona.HousePersona{
			housePersona(maya, 1204, 3), housePersona(coach, 1, 0), housePersona(endless, 0, 0), withdrawn}}),
		"house-none":   views.HousePage(root("House personas"), views.HousePersonas{}),
		"house-second": views.HousePage(root("House personas"), views.HousePersonas{Listing: views.Listing{Query: "may", Page: 2}}),
		"house-found": views.HouseOffersPage(admin("House personas", "personas"), views.HouseOffers{Listing: views.Listing{Query: "may", Page: 1, More: true},
			Items: offers.Items[:1]}),
		"house-not-found": views.HouseOffersPage(admin("House personas", "personas"), views.HouseOffers{Listing: views.Listing{Query: "may", Page: 1}}),
		"house-new": views.HouseFormPage(failed(root("New house persona"), "name", "Another house persona is called “Maya”"),
			views.HouseForm{}),
		"house-edit":     views.HouseFormPage(root("Maya"), edit),
		"house-conflict": views.HouseFormPage(root("Maya"), conflict),
		"house-history": views.HouseHistoryPage(root("History of Maya"), views.HouseHistory{ID: maya.ID, Versions: []persona.HouseVersion{
			version(4, coach, false, "Rea"), version(3, coach, true, hostile.Name), version(2, coach, false, ""), version(1, maya, false, "Rea")}}),
		"house-withdraw":      views.HouseWithdrawPage(root("Withdraw Maya?"), housePersona(maya, 2, 1)),
		"house-offers":        views.HouseOffersPage(admin("House personas", "personas"), offers),
		"house-offers-first":  views.HouseOffersPage(admin("House personas", "personas"), first),
		"house-offers-none":   views.HouseOffersPage(admin("House personas", "personas"), views.HouseOffers{}),
		"house-take":          views.PersonaFormPage(admin("New persona", "personas"), taken),
		"house-changed":       views.PersonaFormPage(admin(coach.Name, "personas"), changed),
		"house-changed-read":  views.PersonaFormPage(member(coach.Name, "personas"), changed),
		"house-copy":          views.PersonaFormPage(admin(maya.Name, "personas"), gone),
		"house-merge":         views.PersonaFormPage(admin("What changed in Concierge", "personas"), merge),
		"house-merge-refused": views.PersonaFormPage(failed(admin("What changed in Concierge", "personas"), "choose_greeting", "Choose theirs or yours for Greeting"), merge),
		"house-same": views.HouseSamePage(admin("What changed in Concierge", "personas"), persona.HouseMerge{HouseCopy: gone.House.HouseCopy,
			Yours: maya}),
		"house-list":       views.PersonasPage(admin("Personas", "personas"), behind),
		"house-list-read":  views.PersonasPage(member("Personas", "personas"), behind),
		"house-list-empty": views.PersonasPage(admin("Personas", "personas"), empty),
	}
}
