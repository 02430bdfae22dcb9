package postgres

import (
	"context"
	"errors"
	"strconv"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/persona"
)

// ErrNotEmpty is a database that has people, to which the demo is not added.
var ErrNotEmpty = errors.New("the database has people")

// AddDemo adds the demo users, all with the same password, and workspaces, and
// reports whether it did: where they are there already it only gives the demo's
// support person a new grant when the last one is over. It fails with ErrNotEmpty
// where there are people and no demo.
func (db *DB) AddDemo(ctx context.Context, passwordHash string) (bool, error) {
	added := false
	err := pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		// Two programs that start at once take turns.
		if _, err := tx.Exec(ctx, `lock table users in share row exclusive mode`); err != nil {
			return err
		}
		var there, people bool
		err := tx.QueryRow(ctx, `select exists (select from users where lower(email) = 'admin@demo.example'),
			exists (select from users)`).Scan(&there, &people)
		if err != nil {
			return err
		}
		if !there && people {
			return ErrNotEmpty
		}
		if added = !there; added {
			if err := insertDemo(ctx, tx, passwordHash); err != nil {
				return err
			}
		}
		return renewDemoGrant(ctx, tx)
	})
	return added, explain(err)
}

// renewDemoGrant gives the demo's support person a grant when they hold none.
func renewDemoGrant(ctx context.Context, tx pgx.Tx) error {
	a := Access{role: access.Operator}
	e := &event{id: uuid.New(), action: audit.SupportGranted}
	err := tx.QueryRow(ctx, `
		insert into support_grants (workspace_id, user_id, scope, reason, granted_by, expires_at)
		select w.id, s.id, 'switch', 'May switch the default persona when we call', m.user_id, now() + interval '168 hours'
		from workspaces w
		join members m on m.workspace_id = w.id and m.role = 'owner'
		join users a on a.id = m.user_id and lower(a.email) = 'admin@demo.example'
		join users s on lower(s.email) = 'support@demo.example'
		where w.name = 'Harbor Analytics' and not exists (select from support_grants g
			where g.workspace_id = w.id and g.user_id = s.id and `+currentGrant+`)
		order by w.created_at, w.id limit 1 for no key update of w
		returning workspace_id, user_id, id`).Scan(&a.workspace, &e.details.User, &e.details.Grant)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return record(ctx, tx, a, e)
}

func insertDemo(ctx context.Context, tx pgx.Tx, passwordHash string) error {
	users := map[string]uuid.UUID{}
	for _, u := range []access.NewUser{
		{Email: "admin@demo.example", Name: "Ada Morgan"},
		{Email: "member@demo.example", Name: "Milo Reyes"},
		{Email: "support@demo.example", Name: "Sam Okafor", Support: true},
		{Email: "root@demo.example", Name: "Rosa Lind", Superadmin: true},
	} {
		u.PasswordHash = passwordHash
		id, err := insertUser(ctx, tx, u)
		if err != nil {
			return err
		}
		users[u.Email] = id
	}
	admin, member := users["admin@demo.example"], users["member@demo.example"]
	team := map[uuid.UUID]access.Role{admin: access.Owner, member: access.Member}
	for _, w := range []struct {
		name      string
		members   map[uuid.UUID]access.Role
		settings  persona.Settings
		personas  []persona.Content // the first is the default
		campaigns []demoCampaign
	}{
		{"Harbor Analytics", team, harborSettings, harborPersonas, []demoCampaign{
			{"HA-101", "Spring port operators", 1}, {"HA-102", "Freight forwarders, EMEA", 0},
			{"HA-103", "Dormant trials", 2}, {"HA-104", "Webinar follow-up", 0}}},
		{"Northwind Legal", team, northwindSettings, nil, []demoCampaign{{"NL-1", "General counsels", 0}}},
		{"Empty Room", team, persona.Settings{}, nil, nil},
		{"Cedar Clinic", map[uuid.UUID]access.Role{users["root@demo.example"]: access.Owner},
			persona.Settings{CompanyName: "Cedar Clinic"},
			cedarPersonas, []demoCampaign{{"CC-1", "Referring physicians", 1}}},
	} {
		id, err := insertWorkspace(ctx, tx, w.name, w.members)
		if err != nil {
			return err
		}
		if err := insertDemoWorkspace(ctx, tx, id, w.settings, w.personas, w.campaigns); err != nil {
			return err
		}
		if w.name == "Harbor Analytics" {
			if err := insertDemoLeads(ctx, tx, id); err != nil {
				return err
			}
		}
	}
	return insertDemoHouse(ctx, tx, users["root@demo.example"])
}

