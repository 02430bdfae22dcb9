package postgres_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
	"personae/internal/testing/npm"
)

const legacyFolder = "testdata/legacy_clients/"

func legacyPrograms() []string { return []string{"pg.mjs", "prisma.mjs"} }

// legacyProgram is a program of others that reads the views again and again.
type legacyProgram struct {
	mu    sync.Mutex
	reads int
	rows  map[string]bool // all that it read, each row's words in one line
	over  bool
	stop  func() (complaint string)
}

func (p *legacyProgram) now() (reads int, rows map[string]bool, over bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.reads, maps.Clone(p.rows), p.over
}

// startLegacy starts one that reads in this schema, under a login that can do
// nothing but that.
func startLegacy(t *testing.T, d *dbtest.Database, file, schema string, a postgres.Access) *legacyProgram {
	t.Helper()
	npm.Needs(t, legacyFolder+"node_modules/pg/package.json")
	npm.Needs(t, legacyFolder+"node_modules/legacy-client/index.js")
	cmd := npm.Command(t, legacyFolder+file, legacyLogin(t, d, schema), a.Workspace().String(), schema)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &legacyProgram{rows: map[string]bool{}}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.hear(out)
	}()
	p.stop = sync.OnceValue(func() string {
		_ = in.Close()
		<-ended
		if err := cmd.Wait(); err != nil {
			return err.Error() + "\n" + complaint.String()
		}
		return ""
	})
	t.Cleanup(func() { p.stop() })
	return p
}

// hear takes what the program tells: a row that it has not read before, or how
// often it has read.
func (p *legacyProgram) hear(out io.Reader) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var row []string
		var progress struct{ Reads int }
		isRow := json.Unmarshal(lines.Bytes(), &row) == nil
		p.mu.Lock()
		if isRow {
			p.rows[strings.Join(row, "|")] = true
		} else if json.Unmarshal(lines.Bytes(), &progress) == nil {
			p.reads = progress.Reads
		}
		p.mu.Unlock()
	}
	p.mu.Lock()
	p.over = true
	p.mu.Unlock()
}

// TestProgramsOfOthersReadOnePersonasWordsWhileTheDefaultSwitches lets a program
// with node's pg and one with Prisma's client read while the default is switched
// 1,000 times, and on until both have read as often.
func TestProgramsOfOthersReadOnePersonasWordsWhileTheDefaultSwitches(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	ids, whole := speakers(t, d, a)
	const writers, switches, least = 4, 1000, 1000
	programs := map[string]*legacyProgram{}
	for _, file := range legacyPrograms() {
		programs[file] = startLegacy(t, d, file, "legacy", a)
	}
	waited := func() bool {
		for _, p := range programs {
			if reads, rows, over := p.now(); !over && (reads < least || len(rows) < len(whole)) {
				return false
			}
		}
		return true
	}
	var done atomic.Int64
	together(writers, func(w int) {
		for n := 0; done.Add(1) <= switches || !waited(); n++ {
			if _, err := d.SetDefault(t.Context(), a, ids[(w+n)%len(ids)]); err != nil {
				t.Error(err)
				return
			}
		}
	})
	if n := d.Count(t, `select count(*) from audit_events where action = 'persona.default_set'`); n < switches/2 {
		t.Errorf("only %d of %d switches moved the default", n, switches)
	}
	for file, p := range programs {
		if complaint := p.stop(); complaint != "" {
			t.Fatal(file, complaint)
		}
		reads, rows, _ := p.now()
		for row := range rows {
			if !whole[row] {
				t.Errorf("%s read nobody's words: %s", file, row)
			}
		}
		if reads < least || len(rows) < len(whole) {
			t.Errorf("%s read %d times and %d personas, want %d and %d", file, reads, len(rows), least, len(whole))
		}
	}
}

// TestProgramsOfOthersWouldReadAMixture shows that the test above sees one: here
// half of the mirror is written in a transaction of its own.
func TestProgramsOfOthersWouldReadAMixture(t *testing.T) {
	t.Parallel()
	for _, file := range legacyPrograms() {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			d := dbtest.New(t)
			a := d.Workspace(t, "Harbor")
			ids, whole := speakers(t, d, a)
			for _, sql := range []string{
				`create schema torn`,
				`create table torn.late as select * from workspace_settings`,
				`create view torn."WorkspaceSettings" as select (jsonb_populate_record(s, jsonb_build_object('aiSignature', l.ai_signature, 'aiGoals', l.ai_goals,
					'serviceDescription', l.service_description, 'idealCustomerProfile', l.ideal_customer_profile))).* from legacy."WorkspaceSettings" s, torn.late l`,
				`create view torn."AiPersona" as select * from legacy."AiPersona"`,
				`create view torn."Client" as select * from legacy."Client"`,
				`grant usage on schema torn to ` + postgres.ReaderRole,
				`grant select on all tables in schema torn to ` + postgres.ReaderRole,
			} {
				d.Exec(t, sql)
			}
			program := startLegacy(t, d, file, "torn", a)
			mixed := func() (found, over bool) {
				_, rows, over := program.now()
				maps.DeleteFunc(rows, func(row string, _ bool) bool { return whole[row] })
				return len(rows) > 0, over
			}
			for n := 0; ; n++ {
				if found, over := mixed(); found || over {
					break
				}
				if _, err := d.SetDefault(t.Context(), a, ids[n%len(ids)]); err != nil {
					t.Fatal(err)
				}
				d.Exec(t, `update torn.late l set ai_signature = s.ai_signature, ai_goals = s.ai_goals, service_description = s.service_description,
					ideal_customer_profile = s.ideal_customer_profile from workspace_settings s`)
			}
			complaint := program.stop()
			if found, _ := mixed(); !found || complaint != "" {
				t.Errorf("a mixture was read: %t; %s", found, complaint)
			}
		})
	}
}
