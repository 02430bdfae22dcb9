package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"personae/internal/access"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
	"personae/internal/testing/origintest"
)

// explained are the commands in the order in which the test runs them, each with all of its flags and what it
// exits with where that is not 0. What begins with a dollar stands for something that is there.
var explained = []struct {
	words string
	exit  int
}{
	{words: "serve --demo"},
	{words: "migrate up"},
	{words: "migrate status"},
	{words: "user add --email ida@example.com --name Ida --superadmin --support"},
	{words: "user list"},
	{words: "user role --email ida@example.com --support --no-superadmin"},
	{words: "user reset --email ida@example.com"},
	{words: "user reset --email ida@example.com --second-factor"},
	{words: "workspace add --name Cedar --admin ida@example.com"},
	{words: "workspace add --name Cedar --admin ida@example.com --again"},
	{words: "user disable --email ida@example.com"},
	{words: "user enable --email ida@example.com"},
	{words: "user remove --email ida@example.com"},
	{words: "import --from $origin --dry-run"},
	{words: "import --from $origin --prefer persona"},
	{words: "import --from $origin"},
	{words: "workspace list --archived"},
	{words: "workspace rename --workspace $ws --name Pier"},
	{words: "workspace archive --workspace $ws"},
	{words: "workspace unarchive --workspace $ws"},
	{words: "resolve --workspace $ws --campaign $campaign --channel sms --language de --json"},
	{words: "resolve --workspace $ws --campaign HA-101 --at 2099-12-24T18:00:00+01:00"},
	{words: "export --workspace $ws"},
	{words: "export --workspace $ws --to $files"},
	{words: "plan --workspace $ws --over --json $changed", exit: 2},
	{words: "apply --workspace $ws --over --yes $changed"},
	{words: "apply --workspace $two --over --yes $too"},
	{words: "export --workspace $ws --to $files --over"},
	{words: "load --workspace $ws --dry-run --replace $personas", exit: 2},
	{words: "load --workspace $ws --replace $personas"},
	{words: "load --workspace $two --replace $personas"},
	{words: "lead export --workspace $ws --lead $lead"},
	{words: "lead erase --workspace $ws --lead $lead --yes"},
	{words: "doctor --json", exit: 1},
	{words: "doctor --repair settings", exit: 1}, // a second person has to approve some words
	{words: "doctor --repair persona"},
}

// unexplained are commands that the test does not run, and why.
var unexplained = map[string]string{
	"bench seed":       "it makes data to measure with",
	"bench large":      "likewise",
	"backup":           "pg_dump copies every table",
	"restore":          "pg_restore fills every table and checks every key, and then it ends as doctor does",
	"upgrade-database": "it counts all rows of one PostgreSQL in another, of which it needs two",
}

// withoutDatabase are the others.
var withoutDatabase = []string{"config", "completion bash", "licenses", "ready", "man", "version"}

// wholly begin statements by which commands read all of a table, and why that is right. What is asked
// of one workspace never may.
var wholly = []struct {
	commands    []string
	begins, why string
}{
	{[]string{"serve"}, "select exists (select from users", "the first of them ends it"},
	{[]string{"serve", "doctor"}, "select user_id, secret from user_totp", "each secret is opened, to see whether it can be"},
	{[]string{"serve", "doctor"}, "select w.id, w.name, '' as webhook", "likewise"},
	{[]string{"doctor"}, "select w.id, w.name, ", "every rule is checked in all workspaces"},
	{[]string{"doctor"}, "with repaired as (", "likewise"},
	{[]string{"user list"}, "select u.id, u.email", "all are printed"},
	{[]string{"workspace list"}, "select id, name, archived_at is not null from workspaces", "likewise"},
	{[]string{"import"}, `select id::text from public."Client"`, "all come over"},
	{[]string{"import"}, `select i.id, coalesce(u.email`, "likewise"},
	{[]string{"import"}, `select "clientId"::text, coalesce("name"::text, ''), coalesce("aiPersonaId"`, "sequences, once"},
	{[]string{"import"}, `select count(*) from public."Lead" s`, "once, those of no workspace are counted"},
}

