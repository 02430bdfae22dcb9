package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
	"personae/internal/webhook"
)

func hook(t *testing.T, d *dbtest.Database, a postgres.Access, url string) webhook.Webhook {
	t.Helper()
	id := must(d.AddWebhook(t.Context(), a, webhook.Choice{URL: url, Events: webhook.Events()}, strings.Repeat("s", 40)))(t)
	w, _, _, err := d.Webhook(t.Context(), a, id, 1)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// told returns what waits to be sent, in words and in order, and forgets it. Each
// delivery must have its job.
func told(t *testing.T, d *dbtest.Database) []string {
	t.Helper()
	same(t, "deliveries without a job", d.Count(t, `select count(*) from webhook_deliveries d where (select count(*) from river.river_job j
		where j.args = jsonb_build_object('workspace', d.workspace_id, 'delivery', d.id, 'round', d.round)) <> 1`), 0)
	list := []string{}
	err := d.SQL.QueryRow(t.Context(), `with named as (select distinct on (persona_id) persona_id::text as id, name from persona_versions
			order by persona_id, version desc),
		said as (select event, case event when 'persona.default_changed'
			then coalesce(data->'from'->>'name', 'nobody') || ' > ' || coalesce(data->'to'->>'name', 'nobody')
			when 'campaign.assigned' then event || ' ' || (select string_agg(c.name || ': ' || coalesce(was.name, 'default') || ' > '
					|| coalesce(becomes.name, 'default'), ', ' order by c.name)
				from jsonb_to_recordset(data->'campaigns') a (id uuid, "personaId" text, "previousPersonaId" text)
				join campaigns c using (id) left join named was on was.id = a."previousPersonaId" left join named becomes on becomes.id = a."personaId")
			else event || ' ' || (select name from named where id = data->'persona'->>'id') end as words
			from webhook_deliveries)
		select coalesce(array_agg(words order by event, words), '{}') from said`).Scan(&list)
	if err != nil {
		t.Fatal(err)
	}
	d.Exec(t, `delete from webhook_deliveries`)
	d.Exec(t, `delete from river.river_job`)
	return list
}

// TestEveryWayAPersonaComesGoesOrChangesIsToldOnce goes through all of them.
func TestEveryWayAPersonaComesGoesOrChangesIsToldOnce(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a, other := d.Workspace(t, "Harbor"), d.Workspace(t, "Cedar")
	w := hook(t, d, a, "https://example.com/")
	ids := map[string]uuid.UUID{}
	named := func(name string, voice persona.Voice) persona.Content {
		return persona.Content{Name: name, Voice: voice}
	}
	create := func(name string, lead bool) {
		ids[name] = must(d.Create(t.Context(), a, named(name, persona.Voice{}), lead))(t).Persona.ID
	}
	version := func(name string) int {
		return must(d.Persona(t.Context(), a, ids[name]))(t).Version
	}
	var switchEvent uuid.UUID
	for _, step := range []struct {
		what string
		do   func()
		says []string
	}{
		{"import", func() { ids[persona.ImportedName] = must(d.Import(t.Context(), a))(t).ID },
			[]string{"persona.created " + persona.ImportedName, "nobody > " + persona.ImportedName}},
		{"create", func() { create("Anna", false) }, []string{"persona.created Anna"}},
		{"create as default", func() { create("Bert", true) },
			[]string{"persona.created Bert", persona.ImportedName + " > Bert"}},
		{"set default", func() { switchEvent = must(d.SetDefault(t.Context(), a, ids["Anna"]))(t).Event },
			[]string{"Bert > Anna"}},
		{"set default again", func() { must(d.SetDefault(t.Context(), a, ids["Anna"]))(t) }, nil},
		{"undo", func() { must(d.Undo(t.Context(), a, switchEvent))(t) }, []string{"Anna > Bert"}},
		{"edit the default", func() {
			must(d.Edit(t.Context(), a, ids["Bert"], version("Bert"), named("Bert", persona.Voice{Goals: "Call"}),
				persona.KeepDefault))(t)
		}, []string{"persona.updated Bert"}},
		{"save without a change", func() {
			must(d.Edit(t.Context(), a, ids["Bert"], version("Bert"), named("Bert", persona.Voice{Goals: "Call"}),
				persona.KeepDefault))(t)
		}, nil},
		{"rename another", func() {
			must(d.Edit(t.Context(), a, ids["Anna"], version("Anna"), named("Anne", persona.Voice{}), persona.KeepDefault))(t)
		}, []string{"persona.updated Anne"}},
		{"edit and make default", func() {
			must(d.Edit(t.Context(), a, ids["Anna"], version("Anna"), named("Anna", persona.Voice{}), persona.MakeDefault))(t)
		}, []string{"Bert > Anna", "persona.updated Anna"}},
		{"make default by the form alone", func() {
			must(d.Edit(t.Context(), a, ids["Bert"], version("Bert"), named("Bert", persona.Voice{Goals: "Call"}),
				persona.MakeDefault))(t)
		}, []string{"Anna > Bert"}},
		{"restore earlier words", func() { must(d.Restore(t.Context(), a, ids["Bert"], 1, version("Bert")))(t) },
			[]string{"persona.updated Bert"}},
		{"duplicate", func() { must(d.Duplicate(t.Context(), a, ids["Bert"]))(t) }, []string{"persona.created Bert (copy)"}},
		{"edit another", func() {
			must(d.Edit(t.Context(), a, ids[persona.ImportedName], version(persona.ImportedName),
				named(persona.ImportedName, persona.Voice{Goals: "Sell"}), persona.KeepDefault))(t)
		}, []string{"persona.updated " + persona.ImportedName}},
		{"delete another", func() { must(d.Delete(t.Context(), a, ids[persona.ImportedName], 0, uuid.NullUUID{}))(t) },
			[]string{"persona.deleted " + persona.ImportedName}},
		{"restore it", func() { must(d.Restore(t.Context(), a, ids[persona.ImportedName], 1, 0))(t) },
			[]string{"persona.created " + persona.ImportedName}},
		{"delete the default", func() {
			must(d.Delete(t.Context(), a, ids["Bert"], 0, uuid.NullUUID{UUID: ids["Anna"], Valid: true}))(t)
		}, []string{"Bert > Anna", "persona.deleted Bert"}},
		{"load", func() {
			must(d.Load(t.Context(), a, []persona.Entry{{Content: named("Carl", persona.Voice{})},
				{Content: named("Anna", persona.Voice{Goals: "Sell"})}}, true, ""))(t)
		}, []string{"persona.created Carl", "persona.updated Anna"}},
		{"a repair", func() {
			d.Exec(t, `alter table personas disable trigger user`)
			d.Exec(t, `update personas set is_default = false where workspace_id = $1`, a.Workspace())
			d.Exec(t, `alter table personas enable trigger user`)
			if _, err := d.Repair(t.Context(), a, persona.PersonaIsRight); err != nil {
				t.Fatal(err)
			}
		}, []string{"nobody > Anna"}},
		{"what another workspace does", func() { d.NewPersona(t, other, "Dora") }, nil},
		{"a switch that is refused", func() {
			if _, err := d.SetDefault(t.Context(), a, uuid.New()); !errors.Is(err, persona.ErrNotFound) {
				t.Error(err)
			}
		}, nil},
		{"plain SQL", func() { d.Exec(t, `update personas set goals = 'x' where not is_default`) }, nil},
		{"a pause", func() {
			must(d.PauseWebhook(t.Context(), a, w.ID))(t)
			create("Emil", true)
			must(d.ResumeWebhook(t.Context(), a, w.ID))(t)
		}, nil},
		{"delete all", func() {
			for _, p := range must(d.Export(t.Context(), a))(t) {
				if !p.IsDefault {
					must(d.Delete(t.Context(), a, p.ID, 0, uuid.NullUUID{}))(t)
				}
			}
			told(t, d)
			must(d.Delete(t.Context(), a, ids["Emil"], 0, uuid.NullUUID{}))(t)
		}, []string{"Emil > nobody", "persona.deleted Emil"}},
		{"load into nothing", func() {
			must(d.Load(t.Context(), a, []persona.Entry{{Content: named("Fay", persona.Voice{})}}, false, ""))(t)
		}, []string{"persona.created Fay", "nobody > Fay"}},
	} {
		step.do()
		if step.says == nil {
			step.says = []string{}
		}
		same(t, step.what, told(t, d), step.says)
	}
}

// TestEveryWayToAssignCampaignsIsToldOnce goes through all of them.
func TestEveryWayToAssignCampaignsIsToldOnce(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a, other := d.Workspace(t, "Harbor"), d.Workspace(t, "Cedar")
	d.NewPersona(t, a, "Maya")
	anna, bert := valid(d.NewPersona(t, a, "Anna").ID), valid(d.NewPersona(t, a, "Bert").ID)
	spring, autumn := d.NewCampaign(t, a, "Spring"), d.NewCampaign(t, a, "Autumn")
	hook(t, d, a, "https://example.com/")
	add := func(name string, chosen uuid.NullUUID) persona.Campaign {
		return must(d.AddCampaign(t.Context(), a, persona.CampaignContent{Name: name}, chosen))(t)
	}
	many := func(to uuid.NullUUID) uuid.UUID {
		return must(d.AssignMany(t.Context(), a, persona.CampaignChoice{IDs: []uuid.UUID{spring, autumn}}, to))(t).Event
	}
	var summer persona.Campaign
	edit := func(name string, chosen *uuid.NullUUID) {
		summer = must(d.EditCampaign(t.Context(), a, summer.ID, summer.Version, persona.CampaignContent{Name: name}, chosen))(t)
	}
	var event uuid.UUID
	for _, step := range []struct {
		what string
		do   func()
		says string
	}{
		{"create with a persona", func() { summer = add("Summer", anna) }, "campaign.assigned Summer: default > Anna"},
		{"create without one", func() { add("Winter", uuid.NullUUID{}) }, ""},
		{"rename", func() { edit("Sommer", nil) }, ""},
		{"edit", func() { edit("Summer", &bert) }, "campaign.assigned Summer: Anna > Bert"},
		{"archive", func() { must(d.ArchiveCampaign(t.Context(), a, summer.ID, true))(t) }, ""},
		{"assign", func() { must(d.Assign(t.Context(), a, spring, anna))(t) }, "campaign.assigned Spring: default > Anna"},
		{"assign it again", func() { must(d.Assign(t.Context(), a, spring, anna))(t) }, ""},
		{"assign many", func() { event = many(bert) }, "campaign.assigned Autumn: default > Bert, Spring: Anna > Bert"},
		{"assign them again", func() { many(bert) }, ""},
		{"undo", func() { must(d.UndoAssignment(t.Context(), a, event))(t) },
			"campaign.assigned Autumn: Bert > default, Spring: Bert > Anna"},
		{"give the default", func() { event = must(d.Assign(t.Context(), a, spring, uuid.NullUUID{}))(t).Event },
			"campaign.assigned Spring: Anna > default"},
		{"undo one", func() { must(d.UndoAssignment(t.Context(), a, event))(t) }, "campaign.assigned Spring: default > Anna"},
		{"switch the default", func() { must(d.SetDefault(t.Context(), a, bert.UUID))(t) }, "Maya > Bert"},
		{"delete, the default and of one that is archived", func() {
			must(d.Delete(t.Context(), a, bert.UUID, 0, anna))(t)
		}, "campaign.assigned Summer: Bert > default; Bert > Anna; persona.deleted Bert"},
		{"restore it with its campaigns", func() {
			must(d.BringBack(t.Context(), a, bert.UUID, 1, persona.Comeback{All: true}))(t)
		}, "campaign.assigned Summer: default > Bert; persona.created Bert"},
		{"what another workspace does", func() {
			must(d.Assign(t.Context(), other, d.NewCampaign(t, other, "Spring"), valid(d.NewPersona(t, other, "Dora").ID)))(t)
		}, ""},
	} {
		step.do()
		same(t, step.what, strings.Join(told(t, d), "; "), step.says)
	}
}

// TestManyCampaignsAreToldInMessagesOfUpTo500 reads what is sent, too.
func TestManyCampaignsAreToldInMessagesOfUpTo500(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	p := d.NewPersona(t, a, "Maya")
	d.Exec(t, `insert into campaigns (workspace_id, external_id, name) select $1, n, 'c' || n from generate_series(1, 1001) n`,
		a.Workspace())
	hook(t, d, a, "https://example.com/")
	event := must(d.AssignMany(t.Context(), a, persona.CampaignChoice{All: true}, valid(p.ID)))(t).Event
	var messages, campaigns, longest int
	var exact bool
	err := d.SQL.QueryRow(t.Context(), `select count(distinct d.id), count(distinct x.c->>'id'), max(length(d.data::text)),
			bool_and(d.data = jsonb_build_object('auditEventId', $1::uuid, 'campaigns', d.data->'campaigns')
				and x.c = jsonb_build_object('id', x.c->'id', 'version', 1, 'personaId', $2::uuid, 'previousPersonaId', null))
		from webhook_deliveries d, jsonb_array_elements(d.data->'campaigns') x (c)`, event, p.ID).
		Scan(&messages, &campaigns, &longest, &exact)
	if err != nil || messages != 3 || campaigns != 1001 || longest > 110_000 || !exact {
		t.Errorf("%d messages about %d campaigns, the longest of %d bytes, as they should be: %t, %v", messages, campaigns,
			longest, exact, err)
	}
}

func TestWebhooksAreRefusedInWordsAndOfOtherWorkspacesDoNotExist(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a, other := d.Workspace(t, "Harbor"), d.Workspace(t, "Cedar")
	w := hook(t, d, a, "https://example.com/")
	theirs := hook(t, d, other, "https://example.com/")
	tested := must(d.PingWebhook(t.Context(), other, theirs.ID))(t)
	full := d.User(t, access.NewUser{Support: true})
	d.Exec(t, `insert into support_grants (workspace_id, user_id, scope, reason, granted_by, expires_at) values ($1, $2, 'full', 'x',
		(select user_id from members where workspace_id = $1 and role = 'owner' limit 1), now() + interval '1 hour')`, a.Workspace(), full)
	member := d.User(t, access.NewUser{})
	d.Member(t, a.Workspace(), member, access.Member)
	before := d.Snapshot(t, "sessions")
	for name, events := range map[string][]string{"none": nil, "unknown": {"draft.created", "lead.created"},
		"a ping": {"ping"}} {
		if _, err := d.AddWebhook(t.Context(), a, webhook.Choice{URL: "https://example.com/2", Events: events}, strings.Repeat("s", 40)); !errors.As(err,
			new(*persona.InvalidError)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := d.AddWebhook(t.Context(), a, webhook.Choice{URL: w.URL, Events: webhook.Events()}, strings.Repeat("s", 40)); !errors.As(err,
		new(*persona.InvalidError)) {
		t.Errorf("the same address twice: %v", err)
	}
	if _, err := d.EditWebhook(t.Context(), a, w.ID, 1, webhook.Choice{URL: w.URL, Events: []string{"draft.created", "ping"}}); !errors.As(err,
		new(*persona.InvalidError)) {
		t.Errorf("a ping chosen later: %v", err)
	}
	all := func(a postgres.Access, hook, delivery uuid.UUID) map[string]error {
		errs := map[string]error{}
		_, errs["edit"] = d.EditWebhook(t.Context(), a, hook, 1, webhook.Choice{URL: "https://example.com/3", Events: webhook.Events()})
		_, errs["pause"] = d.PauseWebhook(t.Context(), a, hook)
		_, errs["resume"] = d.ResumeWebhook(t.Context(), a, hook)
		errs["secret"] = d.RenewWebhookSecret(t.Context(), a, hook, strings.Repeat("t", 40))
		_, errs["ping"] = d.PingWebhook(t.Context(), a, hook)
		_, errs["again"] = d.SendAgain(t.Context(), a, hook, delivery)
		errs["delete"] = d.DeleteWebhook(t.Context(), a, hook)
		return errs
	}
	for action, err := range all(a, theirs.ID, tested.Last.ID) {
		if !errors.Is(err, persona.ErrNotFound) {
			t.Errorf("%s of another workspace's: %v", action, err)
		}
	}
	if _, err := d.SendAgain(t.Context(), a, w.ID, tested.Last.ID); !errors.Is(err, persona.ErrNotFound) {
		t.Errorf("another workspace's delivery by a webhook of ours: %v", err)
	}
	if _, _, _, err := d.Webhook(t.Context(), a, theirs.ID, 1); !errors.Is(err, persona.ErrNotFound) {
		t.Error(err)
	}
	for _, user := range []uuid.UUID{full, member} {
		as := d.Access(t, user, a.Workspace())
		for action, err := range all(as, w.ID, uuid.New()) {
			if !errors.Is(err, access.ErrForbidden) {
				t.Errorf("%s by %s: %v", action, as.Role(), err)
			}
		}
	}
	same(t, "tables", d.Snapshot(t, "sessions"), before)
	for range 19 {
		hook(t, d, a, "https://example.com/"+uuid.NewString())
	}
	if _, err := d.AddWebhook(t.Context(), a, webhook.Choice{URL: "https://example.com/21", Events: webhook.Events()},
		strings.Repeat("s", 40)); !errors.As(err, new(*persona.InvalidError)) {
		t.Errorf("too many: %v", err)
	}
}

func TestAPauseStopsWhatWaitsAndOldDeliveriesAreForgotten(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	w := hook(t, d, a, "https://example.com/")
	w = must(d.PingWebhook(t.Context(), a, w.ID))(t)
	j := postgres.DeliverJob{Workspace: a.Workspace(), Delivery: w.Last.ID, Round: 1}
	try := func(j postgres.DeliverJob, problem string, to webhook.DeliveryState) {
		t.Helper()
		if err := d.NoteTry(t.Context(), j, w.ID, webhook.Try{Status: 500, Problem: problem}, to, time.Hour, ""); err != nil {
			t.Fatal(err)
		}
	}
	is := func(state webhook.DeliveryState, tries int) {
		t.Helper()
		_, log, _, err := d.Webhook(t.Context(), a, w.ID, 1)
		if err != nil || log[0].State != state || len(log[0].Tries) != tries ||
			log[0].NextTryAt.IsZero() != (state != webhook.DeliveryWaiting) {
			t.Errorf("%+v, %v, want it to be %s after %d tries", log, err, state, tries)
		}
	}
	try(j, "It answered 500.", webhook.DeliveryWaiting)
	is(webhook.DeliveryWaiting, 1)
	same(t, "wanted", must(d.DeliveryTask(t.Context(), j))(t).Tries, 1)
	must(d.PauseWebhook(t.Context(), a, w.ID))(t)
	is(webhook.DeliveryStopped, 1)
	same(t, "wanted while it is paused", must(d.DeliveryTask(t.Context(), j))(t).Wanted, false)
	try(j, "It answered 500.", webhook.DeliveryWaiting) // that was under way
	is(webhook.DeliveryStopped, 2)
	must(d.ResumeWebhook(t.Context(), a, w.ID))(t)
	must(d.SendAgain(t.Context(), a, w.ID, j.Delivery))(t)
	is(webhook.DeliveryWaiting, 2)
	same(t, "the earlier round is wanted", must(d.DeliveryTask(t.Context(), j))(t).Wanted, false)
	try(j, "", webhook.Delivered) // of the earlier round, late
	is(webhook.DeliveryWaiting, 3)
	j.Round = 2
	task := must(d.DeliveryTask(t.Context(), j))(t)
	same(t, "this round", []any{task.Wanted, task.Tries}, []any{true, 0})
	d.Exec(t, `update webhook_deliveries set occurred_at = now() - interval '31 days'`)
	must(d.Tidy(t.Context()))(t)
	is(webhook.DeliveryWaiting, 3)
	try(j, "", webhook.Delivered)
	d.Exec(t, `insert into webhook_deliveries (workspace_id, webhook_id, event, about, data, state, next_try_at, occurred_at) values ($1, $2, 'ping', 'x', '{}', 'failed', null, now() - interval '29 days')`,
		a.Workspace(), w.ID)
	must(d.Tidy(t.Context()))(t)
	same(t, "deliveries", d.Count(t, `select count(*) from webhook_deliveries`), 1)
	same(t, "tries", d.Count(t, `select count(*) from webhook_tries`), 0)
}

// TestWhatHappensDuringAPauseIsNotTold holds a pause open while something happens
// that its webhook is told of.
func TestWhatHappensDuringAPauseIsNotTold(t *testing.T) {
	t.Parallel()
	for name, happens := range map[string]func(context.Context, *dbtest.Database, postgres.Access, postgres.DraftJob,
		persona.Persona) error{
		"a draft is written": func(ctx context.Context, d *dbtest.Database, _ postgres.Access, j postgres.DraftJob,
			_ persona.Persona) error {
			_, _, err := d.StoreDraft(ctx, j, 0, postgres.MadeDraft{By: persona.Resolution{Source: persona.FromSettings},
				PromptKey: "x:persona=settings", Text: "Hi"})
			return err
		},
		"the default is switched": func(ctx context.Context, d *dbtest.Database, a postgres.Access, _ postgres.DraftJob,
			other persona.Persona) error {
			_, err := d.SetDefault(ctx, a, other.ID)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := dbtest.New(t)
			a := d.Workspace(t, "Harbor")
			d.NewPersona(t, a, "Maya")
			other := d.NewPersona(t, a, "Coach")
			hook(t, d, a, "https://example.com/")
			j := postgres.DraftJob{Workspace: a.Workspace(),
				Draft: must(d.Receive(t.Context(), d.Inbox(t, a), dbtest.Inbound("m-1")))(t).Draft}
			pause := must(d.ServerSQL.Begin(t.Context()))(t)
			// As NoteTry does, without the workspace's lock.
			must(pause.Exec(t.Context(), `update webhooks set paused_at = clock_timestamp(), gone = true`))(t)
			done := make(chan error, 1)
			go func() { done <- happens(t.Context(), d, a, j, other) }()
			for over := false; !over; time.Sleep(5 * time.Millisecond) {
				over = len(done) > 0 || d.Count(t, `select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`) > 0
			}
			must(pause.Exec(t.Context(), `update webhook_deliveries set state = 'stopped', next_try_at = null where state = 'waiting'`))(t)
			if err := pause.Commit(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			same(t, "deliveries", d.Count(t, `select count(*) from webhook_deliveries`), 0)
			same(t, "jobs", d.Count(t, `select count(*) from river.river_job where kind = 'deliver'`), 0)
		})
	}
}

func valid(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: true} }
