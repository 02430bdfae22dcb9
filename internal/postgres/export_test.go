package postgres

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"personae/internal/audit"
)

// PrivilegedTables lists the tables of which privileges speaks.
func PrivilegedTables() []string { return slices.Sorted(maps.Keys(privileges())) }

// Scram is scram.
func Scram(password string, salt []byte) (string, error) { return scram(password, salt) }

// GrantRole is GrantReaders for another role.
func (db *DB) GrantRole(ctx context.Context, role string) (bool, error) {
	return db.grantReaders(ctx, role)
}

// What is looked up among many rows, for the test of how.
var (
	SelectSilent         = selectSilent
	SelectRecentMessages = selectRecentMessages
	SelectLeads          = selectLeads
	SelectMessages       = selectMessages
	SelectUnnamed        = selectUnnamed
	SelectFileMessages   = selectFileMessages
	CountFailed          = countFailed
	AddDrafts            = addDrafts
	AskScores            = askScores
	CountPersonas        = listMatching.counts
	SelectPersonas       = listMatching.personas
	SelectFoundLeads     = selectFoundLeads("str")
	SelectCampaignPage   = selectCampaignPage
)

// Noted is db with so many connections for writes, under which each write notes
// its event where its context has a note.
func (db *DB) Noted(ctx context.Context, writes int32) (*DB, error) {
	config := db.writes.Config()
	config.MaxConns = writes
	config.ConnConfig.Tracer = noting{}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	return &DB{writes: connections{pool, db.writes.purpose}, reads: db.reads, signIn: db.signIn, queue: db.queue, log: db.log}, nil
}

// ReadRow asks on a connection for reading.
func (db *DB) ReadRow(ctx context.Context, sql string, arguments ...any) pgx.Row {
	return db.reads.QueryRow(ctx, sql, arguments...)
}

// CloseWrites closes what Noted opened.
func (db *DB) CloseWrites() { db.writes.Close() }

// Prepared counts the statements that a connection for writes keeps since before a moment.
func (db *DB) Prepared(ctx context.Context, before time.Time) (n int, err error) {
	err = db.writes.Pool.QueryRow(ctx, `select count(*) from pg_prepared_statements where prepare_time < $1`,
		pgx.QueryExecModeExec, before).Scan(&n)
	return n, err
}

// RunSchedule is runSchedule.
func (db *DB) RunSchedule(ctx context.Context, workspace, id uuid.UUID, now time.Time) (*ScheduleRun, error) {
	return db.runSchedule(ctx, workspace, id, now)
}

type noteKey struct{}

// Note returns a context under which a write adds to events the id of the event
// that it will record. Whether it did is for the database to tell.
func Note(ctx context.Context, events *[]uuid.UUID) context.Context {
	return context.WithValue(ctx, noteKey{}, events)
}

type noting struct{ tracer }

func (n noting) TraceBatchStart(ctx context.Context, conn *pgx.Conn, b pgx.TraceBatchStartData) context.Context {
	events, _ := ctx.Value(noteKey{}).(*[]uuid.UUID)
	for _, q := range b.Batch.QueuedQueries {
		if events == nil || q.SQL != beginEvent {
			continue
		}
		if id, err := uuid.Parse(q.Arguments[0].(string)); err == nil && !slices.Contains(*events, id) {
			*events = append(*events, id)
		}
	}
	return n.tracer.TraceBatchStart(ctx, conn, b)
}

// Guards returns what guards.tsv holds of a database that the migrations made.
func Guards(ctx context.Context, in *pgxpool.Pool) (string, error) {
	guards, err := queryAll(ctx, in, scanGuard, selectGuards)
	slices.SortFunc(guards, func(a, b guard) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.on, b.on), cmp.Compare(a.name, b.name),
			cmp.Compare(a.definition, b.definition))
	})
	var text strings.Builder
	for _, g := range guards {
		if g.kind != "migration" {
			text.WriteString(strings.Join([]string{g.kind, g.on, g.name, g.definition}, "\t") + "\n")
		}
	}
	return text.String(), err
}

// SelectOutcomes and SelectReasons are the statements that count outcomes.
var (
	SelectOutcomes = selectOutcomes
	SelectReasons  = selectReasons
)

// FoundEvents returns the statement that finds the events of a page, and its parameters.
func FoundEvents(a Access, f audit.Filter) (sql string, arguments []any) {
	found, arguments := foundEvents(a.workspace, f, ActivityPageSize+1)
	return found + ` select * from found`, arguments
}

// SelectActivity returns the statement that reads a page of the events of all, and its parameters.
func SelectActivity(a Access) (sql string, arguments []any) {
	found, arguments := foundEvents(a.workspace, audit.Filter{}, ActivityPageSize+1)
	return found + selectActivity(noIDs), arguments
}

// FoundWorkspaces returns the statement that finds a page of the workspaces of a
// superadmin. Its parameters are a person, whether they are a superadmin, a search and an
// offset.
func FoundWorkspaces(searched, byChange, archived bool) string {
	page := workspaceList{all: true, searched: searched, byChange: byChange, archived: archived}.page()
	return `with asked (person, superadmin) as (select $1::uuid, $2::boolean) select w.id from (` + page + `) w, asked`
}

// Transactions returns each way in which a query of one text reaches the database, by name.
func (db *DB) Transactions() map[string]func(ctx context.Context, sql string) (string, error) {
	all := map[string]func(ctx context.Context, sql string) (string, error){}
	for name, c := range map[string]connections{"reads": db.reads, "writes": db.writes, "sign-in": db.signIn} {
		all[name+" by a query"] = func(ctx context.Context, sql string) (string, error) {
			return queryOne(ctx, c, pgx.RowTo[string], sql)
		}
		all[name+" by a batch"] = func(ctx context.Context, sql string) (text string, err error) {
			batch := &pgx.Batch{}
			scanRow(batch.Queue(sql), &text)
			err = c.SendBatch(ctx, batch).Close()
			return text, err
		}
		all[name+" by a transaction"] = func(ctx context.Context, sql string) (text string, err error) {
			err = pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error { return tx.QueryRow(ctx, sql).Scan(&text) })
			return text, err
		}
		all[name+" by a row"] = func(ctx context.Context, sql string) (text string, err error) {
			err = c.QueryRow(ctx, sql).Scan(&text)
			return text, err
		}
	}
	return all
}

// SQLState is sqlState.
func SQLState(err error) (code, constraint string) { return sqlState(err) }

// ReplicaFresh reports whether the replica is read from.
func (db *DB) ReplicaFresh() bool { return db.replica.fresh() }
