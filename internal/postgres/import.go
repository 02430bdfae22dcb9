package postgres

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/origin"
	"personae/internal/persona"
)

// Importer imports workspaces from the origin's database. Only
// DB.NewImporter makes one, and its Close ends the import.
type Importer struct {
	db       *DB
	conn     *pgx.Conn // holds the lock that makes this the only import; nil: nothing is written
	right    persona.Side
	users    map[string]uuid.UUID // by the origin's id
	newUsers int
}

// Imported is what was imported; of a dry run, what would be.
type Imported struct {
	Workspaces, Personas, Campaigns, Members, Leads, Messages int
	// Of so many leads and messages of theirs, whether they were imported before or not.
	LeadsSeen, MessagesSeen int
	// Followed is how many leads and messages that are here heard what became of
	// them there since; Outbound is how many messages to the leads stay there.
	Followed, Outbound int
	Erased             int // leads that were erased here, and do not come again
	Repairs            []origin.Repair
}

// Any reports whether something was imported.
func (i Imported) Any() bool {
	return i.Workspaces+i.Personas+i.Campaigns+i.Members+i.Leads+i.Messages+i.Followed > 0
}

// Add counts what was imported with another batch.
func (i *Imported) Add(other Imported) {
	i.Workspaces += other.Workspaces
	i.Personas += other.Personas
	i.Campaigns += other.Campaigns
	i.Members += other.Members
	i.Leads += other.Leads
	i.Messages += other.Messages
	i.LeadsSeen += other.LeadsSeen
	i.MessagesSeen += other.MessagesSeen
	i.Followed += other.Followed
	i.Outbound += other.Outbound
	i.Erased += other.Erased
}

// NewImporter begins to import an origin's workspaces: whoever of its people has
// no account gets one, without a password. right says whose service description goes on where
// a default persona contradicts the settings. A dry run reads only. It fails
// with a sentence while another import is under way.
func (db *DB) NewImporter(
	ctx context.Context, people []origin.Person, right persona.Side, dry bool,
) (*Importer, error) {
	imp := &Importer{db: db, right: right}
	if !dry {
		if err := imp.lock(ctx); err != nil {
			return nil, err
		}
	}
	if err := imp.importUsers(ctx, people); err != nil {
		imp.Close()
		return nil, explain(err)
	}
	return imp, nil
}

func (imp *Importer) lock(ctx context.Context) (err error) {
	conn, err := imp.db.writes.Acquire(ctx)
	if err != nil {
		return explain(err)
	}
	imp.conn = conn.Hijack() // what it holds keeps no batch waiting
	var alone bool
	err = imp.conn.QueryRow(ctx, `select pg_try_advisory_lock(hashtext('personae import'))`).Scan(&alone)
	if err == nil && !alone {
		err = errors.New("another import is under way; nothing was changed. Wait until it has ended, then run this again")
	}
	if err != nil {
		imp.Close()
	}
	return err
}

// Close ends the import. It may be called again.
func (imp *Importer) Close() {
	if imp.conn == nil {
		return
	}
	// Closing the connection gives the lock back, whatever state it is in.
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = imp.conn.Close(ctx)
	imp.conn = nil
}

// NewUsers returns how many people got an account.
func (imp *Importer) NewUsers() int { return imp.newUsers }

// originUsers are people of the origin as columns: those who have an address, and
// the ids of all.
type originUsers struct {
	ids, emails, names []string
	all                []string
}

// importUsers finds the account of each of the people who has an address, first
// by the origin's id, which stays when an address changes, then by the address.
func (imp *Importer) importUsers(ctx context.Context, people []origin.Person) error {
	var u originUsers
	for _, p := range people {
		p = p.Repaired()
		u.all = append(u.all, p.ID)
		if p.Email != "" {
			u.ids, u.emails, u.names = append(u.ids, p.ID), append(u.emails, p.Email), append(u.names, p.Name)
		}
	}
	imp.users = map[string]uuid.UUID{}
	if imp.conn == nil {
		return imp.planUsers(ctx, u)
	}
	return pgx.BeginFunc(ctx, imp.conn, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `insert into users (email, name, origin_id)
			select i.email, i.name, i.id
			from unnest($1::text[], $2::text[], $3::text[]) with ordinality i (id, email, name, n)
			where not exists (select from users u where u.origin_id = i.id) order by i.n
			on conflict do nothing`, u.ids, u.emails, u.names)
		if err != nil {
			return err
		}
		imp.newUsers = int(tag.RowsAffected())
		// Who was here before is known by the origin's id from now on.
		if _, err := tx.Exec(ctx, `update users u set origin_id = i.id
			from (select distinct on (lower(email)) id, email
				from unnest($1::text[], $2::text[]) with ordinality i (id, email, n) order by lower(email), n) i
			where lower(u.email) = lower(i.email) and u.origin_id is null
				and not exists (select from users o where o.origin_id = i.id)`, u.ids, u.emails); err != nil {
			return err
		}
		return imp.findUsers(ctx, tx, u)
	})
}

