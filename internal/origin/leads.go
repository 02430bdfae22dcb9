package origin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"personae/internal/lead"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// scoreReasonLimit is how long the reason of a score may be, in characters.
const scoreReasonLimit = 2000

// chunk is how many leads are read at once, each with its messages.
const chunk = 1000

// Leads calls do with the leads of the workspaces and what they wrote, a
// thousand at a time, so that there may be any number. Several may be read at once.
func (s *Source) Leads(ctx context.Context, list []Workspace, do func([]Lead) error) error {
	t := s.tables["Lead"]
	if !t.columns["id"] || !t.columns["clientId"] {
		return nil
	}
	var ids []string
	campaigns := map[string]map[string]bool{}
	for _, w := range list {
		ids = append(ids, w.ID)
		campaigns[w.ID] = map[string]bool{}
		for _, c := range w.Campaigns {
			campaigns[w.ID][c.ID] = true
		}
	}
	cursor := fmt.Sprintf("leads_%d", s.cursors.Add(1))
	if err := s.exec(ctx, `declare `+cursor+` no scroll cursor for select `+strings.Join(t.lead(), ", ")+` from `+t.name+`
		where "clientId"::text = any($1) order by "clientId"::text, id`, ids); err != nil {
		return err
	}
	before := ""
	for {
		leads, err := s.someLeads(ctx, cursor, campaigns, before)
		if err != nil {
			return err
		}
		if len(leads) == 0 {
			return s.exec(ctx, `close `+cursor)
		}
		before = leads[len(leads)-1].ID
		if err := do(leads); err != nil {
			return cmp.Or(s.exec(ctx, `close `+cursor), err) // it may be tried again
		}
	}
}

// exec carries out a statement.
func (s *Source) exec(ctx context.Context, sql string, arguments ...any) error {
	s.turn.Lock()
	defer s.turn.Unlock()
	_, err := s.tx.Exec(ctx, sql, arguments...)
	return ofOrigin(err)
}

// someLeads returns the next leads of a cursor, each with its messages; before is the id of the
// one ahead of them.
func (s *Source) someLeads(
	ctx context.Context, cursor string, campaigns map[string]map[string]bool, before string,
) (leads []Lead, err error) {
	s.turn.Lock()
	defer s.turn.Unlock()
	rows, err := s.tx.Query(ctx, fmt.Sprintf(`fetch %d from %s`, chunk, cursor))
	if err != nil {
		return nil, ofOrigin(err)
	}
	var l Lead
	var score Score
	into := []any{&l.Workspace, &l.ID, &l.Campaign, &l.FirstName, &l.LastName, &l.Email, &l.Company,
		&l.Blacklisted, &l.OptedOut, &l.Unsubscribed, &l.Bounced, &l.Mark, &l.Status, &l.Sentiment,
		&score.Fit, &score.Intent, &score.Overall, &score.Reason, &score.At, &l.CreatedAt, &l.UpdatedAt}
	if _, err := pgx.ForEachRow(rows, into, func() error {
		l.Score = score.repaired()
		leads = append(leads, l.repaired(campaigns[l.Workspace], before))
		before = l.ID
		return nil
	}); err != nil || len(leads) == 0 {
		return nil, ofOrigin(err)
	}
	return leads, ofOrigin(s.messages(ctx, leads))
}

// lead returns what is read of a lead.
func (t table) lead() []string {
	columns := append([]string{`"clientId"::text`, t.text("id"), t.text("emailCampaignId", "campaignId")},
		t.heads(2000, "firstName", "lastName", "email")...)
	return append(columns, t.head(2000, "companyName", "company"),
		t.marked(`^(blacklist|blocklist|donotcontact|dnc$)`, "blacklisted", "isBlacklisted", "blacklistedAt"),
		t.marked(`^(optout|optedout)`, "optedOut", "isOptedOut", "optedOutAt"),
		t.marked(`^unsubscrib`, "unsubscribed", "isUnsubscribed", "unsubscribedAt"),
		t.marked(`^(hard)?bounc`, "bounced", "isBounced", "bouncedAt"),
		t.mark(), t.head(2000, "status"), t.head(2000, "sentimentTag"),
		t.score("fitScore"), t.score("intentScore"), t.score("overallScore"),
		t.head(scoreReasonLimit+1, "scoreReasoning"), past(t.time("scoredAt", "createdAt")),
		past(t.time("createdAt")), past(t.time("updatedAt", "createdAt")))
}

