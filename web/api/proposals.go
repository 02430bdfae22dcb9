package api

import (
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
)

// Proposal is a change that somebody proposed, and what became of it.
type Proposal struct {
	ID              uuid.UUID             `json:"id"`
	Kind            persona.ProposalKind  `json:"kind" description:"switch makes a persona the default, edit changes one, assignment gives a campaign one, second_person_off has no second person approve changes of the default any more"`
	State           persona.ProposalState `json:"state" description:"All but waiting are final. An overtaken one could not be approved any more"`
	PersonaID       uuid.NullUUID         `json:"personaId" description:"Who becomes the default, is changed or answers; null: the workspace default"`
	PersonaVersion  *int                  `json:"personaVersion" description:"That it was made from"`
	PreviousID      uuid.NullUUID         `json:"previousId" description:"Who is the default, or the campaign’s own persona, until then"`
	PreviousVersion *int                  `json:"previousVersion" description:"That it was made from"`
	CampaignID      uuid.NullUUID         `json:"campaignId"`
	Changes         []Change              `json:"changes" description:"Of an edit: each field that differs, the name among them"`
	At              *time.Time            `json:"at" description:"Of a switch: when it is to happen; null: once it is approved"`
	Until           *time.Time            `json:"until" description:"Of a switch: when it is to be as before again; null: never"`
	Note            *string               `json:"note"`
	CreatedAt       time.Time             `json:"createdAt"`
	ProposedBy      string                `json:"proposedBy" description:"The name of who made it, or of who made the token; empty: the command line"`
	Capacity        access.Role           `json:"capacity" description:"In which role they made it"`
	DecidedAt       *time.Time            `json:"decidedAt"`
	DecidedBy       *string               `json:"decidedBy"`
	Answer          *string               `json:"answer" description:"What who decided wrote to it"`
	Overtaken       *string               `json:"overtaken" description:"A sentence: what overtook it. While it waits: why it could not be approved now"`
}

func (p Proposal) location() string { return "/proposals/" + p.ID.String() }

func proposalOf(p persona.Proposal) Proposal {
	of := Proposal{ID: p.ID, Kind: p.Kind, State: p.State, PersonaID: p.Persona.ID,
		PersonaVersion: numberOrNull(p.Persona.Version), PreviousID: p.Previous.ID,
		PreviousVersion: numberOrNull(p.Previous.Version), CampaignID: idOrNull(p.Campaign.ID), Changes: []Change{},
		At: timeOrNull(p.Start), Until: timeOrNull(p.End),
		Note: textOrNull(p.Note), CreatedAt: p.At.UTC(), ProposedBy: p.By.Name, Capacity: p.Role,
		DecidedAt: timeOrNull(p.DecidedAt), DecidedBy: textOrNull(p.DecidedBy), Answer: textOrNull(p.Answer),
		Overtaken: textOrNull(p.OvertakenBy().String())}
	if p.Before.Name != p.Content.Name {
		of.Changes = append(of.Changes, Change{"name", textOrNull(p.Before.Name), textOrNull(p.Content.Name)})
	}
	of.Changes = append(of.Changes, each(persona.DiffContent(p.Before, p.Content), changeOf)...)
	return of
}

// ListProposals asks for the proposals in a state.
type ListProposals struct {
	State string `query:"state" json:"-" enum:"waiting,approved,declined,withdrawn,overtaken" description:"waiting, if it is not sent"`
	Limit int    `query:"limit" json:"-" minimum:"1" maximum:"100" default:"50" description:"At most so many"`
	Page  int    `query:"page" json:"-" minimum:"1" maximum:"1000000" description:"Which part of so many; 1, if it is not sent"`
}

func (a *API) listProposals(
	ctx context.Context, access postgres.Access, r ListProposals,
) ([]Proposal, url.Values, error) {
	state := persona.ProposalWaiting
	if r.State != "" {
		state = persona.ProposalState(r.State)
	}
	if !slices.Contains(persona.ProposalStates(), state) {
		return nil, nil, invalid("state", "state must be waiting, approved, declined, withdrawn or overtaken")
	}
	if r.Limit == 0 {
		r.Limit = postgres.ProposalsPageSize
	}
	part := Part{r.Limit, r.Page}
	list, more, err := a.DB.Proposals(ctx, access, state, part.rows())
	next := part.next(more, "")
	if next != nil {
		next.Set("state", string(state))
	}
	return each(list, proposalOf), next, err
}

// OfProposal names a proposal.
type OfProposal struct {
	Proposal uuid.UUID `path:"proposal" json:"-"`
}

