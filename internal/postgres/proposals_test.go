package postgres_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// proposing is a workspace with a default, another persona and a campaign, and a member.
type proposing struct {
	*dbtest.Database
	owner, member postgres.Access
	first, other  persona.Persona
	campaign      uuid.UUID
}

func newProposing(t *testing.T) proposing {
	t.Helper()
	d := dbtest.New(t)
	p := proposing{Database: d, owner: d.Workspace(t, "Harbor")}
	p.member = p.join(t, access.Member)
	p.first, p.other = d.NewPersona(t, p.owner, "First"), d.NewPersona(t, p.owner, "Other")
	p.campaign = d.NewCampaign(t, p.owner, "Spring")
	return p
}

// join returns the access of somebody new.
func (p proposing) join(t *testing.T, role access.Role) postgres.Access {
	t.Helper()
	user := p.User(t, access.NewUser{Name: "Max " + string(role)})
	p.Member(t, p.owner.Workspace(), user, role)
	return p.Access(t, user, p.owner.Workspace())
}

// suggest proposes as the member; an edit gives the persona another greeting.
func (p proposing) suggest(t *testing.T, kind persona.ProposalKind, of persona.Persona) persona.Proposal {
	t.Helper()
	s := persona.Suggestion{Kind: kind, Persona: uuid.NullUUID{UUID: of.ID, Valid: true}, Version: of.Version,
		Campaign: p.campaign, Content: of.Content, Note: " Please\r\n"}
	s.Content.Greeting = "Ahoy"
	return must(p.Propose(t.Context(), p.member, s))(t)
}

func (p proposing) persona(t *testing.T, id uuid.UUID) persona.Persona {
	t.Helper()
	return must(p.Persona(t.Context(), p.owner, id))(t)
}

func TestAnApprovedProposalIsCarriedOutWithTheEventOfItsChange(t *testing.T) {
	t.Parallel()
	p := newProposing(t)
	for _, c := range []struct {
		kind   persona.ProposalKind
		action string
		of     func() persona.Persona
	}{
		{persona.ProposedEdit, "persona.edited", func() persona.Persona { return p.first }},
		{persona.ProposedAssignment, "campaign.assigned", func() persona.Persona { return p.other }},
		{persona.ProposedSwitch, "persona.default_set", func() persona.Persona { return p.other }},
	} {
		made := p.suggest(t, c.kind, c.of())
		same(t, "made", []any{made.State, made.Note, made.By.Name, made.Role},
			[]any{persona.ProposalWaiting, "Please", "Max member", access.Member})
		events := p.Count(t, `select count(*) from audit_events where action not like 'proposal.%'`)
		done := must(p.Approve(t.Context(), p.owner, made.ID, "Fine"))(t)
		same(t, "approved", []any{done.Done(), done.Proposal.Answer, done.Proposal.DecidedBy}, []any{true, "Fine", "Olga Owner"})
		same(t, string(c.kind)+": events", p.Count(t, `select count(*) from audit_events where action not like 'proposal.%'`), events+1)
		same(t, "tells who proposed and who approved", p.Count(t, `select count(*) from audit_events e
			join proposals o on o.workspace_id = e.workspace_id and o.id = (e.details->>'proposal')::uuid
			where e.id = $1 and e.action = $2 and (e.details->>'user')::uuid = o.made_by and e.actor_id = o.decided_by`, done.Event, c.action), 1)
		if _, err := p.Approve(t.Context(), p.owner, made.ID, ""); !errors.As(err, new(*persona.TooLateError)) {
			t.Errorf("%s: approved twice: %v", c.kind, err)
		}
	}
	same(t, "edited", p.persona(t, p.first.ID).Greeting, "Ahoy")
	same(t, "switched", p.persona(t, p.other.ID).IsDefault, true)
	same(t, "assigned", p.Count(t, `select count(*) from campaigns where persona_id = $1`, p.other.ID), 1)
	p.Healthy(t)
}

func TestOfTwoWhoApproveAtOnceOneIsToldThatItWasDone(t *testing.T) {
	t.Parallel()
	p := newProposing(t)
	made := p.suggest(t, persona.ProposedSwitch, p.other)
	admins := []postgres.Access{p.owner, p.join(t, access.Admin)}
	errs := make([]error, len(admins))
	var group sync.WaitGroup
	for i, admin := range admins {
		group.Go(func() { _, errs[i] = p.Approve(t.Context(), admin, made.ID, "") })
	}
	group.Wait()
	var late *persona.TooLateError
	if (errs[0] == nil) == (errs[1] == nil) || !errors.As(errors.Join(errs...), &late) ||
		!strings.Contains(late.Reason.String(), "approved this proposal") {
		t.Errorf("both approved: %v", errs)
	}
	same(t, "switches", p.Count(t, `select count(*) from audit_events where action = 'persona.default_set'`), 1)
}

