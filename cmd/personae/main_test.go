package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"personae/internal/testing/dbtest"
)

// personae runs the command line and gives its exit status and what it said.
func personae(t *testing.T, env []string, in string, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, env, strings.NewReader(in), &o, &e)
	return code, o.String(), e.String()
}

func TestWrongWordsExitWithTwoAndFailuresWithOne(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]int{
		"": 0, "--help": 0, "serve --help": 0, "version": 0, "migrate up --help": 0,
		"help": 0, "help import": 0, "help user add": 0, "--version": 0, "help nonsense": 2,
		"nonsense": 2, "serve --nonsense": 2, "resolve": 2, "resolve --workspace nonsense": 2,
		"resolve --workspace 00000000-0000-0000-0000-000000000000 --channel pigeon": 2, "user add": 2, "migrate": 2,
		"config --config " + filepath.Join(t.TempDir(), "missing.ini"): 1,
	} {
		code, out, errs := personae(t, nil, "", strings.Fields(args)...)
		if code != want {
			t.Errorf("personae %s: exit %d, want %d\n%s%s", args, code, want, out, errs)
		}
		if code == 0 && out == "" || code != 0 && errs == "" {
			t.Errorf("personae %s says nothing", args)
		}
	}
}

func TestHelpAndVersionAreFoundUnderEitherName(t *testing.T) {
	t.Parallel()
	for either, other := range map[string]string{"help": "--help", "help import": "import --help", "--version": "version"} {
		_, one, _ := personae(t, nil, "", strings.Fields(either)...)
		_, two, _ := personae(t, nil, "", strings.Fields(other)...)
		if one != two {
			t.Errorf("personae %s says\n%s\nand personae %s\n%s", either, one, other, two)
		}
	}
}

