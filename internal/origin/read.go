package origin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"personae/internal/persona"
)

// Source is an origin's database as it stood at one moment.
type Source struct {
	conn   *pgx.Conn
	tx     pgx.Tx
	role   string
	tables map[string]table
	ids    []string
	// Those that name a persona, by the id of their workspace. The origin has no index by which those of some are found.
	sequences map[string][]Sequence

	turn    sync.Mutex // of those who read batches
	cursors atomic.Int32
}

// table is a table of the origin, by its quoted name, and its columns; no name:
// it is not there.
type table struct {
	name     string
	columns  map[string]bool
	readable bool   // to some part
	hides    bool   // rows, by row-level security
	alias    string // before each column; empty: nothing
}

// batch is how many workspaces are read at once.
const batch = 100

// errUnreadable stands in for pgx's own error, which quotes the URL, password
// and all.
var errUnreadable = errors.New(
	"the URL after --from cannot be read; it looks like postgres://user:password@host:5432/name, " +
		"with %40 for @ and %2F for / in the password")

// Open connects to the origin's database and begins a transaction that only
// reads and sees one moment. It fails with a sentence for the operator when
// there is none, or when it is no database of the origin.
func Open(ctx context.Context, address string) (*Source, error) {
	address, schema, err := forPgx(address)
	if err != nil {
		return nil, err
	}
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, errUnreadable
	}
	config.ConnectTimeout = cmp.Or(config.ConnectTimeout, 10*time.Second)
	// A pooler in between may not know prepared statements.
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("the origin’s database cannot be reached: %w", err)
	}
	s := &Source{conn: conn}
	if err := s.begin(ctx, schema); err != nil {
		s.Close()
		return nil, ofOrigin(err)
	}
	return s, nil
}

// forPgx takes out of a Prisma URL what only Prisma understands, and returns the
// schema that it names.
func forPgx(address string) (cleaned, schema string, err error) {
	schema = "public"
	u, err := url.Parse(address)
	// An @ behind the host is where a password with an unescaped / ? or # ends.
	if err != nil || u.Scheme == "" || strings.Contains(u.Path+u.RawQuery+u.Fragment, "@") {
		return "", "", errUnreadable
	}
	query := u.Query()
	if named := query.Get("schema"); named != "" {
		schema = named
	}
	for _, key := range []string{"schema", "pgbouncer", "connection_limit", "pool_timeout", "socket_timeout",
		"statement_cache_size", "sslaccept"} {
		query.Del(key)
	}
	u.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20") // pgx takes + for itself
	return u.String(), schema, nil
}

func (s *Source) begin(ctx context.Context, schema string) (err error) {
	s.tx, err = s.conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return err
	}
	// It stays open, and mostly idle, while personae writes what it read. Rows that a
	// policy hides are an error, which also tells of tables behind views.
	if _, err := s.tx.Exec(ctx,
		`set local timezone = 'UTC'; set local idle_in_transaction_session_timeout = 0; set local statement_timeout = 0;
		set local row_security = off`,
		pgx.QueryExecModeSimpleProtocol); err != nil {
		return err
	}
	if err := s.findTables(ctx, schema); err != nil {
		return err
	}
	clients := s.tables["Client"]
	if !clients.columns["id"] || !clients.columns["name"] {
		return fmt.Errorf(`there is no table "Client" with an id and a name in its schema %s; is this a database of the origin?`, schema)
	}
	if err := s.readable(ctx); err != nil {
		return err
	}
	rows, err := s.tx.Query(ctx, `select id::text from `+clients.name+` order by `+clients.time("createdAt")+`, 1`)
	if err != nil {
		return err
	}
	if s.ids, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
		return err
	}
	return s.readSequences(ctx)
}

