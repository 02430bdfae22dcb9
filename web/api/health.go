package api

import (
	"context"
	"slices"

	"personae/internal/persona"
	"personae/internal/postgres"
)

// Finding is a rule that does not hold.
type Finding struct {
	Repairable bool   `json:"repairable" description:"A repair puts it right"`
	Rule       rule   `json:"rule" description:"That does not hold"`
	Sentence   string `json:"sentence"`
}

// rule is one of postgres.Rules.
type rule string

func (a *API) readHealth(ctx context.Context, access postgres.Access, _ Nothing) ([]Finding, error) {
	health, err := a.DB.Health(ctx, access)
	return each(health.Findings, func(f persona.Finding) Finding { return Finding{f.Repairable(), rule(f.Rule), f.Sentence.String()} }),
		err
}

// RepairHealth says whose words are right.
type RepairHealth struct {
	Right persona.Side `json:"right" description:"Whose words are right where they differ"`
}

// Repair is what a repair left.
type Repair struct {
	Default *Persona `json:"default" description:"The default now; null: there is no persona"`
}

// repairHealth makes the default and the settings agree, and the history whole.
func (a *API) repairHealth(
	ctx context.Context, access postgres.Access, r RepairHealth,
) (Repair, *persona.Proposal, error) {
	if !slices.Contains(postgres.Sides(), r.Right) {
		return Repair{}, nil, invalid("right", "Say whose words are right where they differ: persona or settings")
	}
	done, err := a.DB.Repair(ctx, access, r.Right)
	return Repair{personaOrNull(done.Persona)}, done.Proposed, err
}
