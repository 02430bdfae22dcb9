package dbtest

import (
	"encoding/json"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"personae/internal/postgres"
)

// Plan is how PostgreSQL carried out a statement, or one that a trigger or a function has.
type Plan struct {
	Query string `json:"Query Text"`
	Root  Step   `json:"Plan"`
}

// Step is a step of a Plan, with those that it begins with.
type Step struct {
	Type   string `json:"Node Type"`
	Table  string `json:"Relation Name"`
	Index  string `json:"Index Name"`
	By     string `json:"Index Cond"`
	Filter string `json:"Filter"`
	Parts  []Step `json:"Plans"`

	Rows    float64 `json:"Actual Rows"` // of each loop, where they were counted, and
	Loops   float64 `json:"Actual Loops"`
	Removed float64 `json:"Rows Removed by Filter"`
	Unlike  float64 `json:"Rows Removed by Join Filter"`
}

// Read returns how many rows of tables and indexes the step and all below it read, and how many they looked at
// again to leave them out, where that was counted.
func (s Step) Read() (rows int) {
	for _, step := range s.All() {
		if step.Table != "" || step.Index != "" {
			rows += int(step.Rows * step.Loops)
		}
		rows += int((step.Removed + step.Unlike) * step.Loops)
	}
	return rows
}

// Steps returns the step and all below it, but those that read an index in order until a
// Limit ends them.
func (s Step) Steps() []Step { return s.steps(false) }

func (s Step) steps(limited bool) []Step {
	var all []Step
	if !limited || s.Index == "" {
		all = append(all, s)
	}
	limited = s.Type == "Limit" || limited && slices.Contains([]string{"Incremental Sort", "Result", "Nested Loop"}, s.Type)
	for i, p := range s.Parts {
		all = append(all, p.steps(limited && (i == 0 || s.Type != "Nested Loop"))...)
	}
	return all
}

// All returns the step and all below it.
func (s Step) All() []Step {
	all := []Step{s}
	for _, p := range s.Parts {
		all = append(all, p.All()...)
	}
	return all
}

// small are the tables that do not grow with what people and programs do. There may be 200 house personas.
var small = []string{"house_personas", "house_personas_name", "goose_db_version", "secrets", "river_queue", "river_leader", "river_migration"}

// SeldomWhole begin statements of jobs that read all of a table, and why that is right.
var SeldomWhole = map[string]string{
	"delete from invitations":                        "it holds those of 90 days, as this one removes others",
	"delete from password_resets":                    "it holds those that are good, as this one removes others",
	"delete from support_requests":                   "it holds those of 90 days, as this one removes others",
	"select r.workspace_id from workspace_revisions": "once a day each workspace is asked whether something is older than is kept",
	"select s.workspace_id, $1::timestamptz":         "once a day each workspace is asked whether it forgets leads",
}

// Seldom returns what of SeldomWhole a statement begins with, and reports whether it is one of them.
func Seldom(query string) (begins string, is bool) {
	for begins := range SeldomWhole {
		if strings.HasPrefix(query, begins) {
			return begins, true
		}
	}
	return "", false
}

// Whole returns a function that returns the steps of a Plan that read from end to end a table that
// grows, or an index of it that is not of some of its rows alone.
func (d *Database) Whole(t testing.TB) func(Plan) []Step {
	t.Helper()
	rows, err := d.SQL.Query(t.Context(), `select relname from pg_index join pg_class on pg_class.oid = indexrelid where indpred is not null`)
	if err != nil {
		t.Fatal(err)
	}
	partial, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return func(p Plan) []Step {
		return slices.DeleteFunc(p.Root.Steps(), func(s Step) bool {
			whole := s.Type == "Seq Scan" || s.Index != "" && s.By == ""
			return !whole || slices.Contains(small, s.Table) || slices.Contains(small, s.Index) || slices.Contains(partial, s.Index) ||
				strings.HasPrefix(s.Table, "pg_") || strings.HasPrefix(s.Index, "pg_") || strings.HasSuffix(s.Table, "_seq") // a sequence
		})
	}
}

// Explain has PostgreSQL take an index for the server wherever one can be taken, as it would
// if each table were huge and a few rows of it were looked for, and returns a function that
// returns each plan by which it carried out a statement since it was called last. It skips the test where
// PostgreSQL has no auto_explain.
func (d *Database) Explain(t testing.TB) (plans func() []Plan) {
	t.Helper()
	return explained(t, d.explainServer(t))
}