// readSequences reads the follow-up sequences, if there are any.
func (s *Source) readSequences(ctx context.Context) error {
	s.sequences = map[string][]Sequence{}
	t := s.tables["FollowUpSequence"]
	if !t.columns["clientId"] || !t.columns["aiPersonaId"] {
		return nil
	}
	rows, err := s.tx.Query(ctx, `select "clientId"::text, `+strings.Join(t.texts("name", "aiPersonaId"), ", ")+` from `+t.name+`
		where "clientId" is not null and "aiPersonaId" is not null order by `+t.time("createdAt")+`, `+t.text("id"))
	if err != nil {
		return err
	}
	var client string
	var q Sequence
	_, err = pgx.ForEachRow(rows, []any{&client, &q.Name, &q.Persona}, func() error {
		s.sequences[client] = append(s.sequences[client], q)
		return nil
	})
	return err
}

// findTables notes which of the tables that an import reads there are.
func (s *Source) findTables(ctx context.Context, schema string) error {
	s.tables = map[string]table{}
	rows, err := s.tx.Query(ctx, `
		select case when n.nspname = 'auth' and c.relname = 'users' then 'auth.users' else c.relname::text end,
			quote_ident(n.nspname) || '.' || quote_ident(c.relname), array_agg(a.attname::text),
			has_any_column_privilege(c.oid, 'select'), row_security_active(c.oid), current_user
		from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
		where c.relkind in ('r', 'p', 'v', 'm', 'f') and a.attnum > 0 and not a.attisdropped
			and (n.nspname = $1 and c.relname = any($2)
				or n.nspname = 'auth' and c.relname = 'users' and has_schema_privilege(n.oid, 'usage')
		and has_table_privilege(c.oid, 'select'))
		group by n.nspname, c.relname, c.oid`,
		schema, []string{"Client", "ClientMember", "User", "WorkspaceSettings", "AiPersona", "EmailCampaign",
			"FollowUpSequence", "Lead", "Message"})
	if err != nil {
		return err
	}
	var key string
	var t table
	var columns []string
	_, err = pgx.ForEachRow(rows, []any{&key, &t.name, &columns, &t.readable, &t.hides, &s.role}, func() error {
		t.columns = map[string]bool{}
		for _, c := range columns {
			t.columns[c] = true
		}
		s.tables[key] = t
		return nil
	})
	return err
}

// readable fails with a sentence where a table has rows that we would not see: what
// is missing would look as if it had been deleted.
func (s *Source) readable(ctx context.Context) error {
	if users := s.tables["User"]; users.columns["id"] && users.columns["email"] {
		delete(s.tables, "auth.users") // it is not read
	}
	var closed, hiding []string
	for _, key := range slices.Sorted(maps.Keys(s.tables)) {
		switch t := s.tables[key]; {
		case !t.readable:
			closed = append(closed, t.name)
		case t.hides:
			hiding = append(hiding, t.name)
		}
	}
	switch {
	case len(closed) > 0:
		return fmt.Errorf("its role %s may not read %s, so nothing was imported. Let it (grant select on … to %[1]s), "+
			"or give the URL of a role that may", s.role, and(closed))
	case len(hiding) > 0:
		return fmt.Errorf("row-level security hides rows of %s from its role %s, so nothing was imported. "+
			"Give the URL of the tables’ owner or of a role that sees all rows (alter role … bypassrls)",
			and(hiding), s.role)
	}
	for _, t := range s.tables { // one may be a view, and not its table's owner
		if _, err := s.tx.Exec(ctx, `select from `+t.name+` limit 0`); err != nil {
			return err
		}
	}
	return nil
}

// Close ends the transaction and the connection.
func (s *Source) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = s.conn.Close(ctx)
}

// Size returns how many workspaces there are.
func (s *Source) Size() int { return len(s.ids) }