// planUsers finds the accounts and makes up those that a run would add.
func (imp *Importer) planUsers(ctx context.Context, u originUsers) error {
	tx, err := imp.begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if err := imp.findUsers(ctx, tx, u); err != nil {
		return err
	}
	added := map[string]uuid.UUID{}
	for i, id := range u.ids {
		if _, known := imp.users[id]; known {
			continue
		}
		email := strings.ToLower(u.emails[i])
		if added[email] == uuid.Nil {
			added[email] = uuid.New()
		}
		imp.users[id] = added[email]
	}
	imp.newUsers = len(added)
	return nil
}

func (imp *Importer) findUsers(ctx context.Context, tx pgx.Tx, u originUsers) error {
	var theirs string
	var ours uuid.UUID
	targets := []any{&theirs, &ours}
	found := func() { imp.users[theirs] = ours }
	// By the address first, so that the id has the last word.
	err := queryEach(ctx, tx, targets, found, `select i.id, u.id from unnest($1::text[], $2::text[]) i (id, email)
		join users u on lower(u.email) = lower(i.email)`, u.ids, u.emails)
	if err != nil {
		return err
	}
	return queryEach(ctx, tx, targets, found, `select origin_id, id from users where origin_id = any($1)`, u.all)
}

// ImportBatch imports workspaces in one transaction, with their leads, which it
// reads from source: all of them, or none. What was imported before is left as it
// is, whatever became of it here, and is locked like by any write; a new
// workspace is nobody's to see before COMMIT. It calls progress with what was
// seen of the list so far and what of it was imported. Several batches may be
// imported at once.
func (imp *Importer) ImportBatch(
	ctx context.Context, source *origin.Source, list []origin.Workspace, progress func(Imported),
) (Imported, error) {
	for try := 1; ; try++ {
		done, err := imp.importBatch(ctx, source, list, progress)
		if !collided(err) || try == maxTries {
			return done, explain(err)
		}
	}
}

func (imp *Importer) importBatch(
	ctx context.Context, source *origin.Source, list []origin.Workspace, progress func(Imported),
) (done Imported, err error) {
	tx, err := imp.begin(ctx)
	if err != nil {
		return done, err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	here, err := imp.lookUp(ctx, tx, list)
	if err != nil {
		return done, err
	}
	var rows importedRows
	for _, w := range list {
		imp.planWorkspace(w, here, &rows, &done)
	}
	if here.foldErr != nil {
		return done, here.foldErr
	}
	if imp.conn != nil && len(rows.events.names) > 0 {
		batch := &pgx.Batch{}
		if err := rows.queue(batch, here); err != nil {
			return done, err
		}
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return done, err
		}
	}
	if err := imp.importLeads(ctx, tx, source, list, here, &done, progress); err != nil {
		return done, err
	}
	if done.Repairs, err = imp.news(ctx, tx, done.Repairs); err != nil || imp.conn == nil {
		return done, err
	}
	if err := deliver(ctx, imp.db, tx, here.deliveries); err != nil {
		return done, err
	}
	return done, tx.Commit(ctx)
}

