package web_test

import (
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/webhook"
	"personae/web"
)

var update = flag.Bool("update", false, "write testdata/authz.txt anew")

// actor is a kind of person, and what the rules of the route table allow them
// in a workspace of theirs.
type actor struct {
	name string
	may  []string // rules; "anyone" and, for who is signed in, "signed in" go without saying
	sign func(s *site, t *testing.T, ws uuid.UUID) *client
}

func actors() []actor {
	all := []string{"member", "proposer", "switcher", "client admin", "manager", "keeper"}
	role := func(r access.Role) func(*site, *testing.T, uuid.UUID) *client {
		return func(s *site, t *testing.T, ws uuid.UUID) *client { return s.as(t, ws, r) }
	}
	support := func(scope, until, revoked string) func(*site, *testing.T, uuid.UUID) *client {
		return func(s *site, t *testing.T, ws uuid.UUID) *client {
			b := s.signIn(t, access.NewUser{Support: true})
			if scope != "" {
				s.Exec(t, `insert into support_grants (workspace_id, user_id, scope, reason, granted_by, expires_at,
					revoked_at, created_at)
					values ($1, $2, $3, 'test',
			(select user_id from members where workspace_id = $1 and role = 'owner' limit 1), now() + $4::interval, now() + $5::interval, now() - interval '2 hours')`,
					ws, b.user, scope, until, nullable(revoked))
			}
			return b
		}
	}
	token := func(scope string) func(*site, *testing.T, uuid.UUID) *client {
		return func(s *site, t *testing.T, ws uuid.UUID) *client {
			b := s.client(t)
			b.bearer = s.token(t, s.Access(t, s.as(t, ws, access.Admin).user, ws), scope)
			return b
		}
	}
	return []actor{
		{"signed out", nil, func(s *site, t *testing.T, _ uuid.UUID) *client { return s.client(t) }},
		{"stranger", nil, func(s *site, t *testing.T, _ uuid.UUID) *client {
			return s.as(t, s.Workspace(t, "Third").Workspace(), access.Owner)
		}},
		{"member", all[:2], role(access.Member)},
		{"admin", all, role(access.Admin)},
		{"owner", all, role(access.Owner)},
		{"support", nil, support("", "", "")},
		{"support switch", all[:3], support("switch", "1 hour", "")},
		{"support full", all[:4], support("full", "1 hour", "")},
		{"support expired", nil, support("full", "-1 hour", "")},
		{"support revoked", nil, support("full", "1 hour", "-1 minute")},
		{"token read", []string{"lead token", "read token"}, token("read")},
		{"token propose", []string{"lead token", "read token", "propose token"}, token("propose")},
		{"token switch", []string{"lead token", "read token", "propose token", "switch token"}, token("switch")},
		{"token send", []string{"lead token", "send token"}, token("send")},
		{"token write", []string{"lead token", "send token", "read token", "propose token", "switch token", "write token"}, token("write")},
		{"superadmin", all, func(s *site, t *testing.T, _ uuid.UUID) *client {
			return s.signIn(t, access.NewUser{Superadmin: true})
		}},
	}
}

// target is what a request may be about; every cell gets fresh ones.
type target struct {
	ws, persona, campaign string
	name                  string // of the workspace
	settings              string // their version
	event                 string // a switch of the default
	assignment            string // of many campaigns
	support               string // address of somebody of the support staff
	grant, request        string
	member                string
	invitation, token     string
	apiToken              string
	lead, draft           string
	webhook, delivery     string
	failed                string // another draft of the lead
	approved              string // a draft of another lead
	proposal              string // of a switch
	schedule              string // of the same
	house, houseVersion   string // a house persona that persona is a copy of, which changed since
}

// in returns a route's path as a request for x asks it.
func (x target) in(route string) string {
	for _, sent := range []string{"/take", "/sent", "/failed"} {
		if strings.HasSuffix(route, "/drafts/:d"+sent) {
			x.draft = x.approved
		}
	}
	return strings.NewReplacer(":ws", x.ws, ":house", x.house, ":token", x.token, ":n", x.delivery, ":h", x.webhook, ":version", "1",
		":schedule", x.schedule, ":p", x.persona, ":c", x.campaign, ":g", x.grant, ":r", x.request, ":u", x.member, ":i", x.invitation, ":s",
		uuid.NewString(), ":k", uuid.NewString(), ":t", x.apiToken, ":l", x.lead, ":d", x.draft, ":o", x.proposal).Replace(route)
}