// TestAProposalThatWasOvertakenChangesNothingAndSaysWhatOvertookIt has something newer happen
// to what each of several proposals is about.
func TestAProposalThatWasOvertakenChangesNothingAndSaysWhatOvertookIt(t *testing.T) {
	t.Parallel()
	p := newProposing(t)
	third := p.NewPersona(t, p.owner, "Third")
	gone := p.NewPersona(t, p.owner, "Gone")
	edit := func(of persona.Persona) {
		content := of.Content
		content.Goals = uuid.NewString()
		must(p.Edit(t.Context(), p.owner, of.ID, of.Version, content, persona.KeepDefault))(t)
	}
	archived := p.NewCampaign(t, p.owner, "Autumn")
	ofArchived := must(p.Propose(t.Context(), p.member, persona.Suggestion{Kind: persona.ProposedAssignment, Campaign: archived,
		Persona: uuid.NullUUID{UUID: third.ID, Valid: true}}))(t)
	assigned := p.suggest(t, persona.ProposedAssignment, third)
	changed, deleted := p.suggest(t, persona.ProposedEdit, p.other), p.suggest(t, persona.ProposedSwitch, gone)
	ofDefault := p.suggest(t, persona.ProposedSwitch, third)

	edit(p.other)
	edit(p.first)
	must(p.Delete(t.Context(), p.owner, gone.ID, 0, uuid.NullUUID{}))(t)
	must(p.ArchiveCampaign(t.Context(), p.owner, archived, true))(t)
	assign(t, p.Database, p.owner, p.campaign, p.other.ID)
	for made, want := range map[uuid.UUID]persona.Overtaking{ofArchived.ID: persona.OvertakenArchived,
		assigned.ID: persona.OvertakenAssigned, changed.ID: persona.OvertakenChanged, deleted.ID: persona.OvertakenDeleted,
		ofDefault.ID: persona.OvertakenDefault} {
		same(t, "told before", must(p.Proposal(t.Context(), p.member, made))(t).Overtaken, want)
		before := p.Snapshot(t, "proposals", "audit_events", "workspace_revisions")
		done := must(p.Approve(t.Context(), p.owner, made, "Fine"))(t)
		same(t, "overtaken", []any{done.Done(), done.Proposal.State, done.Proposal.Overtaken, !done.Proposal.OvertakenBy().Empty()},
			[]any{false, persona.ProposalOvertaken, want, true})
		same(t, string(want)+": changed", p.Snapshot(t, "proposals", "audit_events", "workspace_revisions"), before)
	}
	moved := p.suggest(t, persona.ProposedSwitch, third)
	must(p.SetDefault(t.Context(), p.owner, p.other.ID))(t)
	same(t, "moved", must(p.Approve(t.Context(), p.owner, moved.ID, ""))(t).Proposal.Overtaken, persona.OvertakenMoved)
	list, _, err := p.Proposals(t.Context(), p.member, persona.ProposalOvertaken, postgres.Rows{})
	same(t, "listed", []any{len(list), err}, []any{6, nil})
}