// TestNoCommandReadsAllOfATable runs each command where there is something for it to do, as
// TestNoRequestReadsAllOfATable asks each route.
func TestNoCommandReadsAllOfATable(t *testing.T) {
	t.Parallel()
	everyCommandIsExplained(t)
	e := &explaining{T: t, d: dbtest.New(t), origin: origintest.New(t), words: strings.NewReplacer(), used: map[string]bool{}}
	e.plans, e.whole = dbtest.ExplainAll(t, e.d.URL, e.origin.URL), e.d.Whole(t)
	for _, c := range explained {
		e.prepare(c.words)
		e.plans()
		e.run(c.words, c.exit)
		e.look(c.words)
	}
	for _, c := range wholly {
		for _, command := range c.commands {
			if !e.used[command+c.begins] {
				t.Errorf("%s does not read all of a table any more by %s", command, c.begins)
			}
		}
	}
	for _, words := range withoutDatabase {
		e.plans()
		personae(t, e.env(), "", strings.Fields(words)...)
		if len(e.plans()) > 0 {
			t.Errorf("%s asks the database: list it with those that do", words)
		}
	}
}

// explaining runs commands and looks at their plans.
type explaining struct {
	*testing.T
	d      *dbtest.Database
	origin *origintest.Database
	two    postgres.Access
	words  *strings.Replacer
	plans  func() []dbtest.Plan
	whole  func(dbtest.Plan) []dbtest.Step
	used   map[string]bool // of wholly
}

func (e *explaining) env() []string {
	return []string{"PERSONAE_DATABASE_URL=" + e.d.URL, "PERSONAE_SERVER_ADDR=127.0.0.1:1"}
}

// prepare makes something for a command to do, and has PostgreSQL forget how few rows there are,
// which the import has it count.
func (e *explaining) prepare(words string) {
	e.Helper()
	switch words {
	case "migrate up":
		e.fill()
	case "doctor --json":
		e.breakRules()
	}
	e.d.Exec(e, `with forgotten as (delete from pg_statistic using pg_class c where starelid = c.oid and c.relnamespace = 'public'::regnamespace)
		update pg_class set reltuples = -1, relpages = 0 where relnamespace = 'public'::regnamespace and reltuples >= 0`)
}

// run runs a command, which has to exit so.
func (e *explaining) run(words string, want int) {
	e.Helper()
	args := strings.Fields(e.words.Replace(words))
	if args[0] == "serve" {
		server, err := postgres.URLFor(e.d.URL, postgres.ServerRole)
		if err != nil {
			e.Fatal(err)
		}
		serve(e.T, []string{"PERSONAE_DATABASE_URL=" + server, "PERSONAE_DATABASE_OWNER_URL=" + e.d.URL}, args[1:]...).stop()
		return
	}
	if code, out, errs := personae(e.T, e.env(), "correct horse battery\n", args...); code != want {
		e.Errorf("%v: exit %d, want %d: %s%s", args, code, want, out, errs)
	}
}

// look fails where a statement of the command that was run read all of a table, and may not.
func (e *explaining) look(words string) {
	e.Helper()
	list := e.plans()
	if len(list) == 0 {
		e.Errorf("%s: no plan was seen", words)
	}
	for _, plan := range list {
		query := strings.TrimSpace(plan.Query)
		for _, step := range e.whole(plan) {
			if _, job := dbtest.Seldom(query); job && strings.HasPrefix(words, "serve") {
				continue // it may have come to it already
			}
			if !e.may(words, query) {
				e.Errorf("%s: %s of %s %s:\n%s", words, step.Type, step.Table, step.Index, query)
			}
		}
	}
}

