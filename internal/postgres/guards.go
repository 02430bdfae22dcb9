package postgres

import (
	"bufio"
	_ "embed"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"

	"personae/internal/i18n"
	"personae/internal/persona"
	"personae/migrations"
)

// selectGuards returns a line for each object that guards a rule, on what it stands, its
// name and how it is made; for a privilege, what may be done to what, and who may. The
// names of our schemas are left out of definitions, because what writes them down does so
// by the search path. What differs between versions of PostgreSQL is left out too.
const selectGuards = `
	with schemas as (
		select oid, case nspname when 'public' then '' else nspname || '.' end as prefix, nspacl, nspowner, nspname
		from pg_namespace where nspname in ('public', 'legacy', 'river')
	), extended as (
		select classid, objid from pg_depend where deptype = 'e'
	), relations as (
		select c.oid, s.prefix || c.relname as name, c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity,
			c.reloptions, c.relacl, c.relowner, case c.relkind when 'v' then 'view' when 'm' then 'materialized view'
			when 'S' then 'sequence' when 'f' then 'foreign table' else 'table' end as kind
		from pg_class c join schemas s on s.oid = c.relnamespace
		where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
			and (1259, c.oid) not in (select classid, objid from extended)
	), columns as (
		select r.name as on_name, a.* from relations r join pg_attribute a on a.attrelid = r.oid
		where r.relkind <> 'S' and a.attnum > 0 and not a.attisdropped
	), functions as (
		select p.*, s.prefix || p.proname || '(' || 
			regexp_replace(oidvectortypes(p.proargtypes), '\m(public|legacy|river)\.', '', 'g') || ')' as name
		from pg_proc p join schemas s on s.oid = p.pronamespace
		where (1255, p.oid) not in (select classid, objid from extended)
	), owner as (
		select relowner as oid from pg_class where oid = 'workspaces'::regclass
	), privileges as (
		select r.name as on_name, acl.privilege_type as may, acl.grantee, acl.is_grantable, acl.grantor
		from relations r, aclexplode(r.relacl) acl where acl.grantee <> r.relowner
		union all
		select c.on_name, acl.privilege_type || ' (' || c.attname || ')', acl.grantee, acl.is_grantable, acl.grantor
		from columns c, aclexplode(c.attacl) acl
		union all
		select 'function ' || f.name, acl.privilege_type, acl.grantee, acl.is_grantable, acl.grantor
		from functions f, aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) acl where acl.grantee <> f.proowner
		union all
		select 'schema ' || s.nspname, acl.privilege_type, acl.grantee, acl.is_grantable, acl.grantor
		from schemas s, aclexplode(coalesce(s.nspacl, acldefault('n', s.nspowner))) acl where acl.grantee <> s.nspowner
	), found as (
		select 'migration' as kind, '' as on_name, '' as name, max(version_id)::text as definition
		from goose_db_version where is_applied
		union all
		select 'setting', '', 'session_replication_role', current_setting('session_replication_role')
		union all
		select 'schema', '', nspname, '' from schemas
		union all
		select r.kind, '', r.name, concat_ws(' ', case r.relpersistence when 'u' then 'unlogged' when 't' then 'temporary' end,
			case when r.relrowsecurity then 'row security' end, case when r.relforcerowsecurity then 'forced' end,
			case when r.kind like '%view' then array_to_string(r.reloptions, ' ') end,
			-- Versions differ in where they name a column's table, and set brackets and quotes.
			case when r.kind like '%view' then md5(regexp_replace(pg_get_viewdef(r.oid), '"?\m[A-Za-z_]\w*"?\.|[\s()"]', '', 'g')) end,
			case when r.kind like '%view' then md5((select string_agg(c.relname || '.' || coalesce(a.attname, ''), ' '
				order by c.relname collate "C", a.attname collate "C")
				from (select distinct d.refobjid, d.refobjsubid from pg_rewrite w
					join pg_depend d on d.classid = 2618 and d.objid = w.oid and d.refclassid = 1259
					where w.ev_class = r.oid and d.refobjid <> r.oid and d.refobjsubid > 0) used
				join pg_class c on c.oid = used.refobjid
				join pg_attribute a on a.attrelid = used.refobjid and a.attnum = used.refobjsubid)) end)
		from relations r where r.kind <> 'sequence'
		union all
		select 'sequence', '', r.name, concat_ws(' ', format_type(q.seqtypid, null), q.seqstart, q.seqincrement, q.seqmax,
			q.seqmin, q.seqcycle)
		from relations r join pg_sequence q on q.seqrelid = r.oid
		union all
		select 'column', c.on_name, c.attname, concat_ws(' ', format_type(c.atttypid, c.atttypmod),
			case when c.attnotnull then 'not null' end, pg_get_expr(d.adbin, d.adrelid),
			nullif(c.attidentity, ''), nullif(c.attgenerated, ''), case when c.attcollation <> t.typcollation then o.collname end)
		from columns c join pg_type t on t.oid = c.atttypid
		left join pg_attrdef d on d.adrelid = c.attrelid and d.adnum = c.attnum
		left join pg_collation o on o.oid = c.attcollation
		union all
		select case c.contype when 'c' then 'check' when 'f' then 'foreign key' when 'p' then 'primary key'
				when 'u' then 'unique key' else 'constraint' end, r.name, c.conname,
			concat_ws(' ', pg_get_constraintdef(c.oid),
				case when c.contype in ('p', 'u', 'x') and not (i.indisvalid and i.indisready) then 'INVALID' end,
				case when c.contype = 'f' and 4 <> (select count(*) from pg_trigger g
					where g.tgconstraint = c.oid and g.tgenabled in ('O', 'A')) then 'OFF' end)
		from pg_constraint c join relations r on r.oid = c.conrelid left join pg_index i on i.indexrelid = c.conindid
		where c.contype in ('c', 'f', 'p', 'u', 'x')
		union all
		select case when i.indisunique then 'unique index' else 'index' end, r.name, c.relname,
			pg_get_indexdef(c.oid) || case when i.indisvalid and i.indisready and i.indislive then '' else ' INVALID' end
		from pg_index i join pg_class c on c.oid = i.indexrelid join relations r on r.oid = i.indrelid
		where not exists (select from pg_constraint k where k.conindid = c.oid and k.contype in ('p', 'u', 'x'))
		union all
		select 'trigger', r.name, g.tgname, pg_get_triggerdef(g.oid) ||
			case when g.tgenabled in ('O', 'A') then '' else ' OFF' end
		from pg_trigger g join relations r on r.oid = g.tgrelid where not g.tgisinternal
		union all
		select 'rule', r.name, w.rulename, '' from pg_rewrite w join relations r on r.oid = w.ev_class
		where w.rulename <> '_RETURN'
		union all
		select 'row security policy', r.name, p.polname, '' from pg_policy p join relations r on r.oid = p.polrelid
		union all
		select 'inheriting table', r.name, i.inhrelid::regclass::text, ''
		from pg_inherits i join relations r on r.oid = i.inhparent
		union all
		select 'function', '', f.name, concat_ws(' ', l.lanname, f.prokind, f.provolatile, f.proparallel,
			case when f.proisstrict then 'strict' end, case when f.prosecdef then 'security definer' end,
			case when f.proleakproof then 'leakproof' end, array_to_string(f.proconfig, ' '), pg_get_function_result(f.oid),
			array_to_string(f.proargnames, ' '), pg_get_expr(f.proargdefaults, 0), md5(coalesce(regexp_replace(
			pg_get_function_sqlbody(f.oid), '\m(public|legacy|river)\.|[\s()]', '', 'g'), f.prosrc)))
		from functions f join pg_language l on l.oid = f.prolang
		union all
		select 'type', '', s.prefix || t.typname, string_agg(e.enumlabel, ' ' order by e.enumsortorder)
		from pg_type t join schemas s on s.oid = t.typnamespace join pg_enum e on e.enumtypid = t.oid group by 3
		union all
		select 'owner', '', held.name, pg_get_userbyid(held.owner) from (
			select name, relowner as owner from relations union all select 'function ' || name, proowner from functions) held
		join pg_roles o on o.oid = held.owner
		where not o.rolsuper and held.owner <> (select oid from owner)
		union all
		select 'power', '', rolname, '' from pg_roles where oid in (select grantee from privileges)
			and oid <> (select oid from owner) and pg_has_role(oid, (select oid from owner), 'member')
		union all
		select distinct 'privilege', on_name, may || case when is_grantable then ' with grant option' else '' end,
			case grantee when 0 then 'PUBLIC' else pg_get_userbyid(grantee) end
		from privileges where grantee <> (select oid from owner)
	)
	select kind, on_name, name, coalesce(definition, '') from found`

