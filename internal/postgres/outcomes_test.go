package postgres_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/lead"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
	"personae/migrations"
)

// drafting is what the test knows of one time that a draft was made.
type drafting struct {
	persona           uuid.NullUUID
	version           int
	campaign          uuid.NullUUID
	channel           string
	made, decided     time.Time
	drafted, approved string
	decision, sending string
	reason            lead.RejectReason
}

// storied is a draft, its state, and each time that it was made.
type storied struct {
	id       uuid.UUID
	state    string
	version  int
	body     string
	campaign uuid.NullUUID
	channel  string
	made     []*drafting
}

// storyteller makes up histories of drafts.
type storyteller struct {
	t         *testing.T
	tx        pgx.Tx
	workspace uuid.UUID
	personas  []uuid.NullUUID
	clock     time.Time
}

var vocabulary = strings.Fields("we can help you with that and the price is ten euros a month for each seat of your team today")

func somewords() string {
	words := make([]string, 1+rand.N(12))
	for i := range words {
		words[i] = vocabulary[rand.N(len(vocabulary))]
	}
	return strings.Join(words, []string{" ", "  ", "\n"}[rand.N(3)])
}

func (s *storyteller) exec(sql string, arguments ...any) {
	s.t.Helper()
	if _, err := s.tx.Exec(s.t.Context(), sql, arguments...); err != nil {
		s.t.Fatal(err)
	}
}

// become brings a draft into another state, as the program does.
func (s *storyteller) become(d *storied, state string) {
	s.t.Helper()
	s.clock = d.last().Add(time.Duration(1+rand.N(400_000)) * time.Second)
	before := d.state
	d.state = state
	if state == "waiting" && before == "making" {
		s.make(d)
		return
	}
	decided := state == "approved" || state == "rejected"
	reason := append(lead.RejectReasons(), "")[rand.N(len(lead.RejectReasons())+1)]
	edited := decided && before == "waiting" && rand.N(3) == 0
	if edited {
		d.version, d.body = d.version+1, somewords()
	}
	s.exec(`update drafts set state = $2, version = $3, body = case when $3 > 0 then $4 end,
			decided_at = case when $2 in ('making', 'waiting', 'unmade') then null when $5 then $6 else decided_at end,
			sent_at = case when $2 = 'sent' then $6 end, problem = case when $2 in ('failed', 'unmade') then 'It failed.' else '' end,
			reject_reason = case when $2 = 'rejected' then $7 else reject_reason end
		where id = $1`, d.id, state, d.version, d.body, decided, s.clock, string(reason))
	if before == "making" || len(d.made) == 0 {
		return
	}
	m := d.made[len(d.made)-1]
	switch state {
	case "approved", "rejected":
		m.decision, m.decided, m.approved, m.reason = state, s.clock, d.body, reason
	case "waiting":
		m.decision, m.sending = "", ""
	case "making":
		if m.decision == "" {
			m.decision = "replaced"
		}
	case "withdrawn":
		m.decision = state
	case "sent", "failed":
		m.sending = state
	}
}

// last is when something last happened to a draft.
func (d *storied) last() time.Time {
	if len(d.made) == 0 {
		return time.Date(2026, 3, 1+rand.N(90), rand.N(24), rand.N(60), rand.N(60), 0, time.UTC)
	}
	m := d.made[len(d.made)-1]
	if m.decided.After(m.made) {
		return m.decided
	}
	return m.made
}

// make stores what was drafted.
func (s *storyteller) make(d *storied) {
	s.t.Helper()
	m := &drafting{persona: s.personas[rand.N(len(s.personas))], campaign: d.campaign, channel: d.channel, made: s.clock,
		drafted: somewords()}
	source := "settings"
	if m.persona.Valid {
		source, m.version = "default", 1+rand.N(3)
	}
	d.version, d.body = d.version+1, m.drafted
	s.exec(`update drafts set state = 'waiting', version = $2, source = $3, persona_id = $4, persona_version = nullif($5, 0),
			prompt_key = 'v1:persona=' || $3, body = $6, edited_by = null, problem = '', made_at = $7
		where id = $1`, d.id, d.version, source, m.persona, m.version, d.body, s.clock)
	d.made = append(d.made, m)
}

// next lists what a draft may become.
var next = map[string][]string{
	"making": {"waiting", "waiting", "waiting", "waiting", "unmade", "withdrawn"}, "unmade": {"making"},
	"waiting":   {"making", "approved", "approved", "approved", "rejected", "withdrawn", "waiting"},
	"approved":  {"sent", "sent", "failed", "withdrawn", "waiting"},
	"failed":    {"sent", "making", "waiting"},
	"rejected":  {"making", "waiting"},
	"withdrawn": {"making"},
}