func (s *site) target(t *testing.T, ws postgres.Access) target {
	t.Helper()
	// What is used up makes room: a workspace may not have many personas.
	s.Exec(t, `update workspaces set archived_at = null, erasing_at = null where id = $1`, ws.Workspace())
	s.Exec(t, `delete from personas where workspace_id = $1 and not is_default`, ws.Workspace())
	s.Exec(t, `delete from sign_in_failures`) // one of each actor are more than one address may have
	s.Exec(t, `update proposals set state = 'withdrawn', decided_at = now(), decided_by = made_by, decided_capacity = capacity
		where workspace_id = $1 and state = 'waiting'`, ws.Workspace())
	s.Exec(t, `update schedules set state = 'cancelled', closed_at = now(), cancelled_by = made_by, cancelled_as = capacity
		where workspace_id = $1 and state = 'waiting'`, ws.Workspace())
	done, err := s.SetDefault(t.Context(), ws, s.NewPersona(t, ws, uuid.NewString()).ID)
	if err != nil {
		t.Fatal(err)
	}
	assigned, err := s.AssignMany(t.Context(), ws, persona.CampaignChoice{IDs: []uuid.UUID{s.NewCampaign(t, ws,
		"Autumn")}}, uuid.NullUUID{UUID: done.To.ID, Valid: true})
	if err != nil {
		t.Fatal(err)
	}
	person := access.NewUser{Support: true, Email: uuid.NewString() + "@example.com"}
	staff := s.User(t, person)
	var grant, request uuid.UUID
	s.Exec(t, `insert into support_requests (workspace_id, user_id, scope, hours, reason)
		values ($1, $2, 'switch', 1, 'test')`, ws.Workspace(), staff)
	s.Exec(t, `insert into support_grants (workspace_id, user_id, scope, reason, granted_by, expires_at)
		values ($1, $2, 'switch', 'test',
			(select user_id from members where workspace_id = $1 and role = 'owner' limit 1), now() + interval '1 hour')`,
		ws.Workspace(), staff)
	if err := s.SQL.QueryRow(t.Context(), `select g.id, r.id from support_grants g, support_requests r
		where g.user_id = $1 and r.user_id = $1`, staff).Scan(&grant, &request); err != nil {
		t.Fatal(err)
	}
	newcomer := s.User(t, access.NewUser{})
	s.Member(t, ws.Workspace(), newcomer, access.Member)
	token := uuid.NewString()
	hash := sha256.Sum256([]byte(token))
	invitation, err := s.Invite(t.Context(), ws, uuid.NewString()+"@example.com", access.Member, hash[:])
	if err != nil {
		t.Fatal(err)
	}
	s.Exec(t, `insert into password_resets (token_hash, user_id, expires_at)
		values ($1, $2, now() + interval '1 hour')`, hash[:], newcomer)
	made := sha256.Sum256([]byte(uuid.NewString()))
	apiToken, err := s.CreateToken(t.Context(), ws, access.NewToken{Name: "x", Scope: "read", Days: 30, Hash: made[:]})
	if err != nil {
		t.Fatal(err)
	}
	lead, draft := s.drafted(t, ws)
	_, approved := s.approved(t, ws)
	hook, delivery := s.hooked(t, ws)
	named := s.NewPersona(t, ws, uuid.NewString()).ID
	proposal, err := s.Propose(t.Context(), ws, persona.Suggestion{Kind: persona.ProposedSwitch,
		Persona: uuid.NullUUID{UUID: named, Valid: true}})
	if err != nil {
		t.Fatal(err)
	}
	schedule, err := s.AddSchedule(t.Context(), ws, persona.ScheduleRequest{Kind: persona.ProposedSwitch,
		Persona: uuid.NullUUID{UUID: named, Valid: true}, Start: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	house, version := s.copied(t, ws, named)
	return target{
		name:  ws.Name(),
		house: house, houseVersion: version,
		webhook: hook, delivery: delivery,
		lead: lead, draft: draft, failed: s.failed(t, ws, lead), approved: approved,
		apiToken:   apiToken.ID.String(),
		member:     newcomer.String(),
		invitation: invitation.ID.String(),
		token:      token,
		support:    person.Email,
		grant:      grant.String(),
		request:    request.String(),
		event:      done.Event.String(),
		assignment: assigned.Event.String(),
		ws:         ws.Workspace().String(),
		persona:    named.String(),
		proposal:   proposal.ID.String(),
		schedule:   schedule.ID.String(),
		campaign:   s.NewCampaign(t, ws, "Spring").String(),
		settings: strconv.Itoa(s.Count(t, `select version from workspace_settings where workspace_id = $1`,
			ws.Workspace())),
	}
}

// copied makes a persona a copy of the house persona of its workspace, which changed since.
func (s *site) copied(t *testing.T, ws postgres.Access, copy uuid.UUID) (house, version string) {
	t.Helper()
	err := s.SQL.QueryRow(t.Context(), `select house_persona_id from house_copies where workspace_id = $1 limit 1`, ws.Workspace()).Scan(&house)
	if errors.Is(err, pgx.ErrNoRows) {
		house = uuid.NewString()
		s.Exec(t, `insert into house_personas (id, name) values ($1::uuid, $1::uuid::text)`, house)
	} else if err != nil {
		t.Fatal(err)
	}
	s.Exec(t, `update house_personas set greeting = gen_random_uuid(), withdrawn_at = null where id = $1`, house)
	s.Exec(t, `insert into house_copies select workspace_id, id, version, $3, 1 from personas where workspace_id = $1 and id = $2
		on conflict do nothing`, ws.Workspace(), copy, house)
	return house, strconv.Itoa(s.Count(t, `select version from house_personas where id = $1`, house))
}

// failed adds a message of a lead whose draft could not be made.
func (s *site) failed(t *testing.T, ws postgres.Access, lead string) (draft string) {
	t.Helper()
	err := s.SQL.QueryRow(t.Context(), `with m as (insert into messages (workspace_id, lead_id, channel, external_id,
			body, sent_at)
			values ($1, $2, 'sms', gen_random_uuid(), 'Hello?', now() - interval '1 hour') returning *)
		insert into drafts (workspace_id, message_id, channel, state, problem) select $1, id, 'sms', 'unmade', 'test'
		from m returning id`, ws.Workspace(), lead).Scan(&draft)
	if err != nil {
		t.Fatal(err)
	}
	return draft
}

// drafted adds a lead whose message has a draft that waits.
func (s *site) drafted(t *testing.T, ws postgres.Access) (lead, draft string) {
	t.Helper()
	err := s.SQL.QueryRow(t.Context(), `with l as (insert into leads (workspace_id, external_id, first_name)
		values ($1, gen_random_uuid(), 'Liv') returning *),
		m as (insert into messages (workspace_id, lead_id, channel, external_id, body, sent_at)
		select $1, id, 'email', gen_random_uuid(), 'What does it cost?', now() from l returning *)
		insert into drafts (workspace_id, message_id, channel, state, version, source, prompt_key, body, made_at)
		select $1, m.id, 'email', 'waiting', 1, 'settings', 'composer:v1:email:persona=settings', 'Hi Liv,', now() from m
		returning (select id from l), id`, ws.Workspace()).Scan(&lead, &draft)
	if err != nil {
		t.Fatal(err)
	}
	return lead, draft
}

// hooked adds a webhook that was sent a test.
func (s *site) hooked(t *testing.T, ws postgres.Access) (webhook, delivery string) {
	t.Helper()
	s.Exec(t, `delete from webhooks where workspace_id = $1`, ws.Workspace()) // a workspace may not have many
	err := s.SQL.QueryRow(t.Context(), `with w as (insert into webhooks (workspace_id, url, events, secret)
			values ($1, 'https://example.com/' || gen_random_uuid(), '{draft.created}', repeat('s', 40)) returning *)
		insert into webhook_deliveries (workspace_id, webhook_id, event, about, data) select $1, id, 'ping', 'x', '{}' from w returning webhook_id, id`, ws.Workspace()).
		Scan(&webhook, &delivery)
	if err != nil {
		t.Fatal(err)
	}
	return webhook, delivery
}

// forms returns a request that is right in itself for each route that writes. A
// route that is not here fails the test, so none is forgotten.
func forms() map[string]func(target) url.Values {
	empty := func(target) url.Values { return nil }
	grant := func(x target) url.Values {
		return url.Values{"email": {x.support}, "workspace": {x.ws}, "scope": {"switch"}, "hours": {"1"}, "reason": {"test"}}
	}
	return map[string]func(target) url.Values{
		"/login": func(target) url.Values {
			return url.Values{"email": {uuid.NewString() + "@example.com"}, "password": {"x"}}
		},
		"/login/oidc":                         empty,
		"/logout":                             empty,
		"/setup":                              empty,
		"/workspaces":                         func(x target) url.Values { return url.Values{"name": {uuid.NewString()}, "admin": {x.support}} },
		"/workspaces/:ws/workspace":           func(x target) url.Values { return url.Values{"name": {x.name}, "version": {"1"}} },
		"/workspaces/:ws/workspace/archive":   empty,
		"/workspaces/:ws/workspace/unarchive": empty,
		"/workspaces/:ws/workspace/erase":     func(x target) url.Values { return url.Values{"name": {x.name}} },
		"/workspaces/:ws/personas":            func(target) url.Values { return url.Values{"name": {uuid.NewString()}} },
		"/workspaces/:ws/personas/import":     empty,
		"/house":                              func(target) url.Values { return url.Values{"name": {uuid.NewString()}} },
		"/house/:house": func(x target) url.Values {
			return url.Values{"name": {uuid.NewString()}, "version": {x.houseVersion}}
		},
		"/house/:house/withdraw": empty,
		"/house/:house/offer":    empty,
		"/workspaces/:ws/personas/:p/house": func(x target) url.Values {
			return url.Values{"house_version": {x.houseVersion}}
		},
		"/people/:u/superadmin": func(target) url.Values { return url.Values{"holds": {"yes"}} },
		"/people/:u/support":    func(target) url.Values { return url.Values{"holds": {"yes"}} },
		"/people/:u/disable":    empty,
		"/people/:u/enable":     empty,
		"/people/:u/remove":     empty,
		"/workspaces/:ws/personas/load": func(target) url.Values {
			return url.Values{"text": {`{"version": 1, "personas": []}`}}
		},
		"/workspaces/:ws/personas/:p": func(target) url.Values {
			return url.Values{"name": {uuid.NewString()}, "version": {"1"}}
		},
		"/workspaces/:ws/personas/sample":       empty,
		"/workspaces/:ws/personas/:p/sample":    empty,
		"/workspaces/:ws/personas/:p/default":   empty,
		"/workspaces/:ws/personas/:p/delete":    empty,
		"/workspaces/:ws/personas/:p/duplicate": empty,
		"/workspaces/:ws/personas/:p/trial":     empty,
		"/workspaces/:ws/personas/:p/trial/evidence": func(x target) url.Values {
			return url.Values{"present": {x.persona}, "present_version": {"1"}, "version": {"1"}, "judged_0": {"better"}}
		},
		"/workspaces/:ws/personas/:p/propose": func(target) url.Values {
			return url.Values{"name": {uuid.NewString()}, "version": {"1"}, "note": {"test"}}
		},
		"/workspaces/:ws/personas/:p/default/propose": empty,
		"/workspaces/:ws/personas/:p/schedule": func(target) url.Values {
			return url.Values{"at": {time.Now().UTC().Add(30 * time.Minute).Format(access.LocalTime)}, "zone": {"UTC"}}
		},
		"/workspaces/:ws/campaigns/:c/schedule": func(x target) url.Values {
			return url.Values{"at": {time.Now().UTC().Add(30 * time.Minute).Format(access.LocalTime)}, "zone": {"UTC"}, "persona": {x.persona}}
		},
		"/workspaces/:ws/schedules/:schedule/cancel": empty,
		"/workspaces/:ws/campaigns/:c/propose":       func(x target) url.Values { return url.Values{"persona": {x.persona}} },
		"/workspaces/:ws/proposals/:o/approve":       empty,
		"/workspaces/:ws/proposals/:o/decline":       empty,
		"/workspaces/:ws/proposals/:o/withdraw":      empty,
		"/workspaces/:ws/default/undo": func(x target) url.Values {
			return url.Values{"event": {x.event}}
		},
		"/workspaces/:ws/personas/:p/history/:version/restore": func(target) url.Values {
			return url.Values{"version": {"1"}}
		},
		"/workspaces/:ws/campaigns/persona": func(x target) url.Values {
			return url.Values{"campaign": {x.campaign}, "persona": {x.persona}}
		},
		"/workspaces/:ws/campaigns/undo": func(x target) url.Values {
			return url.Values{"event": {x.assignment}}
		},
		"/workspaces/:ws/campaigns": func(target) url.Values { return url.Values{"name": {uuid.NewString()}} },
		"/workspaces/:ws/campaigns/:c": func(target) url.Values {
			return url.Values{"name": {uuid.NewString()}, "version": {"1"}}
		},
		"/workspaces/:ws/campaigns/:c/archive":   empty,
		"/workspaces/:ws/campaigns/:c/unarchive": empty,
		"/workspaces/:ws/campaigns/:c/persona": func(x target) url.Values {
			return url.Values{"persona": {x.persona}}
		},
		"/support":                                    grant,
		"/support/requests/:r/withdraw":               empty,
		"/workspaces/:ws/support":                     grant,
		"/workspaces/:ws/support/:g/revoke":           empty,
		"/workspaces/:ws/support/code":                empty,
		"/workspaces/:ws/support/requests/:r/approve": empty,
		"/workspaces/:ws/support/requests/:r/decline": empty,
		"/reset":                                empty,
		"/reset/:token":                         empty,
		"/account/password":                     empty,
		"/account/zone":                         empty,
		"/account/language":                     empty,
		"/account/sessions/end":                 empty,
		"/login/second":                         empty,
		"/account/confirm":                      empty,
		"/account/app":                          empty,
		"/account/app/remove":                   empty,
		"/account/passkeys":                     func(target) url.Values { return url.Values{"name": {"x"}} },
		"/account/passkeys/:k/remove":           empty,
		"/account/codes":                        empty,
		"/workspaces/:ws/members/second-factor": func(target) url.Values { return url.Values{"required": {"no"}} },
		"/account/sessions/:s/end":              empty,
		"/invitations/:token":                   empty,
		"/workspaces/:ws/members": func(target) url.Values {
			return url.Values{"email": {uuid.NewString() + "@example.com"}, "role": {"member"}}
		},
		"/workspaces/:ws/members/:u": func(target) url.Values {
			return url.Values{"was": {"member"}, "role": {"admin"}}
		},
		"/workspaces/:ws/members/:u/remove":     empty,
		"/workspaces/:ws/invitations/:i/revoke": empty,
		"/workspaces/:ws/tokens": func(target) url.Values {
			return url.Values{"name": {"x"}, "scope": {"read"}, "days": {"30"}}
		},
		"/workspaces/:ws/tokens/secret":    empty,
		"/workspaces/:ws/tokens/:t/revoke": empty,
		"/workspaces/:ws/webhooks": func(target) url.Values {
			return url.Values{"url": {"https://example.com/" + uuid.NewString()}, "events": {webhook.DraftCreated}}
		},
		"/workspaces/:ws/webhooks/:h": func(target) url.Values {
			return url.Values{"url": {"https://example.com/" + uuid.NewString()}, "events": {webhook.DraftCreated},
				"version": {"1"}}
		},
		"/workspaces/:ws/webhooks/:h/pause":              empty,
		"/workspaces/:ws/webhooks/:h/resume":             empty,
		"/workspaces/:ws/webhooks/:h/test":               empty,
		"/workspaces/:ws/webhooks/:h/secret":             empty,
		"/workspaces/:ws/webhooks/:h/delete":             empty,
		"/workspaces/:ws/webhooks/:h/deliveries/:n/send": empty,
		"/workspaces/:ws/leads/:l/draft":                 empty,
		"/workspaces/:ws/leads/:l/score":                 empty,
		"/workspaces/:ws/leads/:l/erase":                 func(target) url.Values { return url.Values{"name": {"Liv"}} },
		"/workspaces/:ws/leads/:l/contact": func(target) url.Values {
			return url.Values{"state": {"unsubscribed"}}
		},
		"/workspaces/:ws/leads/:l/drafts/:d": func(target) url.Values {
			return url.Values{"body": {uuid.NewString()}, "version": {"1"}}
		},
		"/workspaces/:ws/leads/:l/drafts/:d/approve": func(target) url.Values {
			return url.Values{"body": {"Yes"}, "version": {"1"}}
		},
		"/workspaces/:ws/personas/impact":    func(target) url.Values { return url.Values{"name": {"x"}} },
		"/workspaces/:ws/personas/:p/impact": func(target) url.Values { return url.Values{"name": {"x"}} },
		"/workspaces/:ws/leads/:l/drafts/:d/reopen": func(target) url.Values {
			return url.Values{"state": {"rejected"}}
		},
		"/workspaces/:ws/leads/:l/drafts/:d/reject": func(target) url.Values {
			return url.Values{"body": {"Yes"}, "version": {"1"}}
		},
		"/workspaces/:ws/drafts/anew": empty,
		"/workspaces/:ws/drafts/:d": func(target) url.Values {
			return url.Values{"body": {"Yes"}, "version": {"1"}, "decision": {"approve"}}
		},
		"/workspaces/:ws/preview": func(x target) url.Values {
			return url.Values{"left": {x.persona}, "right": {x.persona}}
		},
		"/workspaces/:ws/health":                 func(target) url.Values { return url.Values{"right": {"persona"}} },
		"/workspaces/:ws/settings/second-person": empty,
		"/workspaces/:ws/notices":                empty,
		"/workspaces/:ws/settings": func(x target) url.Values {
			return url.Values{"company_name": {uuid.NewString()}, "version": {x.settings}}
		},
	}
}

// bodies returns the same for each route of the API that writes.
func bodies() map[string]func(target) string {
	empty := func(target) string { return "" }
	named := func(target) string { return `{"name": "` + uuid.NewString() + `"}` }
	const ws = "/api/v1/workspaces/:ws"
	return map[string]func(target) string{
		"POST /hooks/:ws/messages":        func(target) string { return `{}` },
		"POST /mcp":                       func(target) string { return `{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}` },
		"POST " + ws + "/personas":        named,
		"POST " + ws + "/personas/import": empty,
		"PATCH " + ws + "/personas/:p": func(target) string {
			return `{"goals": "` + uuid.NewString() + `", "version": 1}`
		},
		"DELETE " + ws + "/personas/:p":         empty,
		"POST " + ws + "/personas/:p/default":   empty,
		"POST " + ws + "/personas/:p/duplicate": empty,
		"POST " + ws + "/campaigns":             named,
		"PATCH " + ws + "/campaigns/:c": func(target) string {
			return `{"name": "` + uuid.NewString() + `", "version": 1}`
		},
		"POST " + ws + "/campaigns/:c/archive":   empty,
		"POST " + ws + "/campaigns/:c/unarchive": empty,
		"PUT " + ws + "/campaigns/:c/persona": func(x target) string {
			return `{"personaId": "` + x.persona + `"}`
		},
		"POST " + ws + "/proposals": func(x target) string { return `{"kind": "switch", "personaId": "` + x.persona + `"}` },
		"POST " + ws + "/schedules": func(x target) string {
			return `{"kind": "switch", "personaId": "` + x.persona + `", "at": "` + time.Now().Add(time.Hour).Format(time.RFC3339) + `"}`
		},
		"DELETE " + ws + "/schedules/:schedule": empty,
		"POST " + ws + "/proposals/:o/approve":  empty,
		"POST " + ws + "/proposals/:o/decline":  empty,
		"POST " + ws + "/proposals/:o/withdraw": empty,
		"POST " + ws + "/default/undo": func(x target) string {
			return `{"event": "` + x.event + `"}`
		},
		"POST " + ws + "/personas/:p/history/:version/restore": func(target) string { return `{"version": 1}` },
		"PUT " + ws + "/campaigns/persona": func(x target) string {
			return `{"campaignIds": ["` + x.campaign + `"], "personaId": "` + x.persona + `"}`
		},
		"POST " + ws + "/leads/:l/draft": func(x target) string { return `{"draftId": "` + x.failed + `"}` },
		"POST " + ws + "/leads/:l/score": empty,
		"DELETE " + ws + "/leads/:l":     empty,
		"PATCH " + ws + "/leads/:l":      func(target) string { return `{"contact": "bounced"}` },
		"PATCH " + ws + "/leads/:l/drafts/:d": func(target) string {
			return `{"body": "` + uuid.NewString() + `", "version": 1}`
		},
		"POST " + ws + "/leads/:l/drafts/:d/approve": func(target) string { return `{"version": 1}` },
		"POST " + ws + "/leads/:l/drafts/:d/reject":  func(target) string { return `{"body": "No", "version": 1}` },
		"POST " + ws + "/drafts/:d/take":             empty,
		"POST " + ws + "/drafts/:d/sent":             func(target) string { return `{"externalId": "<1@example.com>"}` },
		"POST " + ws + "/drafts/:d/failed":           func(target) string { return `{"reason": "Mailbox full"}` },
		"POST " + ws + "/health/repair":              func(target) string { return `{"right": "persona"}` },
		"POST " + ws + "/personas/load": func(target) string {
			return `{"file": {"version": 1, "personas": [{"name": "` + uuid.NewString() +
				`", "goals": null, "isDefault": true}]}, "replace": true}`
		},
		"POST " + ws + "/preview": func(x target) string {
			return `{"personaIds": ["` + x.persona + `"], "message": "What does it cost?", "channel": "sms", "company": null}`
		},
		"PATCH " + ws + "/settings": func(x target) string {
			return `{"companyName": "` + uuid.NewString() + `", "version": ` + x.settings + `}`
		},
	}
}

// send sends JSON as a program does.
func (b *client) send(method, path, body string) *page {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.site.url+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set("Accept", "application/json, text/event-stream")
	return b.do(request)
}

// expected returns the statuses that the rule of a route allows an actor.
func expected(rule, path string, a actor, own bool) []int {
	// The last for a sign-in with a wrong password.
	done := []int{http.StatusOK, http.StatusSeeOther, http.StatusUnprocessableEntity}
	program := strings.HasPrefix(a.name, "token")
	switch {
	case strings.HasSuffix(path, "/proposals/:o/withdraw") && (a.name == "superadmin" && rule == "proposer" || own && slices.Contains(a.may, rule)):
		return []int{http.StatusForbidden} // it is another's: TestOnlyWhoMayDecides…
	case rule == "sender":
		return []int{http.StatusUnauthorized} // nobody here signs: TestOnlyTheRightSignature…
	case strings.HasSuffix(rule, " token"):
		switch {
		case !program:
			return []int{http.StatusUnauthorized} // no session opens what is for programs
		case rule == "any token":
			return []int{http.StatusOK} // about the token's own workspace
		case !own:
			return []int{http.StatusNotFound}
		case !slices.Contains(a.may, rule):
			return []int{http.StatusForbidden}
		}
		// The last for an import where there is a persona.
		return []int{http.StatusOK, http.StatusCreated, http.StatusAccepted, http.StatusNoContent, http.StatusConflict}
	case path == "/reset":
		return []int{http.StatusNotFound} // no mail server here: TestResetLinkIsSentByMail
	case path == "/setup":
		return []int{http.StatusNotFound} // there is somebody: TestTheFirstPersonSetsUp…
	case path == "/invitations/:token", path == "/reset/:token":
		// By their address, not by their role: TestInvitation…
		return []int{http.StatusOK, http.StatusUnprocessableEntity, http.StatusForbidden}
	case rule == "anyone":
		return done
	case a.name == "signed out", program:
		return []int{http.StatusSeeOther, http.StatusUnauthorized} // the latter keeps a form that was typed
	case path == "/account/password", path == "/account/confirm", path == "/account/app", path == "/account/passkeys":
		// The password or code is wrong; the latter for their pages.
		return []int{http.StatusUnprocessableEntity, http.StatusOK}
	case path == "/account/sessions/:s/end", path == "/account/passkeys/:k/remove", path == "/account/app/remove",
		path == "/account/codes", path == "/support/requests/:r", path == "/support/requests/:r/withdraw":
		return []int{http.StatusNotFound} // it is no session and no request of theirs, and they have no second factor
	case rule == "superadmin" && a.name != "superadmin":
		return []int{http.StatusNotFound}
	case path == "/workspaces/:ws/workspace/erase" && own && a.name == "admin":
		return []int{http.StatusForbidden} // it takes an owner
	case rule == "support staff" && !strings.HasPrefix(a.name, "support"):
		return []int{http.StatusNotFound}
	case path == "/workspaces/:ws/settings/second-person" && (own && slices.Contains(a.may, rule) || a.name == "superadmin"):
		return []int{http.StatusConflict} // nobody is asked for here, so there is nothing to stop: TestNoWayIn…
	case rule == "support staff", rule == "signed in", a.name == "superadmin", own && slices.Contains(a.may, rule):
		return done[:2]
	case own && len(a.may) > 0:
		return []int{http.StatusForbidden}
	}
	return []int{http.StatusNotFound}
}

// TestEveryRouteIsOpenToWhoItSays asks every route of the router as every kind
// of person, in their own workspace and in another's, and compares the answers
// with the rules and with testdata/authz.txt, which people read (make authz).
// What is refused changes nothing, to the byte.
func TestEveryRouteIsOpenToWhoItSays(t *testing.T) {
	t.Parallel()
	s := newSite(t, newProvider(t).use)
	own, other := s.Workspace(t, "Harbor"), s.Workspace(t, "Cedar")
	for _, ws := range []postgres.Access{own, other} {
		s.NewPersona(t, ws, "Default")
	}
	m := matrix{s, actors(), nil, [2]postgres.Access{own, other}, map[postgres.Access]target{}}
	header := []string{"method", "route", "rule"}
	for _, a := range m.people {
		b := a.sign(s, t, own.Workspace())
		b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		m.browsers = append(m.browsers, b)
		header = append(header, a.name)
	}
	var table strings.Builder
	table.WriteString("What each kind of person gets from each route: in their own workspace / in another's.\n" +
		"200 a page, 303 done (signed out: to the sign-in page), 401 sign in or bring a token, 403 may only read, " +
		"404 does not exist for them.\n\n")
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.Join(header, "\t"))
	asked := map[string]bool{}
	for _, route := range s.server.Routes() {
		_, known := forms()[route.Path]
		_, inJSON := bodies()[route.Method+" "+route.Path]
		if route.Method != http.MethodGet && !known && !inJSON {
			t.Errorf("%s %s is in no table: say in forms what a right request is", route.Method, route.Path)
			continue
		}
		asked[route.Path] = true
		row := []string{route.Method, route.Path, route.Who}
		for _, cell := range m.row(t, route) {
			row = append(row, fmt.Sprintf("%d/%d", cell[0], cell[1]))
		}
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	for path := range forms() {
		if !asked[path] {
			t.Errorf("%s is in forms and in no route", path)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	asWritten(t, "testdata/authz.txt", table.String())
}

// asWritten compares a table with the file that people read, or writes it anew.
func asWritten(t *testing.T, file, table string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(table), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	written, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(written) != table {
		t.Errorf("%s is not what the router does; look at each difference, then run make authz UPDATE=1:\n%s", file, table)
	}
}

// matrix asks routes as people, in a workspace of their own and in another.
type matrix struct {
	*site
	people     []actor
	browsers   []*client // one of each
	workspaces [2]postgres.Access
	targets    map[postgres.Access]target // what requests are about, until one may have used it up
}

// row asks a route as everybody, and returns the statuses in each workspace. It
// asks first as those whom it refuses, and looks that they change nothing.
func (m matrix) row(t *testing.T, route web.RouteLine) [][2]int {
	t.Helper()
	cells := make([][2]int, len(m.people))
	for _, ws := range m.workspaces {
		if _, there := m.targets[ws]; !there {
			m.targets[ws] = m.target(t, ws)
		}
	}
	snapshot := func() string {
		if route.Method == http.MethodGet {
			return "" // TestReadingChangesNotOneRow
		}
		return m.Snapshot(t, "sign_in_failures", "account_events", "api_tokens") // noted by and by
	}
	before := snapshot()
	m.ask(t, route, cells, true)
	same(t, "tables after a refused "+route.Method+" "+route.Path, snapshot(), before)
	m.ask(t, route, cells, false)
	return cells
}

// ask sends a right request of a route as each of those whom it refuses, or of
// the others, and notes the status. It looks that the rule allows it.
func (m matrix) ask(t *testing.T, route web.RouteLine, cells [][2]int, refused bool) {
	t.Helper()
	for i, a := range m.people {
		for j, ws := range m.workspaces {
			allowed := expected(route.Who, route.Path, a, j == 0)
			if refuses(route, a, allowed) != refused {
				continue
			}
			if (route.Path == "/logout" || route.Path == "/account/sessions/end") && a.name != "signed out" &&
				m.browsers[i].bearer == "" {
				// TestSignInAndOut, TestSignOutEverywhere…; here it would end the session that the next rows need.
				cells[i][j] = http.StatusSeeOther
				continue
			}
			if _, there := m.targets[ws]; !there {
				m.targets[ws] = m.target(t, ws)
			}
			got := request(route, m.browsers[i], m.targets[ws])
			if route.Method != http.MethodGet && !refused {
				delete(m.targets, ws) // what is refused uses nothing up
			}
			if cells[i][j] = got; !slices.Contains(allowed, got) {
				t.Errorf("%s %s as %s, own %t: status %d, want one of %v", route.Method, route.Path, a.name, j == 0, got, allowed)
			}
		}
	}
}

// refuses reports whether a route that writes does nothing for an actor.
func refuses(route web.RouteLine, a actor, allowed []int) bool {
	return route.Method != http.MethodGet && (allowed[0] >= 400 || a.name == "signed out" ||
		strings.HasPrefix(a.name, "token") && !strings.HasSuffix(route.Who, " token"))
}

// request sends a right request of a route and returns the status.
func request(route web.RouteLine, b *client, x target) int {
	path := x.in(route.Path)
	if strings.HasSuffix(path, "/compare") {
		path += "?from=1&to=1"
	}
	if route.Method == http.MethodGet {
		return b.get(path).status
	}
	if body, inJSON := bodies()[route.Method+" "+route.Path]; inJSON {
		return b.send(route.Method, path, body(x)).status
	}
	return b.post(path, forms()[route.Path](x)).status
}

func TestRouteWithoutARuleMakesTheStartFail(t *testing.T) {
	t.Parallel()
	if err := web.GuardUnruled(newSite(t).server); err == nil || !strings.Contains(err.Error(), "/secret") {
		t.Errorf("error is %v", err)
	}
}
