package postgres_test

import (
	"crypto/sha256"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/lead"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
	"personae/internal/webhook"
)

// doing does one write, which is called what, and returns its result.
type doing func(what string, write func(postgres.Access) (any, error)) any

// everyWrite does writes of each kind, one after the other, from one beginning.
func everyWrite(t *testing.T, d *dbtest.Database, a postgres.Access, do doing) {
	t.Helper()
	campaigns := []uuid.UUID{d.NewCampaign(t, a, "Spring"), d.NewCampaign(t, a, "Autumn")}
	writePersonas(t, d, a, do)
	writeCampaigns(t, d, a, do, campaigns)
	writeMembers(t, d, a, do)
	writeDrafts(t, d, a, do)
	writeWebhooks(t, d, do)
}

func writePersonas(t *testing.T, d *dbtest.Database, a postgres.Access, do doing) {
	ctx := t.Context()
	do("settings", func(a postgres.Access) (any, error) {
		return d.SaveSettings(ctx, a, persona.Settings{Voice: words, CompanyName: "Harbor"}, true)
	})
	first := do("import", func(a postgres.Access) (any, error) { return d.Import(ctx, a) }).(persona.Persona)
	second := do("create", func(a postgres.Access) (any, error) {
		return d.Create(ctx, a, persona.Content{Name: "Second", Voice: persona.Voice{Greeting: "Hello"}}, true)
	}).(persona.Saved).Persona
	do("edit", func(a postgres.Access) (any, error) {
		return d.Edit(ctx, a, second.ID, second.Version, persona.Content{Name: "Second, edited"}, persona.KeepDefault)
	})
	switched := do("default", func(a postgres.Access) (any,
		error) {
		return d.SetDefault(ctx, a, first.ID)
	}).(persona.Switch)
	do("undo", func(a postgres.Access) (any, error) { return d.Undo(ctx, a, switched.Event) })
	do("undo again", func(a postgres.Access) (any, error) { return d.Undo(ctx, a, switched.Event) })
	third := do("duplicate", func(a postgres.Access) (any,
		error) {
		return d.Duplicate(ctx, a, first.ID)
	}).(persona.Persona)
	now := must(d.Persona(ctx, a, second.ID))(t)
	do("restore", func(a postgres.Access) (any, error) { return d.Restore(ctx, a, second.ID, 1, now.Version) })
	do("load", func(a postgres.Access) (any, error) {
		return d.Load(ctx, a, []persona.Entry{{Content: persona.Content{Name: "Loaded"}},
			{Content: persona.Content{Name: "Also"}}}, true, "")
	})
	do("load nothing", func(a postgres.Access) (any, error) {
		return d.Load(ctx, a, []persona.Entry{{Content: persona.Content{Name: "Loaded"}}}, true, "")
	})
	do("delete the default", func(a postgres.Access) (any, error) {
		return d.Delete(ctx, a, second.ID, 0, uuid.NullUUID{UUID: third.ID, Valid: true})
	})
	do("repair", func(a postgres.Access) (any, error) {
		return d.Repair(ctx, a, persona.PersonaIsRight)
	})
}

func writeCampaigns(t *testing.T, d *dbtest.Database, a postgres.Access, do doing, campaigns []uuid.UUID) {
	ctx := t.Context()
	list := must(d.PersonasPage(ctx, a, "", 1))(t)
	own := uuid.NullUUID{UUID: list.Personas[1].ID, Valid: true}
	do("assign", func(a postgres.Access) (any, error) {
		return d.Assign(ctx, a, campaigns[0], own)
	})
	do("assign the default", func(a postgres.Access) (any, error) {
		return d.Assign(ctx, a, campaigns[0], uuid.NullUUID{})
	})
	assigned := do("assign many", func(a postgres.Access) (any, error) {
		return d.AssignMany(ctx, a, persona.CampaignChoice{IDs: campaigns}, own)
	}).(persona.Assigned)
	same(t, "assigned", []int{assigned.Chosen, assigned.Changed}, []int{2, 2})
	do("assign none", func(a postgres.Access) (any, error) {
		return d.AssignMany(ctx, a, persona.CampaignChoice{IDs: campaigns}, own)
	})
	do("undo the assignment", func(a postgres.Access) (any, error) { return d.UndoAssignment(ctx, a, assigned.Event) })
}

