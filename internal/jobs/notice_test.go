package jobs_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/config"
	"personae/internal/jobs"
	"personae/internal/mail"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/scoring"
	"personae/internal/testing/dbtest"
	"personae/internal/testing/logtest"
	"personae/internal/testing/smtptest"
	"personae/internal/webhook"
)

const (
	noticesToSend = `select count(*) from river.river_job where kind = 'notice' and state not in ('completed', 'discarded')`
	notices       = `select count(*) from river.river_job where kind = 'notice'`
)

// mailing works jobs until the test ends, and sends mail through the server.
func mailing(t *testing.T, d *dbtest.Database, server *smtptest.Server, log *logtest.Log) {
	t.Helper()
	sender, err := mail.New(server.URL, "personae@example.com")
	if err != nil {
		t.Fatal(err)
	}
	r, err := jobs.Start(t.Context(), jobs.Options{DB: d.DB, Log: log.Logger(), Mail: sender, BaseURL: "https://personae.example",
		Draft: compose, Score: scoring.New(config.LLM{}).Score, Try: 10 * time.Second, Poll: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Stop(t.Context()); err != nil {
			t.Log(err)
		}
	})
}

// choosing adds a member who chose to be told of events.
func choosing(t *testing.T, d *dbtest.Database, ws uuid.UUID, name string, events ...string) (uuid.UUID, postgres.Access) {
	t.Helper()
	user := d.User(t, access.NewUser{Name: name, Email: strings.ToLower(name) + "@example.com"})
	d.Member(t, ws, user, access.Admin)
	a := d.Access(t, user, ws)
	if err := d.SetNotices(t.Context(), a, events); err != nil {
		t.Fatal(err)
	}
	return user, a
}