// People returns everybody who owns or belongs to a workspace, with the address
// that the table "User", or else Supabase's auth.users, has of them.
func (s *Source) People(ctx context.Context) ([]Person, error) {
	clients, members := s.tables["Client"], s.tables["ClientMember"]
	ids := `select ` + clients.text("userId", "ownerId") + ` as id from ` + clients.name
	if members.name != "" {
		ids += ` union select ` + members.text("userId") + ` from ` + members.name
	}
	people, addresses, names := "", "''", "''"
	if users := s.tables["User"]; users.columns["id"] && users.columns["email"] {
		people, addresses, names = users.name, "coalesce(u.email::text, '')", users.of("u").text("name")
	} else if users := s.tables["auth.users"]; users.columns["id"] && users.columns["email"] {
		people, addresses = users.name, "coalesce(u.email::text, '')"
		if users.columns["raw_user_meta_data"] {
			names = `coalesce(u.raw_user_meta_data->>'full_name', u.raw_user_meta_data->>'name', '')`
		}
	}
	sql := `select i.id, ` + addresses + `, ` + names + ` from (` + ids + `) i`
	if people != "" {
		sql += ` left join ` + people + ` u on u.id::text = i.id`
	}
	rows, err := s.tx.Query(ctx, sql+` where i.id <> '' order by i.id`)
	if err != nil {
		return nil, ofOrigin(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Person])
	return list, ofOrigin(err)
}

// Each calls do with all workspaces, oldest first, some at a time. do may leave work behind
// that reads their leads.
func (s *Source) Each(ctx context.Context, do func([]Workspace) error) error {
	for ids := range slices.Chunk(s.ids, batch) {
		list, err := s.read(ctx, ids)
		if err != nil {
			return ofOrigin(err)
		}
		if err := do(list); err != nil {
			return err
		}
	}
	return nil
}