// insertDemoHouse adds house personas that nobody has taken yet.
func insertDemoHouse(ctx context.Context, tx pgx.Tx, by uuid.UUID) error {
	if _, err := tx.Exec(ctx, `select set_config('personae.actor', $1, true)`, by.String()); err != nil {
		return err
	}
	for _, c := range housePersonas {
		if _, err := tx.Exec(ctx, insertHouse, append([]any{by}, contentArguments(c)...)...); err != nil {
			return err
		}
	}
	return nil
}

// demoCampaign has the persona with this index, or the default where it is 0.
type demoCampaign struct {
	externalID, name string
	persona          int
}

func insertDemoWorkspace(ctx context.Context, tx pgx.Tx, id uuid.UUID, s persona.Settings, personas []persona.Content,
	campaigns []demoCampaign) error {
	a := Access{workspace: id, role: access.Operator}
	e := &event{id: uuid.New(), action: audit.DemoAdded}
	if _, err := tx.Exec(ctx, setEvent, e.id.String()); err != nil {
		return err
	}
	if s != (persona.Settings{}) {
		if err := upsertSettings(ctx, tx, a, s); err != nil {
			return err
		}
	}
	ids := make([]uuid.NullUUID, len(personas)+1)
	for i, c := range personas {
		p, err := insertPersona(ctx, tx, a, c, i == 0)
		if err != nil {
			return err
		}
		ids[i] = uuid.NullUUID{UUID: p.ID, Valid: i > 0}
	}
	if len(personas) > 0 {
		if err := mirror(ctx, tx, a); err != nil {
			return err
		}
	}
	for _, c := range campaigns {
		if _, err := tx.Exec(ctx, `insert into campaigns (workspace_id, external_id, name, persona_id) values ($1, $2, $3, $4)`,
			id, c.externalID, c.name, ids[c.persona]); err != nil {
			return err
		}
	}
	return record(ctx, tx, a, e)
}