// live takes a draft through some of its life.
func (s *storyteller) live(d *storied) {
	s.t.Helper()
	for range rand.N(12) {
		list := next[d.state]
		if len(list) == 0 {
			return
		}
		state := list[rand.N(len(list))]
		if state == d.state { // saved, and still waiting
			d.version, d.body = d.version+1, somewords()
			s.exec(`update drafts set version = $2, body = $3 where id = $1`, d.id, d.version, d.body)
			continue
		}
		s.become(d, state)
	}
}

// wordsMore counts the words that a has more often than b.
func wordsMore(a, b string) (n int) {
	left := map[string]int{}
	for _, w := range strings.Fields(b) {
		left[w]++
	}
	for _, w := range strings.Fields(a) {
		if left[w]--; left[w] < 0 {
			n++
		}
	}
	return n
}

// recount counts draftings without the database.
func recount(all []*drafting, key func(*drafting) string) map[string]lead.Outcome {
	counts := map[string]lead.Outcome{}
	took := map[string][]float64{}
	for _, m := range all {
		k := key(m)
		o := counts[k]
		o.Made++
		switch m.decision {
		case "":
			o.Waiting++
		case "approved":
			if m.approved == m.drafted {
				o.Approved++
			} else {
				o.Edited++
				o.WordsAdded += wordsMore(m.approved, m.drafted)
				o.WordsRemoved += wordsMore(m.drafted, m.approved)
			}
			switch m.sending {
			case "sent":
				o.Sent++
			case "failed":
				o.Failed++
			}
		case "rejected":
			o.Rejected++
			o.Reasons = append(o.Reasons, lead.ReasonCount{Reason: m.reason, Drafts: 1})
		case "withdrawn":
			o.Withdrawn++
		case "replaced":
			o.Replaced++
		}
		if m.decision == "approved" || m.decision == "rejected" {
			took[k] = append(took[k], m.decided.Sub(m.made).Seconds())
		}
		counts[k] = o
	}
	for k, list := range took {
		o := counts[k]
		slices.Sort(list)
		o.Median, o.Ninetieth = share(list, 0.5), share(list, 0.9)
		counts[k] = o
	}
	return counts
}

// share is what a share of a sorted list is not above, between two of it in proportion.
func share(list []float64, part float64) time.Duration {
	at := part * float64(len(list)-1)
	low := int(math.Floor(at))
	high := min(low+1, len(list)-1)
	return time.Duration((list[low] + (list[high]-list[low])*(at-float64(low))) * float64(time.Second))
}

// outcomeText says what was counted; times to a tenth of a second.
func outcomeText(o lead.Outcome) string {
	reasons := map[lead.RejectReason]int{}
	for _, r := range o.Reasons {
		reasons[r.Reason] += r.Drafts
	}
	return fmt.Sprintf("made %d, approved %d, edited %d (+%d -%d), rejected %d, withdrawn %d, replaced %d, waiting %d, "+
		"sent %d, failed %d, took %s and %s, %v", o.Made, o.Approved, o.Edited, o.WordsAdded, o.WordsRemoved, o.Rejected,
		o.Withdrawn, o.Replaced, o.Waiting, o.Sent, o.Failed, (o.Median + 50*time.Millisecond).Truncate(100*time.Millisecond),
		(o.Ninetieth + 50*time.Millisecond).Truncate(100*time.Millisecond), reasons)
}

// keys name the group of a drafting, and that of a row.
var outcomeKeys = map[lead.OutcomeGroup]struct {
	of  func(*drafting) string
	row func(lead.Outcome) string
}{
	lead.ByPersona: {func(m *drafting) string { return fmt.Sprint(m.persona) },
		func(o lead.Outcome) string { return fmt.Sprint(o.PersonaID) }},
	lead.ByVersion: {func(m *drafting) string { return fmt.Sprint(m.persona, m.version) },
		func(o lead.Outcome) string { return fmt.Sprint(o.PersonaID, o.PersonaVersion) }},
	lead.ByCampaign: {func(m *drafting) string { return fmt.Sprint(m.campaign) },
		func(o lead.Outcome) string { return fmt.Sprint(o.CampaignID) }},
	lead.ByChannel: {func(m *drafting) string { return m.channel },
		func(o lead.Outcome) string { return string(o.Channel) }},
	lead.ByWeek: {func(m *drafting) string {
		return m.made.AddDate(0, 0, -(int(m.made.Weekday())+6)%7).Format(time.DateOnly)
	}, func(o lead.Outcome) string { return o.Week.Format(time.DateOnly) }},
}