// News returns those of the repairs that no import told of before, and remembers that
// it did; a dry run remembers nothing.
func (imp *Importer) News(ctx context.Context, repairs []origin.Repair) ([]origin.Repair, error) {
	tx, err := imp.begin(ctx)
	if err != nil {
		return nil, explain(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	news, err := imp.news(ctx, tx, repairs)
	if err != nil {
		return nil, explain(err)
	}
	return news, explain(tx.Commit(ctx))
}

// news is News within a transaction.
func (imp *Importer) news(ctx context.Context, tx pgx.Tx, repairs []origin.Repair) ([]origin.Repair, error) {
	digests := map[origin.Repair][sha256.Size]byte{}
	var all [][]byte
	for _, r := range repairs {
		if r.Stands {
			digest := sha256.Sum256([]byte(r.Workspace + "\x00" + r.Rule + "\x00" + r.Sentence))
			digests[r] = digest
			all = append(all, digest[:])
		}
	}
	if len(all) == 0 {
		return repairs, nil
	}
	told := map[[sha256.Size]byte]bool{}
	var digest []byte
	if err := queryEach(ctx, tx, []any{&digest}, func() { told[[sha256.Size]byte(digest)] = true },
		`select digest from origin_repairs where digest = any($1)`, all); err != nil {
		return nil, err
	}
	if imp.conn != nil {
		if _, err := tx.Exec(ctx, `insert into origin_repairs select distinct unnest($1::bytea[]) on conflict do nothing`,
			all); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(repairs, func(r origin.Repair) bool { return r.Stands && told[digests[r]] }), nil
}

// begin begins a transaction: of a dry run one that PostgreSQL lets only read.
// It may wait for the origin, and take many rows at once.
func (imp *Importer) begin(ctx context.Context) (tx pgx.Tx, err error) {
	if imp.conn == nil {
		tx, err = imp.db.reads.Begin(ctx)
	} else {
		tx, err = imp.db.writes.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted, AccessMode: pgx.ReadWrite})
	}
	if err != nil {
		return nil, err
	}
	// Plans that triggers keep are made while the tables are still empty, where
	// reading all of a table looks cheap: it would cost half of the time later.
	if _, err := tx.Exec(ctx, `select set_config('idle_in_transaction_session_timeout', '0', true),
		set_config('statement_timeout', '0', true), set_config('enable_seqscan', 'off', true)`); err != nil {
		return nil, errors.Join(err, tx.Rollback(context.WithoutCancel(ctx)))
	}
	return tx, nil
}

// planWorkspace plans what to import of a workspace, counts it, and adds its rows, with one
// event, if there are any.
func (imp *Importer) planWorkspace(w origin.Workspace, here *existing, rows *importedRows, done *Imported) {
	known := here.workspace(w.ID)
	reachable := func(person string) bool { return imp.users[person] != uuid.Nil }
	plan := w.Plan(known.Known, imp.right, here.fold, reachable)
	done.Repairs = append(done.Repairs, plan.Repairs...)
	if known.Here && plan.Empty() {
		return
	}
	if !known.Here {
		known.id = here.idFor(w.ID)
		here.workspaces[w.ID] = known
		done.Workspaces++
	}
	known.recorded = true
	done.Personas += len(plan.Personas)
	done.Campaigns += len(plan.Campaigns)
	done.Members += len(plan.Members)
	event := uuid.New()
	if !known.Here {
		rows.workspaces.add(known.id, plan.Name, w)
		rows.were.add(known.id, plan.Was)
		rows.settings.add(known.id, plan.Settings)
	}
	for _, q := range plan.Questions {
		rows.questions.add(known.id, q)
	}
	imp.addPersonas(plan.Personas, event, known, here, rows)
	named := addCampaigns(plan.Campaigns, known, here, rows)
	imp.addMembers(plan.Members, rolesThere(w.Members), known, rows)
	rows.events.add(known, event, named)
}

// addPersonas adds personas. Words that a repair changed are kept as the first version, so
// the history has them.
func (imp *Importer) addPersonas(
	personas []origin.PlannedPersona, event uuid.UUID, known *existingWorkspace, here *existing, rows *importedRows,
) {
	for _, p := range personas {
		id := here.idFor(p.ID)
		if p.Was != nil {
			rows.versions.add(known.id, id, p, event)
		}
		if p.ID == "" {
			p.CreatedAt = time.Now()
			p.UpdatedAt = p.CreatedAt
		} else {
			rows.origin.add(known.id, "persona", p.ID, id)
			known.personas[p.ID] = id
		}
		rows.personas.add(known.id, id, imp.users[p.CreatedBy], p)
		if p.IsDefault {
			rows.mirrored = append(rows.mirrored, known.id)
		}
	}
}

// addCampaigns adds campaigns and returns those that name a persona.
func addCampaigns(
	campaigns []origin.Campaign, known *existingWorkspace, here *existing, rows *importedRows,
) (named []assignment) {
	for _, c := range campaigns {
		external := cmp.Or(c.ExternalID, c.ID)
		id, there := known.byExternalID[external]
		if !there {
			id = here.idFor(c.ID)
			var chosen uuid.NullUUID
			chosen.UUID, chosen.Valid = known.personas[c.Persona]
			rows.campaigns.add(known.id, id, external, chosen, c)
			if chosen.Valid {
				named = append(named, assignment{campaign: id, becomes: chosen})
			}
		}
		rows.origin.add(known.id, "campaign", c.ID, id)
		known.campaigns[c.ID] = id
	}
	return named
}

func (imp *Importer) addMembers(
	members map[string]access.Role, roles map[string][]string, known *existingWorkspace, rows *importedRows,
) {
	for _, person := range slices.Sorted(maps.Keys(members)) {
		user := imp.users[person]
		if !known.members[user] {
			rows.members.add(known.id, user, members[person], roles[person])
		}
		rows.origin.add(known.id, "member", person, user)
	}
}

// rolesThere returns the roles that each person has there, in the origin's words.
func rolesThere(members []origin.Member) map[string][]string {
	roles := map[string][]string{}
	for _, m := range members {
		if m.Role != "" {
			roles[m.Person] = append(roles[m.Person], m.Role)
		}
	}
	return roles
}