func writeMembers(t *testing.T, d *dbtest.Database, a postgres.Access, do doing) {
	ctx := t.Context()
	link := hash(t)
	invitation := do("invite", func(a postgres.Access) (any, error) {
		return d.Invite(ctx, a, "new@harbor.example", access.Admin, link)
	}).(access.Invitation)
	do("revoke the invitation", func(a postgres.Access) (any, error) {
		return nil, d.RevokeInvitation(ctx, a, invitation.ID)
	})
	member := d.User(t, access.NewUser{Email: uuid.NewString() + "@harbor.example", Name: "Milo"})
	d.Member(t, a.Workspace(), member, access.Member)
	for _, was := range []access.Role{access.Member, access.Admin} {
		do("role", func(a postgres.Access) (any, error) { return d.ChangeRole(ctx, a, member, was, access.Admin) })
	}
	do("remove", func(a postgres.Access) (any, error) { return d.RemoveMember(ctx, a, member) })
	email := uuid.NewString() + "@support.example"
	d.User(t, access.NewUser{Email: email, Name: "Sam", Support: true})
	grant := do("grant", func(a postgres.Access) (any, error) {
		return d.Grant(ctx, a, email, access.SwitchOnly, 24, "They called")
	}).(access.Grant)
	for range 2 {
		do("revoke", func(a postgres.Access) (any, error) { return d.Revoke(ctx, a, grant.ID) })
	}
	tokenHash := hash(t)
	token := do("token", func(a postgres.Access) (any, error) {
		return d.CreateToken(ctx, a, access.NewToken{Name: "CRM", Scope: "write", Days: 30, Hash: tokenHash})
	}).(access.Token)
	do("revoke the token", func(a postgres.Access) (any, error) { return d.RevokeToken(ctx, a, token.ID) })
	do("factor", func(a postgres.Access) (any, error) { return nil, d.RequireFactor(ctx, a, false) })
	do("inbound secret", func(a postgres.Access) (any, error) {
		return nil, d.MakeInboundSecret(ctx, a, "whsec_"+strings.Repeat("s", 44))
	})
}

// hash returns a new SHA-256.
func hash(t *testing.T) []byte {
	t.Helper()
	sum := sha256.Sum256([]byte(uuid.NewString()))
	return sum[:]
}

func writeDrafts(t *testing.T, d *dbtest.Database, a postgres.Access, do doing) {
	ctx := t.Context()
	received := must(d.Receive(ctx, d.Inbox(t, a), dbtest.Inbound("m-1")))(t)
	job := postgres.DraftJob{Workspace: a.Workspace(), Draft: received.Draft}
	if err := d.FailDraft(ctx, job, "It failed."); err != nil {
		t.Fatal(err)
	}
	list, err := d.Leads(ctx, a, "", 1)
	leads := list.Items
	if err != nil {
		t.Fatal(err)
	}
	id := leads[0].ID
	do("ask for a draft", func(a postgres.Access) (any, error) { return d.AskDraft(ctx, a, id, uuid.NullUUID{}) })
	made := postgres.MadeDraft{By: persona.Resolution{Source: persona.FromSettings}, PromptKey: "x:persona=settings",
		Text: "Hi"}
	if _, _, err := d.StoreDraft(ctx, job, 0, made); err != nil {
		t.Fatal(err)
	}
	text := "Hello"
	do("decide", func(a postgres.Access) (any, error) {
		return d.DecideDraft(ctx, a, lead.Decision{Draft: received.Draft, Version: 1, Words: &text, To: lead.DraftApproved})
	})
	do("ask for a score", func(a postgres.Access) (any, error) { return nil, d.AskScore(ctx, a, id) })
}