// storied makes a workspace with so many drafts that wait to be made.
func newStories(t *testing.T, d *dbtest.Database, n int) (postgres.Access, *storyteller, []*storied) {
	t.Helper()
	a := d.Workspace(t, "Harbor")
	s := &storyteller{t: t, workspace: a.Workspace(), personas: []uuid.NullUUID{{}}}
	for _, name := range []string{"Ana", "Ben", "Cleo"} {
		s.personas = append(s.personas, uuid.NullUUID{UUID: d.NewPersona(t, a, name).ID, Valid: true})
	}
	d.NewCampaign(t, a, "Spring")
	d.NewCampaign(t, a, "Autumn")
	d.Exec(t, `insert into leads (workspace_id, external_id) values ($1, 'liv')`, a.Workspace())
	d.Exec(t, `insert into messages (workspace_id, lead_id, channel, external_id, body, sent_at, campaign_id)
		select $1, l.id, (array['email', 'sms', 'linkedin'])[1 + n % 3], n, 'Hello', now(), c.id
		from leads l, generate_series(1, $2::int) n
		left join (select id, row_number() over (order by name) as place from campaigns) c on c.place = n % 4`,
		a.Workspace(), n)
	d.Exec(t, `insert into drafts (workspace_id, message_id, channel) select workspace_id, id, channel from messages`)
	tx := must(d.SQL.Begin(t.Context()))(t)
	s.tx = tx
	rows := must(tx.Query(t.Context(), `select d.id, d.channel, m.campaign_id from drafts d join messages m on m.id = d.message_id`))(t)
	var list []*storied
	var one storied
	if _, err := pgx.ForEachRow(rows, []any{&one.id, &one.channel, &one.campaign}, func() error {
		list = append(list, &storied{id: one.id, channel: one.channel, campaign: one.campaign, state: "making"})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return a, s, list
}

func TestOutcomesOfRandomHistoriesEqualARecount(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a, s, list := newStories(t, d, dbtest.Times(1_000, 20_000))
	var all []*drafting
	for _, draft := range list {
		s.live(draft)
		all = append(all, draft.made...)
	}
	if err := s.tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	whole := lead.OutcomeFilter{From: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2027, 12, 31, 0, 0, 0, 0, time.UTC)}
	april := lead.OutcomeFilter{From: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)}
	ana, spring := whole, whole
	ana.Persona, ana.Channel = s.personas[1], persona.SMS
	spring.Campaign = all[slices.IndexFunc(all, func(m *drafting) bool { return m.campaign.Valid })].campaign
	auckland, err := time.LoadLocation("Pacific/Auckland")
	if err != nil {
		t.Fatal(err)
	}
	// Summer time ends there within it.
	there := lead.OutcomeFilter{From: time.Date(2026, 3, 4, 0, 0, 0, 0, auckland), To: time.Date(2026, 5, 1, 0, 0, 0, 0, auckland)}
	for name, f := range map[string]lead.OutcomeFilter{"all": whole, "April": april, "one persona by SMS": ana, "a campaign": spring,
		"in Auckland": there} {
		asked := slices.DeleteFunc(slices.Clone(all), func(m *drafting) bool {
			return m.made.Before(f.From) || !m.made.Before(f.To) || f.Persona.Valid && m.persona != f.Persona ||
				f.Campaign.Valid && m.campaign != f.Campaign || f.Channel != "" && m.channel != string(f.Channel)
		})
		for i, m := range asked {
			here := *m
			here.made = m.made.In(f.From.Location())
			asked[i] = &here
		}
		for by, key := range outcomeKeys {
			f.By = by
			got := must(d.Outcomes(t.Context(), a, f))(t)
			want := recount(asked, key.of)
			same(t, name+" by "+string(by)+": rows", len(got.Rows), len(want))
			for _, row := range got.Rows {
				same(t, name+" by "+string(by)+": "+key.row(row), outcomeText(row), outcomeText(want[key.row(row)]))
			}
			same(t, name+": total", outcomeText(got.Total), outcomeText(recount(asked, func(*drafting) string { return "" })[""]))
		}
	}
	sum := recount(all, func(*drafting) string { return "" })[""]
	if min(sum.Approved, sum.Edited, sum.Rejected, sum.Withdrawn, sum.Replaced, sum.Waiting, sum.Sent, sum.Failed) == 0 {
		t.Errorf("the histories do not show everything: %s", outcomeText(sum))
	}
}