// TestEachMemberIsToldByMailOfWhatTheyChose has a day of a workspace, with two instances at
// work. Who did it themselves, left, was disabled or chose otherwise since gets nothing.
func TestEachMemberIsToldByMailOfWhatTheyChose(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	d.NewPersona(t, a, "Maya")
	coach := d.NewPersona(t, a, "Coach")
	to := uuid.NullUUID{UUID: coach.ID, Valid: true}
	if d.Count(t, notices) != 0 {
		t.Error("somebody is told who chose nothing")
	}
	all := webhook.Notices()
	choosing(t, d, a.Workspace(), "Ada", all...)
	choosing(t, d, a.Workspace(), "Bo", webhook.ProposalMade)
	_, cy := choosing(t, d, a.Workspace(), "Cy", all...) // does some of it
	leaves, _ := choosing(t, d, a.Workspace(), "Lea", all...)
	disabled, _ := choosing(t, d, a.Workspace(), "Dis", all...)
	_, changes := choosing(t, d, a.Workspace(), "Chan", all...)

	if _, err := d.Propose(t.Context(), a, persona.Suggestion{Kind: persona.ProposedSwitch, Persona: to, Note: "Softer"}); err != nil {
		t.Fatal(err)
	}
	soon := time.Now().Add(time.Minute)
	for range 2 { // the first is done, and the second finds it done
		if _, err := d.AddSchedule(t.Context(), cy, persona.ScheduleRequest{Kind: persona.ProposedSwitch, Persona: to,
			Start: soon}); err != nil {
			t.Fatal(err)
		}
		soon = soon.Add(time.Minute)
	}
	for range 2 {
		if _, err := d.RunSchedules(t.Context(), soon); err != nil {
			t.Fatal(err)
		}
	}
	d.User(t, access.NewUser{Name: "Sue", Email: "sue@example.com", Support: true})
	if _, err := d.Grant(t.Context(), cy, "sue@example.com", access.SwitchOnly, 1, "Help"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.RemoveMember(t.Context(), a, leaves); err != nil {
		t.Fatal(err)
	}
	d.Exec(t, `update users set disabled_at = now() where id = $1`, disabled)
	if err := d.SetNotices(t.Context(), changes, nil); err != nil {
		t.Fatal(err)
	}
	receive(t, d, d.Inbox(t, a), dbtest.Inbound("m-1"))

	server, log := smtptest.New(t), new(logtest.Log)
	mailing(t, d, server, log)
	mailing(t, d, server, log)
	d.Until(t, 0, noticesToSend)
	var got []string
	for range server.Waiting() {
		m := server.Next(t)
		got = append(got, m.To+" "+m.Subject)
		if strings.Contains(m.Subject, "is the default now") != strings.Contains(m.Text, "\nAs Cy scheduled it.\n") {
			t.Errorf("it does not say who scheduled it, or that it was: %s", m.Text)
		}
		for _, want := range []string{"https://personae.example/workspaces/" + a.Workspace().String() + "/",
			"you chose to", "/notices\n"} {
			if !strings.Contains(m.Text, want) {
				t.Errorf("%q is not in: %s", want, m.Text)
			}
		}
		for _, word := range []string{"Liv", "Softer", "Help", "Hello", "@"} {
			if strings.Contains(m.Subject+m.Text, word) {
				t.Errorf("it holds %q: %s", word, m.Text)
			}
		}
	}
	want := []string{}
	for _, who := range []string{"ada", "cy"} {
		want = append(want, "<"+who+"@example.com> Harbor: “Coach” is the default now, instead of “Maya”",
			"<"+who+"@example.com> Harbor: what was scheduled was not done, as things are otherwise by now")
	}
	for _, who := range []string{"ada", "bo", "cy"} {
		want = append(want, "<"+who+"@example.com> Harbor: a change was proposed and waits for a decision")
	}
	want = append(want, "<ada@example.com> Harbor: support staff were let in")
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, word := range []string{"@example", "Coach", "Maya", "Ada"} {
		if strings.Contains(log.String(), word) {
			t.Errorf("the log holds %q", word)
		}
	}
}

func TestANoticeIsInTheLanguageOfWhomItGoesTo(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	choosing(t, d, a.Workspace(), "Ada", webhook.DefaultChanged)
	german, _ := choosing(t, d, a.Workspace(), "Bo", webhook.DefaultChanged)
	d.Exec(t, `update users set language = 'de' where id = $1`, german)
	d.NewPersona(t, a, "Maya")
	server, log := smtptest.New(t), new(logtest.Log)
	mailing(t, d, server, log)
	d.Until(t, 0, noticesToSend)
	got := map[string]string{}
	for range server.Waiting() {
		m := server.Next(t)
		got[m.To] = m.Subject + "\n" + m.Text
	}
	for to, parts := range map[string][]string{
		"<ada@example.com>": {"Harbor: “Maya” is the default now\n", "You get this mail because you chose to."},
		"<bo@example.com>":  {"Harbor: „Maya“ ist jetzt die Standard-Persona\n", "Sie bekommen diese E-Mail, weil Sie es so gewählt haben."},
	} {
		for _, part := range parts {
			if !strings.Contains(got[to], part) {
				t.Errorf("%q is not in the mail to %s: %s", part, to, got[to])
			}
		}
	}
}

// TestANoticeThatTheMailServerRefusesIsTriedAgain also has one that the server took sent no
// more than once.
func TestANoticeThatTheMailServerRefusesIsTriedAgain(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	choosing(t, d, a.Workspace(), "Ada", webhook.DefaultChanged)
	d.NewPersona(t, a, "Maya")
	server, log := smtptest.New(t), new(logtest.Log)
	server.Refuses.Store(true)
	mailing(t, d, server, log)
	d.Until(t, 1, `select count(*) from river.river_job where kind = 'notice' and state in ('retryable', 'available') and attempt = 1
		and max_attempts = 14`)
	server.Refuses.Store(false)
	d.Exec(t, `update river.river_job set scheduled_at = now(), state = 'available' where kind = 'notice'`)
	if m := server.Next(t); m.Text == "" || m.To != "<ada@example.com>" {
		t.Errorf("%+v", m)
	}
	d.Until(t, 0, noticesToSend)
	if n := server.Waiting(); n != 0 || strings.Contains(log.String(), "ada") {
		t.Errorf("%d mails more; the log: %s", n, log)
	}
}

// TestDraftsThatWaitForADayAreToldOfOnceADay has two look at once, decides on what waits, and
// looks again a day later.
func TestDraftsThatWaitForADayAreToldOfOnceADay(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	d.NewPersona(t, a, "Maya")
	choosing(t, d, a.Workspace(), "Ada", webhook.DraftsWaiting)
	choosing(t, d, a.Workspace(), "Bo", webhook.ProposalMade)
	hook, err := d.AddWebhook(t.Context(), a, webhook.Choice{URL: "https://chat.example/", Events: []string{webhook.DraftsWaiting}},
		strings.Repeat("s", 40))
	if err != nil {
		t.Fatal(err)
	}
	remind := func(want int) {
		t.Helper()
		told := make([]int, 2)
		var all sync.WaitGroup
		for i := range told {
			all.Go(func() {
				n, err := d.RemindOfDrafts(t.Context())
				if err != nil {
					t.Error(err)
				}
				told[i] = n
			})
		}
		all.Wait()
		if told[0]+told[1] != want {
			t.Errorf("told %v, and not %d", told, want)
		}
	}
	elsewhere := d.Workspace(t, "Elsewhere") // where nobody chose to be told
	d.NewPersona(t, elsewhere, "Foreign")
	for _, ws := range []postgres.Access{a, elsewhere} {
		inbox := d.Inbox(t, ws)
		receive(t, d, inbox, dbtest.Inbound("m-1"))
		receive(t, d, inbox, dbtest.Inbound("m-2"))
	}
	server, log := smtptest.New(t), new(logtest.Log)
	mailing(t, d, server, log)
	d.Until(t, 4, `select count(*) from drafts where state = 'waiting'`)
	remind(0)
	d.Exec(t, `update drafts set made_at = now() - interval '25 hours'`)
	remind(1)
	remind(0)
	d.Exec(t, `update draft_reminders set told_at = now() - interval '25 hours'`)
	d.Exec(t, `update drafts set made_at = now() where id = (select id from drafts where workspace_id = $1 limit 1)`, a.Workspace())
	remind(1)
	d.Exec(t, `update draft_reminders set told_at = now() - interval '25 hours'`)
	d.Exec(t, `update drafts set made_at = now()`)
	remind(0)
	d.Until(t, 0, noticesToSend)
	var got []string
	for range server.Waiting() {
		m := server.Next(t)
		got = append(got, m.To+" "+m.Subject)
		if !strings.Contains(m.Text, "/workspaces/"+a.Workspace().String()+"/drafts\n") {
			t.Error(m.Text)
		}
	}
	slices.Sort(got)
	if want := []string{"<ada@example.com> Harbor: 2 drafts have waited for more than a day",
		"<ada@example.com> Harbor: a draft has waited for more than a day"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if n := d.Count(t, `select count(*) from webhook_deliveries where webhook_id = $1 and event = 'drafts.waiting'
		and data - 'drafts' = '{}'`, hook); n != 2 {
		t.Errorf("%d deliveries", n)
	}
}
