package postgres

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/i18n"
	"personae/internal/persona"
)

// TokensEnded is how many tokens that are over are listed.
const TokensEnded = 20

// madeStill holds while who made token t may still lend access. It needs
// users as u and members as m.
const madeStill = `(u.disabled_at is null and (u.superadmin or coalesce(m.role in ('owner', 'admin'), false)))`

const tokenColumns = `t.id, t.name, t.scope, u.name, not ` + madeStill + `, t.created_at, t.expires_at,
	t.revoked_at, t.last_used_at`

const tokenTables = ` from api_tokens t join users u on u.id = t.created_by
	left join members m on m.workspace_id = t.workspace_id and m.user_id = t.created_by `

func scanToken(row pgx.CollectableRow) (access.Token, error) {
	var t access.Token
	var revoked, used *time.Time
	err := row.Scan(&t.ID, &t.Name, &t.Scope, &t.MadeBy, &t.Orphaned, &t.CreatedAt, &t.ExpiresAt, &revoked, &used)
	set(&t.RevokedAt, revoked)
	set(&t.LastUsedAt, used)
	return t, err
}

// Tokens returns the tokens that are neither revoked nor expired, newest first,
// the last of those that are, and when the inbound secret was made.
func (db *DB) Tokens(ctx context.Context, a Access) (
	live, ended []access.Token, secret access.InboundSecret, err error,
) {
	batch := &pgx.Batch{}
	collect(batch.Queue(`select `+tokenColumns+tokenTables+`
		where t.workspace_id = $1 and t.revoked_at is null and t.expires_at > now()
		order by t.created_at desc, t.id`, a.workspace), &live, scanToken)
	collect(batch.Queue(`select `+tokenColumns+tokenTables+`
		where t.workspace_id = $1 and (t.revoked_at is not null or t.expires_at <= now())
		order by least(t.revoked_at, t.expires_at) desc, t.id limit $2`, a.workspace, TokensEnded), &ended, scanToken)
	collectAny(batch.Queue(selectInboundSecret, a.workspace), &secret, pgx.RowToStructByPos[access.InboundSecret])
	return live, ended, secret, db.readAll(ctx, a, batch)
}

// CreateToken adds a token that works as long as the person of a may lend
// access, and returns it. It fails with an InvalidError, and with a
// persona.TooLateError where the same form made one that was revoked since.
func (db *DB) CreateToken(ctx context.Context, a Access, n access.NewToken) (access.Token, error) {
	n.Name = persona.CleanLine(n.Name)
	if errs := checkToken(n); len(errs) > 0 {
		return access.Token{}, &persona.InvalidError{Fields: errs}
	}
	return writer[access.Token]{
		action: audit.TokenCreated,
		admit:  admit(a, access.Manage),
		replay: func(tx pgx.Tx, made access.Token) (access.Token, error) {
			now, err := queryToken(ctx, tx, a, made.ID)
			if err == nil && !now.RevokedAt.IsZero() {
				err = tokenSpent()
			}
			return now, err
		},
		do: func(c *change) (access.Token, error) {
			var id uuid.UUID
			err := c.QueryRow(ctx, `insert into api_tokens (workspace_id, name, scope, token_hash, created_by, expires_at)
				values ($1, $2, $3, $4, $5, now() + make_interval(days => $6)) returning id`,
				a.workspace, n.Name, n.Scope, n.Hash, a.user, n.Days).Scan(&id)
			if _, constraint := sqlState(err); constraint == "api_tokens_token_hash_key" {
				return access.Token{}, tokenSpent() // so long ago that nothing else tells
			}
			if err != nil {
				return access.Token{}, err
			}
			c.details.Token = valid(id)
			return queryToken(ctx, c, a, id)
		},
	}.write(ctx, db, a)
}

func checkToken(n access.NewToken) []persona.FieldError {
	errs := persona.CheckName(nil, "name", i18n.N("Name"), i18n.N("Enter a name for this token"), n.Name, persona.NameLimit)
	if !slices.Contains(access.TokenScopes(), n.Scope) {
		errs = append(errs, persona.FieldError{Field: "scope", Message: i18n.Say("Choose what the token may do")})
	}
	if !slices.Contains(access.TokenDays(), n.Days) {
		errs = append(errs, persona.FieldError{Field: "days", Message: i18n.Say("Choose how long the token works")})
	}
	return errs
}

func tokenSpent() error {
	return &persona.TooLateError{
		Reason: i18n.Say("This form made a token before, which is not shown again. Load the page again to create another.")}
}

// RevokeToken ends a token at once and returns it; one that is revoked already
// stays so. It fails with persona.ErrNotFound.
func (db *DB) RevokeToken(ctx context.Context, a Access, id uuid.UUID) (access.Token, error) {
	return write(ctx, db, a, access.Manage, audit.TokenRevoked, func(c *change) (access.Token, error) {
		c.details.Token = valid(id)
		_, err := c.Exec(ctx, `update api_tokens set revoked_at = clock_timestamp()
			where workspace_id = $1 and id = $2 and revoked_at is null`, a.workspace, id)
		if err != nil {
			return access.Token{}, err
		}
		return queryToken(ctx, c, a, id)
	})
}