func TestUnknownSettingIsNamedWithTheNearest(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "personae.ini")
	if err := os.WriteFile(file, []byte("[server]\nadr = 127.0.0.1:1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, errs := personae(t, nil, "", "config", "--config", file)
	if code != 1 || !strings.Contains(errs, "addr") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestOperatorAddsPeopleAndWorkspacesAndAsksWhoAnswers(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	env := []string{"PERSONAE_DATABASE_URL=" + d.URL}
	ok := func(in string, args ...string) string {
		t.Helper()
		code, out, errs := personae(t, env, in, args...)
		if code != 0 {
			t.Fatalf("%v: exit %d: %s", args, code, errs)
		}
		return strings.TrimSpace(out)
	}
	fails := func(in, says string, args ...string) {
		t.Helper()
		before := d.Snapshot(t)
		code, _, errs := personae(t, env, in, args...)
		if code != 1 || !strings.Contains(errs, says) {
			t.Errorf("%v: exit %d: %s", args, code, errs)
		}
		if d.Snapshot(t) != before {
			t.Errorf("%v failed and changed something", args)
		}
	}
	ok("correct horse\n", "user", "add", "--email", "ada@example.com", "--name", "Ada")
	fails("correct horse\n", "already", "user", "add", "--email", "ADA@example.com", "--name", "Ada")
	fails("short\n", "8 to 256", "user", "add", "--email", "b@example.com", "--name", "B")
	fails("", "standard input", "user", "add", "--email", "b@example.com", "--name", "B")
	fails("correct horse\n", "not an email", "user", "add", "--email", "b", "--name", "B")
	fails("", "no user with the address", "workspace", "add", "--name", "Harbor", "--admin", "nobody@example.com")
	for name, says := range map[string]string{
		"a\nb":                   "--name must be a single line; it has a line break at character 2",
		"a\x1b[31m":              "--name holds an invisible control character at character 2",
		"a\u202eb":               "--name holds an invisible character at character 2 (U+202E)",
		"\u200b":                 "--name is empty; a name has 1 to 120 characters",
		strings.Repeat("x", 121): "--name must be 120 characters or fewer",
	} {
		fails("correct horse\n", says, "user", "add", "--email", "b@example.com", "--name", name)
		fails("", says, "workspace", "add", "--name", name, "--admin", "ada@example.com")
	}
	d.Exec(t, `insert into recovery_codes (user_id, code_hash) select id, 'x' from users`)
	d.Exec(t, `insert into user_totp (user_id, secret, last_step) select id, '\x0001020304050607080900010203040506070809', 0 from users`)
	fails("", "no user with the address", "user", "reset", "--second-factor", "--email", "nobody@example.com")
	ok("", "user", "reset", "--second-factor", "--email", "ADA@example.com")
	if n := d.Count(t, `select (select count(*) from recovery_codes) + (select count(*) from user_totp)`); n != 0 {
		t.Errorf("%d second factors are left", n)
	}
	id := ok("", "workspace", "add", "--name", "Harbor", "--admin", "Ada@example.com")
	fails("", "no campaign", "resolve", "--workspace", id, "--campaign", id)
	fails("", "no workspace", "resolve", "--workspace", "00000000-0000-0000-0000-000000000000")

	before := d.Snapshot(t)
	if text := ok("", "resolve", "--workspace", id); !strings.Contains(text, "Harbor has no persona, so its workspace settings answer.") {
		t.Error(text)
	}
	var answer struct {
		Source, PersonaName, Name string
		Opening                   string
		Reasons                   []string
		Fields                    []struct{ Field, Value, Source string }
	}
	if err := json.Unmarshal([]byte(ok("", "resolve", "--workspace", id, "--channel", "sms", "--json")), &answer); err != nil {
		t.Fatal(err)
	}
	if answer.Source != "settings" || answer.PersonaName != "Harbor" || answer.Name != "" || answer.Opening != "Hi {firstName}," || len(answer.Fields) != 8 || len(answer.Reasons) < 2 {
		t.Errorf("%+v", answer)
	}
	if d.Snapshot(t) != before {
		t.Error("resolving changed something")
	}
	if text := ok("", "migrate", "status"); !strings.Contains(text, "00001_personas.sql\tapplied") {
		t.Error(text)
	}
	if text := ok("", "migrate", "up"); text != "nothing to apply" {
		t.Error(text)
	}
}

func TestOperatorExportsPersonasAndLoadsThemElsewhere(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	env := []string{"PERSONAE_DATABASE_URL=" + d.URL}
	from, to := d.Workspace(t, "From"), d.Workspace(t, "To")
	d.NewPersona(t, from, "First")
	d.NewPersona(t, from, "Second")
	ok := func(in string, args ...string) string {
		t.Helper()
		code, out, errs := personae(t, env, in, args...)
		if code != 0 {
			t.Fatalf("%v: exit %d: %s", args, code, errs)
		}
		return out
	}
	file := ok("", "export", "--workspace", from.Workspace().String())
	before := d.Snapshot(t)
	if out := ok(file, "load", "--workspace", to.Workspace().String(), "--dry-run", "-"); out != "created\tFirst\tthe default\ncreated\tSecond\n" {
		t.Error(out)
	}
	for in, says := range map[string]string{`{"version": 1, "personas": [{"name": "A"}, {}]}`: "Persona 2: Enter a name", `{"version": 1, "personas": [{"name": "a\u202eb"}]}`: "Persona 1, “ab”: Name holds an invisible character at character 2 (U+202E)", `{"version": 1, "personas": [{"name": "A"}, {"name": "a"}]}`: "same name", "{": "not JSON"} {
		if code, _, errs := personae(t, env, in, "load", "--workspace", to.Workspace().String(), "-"); code != 1 || !strings.Contains(errs, "nothing was changed") || !strings.Contains(errs, says) {
			t.Errorf("exit %d: %s", code, errs)
		}
	}
	if code, _, errs := personae(t, env, file, "load", "--workspace", "00000000-0000-0000-0000-000000000000", "-"); code != 1 || !strings.Contains(errs, "no workspace") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if d.Snapshot(t) != before {
		t.Error("something changed")
	}
	name := filepath.Join(t.TempDir(), "personas.json")
	if err := os.WriteFile(name, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	ok("", "load", "--workspace", to.Workspace().String(), name)
	if again := ok("", "export", "--workspace", to.Workspace().String()); again != file {
		t.Errorf("%s\nbecame\n%s", file, again)
	}
	if out := ok(`{"version": 1, "personas": []}`, "load", "--workspace", to.Workspace().String(), "-"); out != "the file holds no persona, so there was nothing to load\n" {
		t.Error(out)
	}
	other := strings.Replace(file, "Hello from Second", "Good day", 1)
	if out := ok(other, "load", "--workspace", to.Workspace().String(), "-"); out != "unchanged\tFirst\nkept\tSecond\tdiffers; --replace replaces it\n" {
		t.Error(out)
	}
	if out := ok(other, "load", "--workspace", to.Workspace().String(), "--replace", "-"); out != "unchanged\tFirst\nreplaced\tSecond\n" {
		t.Error(out)
	}
	if n := d.Count(t, `select count(*) from audit_events where action = 'persona.loaded' and capacity = 'operator'`); n != 2 {
		t.Errorf("%d events", n)
	}
}

func TestConfigShowsWhereSettingsCameFromAndNoSecret(t *testing.T) {
	t.Parallel()
	code, out, errs := personae(t, []string{"PERSONAE_SESSION_KEY=" + strings.Repeat("s", 40), "PERSONAE_DATABASE_URL=postgres://u:geheim@h/d"}, "", "config")
	if code != 0 || strings.Contains(out, "ssss") || strings.Contains(out, "geheim") || !strings.Contains(out, "PERSONAE_SESSION_KEY") || !strings.Contains(out, "(set)") {
		t.Errorf("exit %d:\n%s%s", code, out, errs)
	}
}

func TestDemoIsRefusedOnAnOpenAddress(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"0.0.0.0:0", "[::]:0", ":0", "192.0.2.1:80"} {
		code, _, errs := personae(t, []string{"PERSONAE_SERVER_ADDR=" + addr, "PERSONAE_DATABASE_DATA_DIR=" + t.TempDir()}, "", "serve", "--demo")
		if code != 1 || !strings.Contains(errs, "public password") {
			t.Errorf("%s: exit %d: %s", addr, code, errs)
		}
	}
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// TestServeStartsStopsAndStartsAgainWithItsData runs the whole program as make
// run does, with a PostgreSQL of its own.
func TestServeStartsStopsAndStartsAgainWithItsData(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	env := []string{"PERSONAE_SERVER_ADDR=127.0.0.1:0", "PERSONAE_SERVER_METRICS_ADDR=127.0.0.1:0", "PERSONAE_DATABASE_DATA_DIR=" + dir}
	for start := range 2 {
		ctx, stop := context.WithCancel(t.Context())
		var out, errs syncBuffer
		exit := make(chan int, 1)
		go func() { exit <- run(ctx, []string{"serve", "--demo"}, env, strings.NewReader(""), &out, &errs) }()
		ready := regexp.MustCompile(`personae is ready: (http://\S+)`)
		deadline := time.Now().Add(60 * time.Second)
		for !ready.MatchString(out.String()) {
			select {
			case code := <-exit:
				t.Fatalf("exit %d: %s", code, errs.String())
			case <-time.After(20 * time.Millisecond):
			}
			if time.Now().After(deadline) {
				t.Fatalf("not ready: %s%s", out.String(), errs.String())
			}
		}
		url := ready.FindStringSubmatch(out.String())[1]
		get := func(url string) (int, string) {
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(answer.Body)
			_ = answer.Body.Close()
			if err != nil {
				t.Fatal(err)
			}
			return answer.StatusCode, string(body)
		}
		for _, path := range []string{"/livez", "/readyz", "/login"} {
			if status, _ := get(url + path); status != http.StatusOK {
				t.Errorf("start %d: %s: status %d", start, path, status)
			}
		}
		measures := regexp.MustCompile(`metrics are served.*address=(\S+)`).FindStringSubmatch(errs.String())
		if measures == nil {
			t.Fatalf("start %d: no metrics: %s", start, errs.String())
		}
		if status, numbers := get("http://" + measures[1] + "/metrics"); status != http.StatusOK ||
			!strings.Contains(numbers, `personae_request_seconds_count{method="GET",route="/login",status="200"} 1`) || !strings.Contains(numbers, `personae_invariants_broken{rule="mirror"} 0`) {
			t.Errorf("start %d: metrics: status %d: %s", start, status, numbers)
		}
		if status, _ := get(url + "/metrics"); status != http.StatusNotFound {
			t.Errorf("start %d: metrics on the public address: status %d", start, status)
		}
		if status, _ := get("http://" + measures[1] + "/login"); status != http.StatusNotFound {
			t.Errorf("start %d: pages where the metrics are: status %d", start, status)
		}
		// What nobody answered yet is drafted as soon as the program runs.
		for start == 0 && strings.Count(errs.String(), "msg=draft personaSource=") < 4 {
			if time.Now().After(deadline) {
				t.Fatalf("no drafts: %s", errs.String())
			}
			time.Sleep(20 * time.Millisecond)
		}
		if added := strings.Contains(errs.String(), "demo data added"); added != (start == 0) {
			t.Errorf("start %d: demo data added: %t", start, added)
		}
		_, found, _ := personae(t, env, "", "migrate", "status") // attaches to the running server
		if !strings.Contains(found, "applied") {
			t.Errorf("start %d: a second command does not reach the running database", start)
		}
		stop()
		if code := <-exit; code != 0 {
			t.Errorf("start %d: exit %d: %s", start, code, errs.String())
		}
		http.DefaultClient.CloseIdleConnections()
	}
}

func TestDoctorFindsAndRepairsInEveryWorkspace(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a, b := d.Workspace(t, "Harbor"), d.Workspace(t, "Cedar")
	d.NewPersona(t, a, "Default")
	d.NewPersona(t, b, "Default")
	env := []string{"PERSONAE_DATABASE_URL=" + d.URL}
	if code, out, errs := personae(t, env, "", "doctor"); code != 0 || !strings.Contains(out, "every rule holds") {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	d.Exec(t, `alter table workspace_settings disable trigger user`)
	d.Exec(t, `update workspace_settings set ai_goals = 'Drifted'`)
	d.Exec(t, `alter table workspace_settings enable trigger user`)
	before := d.Snapshot(t)
	code, out, _ := personae(t, env, "", "doctor", "--json")
	var findings []struct{ Rule, Workspace, Sentence string }
	if err := json.Unmarshal([]byte(out), &findings); err != nil || code != 1 || len(findings) != 2 || findings[0].Rule != "mirror" {
		t.Fatalf("exit %d, %v: %s", code, err, out)
	}
	if d.Snapshot(t) != before {
		t.Error("looking changed something")
	}
	if _, out, _ := personae(t, env, "", "doctor"); !strings.Contains(out, a.Workspace().String()+" mirror: Harbor: The workspace settings differ from the default persona “Default” in 1 of its 8 fields.\n") {
		t.Error(out)
	}
	d.Exec(t, `alter table workspace_settings disable trigger user`)
	d.Exec(t, `delete from workspace_settings where workspace_id = $1`, a.Workspace())
	if _, out, _ := personae(t, env, "", "doctor"); !strings.Contains(out, " mirror: Harbor: The workspace settings are missing, so older programs do not get the words of the default persona “Default”.\n") {
		t.Error(out)
	}
	d.Exec(t, `insert into workspace_settings (workspace_id, ai_goals) values ($1, 'Drifted')`, a.Workspace())
	d.Exec(t, `alter table workspace_settings enable trigger user`)
	if code, _, errs := personae(t, env, "", "doctor", "--repair", "nonsense"); code != 2 {
		t.Errorf("exit %d: %s", code, errs)
	}
	if code, out, errs := personae(t, env, "", "doctor", "--repair", "settings"); code != 0 {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	if n := d.Count(t, `select count(*) from personas where goals = 'Drifted'`); n != 2 || len(d.Broken(t)) > 0 {
		t.Errorf("%d personas took the settings' words; broken: %v", n, d.Broken(t))
	}
	d.Exec(t, `alter table personas disable trigger user`)
	d.Exec(t, `update personas set name = 'Renamed'`)
	d.Exec(t, `alter table personas enable trigger user`)
	if code, out, _ := personae(t, env, "", "doctor"); code != 1 || strings.Count(out, " history: ") != 2 {
		t.Errorf("exit %d: %s", code, out)
	}
	if code, out, errs := personae(t, env, "", "doctor", "--repair", "persona"); code != 0 || !strings.Contains(out, "every rule holds") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
}