func TestOutcomesNameWhatTheyCount(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a, s, list := newStories(t, d, 3)
	s.clock = time.Date(2026, 4, 7, 12, 0, 0, 0, time.UTC)
	s.personas = s.personas[1:2]
	for _, draft := range list {
		s.make(draft)
		draft.state = "waiting"
		s.exec(`update drafts set persona_version = 1 where id = $1`, draft.id)
	}
	if err := s.tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	f := lead.OutcomeFilter{From: time.Date(2026, 4, 7, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 4, 8, 0, 0, 0, 0, time.UTC)}
	names := map[lead.OutcomeGroup][]string{}
	for _, by := range lead.OutcomeGroups() {
		f.By = by
		for _, o := range must(d.Outcomes(t.Context(), a, f))(t).Rows {
			names[by] = append(names[by], strings.TrimSpace(fmt.Sprint(o.PersonaName, " ", o.CampaignName, " ", o.Channel)))
		}
	}
	same(t, "by persona", names[lead.ByPersona], []string{"Ana"})
	same(t, "by campaign", names[lead.ByCampaign], []string{"", "Autumn", "Spring"})
	same(t, "by channel", names[lead.ByChannel], []string{"email", "linkedin", "sms"})
	same(t, "another workspace's", must(d.Outcomes(t.Context(), d.Workspace(t, "Cedar"), f))(t).Total.Made, 0)
	same(t, "a day before", must(d.Outcomes(t.Context(), a, lead.OutcomeFilter{From: f.From.AddDate(0, 0, -1), To: f.From,
		By: lead.ByWeek}))(t).Total.Made, 0)
}

// TestDraftsFromBeforeGetTheirOutcomes has the migration count what the trigger counted.
func TestDraftsFromBeforeGetTheirOutcomes(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	inbox := d.Inbox(t, a)
	store := func(draft uuid.UUID, version int) {
		t.Helper()
		made := postgres.MadeDraft{By: persona.Resolution{Source: persona.FromSettings}, PromptKey: "v1:persona=settings",
			Text: "Hello you"}
		if stored, _, err := d.StoreDraft(t.Context(), postgres.DraftJob{Workspace: a.Workspace(), Draft: draft}, version,
			made); err != nil || !stored {
			t.Fatal(stored, err)
		}
	}
	words := "Hello to you"
	for i, decide := range []struct {
		words *string
		to    lead.DraftState
	}{{nil, lead.DraftApproved}, {&words, lead.DraftApproved}, {&words, lead.DraftRejected}, {&words, lead.DraftWaiting}} {
		received := must(d.Receive(t.Context(), inbox, dbtest.Inbound(fmt.Sprint("m-", i))))(t)
		store(received.Draft, 0)
		var id uuid.UUID
		if err := d.SQL.QueryRow(t.Context(), `select id from leads`).Scan(&id); err != nil {
			t.Fatal(err)
		}
		must(d.DecideDraft(t.Context(), a, lead.Decision{Draft: received.Draft, Version: 1, Words: decide.words, To: decide.to}))(t)
		if decide.to == lead.DraftRejected {
			must(d.AskDraft(t.Context(), a, id, uuid.NullUUID{UUID: received.Draft, Valid: true}))(t)
			store(received.Draft, 2)
		}
	}
	// The event of a rejection is a moment younger.
	const all = `select string_agg(concat_ws(' ', draft_id, version, source, channel, made_at::timestamptz(0), decision,
		decided_at between made_at and made_at + interval '1 minute', edited, words_added, words_removed, sending), E'\n' order by draft_id, version) from draft_outcomes`
	read := func() (text string) {
		t.Helper()
		if err := d.SQL.QueryRow(t.Context(), all).Scan(&text); err != nil {
			t.Fatal(err)
		}
		return text
	}
	want := read()
	same(t, "times that a draft was made", d.Count(t, `select count(*) from draft_outcomes`), 5)
	same(t, "words", d.Count(t, `select count(*) from draft_outcomes where edited and words_added = 1 and words_removed = 0`), 1)
	d.Exec(t, `delete from draft_outcomes`)
	migration := must(migrations.FS.ReadFile("00049_outcomes.sql"))(t)
	_, fill, _ := strings.Cut(string(migration), "-- +goose StatementBegin\ndo $$")
	fill, _, _ = strings.Cut(fill, "-- +goose StatementEnd")
	d.Exec(t, "do $$"+fill)
	same(t, "outcomes", read(), want)
	d.Exec(t, "do $$"+fill)
	same(t, "outcomes after it was done twice", read(), want)
}
