package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"personae/internal/access"
)

// document is what /api/v1/openapi.json says.
type document struct {
	root     map[string]any
	compiler *jsonschema.Compiler
}

// document reads it so that every object holds nothing but what it says: then
// an answer cannot hold more either.
func (s *site) document(t *testing.T) document {
	t.Helper()
	root, err := jsonschema.UnmarshalJSON(strings.NewReader(s.client(t).get("/api/v1/openapi.json").is(http.StatusOK).body))
	if err != nil {
		t.Fatal(err)
	}
	var shut func(any)
	shut = func(node any) {
		switch n := node.(type) {
		case map[string]any:
			if n["type"] == "object" && n["properties"] != nil {
				n["additionalProperties"] = false
			}
			for _, v := range n {
				shut(v)
			}
		case []any:
			for _, v := range n {
				shut(v)
			}
		}
	}
	shut(root)
	d := document{root.(map[string]any), jsonschema.NewCompiler()}
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource("openapi.json", root); err != nil {
		t.Fatal(err)
	}
	return d
}

// at returns the object at a path of keys.
func (d document) at(t *testing.T, keys ...string) map[string]any {
	t.Helper()
	node := d.root
	for _, k := range keys {
		next, there := node[k].(map[string]any)
		if !there {
			t.Fatalf("the document has no %v", keys)
		}
		node = next
	}
	return node
}

// allows tells what is wrong with a JSON text by the schema at a path of keys.
func (d document) allows(t *testing.T, text string, keys ...string) error {
	t.Helper()
	d.at(t, keys...)
	var pointer strings.Builder
	for _, k := range keys {
		pointer.WriteString("/" + url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(k)))
	}
	schema, err := d.compiler.Compile("openapi.json#" + pointer.String())
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(value)
}

// documented returns a route's path as the document has it.
func documented(path string) string {
	return strings.NewReplacer(":ws", "{workspace}", ":p", "{persona}", ":c", "{campaign}", ":l", "{lead}", ":d",
		"{draft}", ":version", "{version}", ":o", "{proposal}", ":schedule", "{schedule}").Replace(path)
}

func TestTheDocumentTellsEveryRouteForProgramsAndNoOther(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	d := s.document(t)
	same(t, "version", d.root["openapi"], any("3.1.0"))
	var inRouter, inDocument []string
	for _, r := range s.server.Routes() {
		if strings.HasPrefix(r.Path, "/api/") || strings.HasPrefix(r.Path, "/hooks/") {
			inRouter = append(inRouter, r.Method+" "+documented(r.Path))
		}
	}
	ids := map[string]bool{}
	for path, item := range d.at(t, "paths") {
		for method, operation := range item.(map[string]any) {
			inDocument = append(inDocument, strings.ToUpper(method)+" "+path)
			ids[operation.(map[string]any)["operationId"].(string)] = true
			var inPath []string // a parameter for each place in the path
			parameters, _ := operation.(map[string]any)["parameters"].([]any)
			for _, p := range parameters {
				if of := p.(map[string]any); of["in"] == "path" {
					inPath = append(inPath, "{"+of["name"].(string)+"}")
				}
			}
			same(t, path, inPath, regexp.MustCompile(`\{\w+\}`).FindAllString(path, -1))
		}
	}
	slices.Sort(inRouter)
	slices.Sort(inDocument)
	same(t, "routes", inDocument, inRouter)
	same(t, "each has an id of its own", len(ids), len(inRouter))
	ws := s.Workspace(t, "Harbor")
	admin := s.as(t, ws.Workspace(), access.Admin)
	from := admin.get(admin.get(at(ws, "tokens")).link("The API for programs")).is(http.StatusOK).says("Account",
		"Harbor", "Back to the tokens")
	same(t, "the way back", strings.Contains(from.body, at(ws, "tokens")), true)
	for name, b := range map[string]*client{"a stranger": s.signIn(t, access.NewUser{}),
		"somebody who is signed out": s.client(t)} {
		page := b.get("/api/v1/docs?workspace=" + ws.Workspace().String()).is(http.StatusOK)
		same(t, name+" learns of the workspace", strings.Contains(page.body, "Harbor") ||
			strings.Contains(page.body, "Back to the tokens"), false)
	}
	page := s.client(t).get("/api/v1/docs").body
	for _, route := range inRouter {
		if !strings.Contains(route, ".json") && !strings.HasSuffix(route, "/docs") && !strings.Contains(page, route) {
			t.Errorf("the page for people does not tell %s", route)
		}
	}
}

