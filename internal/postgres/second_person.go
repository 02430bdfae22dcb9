package postgres

import (
	"context"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/persona"
)

// RequireSecondPerson has a workspace demand, of every way in, that a second person approves
// what changes the default or the default's words. Where it does already, nothing is written.
// It fails with an InvalidError where fewer than two people may approve, and where there is
// no default. That it demands it no more is proposed: persona.ProposedAlone.
//
// The database itself refuses what is not approved, with persona.ErrSecondPerson.
func (db *DB) RequireSecondPerson(ctx context.Context, a Access) error {
	_, err := write(ctx, db, a, access.Write, audit.TwoRequired, func(c *change) (demanded bool, err error) {
		if c.two {
			c.unchanged = true
			return true, nil
		}
		var approvers int
		err = c.QueryRow(ctx, `select count(*) from members m join users u on u.id = m.user_id
			where m.workspace_id = $1 and m.role in ('owner', 'admin') and u.disabled_at is null`, a.workspace).Scan(&approvers)
		if err != nil {
			return false, err
		}
		has, err := hasPersona(ctx, c, a)
		if err != nil {
			return false, err
		}
		if err := persona.ReadyForTwo(approvers, has); err != nil {
			return false, err
		}
		return true, demandTwo(ctx, c, a, true)
	})
	return err
}

func demandTwo(ctx context.Context, c *change, a Access, demanded bool) error {
	_, err := c.Exec(ctx, `update workspaces set require_second_person = $2 where id = $1`, a.workspace, demanded)
	return err
}