func (a *API) readProposal(ctx context.Context, access postgres.Access, r OfProposal) (Proposal, error) {
	p, err := a.DB.Proposal(ctx, access, r.Proposal)
	return proposalOf(p), err
}

// MakeProposal is what is proposed.
type MakeProposal struct {
	Kind       persona.ProposalKind    `json:"kind"`
	PersonaID  Optional[uuid.NullUUID] `json:"personaId" nullable:"true" description:"Who is to be the default, to be changed or to answer; null, for an assignment: the workspace default"`
	CampaignID Optional[string]        `json:"campaignId" description:"Of an assignment: the campaign, by its id or its external id"`
	Name       Optional[string]        `json:"name" description:"Of an edit, as of PATCH of a persona: what is not sent stays"`
	Voice
	InOtherLanguages
	Note Optional[string] `json:"note" nullable:"true" description:"Why; for whoever decides"`
	OfVersion
}

// MadeProposal is a proposal that was made, and what looks wrong with the words that it proposes.
type MadeProposal struct {
	Proposal
	Warnings []Warning `json:"warnings" description:"Of an edit: what looks wrong with the words, which were proposed all the same"`
}

// misplaced returns the first key that says something which this kind of proposal would drop;
// empty: there is none.
func (r MakeProposal) misplaced() string {
	if r.CampaignID.Value != "" && r.Kind != persona.ProposedAssignment {
		return "campaignId"
	}
	if r.PersonaID.Value.Valid && r.Kind == persona.ProposedAlone {
		return "personaId"
	}
	var words persona.Voice
	sent := r.setVoice(&words)
	switch i := slices.IndexFunc(sent, func(f persona.Field) bool { return *f.Of(&words) != "" }); {
	case r.Kind == persona.ProposedEdit:
	case i >= 0:
		return Key(sent[i].Name)
	case r.Name.Value != "":
		return "name"
	case len(r.Variants.Value) > 0:
		return "variants"
	case r.Version.Sent:
		return "version"
	}
	return ""
}

func (a *API) makeProposal(ctx context.Context, by postgres.Access, r MakeProposal) (MadeProposal, error) {
	s := persona.Suggestion{Kind: r.Kind, Persona: r.PersonaID.Value, Note: r.Note.Value}
	if !slices.Contains(persona.ProposalKinds(), r.Kind) {
		return MadeProposal{}, invalid("kind", "kind must be switch, edit, assignment or second_person_off")
	}
	if key := r.misplaced(); key != "" {
		named := key
		if key == "version" {
			named = "version, or If-Match,"
		}
		return MadeProposal{}, invalid(key, named+" says nothing of this kind of proposal. Leave it out, or send another kind")
	}
	var err error
	switch r.Kind {
	case persona.ProposedSwitch, persona.ProposedAlone:
	case persona.ProposedEdit:
		s.Version, s.Content, err = a.edited(ctx, by, s.Persona.UUID, r.OfVersion, r.Name, r.Voice, r.InOtherLanguages)
	case persona.ProposedAssignment:
		if !r.PersonaID.Sent {
			return MadeProposal{}, invalid("personaId", "Send personaId: a persona’s id, or null for the workspace default")
		}
		s.Campaign, err = a.DB.CampaignID(ctx, by, r.CampaignID.Value)
	}
	if err != nil {
		return MadeProposal{}, err
	}
	made, err := a.DB.Propose(ctx, by, s)
	return MadeProposal{proposalOf(made), warningsOf(s.Content.Warnings())}, err
}

// DecideProposal says what to write to a proposal.
type DecideProposal struct {
	OfProposal
	Answer Optional[string] `json:"answer" nullable:"true" description:"For whoever made it"`
}

// ApprovedProposal is one that was carried out.
type ApprovedProposal struct {
	Proposal
	Event uuid.UUID `json:"event" description:"Of the change, as the audit log has it; a switch is undone by it"`
}

func (a *API) approveProposal(
	ctx context.Context, by postgres.Access, r DecideProposal,
) (ApprovedProposal, error) {
	done, err := a.DB.Approve(ctx, by, r.Proposal, r.Answer.Value)
	if err == nil && !done.Done() {
		err = done.Proposal.Over()
	}
	return ApprovedProposal{proposalOf(done.Proposal), done.Event}, err
}

func (a *API) declineProposal(ctx context.Context, by postgres.Access, r DecideProposal) (Proposal, error) {
	p, err := a.DB.Decline(ctx, by, r.Proposal, r.Answer.Value)
	return proposalOf(p), err
}

func (a *API) withdrawProposal(ctx context.Context, by postgres.Access, r OfProposal) (Proposal, error) {
	p, err := a.DB.Withdraw(ctx, by, r.Proposal)
	return proposalOf(p), err
}