// guard is an object of the schema that keeps a rule, or a privilege.
type guard struct{ kind, on, name, definition string }

// key tells guards apart; whoever has a privilege is part of what it is.
func (g guard) key() guard {
	if g.kind != "privilege" {
		g.definition = ""
	}
	return g
}

var unqualified = strings.NewReplacer("public.", "", "legacy.", "", "river.", "", "\t", " ", "\n", " ")

func scanGuard(row pgx.CollectableRow) (g guard, err error) {
	err = row.Scan(&g.kind, &g.on, &g.name, &g.definition)
	g.definition = unqualified.Replace(g.definition)
	return g, err
}

// guardsFile is what selectGuards returns of a database that the migrations made.
//
//go:embed guards.tsv
var guardsFile string

// migrated are the guards that the migrations make.
var migrated = sync.OnceValue(func() map[guard]guard {
	all := map[guard]guard{}
	for lines := bufio.NewScanner(strings.NewReader(guardsFile)); lines.Scan(); {
		f := strings.Split(lines.Text(), "\t")
		g := guard{f[0], f[1], f[2], f[3]}
		all[g.key()] = g
	}
	return all
})

// differing returns in what way the guards that were found differ from those that the
// migrations make, a finding each.
func differing(found []guard) []persona.Finding {
	want := migrated()
	got := make(map[guard]guard, len(found))
	for _, g := range found {
		got[g.key()] = g
	}
	if f := otherMigrations(got); f != nil {
		return []persona.Finding{*f}
	}
	sentences := map[string]i18n.Text{}
	tell := func(t i18n.Text) { sentences[t.String()] = t }
	for key, w := range want {
		if g, there := got[key]; !there && !w.gone(got) {
			tell(w.missing())
		} else if there && !g.same(w) {
			tell(w.changed(g))
		}
	}
	for key, g := range got {
		if _, known := want[key]; !known && !g.harmless(want) {
			tell(g.tooMany())
		}
	}
	var findings []persona.Finding
	for _, said := range slices.Sorted(maps.Keys(sentences)) {
		findings = append(findings, persona.Finding{Rule: "guards", Sentence: sentences[said]})
	}
	return findings
}