// insertDemoLeads adds people who wrote. The server drafts and scores when it
// starts, as it does with all that nobody answered.
func insertDemoLeads(ctx context.Context, tx pgx.Tx, workspace uuid.UUID) error {
	for _, l := range []struct {
		id, campaign, first, last, email, company string
		optedOut                                  bool
		messages                                  []demoMessage
	}{
		{"L-1", "HA-101", "Ingrid", "Solberg", "ingrid.solberg@port-of-tormund.example", "Port of Tormund", false,
			[]demoMessage{
				{"email", 52, "Thank you for your note. We run six berths and plan them in a spreadsheet. Who else works with you?"},
				{"email", 3, "Your last mail was helpful. What does it cost for six berths, and could we see a demo next week?"}}},
		{"L-2", "HA-102", "Marek", "Dvorak", "m.dvorak@quayline.example", "Quayline Forwarding", false, []demoMessage{
			{"linkedin", 20, "We are a forwarder, we have no berths ourselves. Is this for us at all?"}}},
		{"L-3", "HA-103", "Aisha", "Bello", "aisha@lagoonterminals.example", "Lagoon Terminals", false, []demoMessage{
			{"sms", 6, "Sorry, no budget before next year. Please ask again in spring."}}},
		{"L-4", "HA-104", "Tomás", "Ferreira", "tomas.ferreira@cais-novo.example", "Cais Novo", false, []demoMessage{
			{"email", 30, "I missed the end of the webinar. Does it work with our terminal operating system, and how long does it take to set up?"}}},
		{"L-5", "HA-101", "Greta", "Holm", "greta.holm@nordkai.example", "Nordkai", true, []demoMessage{
			{"email", 12, "Please take me off your list."}}},
	} {
		var leadID uuid.UUID
		err := tx.QueryRow(ctx, `insert into leads (workspace_id, external_id, campaign_id, first_name, last_name, email, company, opted_out)
			select $1, $2, c.id, $4, $5, $6, $7, $8 from campaigns c where c.workspace_id = $1 and c.external_id = $3 returning id`,
			workspace, l.id, l.campaign, l.first, l.last, l.email, l.company, l.optedOut).Scan(&leadID)
		if err != nil {
			return err
		}
		for i, m := range l.messages {
			_, err := tx.Exec(ctx, `insert into messages (workspace_id, lead_id, campaign_id, campaign_named, channel, external_id, body, sent_at, received_at)
				select workspace_id, id, campaign_id, $3, $4, $5, $6, now() - make_interval(hours => $7), now() - make_interval(hours => $7)
				from leads where workspace_id = $1 and id = $2`,
				workspace, leadID, l.campaign, m.channel, l.id+"-"+strconv.Itoa(i+1), m.body, m.hoursAgo)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

type demoMessage struct {
	channel  string
	hoursAgo int
	body     string
}

var (
	harborSettings = persona.Settings{
		CompanyName:            "Harbor Analytics",
		QualificationQuestions: "How many berths do you run?\nWhich terminal system do you use today?\nWho decides on planning tools?",
	}
	harborPersonas = []persona.Content{
		{Name: "Harbor guide", Voice: persona.Voice{
			DisplayName: "Nora from Harbor Analytics", Tone: persona.UsualTone,
			Greeting:    "Hi {firstName},\n\nthank you for looking at how {company} plans its berths.",
			SMSGreeting: "Hi {firstName}, Nora from Harbor Analytics here.",
			Signature:   "Warm regards\nNora Lindqvist\nHarbor Analytics",
			Goals:       "Find out whether waiting ships cost them money, then offer a 20-minute call with a berth planner.",
			ServiceDescription: "Harbor Analytics predicts when each ship really arrives and which berth will be free, " +
				"from the port’s own data. Ports that use it cut waiting time by planning two days further ahead.",
			IdealCustomerProfile: "Ports and terminal operators with at least four berths and a terminal operating system; decision by the head of operations.",
		}},
		{Name: "Sales coach", Voice: persona.Voice{
			DisplayName: "Theo, Harbor Analytics", Tone: "direct",
			Greeting:           "{firstName}, one question about berth planning at {company}:",
			SMSGreeting:        "{firstName}, Theo from Harbor Analytics. One question:",
			Signature:          "Theo Brandt\nHarbor Analytics",
			Goals:              "Get a yes or a no to a demo this week.",
			ServiceDescription: "Arrival and berth forecasts for ports, running on your data within a week.",
		}},
		{Name: "Quiet follow-up", Voice: persona.Voice{
			DisplayName: "Nora from Harbor Analytics", Tone: "casual",
			Greeting:  "Hello {firstName}, no hurry at all with this one.",
			Signature: "Nora",
			Goals:     "Bring a dormant trial back to life without pressing.",
		}},
	}
	northwindSettings = persona.Settings{
		Voice: persona.Voice{
			DisplayName: "Elena at Northwind", Tone: "professional",
			Greeting:             "Dear {firstName} {lastName},",
			SMSGreeting:          "Hello {firstName}, Elena at Northwind Legal.",
			Signature:            "Kind regards\nElena Sato\nNorthwind Legal",
			Goals:                "Offer a first conversation about contract review, without obligation.",
			ServiceDescription:   "Fixed-price contract review for companies without a legal department.",
			IdealCustomerProfile: "Companies of 20 to 200 people that sign more than ten contracts a month.",
		},
		CompanyName:            "Northwind Legal",
		QualificationQuestions: "How many contracts do you sign in a month?\nWho reads them now?",
	}
	cedarPersonas = []persona.Content{
		{Name: "Front desk", Voice: persona.Voice{DisplayName: "Cedar Clinic", Tone: "friendly",
			Greeting: "Hello {firstName},", Signature: "Your team at Cedar Clinic"}},
		{Name: "Physician liaison", Voice: persona.Voice{DisplayName: "Dr. Voss", Tone: "formal",
			Greeting: "Dear Dr. {lastName},", Signature: "Dr. Clara Voss"}},
	}
)

// housePersonas are those of the demo.
var housePersonas = []persona.Content{
	{Name: "After the event", Voice: persona.Voice{
		Tone:        "friendly",
		Greeting:    "Hi {firstName|there},\ngood to have met you.",
		SMSGreeting: "Hi {firstName|there}, good to have met you.",
		Signature:   "Best wishes",
		Goals:       "Say what was spoken about, answer what was left open, and agree on one next step.",
	}},
	{Name: "One gentle reminder", Voice: persona.Voice{
		Tone:      "professional",
		Greeting:  "Hello {firstName|there},",
		Signature: "Kind regards",
		Goals:     "Find out whether the question is still open. Ask once, offer a way out, and leave it there.",
	}},
}
