package dbtest

import (
	"encoding/json"
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

// Explain has PostgreSQL take an index for the server wherever one can be taken, as it would
// if each table were huge and a few rows of it were looked for, and returns a function that
// returns each plan by which it carried out a statement since. It skips the test where
// PostgreSQL has no auto_explain.
func (d *Database) Explain(t testing.TB) (plans func() []Plan) {
	t.Helper()
	log := d.explain(t)
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
	log := d.explain(t, "auto_explain.log_analyze = on", "auto_explain.log_timing = off")
	seen := 0
	return func() (rows int) {
		t.Helper()
		text := log()
		for _, plan := range planned(t, plansIn(text[seen:])) {
			rows += plan.Root.Read()
		}
		seen = len(text)
		return rows
	}
}

// explain does it, and returns what returns the server's log since.
func (d *Database) explain(t testing.TB, settings ...string) (log func() string) {
	t.Helper()
	if _, err := d.SQL.Exec(t.Context(), `load 'auto_explain'`); err != nil {
		t.Skip("PostgreSQL has no auto_explain here: ", err)
	}
	server := d.ServerSQL.Config().ConnConfig
	for _, set := range append(settings, "session_preload_libraries = auto_explain", "auto_explain.log_min_duration = 0",
		"auto_explain.log_nested_statements = on", "auto_explain.log_format = json",
		"enable_seqscan = off", "enable_hashjoin = off", "enable_mergejoin = off") {
		d.Exec(t, `alter role `+server.User+` in database `+pgx.Identifier{server.Database}.Sanitize()+` set `+set)
	}
	// Once it has counted how few rows there are, it would rather read all of them.
	d.Exec(t, `do $$ declare r record; begin
		for r in select relid::regclass as name from pg_stat_user_tables loop
			execute format('alter table %s set (autovacuum_enabled = off)', r.name);
		end loop;
	end $$`)
	begun, err := os.Stat(serverLog)
	if err != nil {
		t.Fatal(err)
	}
	d.Through(t, server.ConnString(), postgres.Options{})
	return func() string {
		t.Helper()
		log, err := os.ReadFile(serverLog)
		if err != nil {
			t.Fatal(err)
		}
		return string(log[begun.Size():])
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
