package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/lead"
	"personae/internal/persona"
)

// TrialData is what a trial of a voice takes.
type TrialData struct {
	Present   persona.Persona // who answers now
	Next      persona.Persona // who is tried
	Settings  persona.Voice
	Messages  []lead.Example  // newest first
	Campaigns []persona.Named // for which Present answers, by name: at most persona.CampaignChoices
	More      bool            // there are more of them
}

// A trial looks for messages among so many of the last.
const trialLooks = 5000

// answeredBy holds in SQL of a campaign c, which may be null, for which the tried voice
// would answer: where $2 is true, because it names the persona $3 that is edited, or none
// and that is the default; else because it names none.
const answeredBy = `case when $2 then coalesce(c.persona_id, (select id from personas where workspace_id = $1 and is_default)) = $3
	else c.persona_id is null end`

// selectTried finds the last messages that get a draft by themselves.
func selectTried(f persona.TrialFilter) string {
	return `select m.id, m.channel, left(m.body, $4), m.sent_at, c.persona_id, ` + leadColumns + `
	from (select * from messages where workspace_id = $1 and kind = '' and ` + asked(f.Channels != nil, `channel = any($5)`, `$5::text[] is null`) + `
		and ` + asked(f.Campaigns != nil, `campaign_id = any($6)`, `$6::uuid[] is null`) + ` order by sent_at desc, id desc limit $7) m
	join leads l on l.workspace_id = m.workspace_id and l.id = m.lead_id
	left join campaigns c on c.workspace_id = m.workspace_id and c.id = m.campaign_id
	where not (l.blacklisted or l.opted_out or l.unsubscribed or l.bounced) and ` + answeredBy + `
	order by m.sent_at desc, m.id desc limit $8`
}

const selectTriedCampaigns = `select c.id, c.name from campaigns c
	where c.workspace_id = $1 and c.archived_at is null and ` + answeredBy + `
	order by c.name collate "und-x-icu", c.id limit $4`

// TrialData returns what trying a persona takes: as the default instead of the present
// one, or, where it is edited, in the place of what it is now. It fails with
// persona.ErrNotFound.
func (db *DB) TrialData(
	ctx context.Context, a Access, id uuid.UUID, edited bool, f persona.TrialFilter,
) (TrialData, error) {
	var d TrialData
	f = f.Tidy()
	batch := &pgx.Batch{}
	queuePersonaShown(batch, a, id, &d.Next)
	if edited {
		queuePersonaShown(batch, a, id, &d.Present)
	} else {
		collectAny(batch.Queue(selectDefaultShown, a.workspace), &d.Present, scanPersona)
	}
	queueVoice(batch, a.workspace, &d.Settings)
	collect(batch.Queue(selectTried(f), a.workspace, edited, id, lead.BodyLimit, f.Channels, f.Campaigns, trialLooks, f.Size),
		&d.Messages, scanExample)
	collect(batch.Queue(selectTriedCampaigns, a.workspace, edited, id, persona.CampaignChoices+1), &d.Campaigns,
		pgx.RowToStructByPos[persona.Named])
	err := db.readAll(ctx, a, batch)
	if d.More = len(d.Campaigns) > persona.CampaignChoices; d.More {
		d.Campaigns = d.Campaigns[:persona.CampaignChoices]
	}
	return d, err
}

// KeepTrial keeps as evidence what somebody thought of a trial of t.To as the default
// instead of t.From, and returns it. It fails with persona.ErrNotFound where one of them
// never was at its version, and with an InvalidError where nothing was tried, or too much.
func (db *DB) KeepTrial(ctx context.Context, a Access, t persona.Trial) (persona.Trial, error) {
	if n := t.Messages(); n < 1 || n > persona.MostTried {
		return t, &persona.InvalidError{}
	}
	keep := func(c *change) (persona.Trial, error) {
		c.about(t.To.ID)
		c.version = t.To.Version
		c.details.Trial = &t
		return a.nameTried(ctx, c, t)
	}
	again := func(tx pgx.Tx, kept persona.Trial) (persona.Trial, error) { return a.nameTried(ctx, tx, kept) }
	return writer[persona.Trial]{action: audit.PersonaTried, admit: admit(a, access.Propose), do: keep, replay: again}.write(ctx, db, a)
}