func writeWebhooks(t *testing.T, d *dbtest.Database, do doing) {
	ctx := t.Context()
	secret := strings.Repeat("s", 40)
	id := do("webhook", func(a postgres.Access) (any, error) {
		return d.AddWebhook(ctx, a, webhook.Choice{URL: "https://example.com/", Events: []string{webhook.DefaultChanged}}, secret)
	}).(uuid.UUID)
	changed := do("edit the webhook", func(a postgres.Access) (any, error) {
		return d.EditWebhook(ctx, a, id, 1, webhook.Choice{URL: "https://example.com/other", Events: []string{webhook.PersonaUpdated}})
	})
	same(t, "changed", changed, any([]string{"url", "events"}))
	do("ping", func(a postgres.Access) (any, error) { return d.PingWebhook(ctx, a, id) })
	do("pause", func(a postgres.Access) (any, error) { return d.PauseWebhook(ctx, a, id) })
	do("resume", func(a postgres.Access) (any, error) { return d.ResumeWebhook(ctx, a, id) })
	do("secret", func(a postgres.Access) (any, error) { return nil, d.RenewWebhookSecret(ctx, a, id, secret+"t") })
	do("delete the webhook", func(a postgres.Access) (any, error) { return nil, d.DeleteWebhook(ctx, a, id) })
}

// unlike matches what differs from one database to the next.
var unlike = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[0-9:.]+(Z|[+-]\d\d:\d\d)`)

func asText(t *testing.T, result any) string {
	t.Helper()
	text, err := json.Marshal(result)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestATryThatIsGivenUpLeavesNothingBehind has another writer be in the way of the
// first try of each write, at its very end. Results and events are as they are
// without.
func TestATryThatIsGivenUpLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	done := func(collide bool) (results, events []string) {
		d := dbtest.New(t)
		a := d.Workspace(t, "Harbor")
		if collide {
			d.Exec(t, `create sequence tries`)
			d.Exec(t, `create function collide() returns trigger language plpgsql security definer as $$ begin
				if nextval('tries') % 2 = 1 then raise exception 'in the way' using errcode = '40001'; end if;
				return new; end $$`)
			d.Exec(t, `create trigger collide before insert on audit_events for each row execute function collide()`)
		}
		everyWrite(t, d, a, func(what string, write func(postgres.Access) (any, error)) any {
			result, err := write(a)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			results = append(results, what+": "+unlike.ReplaceAllString(asText(t, result), "…"))
			return result
		})
		// The ids, by which the personas stand in order, are others each time.
		rows, err := d.SQL.Query(t.Context(), `select action || ' ' || (details || jsonb_build_object('personas', (
				select jsonb_agg(p - 'id' order by p - 'id') from jsonb_array_elements(details->'personas') p)))
			from audit_events order by rev`)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var event string
			if err := rows.Scan(&event); err != nil {
				t.Fatal(err)
			}
			events = append(events, unlike.ReplaceAllString(event, "…"))
		}
		if collide {
			same(t, "tries", d.Count(t, `select last_value from tries`), 2*len(events))
		}
		return results, events
	}
	results, events := done(false)
	again, eventsAgain := done(true)
	same(t, "results", again, results)
	same(t, "events", eventsAgain, events)
}

// TestARequestSentAgainIsGivenWhatItWasGiven sends each write twice under one key.
func TestARequestSentAgainIsGivenWhatItWasGiven(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	everyWrite(t, d, a, func(what string, write func(postgres.Access) (any, error)) any {
		key := uuid.NewString()
		first, again := once(key, key), once(key, key)
		result, err := write(a.Idempotent(first))
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		events := d.Count(t, `select count(*) from audit_events`)
		replayed, err := write(a.Idempotent(again))
		if err != nil {
			t.Fatalf("%s again: %v", what, err)
		}
		same(t, what+": replayed", []bool{first.Replayed(), again.Replayed()}, []bool{false, true})
		same(t, what+": again", asText(t, replayed), asText(t, result))
		same(t, what+": events", d.Count(t, `select count(*) from audit_events`), events)
		return result
	})
}