func queryToken(ctx context.Context, tx pgx.Tx, a Access, id uuid.UUID) (access.Token, error) {
	return queryOne(ctx, tx, scanToken, `select `+tokenColumns+tokenTables+`where t.workspace_id = $1 and t.id = $2`,
		a.workspace, id)
}

// VisitToken returns the access of whoever sends the token with this hash, in one
// query; uuid.Nil is its own workspace. It fails with access.ErrSignedOut for a
// token that does not work (any more), and with persona.ErrNotFound for another
// workspace than its own.
func (db *DB) VisitToken(ctx context.Context, hash []byte, workspace uuid.UUID) (Access, error) {
	return db.visitToken(ctx, hash, workspace, nil)
}

// VisitTokenToResolve is VisitToken for who then asks ResolveInput for a campaign: what it
// will return is read in the same round trip, and is nobody's where the visit fails.
func (db *DB) VisitTokenToResolve(
	ctx context.Context, hash []byte, workspace uuid.UUID, campaign string,
) (Access, error) {
	return db.visitToken(ctx, hash, workspace, readingOf(resolving{campaign}))
}

func (db *DB) visitToken(ctx context.Context, hash []byte, workspace uuid.UUID, ahead Ahead) (Access, error) {
	a := Access{role: access.ByToken, ahead: ahead}
	var scope string
	var used *time.Time
	batch := &pgx.Batch{}
	scanRow(batch.Queue(`select t.id, t.workspace_id, w.name, t.created_by, t.scope, t.last_used_at,
			w.archived_at is not null`+tokenTables+`
		join workspaces w on w.id = t.workspace_id and w.erasing_at is null
		where t.token_hash = $1 and t.revoked_at is null and t.expires_at > now() and `+madeStill, hash),
		&a.token, &a.workspace, &a.name, &a.user, &scope, &used, &a.archived)
	if ahead != nil {
		ahead.queue(batch, workspace)
	}
	err := db.reads.SendBatch(ctx, batch).Close()
	if errors.Is(err, pgx.ErrNoRows) {
		return Access{}, access.ErrSignedOut
	}
	if err != nil {
		return Access{}, explain(err)
	}
	if workspace != uuid.Nil && a.workspace != workspace {
		return Access{}, persona.ErrNotFound
	}
	a.permission = tokenPermission(scope)
	set(&a.used, used)
	return a, nil
}

func tokenPermission(scope string) access.Permission {
	switch scope {
	case "read":
		return access.Read
	case "propose":
		return access.Propose
	case "switch":
		return access.SwitchDefault
	case "send":
		return access.Send
	case "write":
		return access.Write
	}
	return access.None
}

// queueAdmitToken is queueAdmit for a token: it and the right of who made it
// must both still hold. It fails with access.ErrSignedOut where they do not.
func queueAdmitToken(batch *pgx.Batch, a Access, enough func(access.Permission) error) {
	var scope string
	var superadmin bool
	batch.Queue(`select t.scope, u.superadmin from api_tokens t join users u on u.id = t.created_by
		where t.workspace_id = $1 and t.id = $2 and t.revoked_at is null and t.expires_at > clock_timestamp() and u.disabled_at is null
		for share`, a.workspace, a.token).QueryRow(func(row pgx.Row) error {
		return unlessGone(row.Scan(&scope, &superadmin))
	})
	batch.Queue(`select 1 from members where workspace_id = $1 and user_id = $2 and role in ('owner', 'admin') for share`,
		a.workspace, a.user).QueryRow(func(row pgx.Row) error {
		var one int
		if err := row.Scan(&one); err != nil && (!superadmin || !errors.Is(err, pgx.ErrNoRows)) {
			return unlessGone(err)
		}
		return enough(tokenPermission(scope))
	})
}

// unlessGone returns access.ErrSignedOut for a row that is not there.
func unlessGone(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return access.ErrSignedOut
	}
	return err
}

// OwnToken returns the token that the access is by, or persona.ErrNotFound where
// it is by none.
func (db *DB) OwnToken(ctx context.Context, a Access) (access.Token, error) {
	var t access.Token
	batch := &pgx.Batch{}
	collectOne(batch.Queue(`select `+tokenColumns+tokenTables+`where t.workspace_id = $1 and t.id = $2`, a.workspace,
		a.token),
		&t, scanToken)
	return t, db.readLeads(ctx, a, batch)
}

// NoteUse notes when the token of a was used, at most once an hour. A note that
// another request is making already is left to it.
func (db *DB) NoteUse(ctx context.Context, a Access) error {
	if !a.token.Valid || time.Since(a.used) < time.Hour {
		return nil
	}
	_, err := db.writes.Exec(ctx, `update api_tokens set last_used_at = now() where workspace_id = $1 and id = (
		select id from api_tokens where workspace_id = $1 and id = $2
			and (last_used_at is null or last_used_at < now() - interval '1 hour')
		for no key update skip locked)`, a.workspace, a.token)
	return explain(err)
}