// ofOrigin hides the code of an error, which is of the origin's database and not of
// ours, and says what helps against rows and tables that are kept from us.
func ofOrigin(err error) error {
	if err == nil {
		return nil
	}
	words := err.Error()
	if pg := new(pgconn.PgError); errors.As(err, &pg) {
		words = pg.Message
		if pg.Code == "42501" {
			words += "; give the URL of the tables’ owner or of a role that may read all of it (bypassrls)"
		}
	}
	return errors.New("the origin’s database: " + words)
}

// messages reads the messages of leads and adds them. One is answered when any
// was sent to the lead after it.
func (s *Source) messages(ctx context.Context, leads []Lead) error {
	t := s.tables["Message"]
	if !t.columns["id"] || !t.columns["leadId"] {
		return nil
	}
	of := map[string]*Lead{}
	var ids []string
	for i := range leads {
		if !leads[i].LeftOut {
			of[leads[i].ID] = &leads[i]
			ids = append(ids, leads[i].ID)
		}
	}
	sent := t.time("sentAt", "createdAt")
	rows, err := s.tx.Query(ctx, `select lead, id, channel, coalesce(inbound, false), coalesce(not inbound, false),
		case when inbound then body else '' end, case when inbound then html else '' end, case when inbound then subject else '' end,
			`+past("sent")+`, sent > now() + interval '5 minutes', `+past("made")+`,
			coalesce(max(sent) filter (where not inbound) over (partition by lead) > sent, false)
		from (select "leadId"::text as lead, `+t.text("id")+` as id, lower(`+t.text("channel")+`) as channel, `+
		t.inbound()+` as inbound,
				`+t.body()+` as body, `+t.silent(t.head(htmlRead, "rawHtml"))+` as html,
				`+t.silent(t.head(2000, "subject"))+` as subject, `+sent+` as sent, `+t.time("createdAt", "sentAt")+` as made
			from `+t.name+` where "leadId"::text = any($1)) m order by m.sent, m.id`, ids)
	if err != nil {
		return err
	}
	var lead string
	var m Message
	var inbound, outbound, future bool
	seen := map[string]bool{}
	_, err = pgx.ForEachRow(rows, []any{&lead, &m.ID, &m.Channel, &inbound, &outbound, &m.Body, &m.html, &m.subject,
		&m.SentAt, &future,
		&m.ReceivedAt, &m.Answered}, func() error {
		switch l := of[lead]; {
		case outbound:
			l.Outbound++
		default:
			l.Messages = append(l.Messages, m.repaired(inbound, future, seen[m.ID]))
			seen[m.ID] = true
		}
		return nil
	})
	for _, l := range of {
		for i := range slices.Backward(l.Messages) {
			if !l.Messages[i].LeftOut {
				l.Messages[i].Mark = l.Mark
				break
			}
		}
	}
	return err
}

// Strays reports leads that belong to no workspace and messages that belong to
// no lead. They cannot come over.
func (s *Source) Strays(ctx context.Context) ([]Repair, error) {
	var repairs []Repair
	for _, part := range []struct{ of, key, what, in, owner string }{
		{"Lead", "clientId", "lead", "Client", "workspace"}, {"Message", "leadId", "message", "Lead", "lead"}} {
		of, in := s.tables[part.of], s.tables[part.in]
		if !of.columns[part.key] || !in.columns["id"] {
			continue
		}
		var n int
		if err := s.tx.QueryRow(ctx, `select count(*) from `+of.name+` s
			where not exists (select from `+in.name+` i where i.id::text = s."`+part.key+`"::text)`).Scan(&n); err != nil {
			return nil, ofOrigin(err)
		}
		if n > 0 {
			repairs = append(repairs,
				Repair{"-", "no workspace", "stray", fmt.Sprintf("%s of a %s that is not there: left out",
					many(n, part.what), part.owner), true})
		}
	}
	return repairs, nil
}