// may reports whether a command may read all of a table by a statement.
func (e *explaining) may(words, query string) (may bool) {
	for _, c := range wholly {
		for _, command := range c.commands {
			if strings.HasPrefix(words, command) && strings.HasPrefix(query, c.begins) && !strings.Contains(query, "id = $1") {
				e.used[command+c.begins], may = true, true
			}
		}
	}
	return may
}

// everyCommandIsExplained looks that each command is in one list, and is run with each of its flags.
func everyCommandIsExplained(t *testing.T) {
	t.Helper()
	var cli commands
	parser, err := kong.New(&cli, kong.Name("personae"))
	if err != nil {
		t.Fatal(err)
	}
	known := 0
	for _, leaf := range parser.Model.Leaves(false) {
		name := strings.TrimPrefix(leaf.FullPath(), "personae ")
		var runs []string
		for _, c := range explained {
			if strings.HasPrefix(c.words+" ", name+" ") {
				runs = append(runs, c.words)
			}
		}
		without := slices.ContainsFunc(withoutDatabase, func(words string) bool { return strings.HasPrefix(words+" ", name+" ") })
		switch {
		case len(runs) > 0:
		case unexplained[name] != "" || without:
			known++
			continue
		default:
			t.Errorf("%s is in no list", name)
		}
		for _, flag := range leaf.Flags {
			if !strings.Contains(strings.ReplaceAll(fmt.Sprint(runs), "--no-", "--"), "--"+flag.Name) {
				t.Errorf("%s is not run with --%s", name, flag.Name)
			}
		}
	}
	if known != len(unexplained)+len(withoutDatabase) {
		t.Error("a command that is listed is none, or is listed twice")
	}
}

// fill fills both databases, so that there is something for each command to do.
func (e *explaining) fill() {
	e.Helper()
	e.origin.Fill(e, 20)
	e.origin.FillLeads(e, 10, 3, 2)
	a := e.d.Lived(e, "Harbor")
	e.two = e.d.Lived(e, "Two")
	e.d.Member(e, e.two.Workspace(), e.d.User(e, access.NewUser{}), access.Admin)
	if err := e.d.RequireSecondPerson(e.Context(), e.two); err != nil {
		e.Fatal(err)
	}
	e.d.Exec(e, `update campaigns set external_id = 'HA-101' where name = 'Spring'`)
	// Of a few, PostgreSQL rather reads all.
	e.d.Break(e, a, dbtest.Breakage{SQL: `insert into erased_leads select $ws, sha256(n::text::bytea) from generate_series(1, 20000) n`})
	const changed = "default: Other\npersonas:\n- {name: Other, greeting: Ahoy}\n- {name: New}\nsettings: {companyName: Pier}\n" +
		"campaigns:\n- {externalId: HA-101, name: Summer, persona: New}\n"
	dir := e.TempDir()
	for name, text := range map[string]string{"one.yaml": changed, "two.yaml": changed,
		"personas.json": `{"version": 1, "personas": [{"name": "Default", "greeting": "Hey"}, {"name": "Another"}]}`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			e.Fatal(err)
		}
	}
	id := func(table string) string {
		return texts(e.T, e.d, `select id::text from `+table+` where workspace_id = '`+a.Workspace().String()+`'`)
	}
	e.words = strings.NewReplacer("$ws", a.Workspace().String(), "$two", e.two.Workspace().String(), "$origin", e.origin.URL,
		"$campaign", id("campaigns"), "$lead", id("leads"), "$personas", filepath.Join(dir, "personas.json"),
		"$files", filepath.Join(dir, "files"), "$changed", filepath.Join(dir, "one.yaml"), "$too", filepath.Join(dir, "two.yaml"))
}

// breakRules breaks those that doctor repairs, one of them where a second person has to approve it.
func (e *explaining) breakRules() {
	e.Helper()
	rule := ""
	for _, b := range dbtest.Breakages() {
		if b.Repaired && b.Rule != rule {
			e.d.Break(e, e.d.Lived(e, b.Rule), b)
		}
		if rule = b.Rule; rule == "mirror" {
			e.d.Break(e, e.two, b)
		}
	}
}