func TestOnlyWhoMayDecidesOnAProposalAndOnlyWhoMadeItWithdrawsIt(t *testing.T) {
	t.Parallel()
	p := newProposing(t)
	made := p.suggest(t, persona.ProposedSwitch, p.other)
	_, proposes := tokenOf(t, p.Database, p.owner, "propose")
	_, reads := tokenOf(t, p.Database, p.owner, "read")
	elsewhere := p.Workspace(t, "Northwind")
	suggestion := persona.Suggestion{Kind: persona.ProposedSwitch, Persona: uuid.NullUUID{UUID: p.other.ID, Valid: true}}
	refused := func(what string, want, err error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, who := range []postgres.Access{p.member, proposes, reads} {
		_, err := p.Approve(t.Context(), who, made.ID, "")
		refused("approve", access.ErrForbidden, err)
		_, err = p.Decline(t.Context(), who, made.ID, "")
		refused("decline", access.ErrForbidden, err)
	}
	_, err := p.Withdraw(t.Context(), p.owner, made.ID)
	refused("withdraw another’s", access.ErrForbidden, err)
	_, err = p.Propose(t.Context(), reads, suggestion)
	refused("propose by a token that reads", access.ErrForbidden, err)
	_, err = p.Approve(t.Context(), elsewhere, made.ID, "")
	refused("approve from another workspace", persona.ErrNotFound, err)
	_, err = p.Propose(t.Context(), elsewhere, suggestion)
	refused("propose another’s persona", persona.ErrNotFound, err)

	byToken := must(p.Propose(t.Context(), proposes, suggestion))(t)
	_, err = p.Withdraw(t.Context(), p.member, byToken.ID)
	refused("withdraw a token’s", access.ErrForbidden, err)
	same(t, "withdrawn", must(p.Withdraw(t.Context(), proposes, byToken.ID))(t).State, persona.ProposalWithdrawn)
	p.Exec(t, `delete from members where role = 'member'`)
	_, err = p.Propose(t.Context(), p.member, suggestion)
	refused("propose when removed", persona.ErrNotFound, err)
	same(t, "absent", must(p.Proposal(t.Context(), p.owner, made.ID))(t).Absent, true)
	same(t, "declined", must(p.Decline(t.Context(), p.owner, made.ID, "No"))(t).State, persona.ProposalDeclined)
}

func TestTheDatabaseKeepsAProposalAsItWasMadeAndDecidesItOnce(t *testing.T) {
	t.Parallel()
	p := newProposing(t)
	made := p.suggest(t, persona.ProposedEdit, p.other)
	refused := func(sql string) {
		t.Helper()
		if _, err := p.SQL.Exec(t.Context(), sql, made.ID); err == nil {
			t.Errorf("%s was let through", sql)
		}
	}
	const decided = `, decided_at = now(), decided_by = made_by, decided_capacity = 'owner' where id = $1`
	refused(`update proposals set greeting = 'Other words', state = 'approved'` + decided)
	refused(`update proposals set state = 'approved' where id = $1`)
	refused(`delete from proposals where id = $1`)
	refused(`insert into proposals (workspace_id, kind, persona_id, persona_version, made_by, capacity)
		select workspace_id, 'switch', persona_id, 99, made_by, 'owner' from proposals where id = $1`)
	p.Exec(t, `update proposals set state = 'declined'`+decided, made.ID)
	refused(`update proposals set state = 'approved'` + decided)
}

func TestNoMoreProposalsWaitThanMayAndNoneThatChangesNothing(t *testing.T) {
	t.Parallel()
	p := newProposing(t)
	of := func(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: true} }
	long := strings.Repeat("x", persona.NoteLimit+1)
	for name, s := range map[string]persona.Suggestion{
		"unchanged":   {Kind: persona.ProposedEdit, Persona: of(p.other.ID), Version: 1, Content: p.other.Content},
		"note":        {Kind: persona.ProposedSwitch, Persona: of(p.other.ID), Note: long},
		"as answered": {Kind: persona.ProposedAssignment, Campaign: p.campaign},
	} {
		if _, err := p.Propose(t.Context(), p.member, s); !errors.As(err, new(*persona.InvalidError)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var stale *persona.StaleError
	_, err := p.Propose(t.Context(), p.member, persona.Suggestion{Kind: persona.ProposedEdit, Persona: of(p.other.ID), Version: 7,
		Content: persona.Content{Name: "First"}})
	if !errors.As(err, &stale) {
		t.Errorf("an edit of another version: %v", err)
	}
	_, err = p.Propose(t.Context(), p.member, persona.Suggestion{Kind: persona.ProposedEdit, Persona: of(p.other.ID), Version: 1,
		Content: persona.Content{Name: "FIRST"}})
	if !errors.As(err, new(*persona.NameTakenError)) {
		t.Errorf("a name that another has: %v", err)
	}
	made := p.suggest(t, persona.ProposedSwitch, p.other)
	p.Exec(t, `insert into proposals (workspace_id, kind, persona_id, persona_version, made_by, capacity)
		select workspace_id, kind, persona_id, persona_version, made_by, capacity from proposals, generate_series(2, $1)`,
		persona.MaxProposals)
	_, err = p.Propose(t.Context(), p.member, persona.Suggestion{Kind: persona.ProposedSwitch, Persona: of(p.other.ID)})
	if !errors.As(err, new(*persona.InvalidError)) {
		t.Errorf("one more than may wait: %v", err)
	}
	same(t, "counted", must(p.PersonasPage(t.Context(), p.member, "", 1))(t).Proposals, persona.MaxProposals)
	must(p.Decline(t.Context(), p.owner, made.ID, ""))(t)
	p.suggest(t, persona.ProposedSwitch, p.other)
}