// nameTried returns the trial with what both personas were called at their versions, which
// is not kept with it. It fails with persona.ErrNotFound where one never was at its version.
func (a Access) nameTried(ctx context.Context, q querier, t persona.Trial) (persona.Trial, error) {
	for _, v := range []*persona.VoiceAt{&t.From, &t.To} {
		old, err := queryOne(ctx, q, scanVersion, selectVersion, a.workspace, v.ID, v.Version)
		if err != nil {
			return t, err
		}
		v.Name = old.Name
	}
	return t, nil
}

// keptTrial is evidence, and the event that keeps it.
type keptTrial struct {
	event uuid.UUID
	persona.Trial
}

// selectKeptTrial finds what was kept last of trying a persona.
var selectKeptTrial = `select e.id, ` + trialColumns + ` from audit_events e
	` + trialTables + `
	where e.workspace_id = $1 and e.persona_id = $2 and e.action = '` + string(audit.PersonaTried) + `'
	order by e.at desc, e.rev desc limit 1`

// trialColumns and trialTargets go together. They need trialTables, which look for the
// trial that an event e keeps, or that stands behind it. Of a proposal, who made it judged it then. Behind
// most events none stands, and so nothing is looked for.
const (
	trialColumns = `t.details->'trial', coalesce(tu.name, ''), coalesce(case when t.id is not null then (select o.made_at
		from proposals o where o.workspace_id = t.workspace_id and o.id = (t.details->>'proposal')::uuid) end, t.at), ` + triedName + `'from'` + triedVersion + `, ` +
		triedName + `'to'` + triedVersion
	trialTables = `left join audit_events t on t.workspace_id = e.workspace_id
			and t.id = case when e.details ? 'trial' then e.id else (e.details->>'tried')::uuid end
		left join users tu on tu.id = case when t.details ? 'proposal' then (t.details->>'user')::uuid else t.actor_id end`
	triedName    = `coalesce(case when t.id is not null then (select v.name from persona_versions v, lateral (select t.details->'trial'->`
	triedVersion = ` as it) tried where v.workspace_id = t.workspace_id and v.persona_id = (tried.it->>'id')::uuid
		and v.version = (tried.it->>'version')::integer) end, '')`
)

// scannedTrial is what trialTargets point to.
type scannedTrial struct {
	trial         *persona.Trial
	who, from, to string
	at            *time.Time
}

func (s *scannedTrial) targets() []any { return []any{&s.trial, &s.who, &s.at, &s.from, &s.to} }

// found returns the trial; nil: there is none.
func (s *scannedTrial) found() *persona.Trial {
	if s.trial != nil {
		s.trial.Who, s.trial.At, s.trial.From.Name, s.trial.To.Name = s.who, *s.at, s.from, s.to
	}
	return s.trial
}

func scanKeptTrial(row pgx.CollectableRow) (keptTrial, error) {
	var k keptTrial
	var s scannedTrial
	err := row.Scan(append([]any{&k.event}, s.targets()...)...)
	if found := s.found(); found != nil {
		k.Trial = *found
	}
	return k, err
}

// queueKeptTrial reads what was kept last of trying a persona; nil: nothing was.
func queueKeptTrial(batch *pgx.Batch, a Access, id uuid.UUID, into **keptTrial) {
	*into = nil
	collectFirst(batch.Queue(selectKeptTrial, a.workspace, id), into, scanKeptTrial)
}

// behind returns the trial that stands behind a switch from one persona to another, as
// both are, and notes it in the switch's event; nil: none of these versions was kept.
func (k *keptTrial) behind(c *change, from *persona.Persona, to persona.Persona) *persona.Trial {
	if k == nil || from == nil || !k.Of(*from, to) {
		return nil
	}
	c.details.Tried = valid(k.event)
	return &k.Trial
}

// Judged returns a for one edit whose words were tried: what somebody thought of them
// stands in its event, with the versions that it changed; nil: nothing.
func (a Access) Judged(t *persona.Trial) Access {
	a.judged = t
	return a
}