// TestWhatIsAnsweredIsWhatTheDocumentSays asks every route in it rightly and
// wrongly. That an answer holds a key which is not in the document fails too.
func TestWhatIsAnsweredIsWhatTheDocumentSays(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	d := s.document(t)
	// ask sends a request to a route, and returns its status.
	ask := func(route, token, method, path, body string, right bool, headers ...string) int {
		t.Helper()
		answer := s.send(t, token, method, path, body, headers...)
		_, template, _ := strings.Cut(documented(route), " ")
		operation := []string{"paths", template, strings.ToLower(method)}
		under := func(keys ...string) []string { return append(slices.Clone(operation), keys...) }
		if right && body != "" {
			if err := d.allows(t, body, under("requestBody", "content", "application/json", "schema")...); err != nil {
				t.Errorf("%s: the document does not let one send %s: %v", route, body, err)
			}
		}
		asked, err := url.Parse(path)
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range asked.Query() {
			if name == "x" { // nothing heeds it
				continue
			}
			if i := slices.IndexFunc(d.at(t, operation...)["parameters"].([]any),
				func(p any) bool { return p.(map[string]any)["name"] == name }); i < 0 {
				t.Errorf("%s: the document does not tell of ?%s=%s", route, name, value)
			}
		}
		kind := answer.header.Get("Content-Type")
		if kind == "application/json" {
			if err := d.allows(t, answer.body, under("responses", strconv.Itoa(answer.status), "content", kind,
				"schema")...); err != nil {
				t.Errorf("%s: answered %d, not as the document says: %v\n%s", route, answer.status, err, answer.body)
			}
		} else {
			d.at(t, under("responses", strconv.Itoa(answer.status), "content", strings.TrimSuffix(kind, "; charset=UTF-8"))...)
		}
		for name := range answer.header {
			if !slices.Contains([]string{"Etag", "Location", "Link", replayed}, name) {
				continue
			}
			told := d.at(t, under("responses", strconv.Itoa(answer.status), "headers")...)
			if name == "Etag" {
				name = "ETag"
			}
			if told[name] == nil {
				t.Errorf("%s: answered with %s, which the document does not tell", route, name)
			}
		}
		return answer.status
	}
	for _, route := range s.server.Routes() {
		name := route.Method + " " + route.Path
		if !strings.HasPrefix(route.Path, "/api/") {
			continue
		}
		if route.Who == "anyone" {
			same(t, name, ask(name, "", route.Method, route.Path, "", true), http.StatusOK)
			continue
		}
		ws := s.Workspace(t, "Harbor")
		x := target{ws: ws.Workspace().String()}
		if !strings.HasSuffix(route.Path, "/import") {
			s.NewPersona(t, ws, "Default")
			x = s.target(t, ws)
		}
		token := s.token(t, ws, "write")
		address := func(x target) string { return x.in(route.Path) }
		body := ""
		if route.Method != http.MethodGet {
			body = bodies()[name](x)
		}
		nobody := target{ws: uuid.NewString(), persona: uuid.NewString(), campaign: uuid.NewString(),
			lead: uuid.NewString(), draft: uuid.NewString(), approved: uuid.NewString()}
		same(t, name+" without a token", ask(name, "", route.Method, address(x), body, false), http.StatusUnauthorized)
		if strings.Contains(route.Path, "/:ws") {
			same(t, name+" elsewhere", ask(name, token, route.Method, address(nobody), body, false), http.StatusNotFound)
		}
		if !slices.Contains([]string{"lead token", "read token", "any token"}, route.Who) {
			same(t, name+" with a token to look", ask(name, s.token(t, ws, "read"), route.Method, address(x), body, false),
				http.StatusForbidden)
		}
		if route.Method != http.MethodGet {
			same(t, name+" with an unknown key", ask(name, token, route.Method, address(x), `{"nonsense": 1}`, false),
				http.StatusUnprocessableEntity)
			same(t, name+" from another site", ask(name, token, route.Method, address(x), body, false,
				"Origin: https://evil.example"), http.StatusForbidden)
			same(t, name+" as a form", ask(name, token, route.Method, address(x), "a=b", false,
				"Content-Type: application/x-www-form-urlencoded"), http.StatusUnsupportedMediaType)
			same(t, name+" with too much", ask(name, token, route.Method, address(x), `"`+strings.Repeat("x", 1<<20)+`"`,
				false), http.StatusRequestEntityTooLarge)
		}
		done := 0
		for status := range d.at(t, "paths", documented(route.Path), strings.ToLower(route.Method), "responses") {
			if n, _ := strconv.Atoi(status); n < 300 {
				done = n
			}
		}
		same(t, name, ask(name, token, route.Method, address(x), body, true, key+"one"), done)
		switch route.Method {
		case http.MethodPost:
			same(t, name+" again", ask(name, token, route.Method, address(x), body, true, key+"one"), done)
			same(t, name+" under a used key", ask(name, token, route.Method, address(x)+"?x=1", body, false, key+"one"),
				http.StatusUnprocessableEntity)
		case http.MethodPatch:
			if strings.HasSuffix(route.Path, "/leads/:l") {
				continue // it has no version: the same again changes nothing
			}
			same(t, name+" of an old version", ask(name, token, route.Method, address(x), body, true), http.StatusConflict)
		}
	}
	ws := s.Workspace(t, "Harbor")
	token := s.token(t, ws, "write")
	p := s.NewPersona(t, ws, "Default")
	campaign := s.NewCampaign(t, ws, "Spring")
	lead, draft := s.drafted(t, ws)
	for _, c := range []struct {
		method, route, path, body string
		status                    int
	}{
		{"GET", "personas", "personas?q=def", "", 200},
		{"GET", "campaigns", "campaigns", "", 200},
		{"GET", "resolve", "resolve?channel=sms&campaign=" + campaign.String(), "", 200},
		{"GET", "resolve", "resolve?channel=pigeon", "", 422},
		{"GET", "activity", "activity?limit=1", "", 200},
		{"GET", "activity", "activity?limit=101", "", 422},
		{"GET", "personas/:p/history", "personas/" + p.ID.String() + "/history?before=2", "", 200},
		{"GET", "personas/:p/history", "personas/" + p.ID.String() + "/history?before=0", "", 422},
		{"POST", "personas/:p/history/:version/restore", "personas/" + p.ID.String() + "/history/1/restore",
			`{"version": 7}`, 409},
		{"POST", "default/undo", "default/undo", `{"event": "` + uuid.NewString() + `"}`, 404},
		{"GET", "leads", "leads?q=liv&page=1", "", 200},
		{"GET", "leads", "leads?page=0", "", 422},
		{"POST", "leads/:l/draft", "leads/" + lead + "/draft", "", 409},
		{"PATCH", "leads/:l/drafts/:d", "leads/" + lead + "/drafts/" + draft, `{"body": "Hi", "version": 7}`, 409},
		{"PATCH", "leads/:l/drafts/:d", "leads/" + lead + "/drafts/" + draft, `{"version": 1}`, 422},
		{"POST", "leads/:l/drafts/:d/reject", "leads/" + lead + "/drafts/" + draft + "/reject",
			`{"body": "No", "version": 1}`, 200},
		{"POST", "leads/:l/drafts/:d/approve", "leads/" + lead + "/drafts/" + draft + "/approve", `{"version": 2}`, 409},
		{"POST", "personas/import", "personas/import", "", 409},
		{"POST", "personas", "personas", `{"name": "dEFAULT"}`, 409},
		{"POST", "personas", "personas", `{"name": "Elena", "personaName": null, "greeting": "Hi", "isDefault": true}`, 201},
		{"PATCH", "personas/:p", "personas/" + p.ID.String(), `{"name": "Elena", "version": 2}`, 409},
		{"PATCH", "personas/:p", "personas/" + p.ID.String(), `{"smsGreeting": 7, "version": 2}`, 422},
		{"DELETE", "personas/:p", "personas/" + p.ID.String(), `{"version": 1}`, 409},
		{"DELETE", "personas/:p", "personas/" + p.ID.String(), `{"successor": null, "version": 2}`, 200},
	} {
		same(t, c.method+" "+c.path, ask(c.method+" /api/v1/workspaces/:ws/"+c.route, token, c.method, api(ws, c.path),
			c.body, c.status != http.StatusUnprocessableEntity), c.status)
	}
}