// same reports whether g is made as w is. A check that a dump restored has other brackets
// around its conditions, and one that was not valid for older rows may have become so.
func (g guard) same(w guard) bool {
	if g.kind == "check" {
		g.definition, w.definition = unbracketed.Replace(g.definition), unbracketed.Replace(w.definition)
	}
	return g.definition == w.definition || g.definition+" NOT VALID" == w.definition
}

var unbracketed = strings.NewReplacer("(", "", ")", "")

// otherMigrations returns a finding where the database was made by other migrations than
// ours: then everything may differ, and nothing can be said.
func otherMigrations(got map[guard]guard) *persona.Finding {
	last, _ := strconv.ParseInt(got[guard{kind: "migration"}].definition, 10, 64)
	switch ours := migrations.Last(); {
	case last < ours:
		return &persona.Finding{Rule: "guards", Sentence: i18n.Say("The database lacks a migration. Run personae migrate up.")}
	case last > ours:
		return &persona.Finding{Rule: "guards", Sentence: i18n.Say("A newer personae has migrated the database, so this one " +
			"cannot say whether its guards are whole. Update this personae, or ask the newer one.")}
	}
	return nil
}

// gone reports whether what g stands on is missing, so that only that is worth a
// sentence. A privilege too few guards nothing.
func (g guard) gone(got map[guard]guard) bool {
	return g.kind == "privilege" || g.on != "" && !isRelation(g.on, got)
}

func isRelation(name string, among map[guard]guard) bool {
	return slices.ContainsFunc(relations, func(kind string) bool {
		_, there := among[guard{kind: kind, name: name}]
		return there
	})
}

var relations = []string{"table", "view", "materialized view", "foreign table", "sequence"}

// harmless reports whether an object that no migration makes weakens none of ours:
// another program's in schema public, or an index that only makes something faster.
func (g guard) harmless(want map[guard]guard) bool {
	ofOurs := strings.HasPrefix(g.on+g.name, "legacy.") || strings.HasPrefix(g.on+g.name, "river.")
	switch g.kind {
	case "migration", "index":
		return true
	case "power":
		return false
	case "privilege":
		return g.known(want) || !strings.HasPrefix(g.on, "schema ") && !isOurs(g.on, want)
	case "owner":
		return !isOurs(g.name, want)
	case "function":
		name, _, _ := strings.Cut(g.name, "(")
		return !ofOurs && !slices.ContainsFunc(slices.Collect(maps.Keys(want)), func(w guard) bool {
			return w.kind == "function" && strings.HasPrefix(w.name, name+"(")
		})
	}
	return !ofOurs && !isRelation(g.on, want)
}