// read returns the workspaces with these ids.
func (s *Source) read(ctx context.Context, ids []string) ([]Workspace, error) {
	s.turn.Lock()
	defer s.turn.Unlock()
	list := make([]Workspace, 0, len(ids))
	clients := s.tables["Client"]
	rows, err := s.tx.Query(ctx, `select id::text, coalesce(name, ''), `+clients.text("userId", "ownerId")+`,
			`+clients.time("createdAt")+`
		from `+clients.name+` where id::text = any($1) order by 4, 1`, ids)
	if err != nil {
		return nil, err
	}
	var w Workspace
	if _, err := pgx.ForEachRow(rows, []any{&w.ID, &w.Name, &w.Owner, &w.CreatedAt}, func() error {
		w.Sequences = s.sequences[w.ID]
		list = append(list, w)
		return nil
	}); err != nil {
		return nil, err
	}
	found := map[string]*Workspace{}
	for i := range list {
		found[list[i].ID] = &list[i]
	}
	for _, p := range parts() {
		if err := s.readPart(ctx, p, found, ids); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// part is one table of what workspaces have.
type part struct {
	table   string
	columns func(table) []string // besides the client's id
	into    []any                // where these are read into
	keep    func(*Workspace)     // adds what was read to its workspace
}

// parts returns the tables of what workspaces have.
func parts() []part {
	var settings persona.Settings
	var drafts string
	var p Persona
	var c Campaign
	var m Member
	return []part{
		{"WorkspaceSettings", func(t table) []string {
			return t.texts("aiPersonaName", "aiTone", "aiGreeting", "aiSmsGreeting", "aiSignature", "aiGoals",
				"serviceDescription", "idealCustomerProfile", "companyName", "qualificationQuestions", "draftGenerationEnabled")
		}, append(voiceInto(&settings.Voice), &settings.CompanyName, &settings.QualificationQuestions,
			&drafts), func(w *Workspace) {
			copied := settings
			copied.DraftsOff = drafts == "false"
			w.Settings = &copied
		}},
		{"AiPersona", func(t table) []string {
			return append(t.texts("personaName", "tone", "greeting", "smsGreeting", "signature", "goals",
				"serviceDescription", "idealCustomerProfile"), t.text("id"), t.text("name"), t.flag("isDefault"),
				t.text("createdBy"), t.time("createdAt"), t.time("updatedAt", "createdAt"))
		}, append(voiceInto(&p.Voice), &p.ID, &p.Name, &p.IsDefault, &p.CreatedBy, &p.CreatedAt,
			&p.UpdatedAt), func(w *Workspace) {
			w.Personas = append(w.Personas, p)
		}},
		{"EmailCampaign", func(t table) []string {
			return []string{t.text("id"), t.text("bisonCampaignId", "externalId"), t.text("name"),
				t.text("aiPersonaId", "personaId"), t.among("responseMode", "SETTER_MANAGED", "AI_AUTO_SEND"),
				t.time("createdAt")}
		}, []any{&c.ID, &c.ExternalID, &c.Name, &c.Persona, &c.Mode, &c.CreatedAt}, func(w *Workspace) {
			w.Campaigns = append(w.Campaigns, c)
		}},
		{"ClientMember", func(t table) []string {
			return []string{t.text("userId"), t.among("role", "ADMIN", "SETTER", "INBOX_MANAGER", "CLIENT_PORTAL"),
				`upper(` + t.text("role") + `) in ('OWNER', 'ADMIN')`}
		}, []any{&m.Person, &m.Role, &m.Admin}, func(w *Workspace) {
			w.Members = append(w.Members, m)
		}},
	}
}

// readPart reads one table, if it is there, and adds its rows to the workspaces.
func (s *Source) readPart(ctx context.Context, p part, found map[string]*Workspace, ids []string) error {
	t := s.tables[p.table]
	if !t.columns["clientId"] {
		return nil
	}
	rows, err := s.tx.Query(ctx, `select "clientId"::text, `+strings.Join(p.columns(t), ", ")+` from `+t.name+`
		where "clientId"::text = any($1) order by `+t.time("createdAt")+`, `+t.text("id"), ids)
	if err != nil {
		return err
	}
	var client string
	_, err = pgx.ForEachRow(rows, append([]any{&client}, p.into...), func() error {
		if w := found[client]; w != nil {
			p.keep(w)
		}
		return nil
	})
	return err
}

// voiceInto returns the places of a voice's fields, to be read into.
func voiceInto(v *persona.Voice) []any {
	var into []any
	for _, f := range persona.Fields() {
		into = append(into, f.Of(v))
	}
	return into
}

// text returns the first of the columns that there is, as text, which is empty
// where there is none or nothing stands in it.
func (t table) text(columns ...string) string {
	if c := t.first(columns); c != "" {
		return `coalesce(` + c + `::text, '')`
	}
	return `''::text`
}

func (t table) texts(columns ...string) []string {
	for i, c := range columns {
		columns[i] = t.text(c)
	}
	return columns
}

// among returns a column as text, which is empty where it is none of these words.
func (t table) among(column string, words ...string) string {
	return `case when upper(` + t.text(column) + `) in ('` + strings.Join(words, `', '`) + `') then upper(` +
		t.text(column) + `) else '' end`
}

func (t table) flag(column string) string {
	if c := t.first([]string{column}); c != "" {
		return `coalesce(` + c + `, false)`
	}
	return `false`
}

// time returns the first of the columns that there is and that holds a time; now
// where there is none.
func (t table) time(columns ...string) string {
	var times []string
	for _, c := range columns {
		if c = t.first([]string{c}); c != "" {
			times = append(times, c+`::timestamptz`)
		}
	}
	return `coalesce(` + strings.Join(append(times, `now()`), ", ") + `)`
}

func (t table) first(columns []string) string {
	for _, c := range columns {
		if t.columns[c] {
			if t.alias != "" {
				return t.alias + "." + pgx.Identifier{c}.Sanitize()
			}
			return pgx.Identifier{c}.Sanitize()
		}
	}
	return ""
}

func (t table) of(alias string) table {
	t.alias = alias
	return t
}