// ExplainAll is Explain for whatever is done in databases over connections that are made from now on,
// the test's own too. It gets the URLs of their owners.
func ExplainAll(t testing.TB, owners ...string) (plans func() []Plan) {
	t.Helper()
	for _, owner := range owners {
		explain(t, owner, "")
	}
	return explained(t, logged(t))
}

func explained(t testing.TB, log func() string) (plans func() []Plan) {
	return func() []Plan {
		t.Helper()
		texts := plansIn(log())
		slices.Sort(texts)
		return planned(t, slices.Compact(texts))
	}
}

// Reads is Explain that returns how many rows were read since it was called last, by statements
// of the server and what they call. No other test may run meanwhile.
func (d *Database) Reads(t testing.TB) (rows func() int) {
	t.Helper()
	log := d.explainServer(t, "auto_explain.log_analyze = on", "auto_explain.log_timing = off")
	return func() (rows int) {
		t.Helper()
		for _, plan := range planned(t, plansIn(log())) {
			rows += plan.Root.Read()
		}
		return rows
	}
}

// explainServer does it, and returns what returns the server's log since it was called last.
func (d *Database) explainServer(t testing.TB, settings ...string) (log func() string) {
	t.Helper()
	server := d.ServerSQL.Config().ConnConfig
	explain(t, d.URL, "role "+server.User+" in ", settings...)
	log = logged(t)
	d.Through(t, server.ConnString(), postgres.Options{})
	return log
}

// explain has PostgreSQL log the plans of what is done in a database, or by a role in it, over its next connections.
func explain(t testing.TB, owner, role string, settings ...string) {
	t.Helper()
	db, err := pgx.Connect(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close(t.Context()) }()
	if _, err := db.Exec(t.Context(), `load 'auto_explain'`); err != nil {
		t.Skip("PostgreSQL has no auto_explain here: ", err)
	}
	var sql strings.Builder
	for _, set := range append(settings, "session_preload_libraries = auto_explain", "auto_explain.log_min_duration = 0",
		"auto_explain.log_nested_statements = on", "auto_explain.log_format = json",
		"enable_seqscan = off", "enable_hashjoin = off", "enable_mergejoin = off") {
		sql.WriteString(`alter ` + role + `database ` + pgx.Identifier{db.Config().Database}.Sanitize() + ` set ` + set + `;`)
	}
	// Once it has counted how few rows there are, it would rather read all of them.
	sql.WriteString(`do $$ declare r record; begin
		for r in select relid::regclass as name from pg_stat_user_tables loop
			execute format('alter table %s set (autovacuum_enabled = off)', r.name);
		end loop;
	end $$`)
	if _, err := db.Exec(t.Context(), sql.String()); err != nil {
		t.Fatal(err)
	}
}

// logged returns a function that returns what PostgreSQL logged since it was called last.
func logged(t testing.TB) (log func() string) {
	t.Helper()
	begun, err := os.Stat(serverLog)
	if err != nil {
		t.Fatal(err)
	}
	seen := begun.Size()
	return func() string {
		t.Helper()
		file, err := os.Open(serverLog)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = file.Close() }()
		text, err := io.ReadAll(io.NewSectionReader(file, seen, math.MaxInt64-seen))
		if err != nil {
			t.Fatal(err)
		}
		seen += int64(len(text))
		return string(text)
	}
}

// plansIn returns the plans of a log. What belongs to a line is below it, after a tab.
func plansIn(log string) (texts []string) {
	var plan strings.Builder
	planned := false
	for line := range strings.Lines(log) {
		below, belongs := strings.CutPrefix(line, "\t")
		if !belongs {
			if planned {
				texts = append(texts, plan.String())
				plan.Reset()
			}
			planned = strings.HasSuffix(line, "  plan:\n")
		} else if planned {
			plan.WriteString(below)
		}
	}
	if planned {
		texts = append(texts, plan.String())
	}
	return texts
}

func planned(t testing.TB, texts []string) []Plan {
	t.Helper()
	plans := make([]Plan, len(texts))
	for i, text := range texts {
		if err := json.Unmarshal([]byte(text), &plans[i]); err != nil {
			t.Fatal(err, text)
		}
	}
	return plans
}
