package postgres

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"

	"personae/internal/language"
	"personae/internal/persona"
)

// columns lists columns in the order in which their values are scanned and passed.
type columns []string

// The eight fields of a voice come from persona.Fields: voiceColumns are theirs in
// personas and persona_versions, mirrorColumns theirs in workspace_settings and
// workspace_settings_versions. contentColumns and settingsColumns are all words that
// people write there, mainColumns those of one language.
var (
	voiceFields     = persona.Fields()
	voiceColumns    = columnsOf(func(f persona.Field) string { return f.Name })
	mirrorColumns   = columnsOf(func(f persona.Field) string { return f.Setting })
	mainColumns     = slices.Concat(columns{"name"}, voiceColumns)
	contentColumns  = slices.Concat(mainColumns, columns{variantsColumn})
	settingsColumns = slices.Concat(mirrorColumns, columns{"company_name", "qualification_questions"})
)

// variantsColumn holds words in other languages, as JSON.
const variantsColumn = "variants"

func columnsOf(name func(persona.Field) string) columns {
	list := make(columns, len(voiceFields))
	for i, f := range voiceFields {
		list[i] = name(f)
	}
	return list
}

// list returns the columns as a statement names them.
func (c columns) list() string { return strings.Join(c, ", ") }

// of returns the columns of a table.
func (c columns) of(table string) string {
	return c.each(func(name string) string { return table + "." + name })
}

// words returns the columns of a table with ” for NULL, also where a left join
// found no row.
func (c columns) words(table string) string {
	return c.each(func(name string) string {
		if name == variantsColumn {
			name += "::text"
		}
		return "coalesce(" + table + "." + name + ", '')"
	})
}

// parameters returns a parameter for each column, counted from first, with NULL
// for ”.
func (c columns) parameters(first int) string {
	n := first - 1
	return c.each(func(name string) string {
		n++
		given := "nullif($" + strconv.Itoa(n) + ", '')"
		if name == variantsColumn {
			given += "::jsonb"
		}
		return given
	})
}

// arrays returns a parameter for each column, counted from first, that holds the words of
// many rows.
func (c columns) arrays(first int) string {
	n := first - 1
	return c.each(func(string) string {
		n++
		return "$" + strconv.Itoa(n) + "::text[]"
	})
}

func (c columns) each(write func(string) string) string {
	list := make([]string, len(c))
	for i, name := range c {
		list[i] = write(name)
	}
	return strings.Join(list, ", ")
}

// voiceTargets returns where a scan of voiceColumns or mirrorColumns puts them.
func voiceTargets(v *persona.Voice) []any {
	list := make([]any, len(voiceFields), len(voiceFields)+2)
	for i, f := range voiceFields {
		list[i] = f.Of(v)
	}
	return list
}

// mainTargets returns where a scan of mainColumns puts them.
func mainTargets(c *persona.Content) []any {
	return append([]any{&c.Name}, voiceTargets(&c.Voice)...)
}

// contentTargets returns where a scan of contentColumns puts them.
func contentTargets(c *persona.Content) []any {
	return append(mainTargets(c), (*variants)(&c.Variants))
}

// settingsWords returns all that people set in settings, or in a version of them, as
// settingsTargets takes it.
func settingsWords(table string) string {
	return settingsColumns.words(table) + ", coalesce(" + table + ".drafts_off, false), coalesce(" + table + ".forget_leads_after_months, 0)"
}

// settingsTargets returns where a scan of settingsWords puts them.
func settingsTargets(s *persona.Settings) []any {
	return append(voiceTargets(&s.Voice), &s.CompanyName, (*questions)(&s.QualificationQuestions), &s.DraftsOff, &s.ForgetAfter)
}

// questions are scanned as lines, also where an older program wrote JSON.
type questions string

func (q *questions) ScanText(v pgtype.Text) error {
	*q = questions(persona.QuestionLines(v.String))
	return nil
}

// voiceArguments returns the values of voiceColumns or mirrorColumns.
func voiceArguments(v persona.Voice) []any {
	list := make([]any, len(voiceFields), len(voiceFields)+2)
	for i, f := range voiceFields {
		list[i] = *f.Of(&v)
	}
	return list
}

// mainArguments returns the values of mainColumns.
func mainArguments(c persona.Content) []any {
	return append([]any{c.Name}, voiceArguments(c.Voice)...)
}

// contentArguments returns the values of contentColumns.
func contentArguments(c persona.Content) []any {
	return append(mainArguments(c), variants(c.Variants))
}

// variants are scanned and passed as the JSON of the column, by language.
type variants persona.Variants

// variantJSON is one of them.
type variantJSON struct {
	Greeting    string `json:"greeting,omitempty"`
	SMSGreeting string `json:"smsGreeting,omitempty"`
	Signature   string `json:"signature,omitempty"`
}

func (v *variants) ScanText(text pgtype.Text) error {
	*v = ""
	if text.String == "" {
		return nil
	}
	var all map[language.Tag]variantJSON
	if err := json.Unmarshal([]byte(text.String), &all); err != nil {
		return err
	}
	list := make([]persona.Variant, 0, len(all))
	for tag, words := range all {
		list = append(list, persona.Variant{Language: tag, Greeting: words.Greeting, SMSGreeting: words.SMSGreeting,
			Signature: words.Signature})
	}
	*v = variants(persona.Pack(list...).Clean())
	return nil
}

func (v variants) TextValue() (pgtype.Text, error) {
	if v == "" {
		return pgtype.Text{Valid: true}, nil
	}
	all := map[language.Tag]variantJSON{}
	for _, one := range persona.Variants(v).List() {
		all[one.Language] = variantJSON{one.Greeting, one.SMSGreeting, one.Signature}
	}
	text, err := json.Marshal(all)
	return pgtype.Text{String: string(text), Valid: true}, err
}

// settingsArguments returns a workspace, whether it wants no drafts by themselves, after
// how many months it forgets leads, and the values of settingsColumns.
func settingsArguments(workspace uuid.UUID, s persona.Settings) []any {
	return slices.Concat([]any{workspace, s.DraftsOff, s.ForgetAfter}, voiceArguments(s.Voice),
		[]any{s.CompanyName, s.QualificationQuestions})
}

// personaVersion and settingsVersion return one version, to be joined on true. In a plain join
// PostgreSQL may read all versions of a persona or a workspace, which it takes for few.
func personaVersion(workspace, persona, version string) string {
	return `lateral (select * from persona_versions where workspace_id = ` + workspace + ` and persona_id = ` + persona +
		` and version = ` + version + ` limit 1)`
}

func settingsVersion(workspace, version string) string {
	return `lateral (select * from workspace_settings_versions where workspace_id = ` + workspace + ` and version = ` + version + ` limit 1)`
}
