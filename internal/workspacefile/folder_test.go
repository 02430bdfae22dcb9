package workspacefile_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/internal/workspacefile"
)

func fieldsOf(err error) []persona.FieldError {
	var invalid *persona.InvalidError
	if errors.As(err, &invalid) {
		return invalid.Fields
	}
	return nil
}

// files puts files into a new folder and returns it.
func files(t *testing.T, texts map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range texts {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const (
	workspaceID = "24c0563b-8a95-4e7e-a839-bdc68359a3e9"
	annaID      = "255ae314-6603-4b89-9818-6c74d0607fb0"
	bobID       = "97e4c2f6-97f1-4923-a728-be6865c0e030"
)

const written = `# Kept by the sales team.

workspace: ` + workspaceID + `   # Harbor
revision: 4

# The voice of most campaigns
default: anna
personas:
  # speaks first
  - name:   Anna  # as in the book
    id: ` + annaID + `
    tone: 'direct'
    # short, please
    greeting: >-
      Hi
      {firstName},

    signature: |
      Anna

      # not a comment

  # speaks second

  - id: ` + bobID + `
    name: Bob

campaigns:   # by what the CRM calls them
  - {externalId: spring, persona: Anna}

  - externalId: autumn
    name: "Autumn"
    persona: bob   # for now
settings: # few
  companyName: Harbor
`

// held is what a workspace holds that written says.
func held() persona.Present {
	anna := persona.Persona{ID: uuid.MustParse(annaID), IsDefault: true, Content: persona.Content{Name: "Anna",
		Voice: persona.Voice{Tone: "direct", Greeting: "Hi {firstName},", Signature: "Anna\n\n# not a comment"}}}
	bob := persona.Persona{ID: uuid.MustParse(bobID), Content: persona.Content{Name: "Bob"}}
	answers := func(p persona.Persona) uuid.NullUUID { return uuid.NullUUID{UUID: p.ID, Valid: true} }
	return persona.Present{Personas: []persona.Persona{anna, bob}, Keys: strings.ToLower, Revision: 4,
		Campaigns: []persona.Campaign{{ExternalID: "spring", Name: "Spring", PersonaID: answers(anna)},
			{ExternalID: "autumn", Name: "Autumn", PersonaID: answers(bob)}},
		Settings: persona.Settings{CompanyName: "Harbor", DraftsOff: true}}
}

func TestFilesThatAreWrittenAgainKeepOrderCommentsAndLineEnds(t *testing.T) {
	t.Parallel()
	change := strings.NewReplacer("revision: 4", "revision: 5", "'direct'", "formal", "      {firstName},\n", "",
		">-\n      Hi", "|-\n      Hello\n      # there", `name: "Autumn"`, "name: Fall", "persona: bob ", "persona: Zoë ",
		"    name: Bob\n", "    name: Robert\n    goals: Win\n", "companyName: Harbor", "companyName: \"no\"",
		"for now\n", "for now\n  - externalId: \"3\"\n    name: Three\n",
		"\ncampaigns:", "  - id: 6ae59e68-5e34-41a4-8ee0-d973a056321a\n    name: Zoë\n\ncampaigns:")
	now := held()
	now.Revision = 5
	now.Personas[0].Tone, now.Personas[0].Greeting = "formal", "Hello\n# there"
	now.Personas[1].Name, now.Personas[1].Goals = "Robert", "Win"
	zoe := persona.Persona{ID: uuid.MustParse("6ae59e68-5e34-41a4-8ee0-d973a056321a"), Content: persona.Content{Name: "Zoë"}}
	now.Personas = append(now.Personas, zoe)
	now.Campaigns[1].Name, now.Campaigns[1].PersonaID.UUID = "Fall", zoe.ID
	now.Campaigns = append(now.Campaigns, persona.Campaign{ExternalID: "3", Name: "Three"})
	now.Settings.CompanyName = "no"
	for name, c := range map[string]struct {
		now  persona.Present
		want string
	}{"nothing changed": {held(), written}, "much changed": {now, change.Replace(written)}} {
		for _, end := range []string{"\n", "\r\n"} {
			for _, mark := range []string{"", "\ufeff"} {
				ends := func(text string) string { return mark + strings.ReplaceAll(text, "\n", end) }
				path := filepath.Join(files(t, map[string]string{"a.yaml": ends(written)}), "a.yaml")
				folder, err := workspacefile.Read(path)
				if err != nil {
					t.Fatal(faults(err))
				}
				folder.Update(c.now, uuid.MustParse(workspaceID))
				write(t, folder)
				text, _ := os.ReadFile(path)
				if diff := cmp.Diff(ends(c.want), string(text)); diff != "" {
					t.Errorf("%s, %q, %q:\n%s", name, end, mark, diff)
				}
			}
		}
	}
}

func TestAPersonaInMarkdownKeepsWhatIsNotChanged(t *testing.T) {
	t.Parallel()
	const page = "---\r\n# of the fair\r\nid: " + annaID + "\r\nname: Anna\r\n---\r\n\r\n\r\n# GREETING #\r\n\r\nHi\r\n\\# you\r\n\r\n\r\n#\tSignature\r\nAnna\r\n"
	dir := files(t, map[string]string{"x/anna.markdown": page, "w.yml": "workspace: " + workspaceID + "\nrevision: 4\n", "README.md": "no persona",
		".github/x.yaml": "no: key", "notes.txt": "x"})
	now := held()
	now.Personas = now.Personas[:1]
	now.Personas[0].Voice = persona.Voice{Greeting: "Hi\n# you", Signature: "Anna"}
	now.Campaigns = nil
	update := func() string {
		folder, err := workspacefile.Read(dir)
		if err != nil {
			t.Fatal(faults(err))
		}
		folder.Update(now, uuid.MustParse(workspaceID))
		write(t, folder)
		text, _ := os.ReadFile(filepath.Join(dir, "x/anna.markdown"))
		return string(text)
	}
	if got := update(); got != page {
		t.Errorf("nothing changed: %q", got)
	}
	now.Personas[0].Voice = persona.Voice{Greeting: "Hi\n# you", Signature: "A", Goals: "Win\n\nmore", SMSGreeting: "Yo", Tone: "dry"}
	want := strings.Replace(page, "name: Anna\r\n", "name: Anna\r\ntone: dry\r\n", 1)
	want = strings.Replace(want, "#\tSignature\r\nAnna\r\n", "# SMS greeting\r\n\r\nYo\r\n\r\n#\tSignature\r\nA\r\n\r\n# Goals\r\n\r\nWin\r\n\r\nmore\r\n", 1)
	if diff := cmp.Diff(want, update()); diff != "" {
		t.Error(diff)
	}
	now.Personas[0].Voice = persona.Voice{Greeting: "Hi\n# you"}
	now.Personas[0].Name = "Ännchen"
	want = "---\r\n# of the fair\r\nid: " + annaID + "\r\nname: Ännchen\r\n---\r\n\r\n\r\n# GREETING #\r\n\r\nHi\r\n\\# you\r\n\r\n\r\n"
	if diff := cmp.Diff(want, update()); diff != "" {
		t.Error(diff)
	}
}

func TestAFileInJSONKeepsItsOrder(t *testing.T) {
	t.Parallel()
	const file = "{\n\t\"default\": \"Anna\",\n\t\"personas\": [\n\t\t{\n\t\t\t\"tone\": \"direct\",\n\t\t\t\"name\": \"Anna\"\n\t\t}\n\t],\n\t\"revision\": 4\n}\n"
	path := filepath.Join(files(t, map[string]string{"a.json": file}), "a.json")
	folder, err := workspacefile.Read(path)
	if err != nil {
		t.Fatal(faults(err))
	}
	now := held()
	now.Personas, now.Campaigns = now.Personas[:1], nil
	now.Personas[0].Voice = persona.Voice{Tone: "formal"}
	folder.Update(now, uuid.MustParse(workspaceID))
	write(t, folder)
	text, _ := os.ReadFile(path)
	want := strings.NewReplacer("{\n\t\"default", "{\n\t\"workspace\": \""+workspaceID+"\",\n\t\"default", "direct", "formal",
		"\t\t\t\"tone", "\t\t\t\"id\": \""+annaID+"\",\n\t\t\t\"tone").Replace(file)
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Error(diff)
	}
}

func TestAllThatIsWrongWithFilesIsSaidWithItsPlace(t *testing.T) {
	t.Parallel()
	front := func(keys string) string { return "---\n" + keys + "\n---\n" }
	for name, c := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"unknown, doubled and wrong": {map[string]string{"a.yaml": "workspace: 7\nrevison: 1\ndefault: A\ndefault: B\ncomplete: maybe\npersonas: x\ncampaigns:\n  - name: C\n  - 7\n"},
			[]string{"a.yaml:1: workspace must be an id", "a.yaml:2: the file has no key “revison”. The keys are: workspace, revision",
				"a.yaml:4: default is there twice, here and in line 3", "a.yaml:5: complete must be true or false", "a.yaml:6: personas must be a list",
				"a.yaml:8: a campaign is known by its externalId", "a.yaml:9: a campaign must have keys"}},
		"types of words": {map[string]string{"a.yaml": "personas:\n  - name: 7\n  - name: A\n    tone: [x]\n    greeting: true\ncampaigns:\n- externalId: 007\n"},
			[]string{`a.yaml:2: name must be a text. Put it between quotation marks: "7"`, "a.yaml:2: Enter a name", "a.yaml:4: tone must be a text",
				"a.yaml:5: greeting must be a text", `a.yaml:7: externalId must be a text. Put it between quotation marks: "007"`, "a.yaml:7: a campaign is known"}},
		"words too long, and control characters": {map[string]string{"a.md": front("name: A\ntone: "+strings.Repeat("x", 61)) + "# Greeting\nHi\x01\n", "b.json": "{\"personas\": [\n{\"name\": \"a\\u202eb\"}]}"},
			[]string{"a.md:3: Tone must be 60 characters or fewer; it has 61", "a.md:5: Greeting holds an invisible control character at character 3",
				"b.json:2: Name holds an invisible character"}},
		"Markdown": {map[string]string{"a.md": "Hi\n", "b.md": front("name: A") + "\nHi\n# Greting\n# Tone\n# Goals\n# goals\n", "c.md": "---\nname: A\n",
			"d.md": front("name: A\ngoals: x") + "# Goals\ny", "e.md": front(""), "f.md": front("name: [A") + "x"},
			[]string{"a.md:1: a persona in Markdown begins with a line of three hyphens", "b.md:6: “# Greting” is the name of no field. They are: # Greeting, # SMS",
				"b.md:7: Tone is a single line, and stands above, as tone: …", "b.md:9: “# goals” is there twice", "b.md:5: these words stand below no heading",
				"c.md:1: the second line of three hyphens is missing", "d.md:5: Goals is said twice: here, and above as goals", "e.md:1: the persona has no name", "f.md:2: this cannot be read as YAML"}},
		"what is no text": {map[string]string{"a.yaml": "default: A\ncomplete: \xff\n", "b.json": "{\"default\": \"A\",\n}", "c.yaml": "a: 1\n---\nb: 1\n", "d.yaml": "default: &x A\npersonas:\n- name: *x\n"},
			[]string{"a.yaml:2: this is not a text in UTF-8", "b.json:1: this is not JSON from here on", "c.yaml:1: this cannot be read as YAML: there are several documents",
				"d.yaml:1: anchors and aliases", "d.yaml:3: anchors and aliases", "d.yaml:3: Enter a name"}},
		"what is no YAML": {map[string]string{"a.yaml": "default: A\ncomplete: true\n\tpersonas: []\n", "b.yaml": "default: A\nsettings: [\n", "c.yaml": "default: A\nsettings: {companyName: \"b\x00\"}\n",
			"d.md": front("name: A\ntone: b: c"), "e.yml": "default: A\ncomplete: true: false\n"},
			[]string{"a.yaml:3: this cannot be read as YAML: found a tab", "b.yaml:2: this cannot be read as YAML: did not find expected",
				"c.yaml:2: this cannot be read as YAML: an invisible control character is in this line", "d.md:3: this cannot be read as YAML: mapping values",
				"e.yml:2: this cannot be read as YAML: mapping values"}},
		"two workspaces": {map[string]string{"a.yaml": "workspace: " + workspaceID, "b.yaml": "workspace: " + annaID}, []string{"b.yaml:1: workspace is said in a.yaml:1 already"}},
		"the other export": {map[string]string{"a.json": `{"version": 1, "personas": [{"name": "A", "isDefault": true}]}`},
			[]string{"the file has no key “version”. The keys are: workspace, revision, default, complete, settings, personas, campaigns. personae export --to", "said once, beside the list, as default: NAME"}},
		"nothing": {map[string]string{"notes.txt": "x"}, []string{"there is no file in it that could hold a workspace"}},
		"limits of settings": {map[string]string{"a.yaml": "settings:\n  companyName: " + strings.Repeat("x", 201) + "\n  forgetLeadsAfterMonths: 121\n"},
			[]string{"a.yaml:2: Company name must be 200", "a.yaml:3: Choose a time"}},
	} {
		dir := files(t, c.files)
		_, err := workspacefile.Read(dir)
		got := faults(err)
		ok := len(got) == len(c.want)
		for i := range got {
			got[i] = strings.ReplaceAll(got[i], dir+"/", "")
			ok = ok && strings.Contains(got[i], c.want[i])
		}
		if !ok {
			t.Errorf("%s:\n%s", name, strings.Join(got, "\n"))
		}
	}
	many := "personas:\n" + strings.Repeat("  - nam: A\n", 100)
	_, err := workspacefile.Read(files(t, map[string]string{"a.yaml": many}))
	if got := faults(err); len(got) != persona.FaultsShown+1 || !slices.Contains(got, "There may be more. Repair these first") {
		t.Errorf("%d faults: %v", len(got), got[len(got)-1])
	}
	for _, path := range []string{filepath.Join(t.TempDir(), "missing"), files(t, map[string]string{"a.txt": ""}) + "/a.txt"} {
		if _, err := workspacefile.Read(path); err == nil || !strings.HasPrefix(err.Error(), path+": ") {
			t.Error(path, err)
		}
	}
}