// isOurs reports whether name is a table, view, sequence or "function …" of ours.
func isOurs(name string, want map[guard]guard) bool {
	if function, is := strings.CutPrefix(name, "function "); is {
		_, ours := want[guard{kind: "function", name: function}]
		return ours
	}
	return isRelation(name, want)
}

// known reports whether a role of the operator's has what ours have, or less: the server
// may work under any name.
func (g guard) known(want map[guard]guard) bool {
	if slices.Contains([]string{"PUBLIC", ServerRole, ReaderRole}, g.definition) {
		return false
	}
	table, _, _ := strings.Cut(g.name, " (")
	for _, role := range []string{ServerRole, ReaderRole, "PUBLIC"} {
		for _, name := range []string{g.name, table} {
			if _, there := want[guard{"privilege", g.on, name, role}]; there {
				return true
			}
		}
	}
	return false
}

// guardKinds are what kinds of guards are called.
var guardKinds = map[string]string{
	"check": i18n.N("check"), "column": i18n.N("column"), "constraint": i18n.N("constraint"), "foreign key": i18n.N("foreign key"),
	"foreign table": i18n.N("foreign table"), "function": i18n.N("function"), "index": i18n.N("index"),
	"inheriting table": i18n.N("inheriting table"), "materialized view": i18n.N("materialized view"),
	"primary key": i18n.N("primary key"), "row security policy": i18n.N("row security policy"), "rule": i18n.N("rule"),
	"schema": i18n.N("schema"), "sequence": i18n.N("sequence"), "table": i18n.N("table"), "trigger": i18n.N("trigger"),
	"type": i18n.N("type"), "unique index": i18n.N("unique index"), "unique key": i18n.N("unique key"), "view": i18n.N("view"),
}

// called says which guard it is.
func (g guard) called() i18n.Text {
	kind := i18n.Say(guardKinds[g.kind])
	switch {
	case g.kind == "column":
		return i18n.Say("The column %s of %s", g.name, g.on)
	case g.on == "" || strings.HasSuffix(g.kind, "index"):
		return i18n.Say("The %s %s", kind, g.name)
	}
	return i18n.Say("The %s %s on %s", kind, g.name, g.on)
}

func (g guard) missing() i18n.Text {
	if g.kind == "trigger" {
		return i18n.Say("%s is missing or switched off. Whoever owns the database has to put it back.", g.called())
	}
	return i18n.Say("%s is missing. Whoever owns the database has to put it back.", g.called())
}

// changed says how it differs from what is there.
func (g guard) changed(there guard) i18n.Text {
	switch {
	case g.kind == "setting":
		return i18n.Say("The setting %s is %s and not %s, so no trigger and no foreign key of the database works."+
			" Whoever runs PostgreSQL has to set it back.", g.name, there.definition, g.definition)
	case strings.TrimSuffix(there.definition, " OFF") == g.definition && g.kind == "trigger":
		return g.missing()
	case strings.TrimSuffix(there.definition, " OFF") == g.definition:
		return i18n.Say("%s is switched off. Whoever owns the database has to put it back.", g.called())
	case strings.TrimSuffix(there.definition, " INVALID") == g.definition:
		return i18n.Say("%s is not valid, so it holds for some rows only. Whoever owns the database has to build it anew.", g.called())
	}
	return i18n.Say("%s is not as the migrations make it. Whoever owns the database has to put it back.", g.called())
}

func (g guard) tooMany() i18n.Text {
	switch g.kind {
	case "privilege":
		return i18n.Say("%s may %s on %s, and needs not. Whoever owns the database has to revoke it.",
			role(g.definition), g.name, g.on)
	case "power":
		return i18n.Say("%s may do whatever the owner of the database may. Whoever runs PostgreSQL has to take that away.", role(g.name))
	case "owner":
		return i18n.Say("%s owns %s, and can change it. Whoever runs PostgreSQL has to give it back to the owner "+
			"of the other tables.", role(g.definition), g.name)
	}
	return i18n.Say("%s is none that the migrations make. Whoever owns the database has to look who added it, and remove it.", g.called())
}

func role(name string) i18n.Text {
	if name == "PUBLIC" {
		return i18n.Say("Every role")
	}
	return i18n.Say("The role %s", name)
}