// head returns the first of the columns that there is, as text of up to n
// characters: what is longer is cut anyway, and may be very long.
func (t table) head(n int, columns ...string) string {
	return fmt.Sprintf(`left(%s, %d)`, t.text(columns...), n)
}

func (t table) heads(n int, columns ...string) []string {
	for i, c := range columns {
		columns[i] = t.head(n, c)
	}
	return columns
}

// score returns a column as a number from 1 to 4; 0 where it holds none. The
// origin has 0 for who may not be written to, who is 1 here.
func (t table) score(column string) string {
	return `case when ` + t.text(column) + ` ~ '^[0-4]$' then greatest(1, ` + t.text(column) + `::int) else 0 end`
}

// body returns the words of a message: those without quotations and such, where
// there are any.
func (t table) body() string {
	return fmt.Sprintf(`left(case when %s <> '' then %[2]s else %s end, %d)`, trimmed(t.text("body", "content")),
		t.text("body", "content"), t.text("rawText"), lead.BodyLimit+1)
}

// htmlRead is how much of a message's markup is read, in characters.
const htmlRead = 500_000

// silent returns text where the body of a message has no word.
func (t table) silent(text string) string {
	return `case when ` + trimmed(t.body()) + ` = '' then ` + text + ` else '' end`
}

// trimmed returns text without white space around it.
func trimmed(text string) string { return `btrim(` + text + `, E' \t\r\n\u00a0')` }

// inbound reports whether a lead wrote a message; null where nobody can say.
func (t table) inbound() string {
	switch {
	case t.columns["direction"]:
		return `case lower("direction"::text) when 'inbound' then true when 'incoming' then true when 'outbound' then false when 'outgoing' then false end`
	case t.columns["isInbound"]:
		return `"isInbound"::text::boolean`
	case t.columns["isOutbound"]:
		return `not "isOutbound"::text::boolean`
	}
	return `null::boolean`
}

// marked reports whether one of the columns is true, or a time, or whether the
// status or the sentiment of a lead is like words, written in letters only.
func (t table) marked(words string, columns ...string) string {
	marks := []string{`false`}
	for _, c := range columns {
		if t.columns[c] {
			marks = append(marks, t.text(c)+` not in ('', 'false', 'f', '0')`)
		}
	}
	for _, c := range []string{"status", "sentimentTag"} {
		marks = append(marks, `regexp_replace(lower(`+t.text(c)+`), '[^a-z]', '', 'g') ~ '`+words+`'`)
	}
	return strings.Join(marks, " or ")
}

// mark returns for what the origin takes what a lead wrote last, as a lead.Kind: it
// drafts answers only where somebody may be won, never to what mail servers write, and
// says itself what is a refusal or an automatic reply.
func (t table) mark() string {
	return `case regexp_replace(lower(` + t.text("sentimentTag") + `), '[^a-z]', '', 'g')
		when 'notinterested' then 'refusal' when 'outofoffice' then 'automatic' when 'automatedreply' then 'automatic'
		when 'neutral' then 'passed' when 'objection' then 'passed' when 'snoozed' then 'passed'
		else case when lower(` + t.text("email") + `) ~ '^bounce|mailer-daemon|postmaster|mail-?delivery' then 'passed'
			when lower(` + t.text("status") + `) = 'not-interested' then 'refusal' else '' end end`
}

// past returns a time that is no later than now, and that Go can hold.
func past(time string) string {
	return `greatest(least(` + time + `, now()), '1970-01-01')`
}
