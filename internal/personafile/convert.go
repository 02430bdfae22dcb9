package personafile

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"personae/internal/i18n"
	"personae/internal/persona"
)

// loadable says what can be loaded instead of a file of another kind.
var loadable = i18n.Say("personae loads files that Export made, character cards (as JSON or as a picture in PNG) and " +
	"tables in CSV whose first row names the columns")

// Convert returns the text that Read takes for a file of another tool: a character card,
// as JSON or in a picture, or a table in CSV. What is not known to be such a file comes
// back as it is. It fails with an InvalidError about TextField for one that is known
// and cannot be loaded, and says what it is.
func Convert(file []byte) ([]byte, error) {
	file = withoutMark(file)
	if bytes.HasPrefix(file, []byte(pngStart)) {
		card, err := cardInPicture(file)
		if err != nil {
			return file, err
		}
		return convertJSON(card, i18n.N("There is a character card in this picture, but it cannot be read"))
	}
	switch start := bytes.TrimSpace(file); {
	case len(start) == 0 || !utf8.Valid(file):
		return file, nil
	case start[0] == '{' || start[0] == '[':
		return convertJSON(file, "")
	}
	return convertTable(file)
}

// withoutMark takes away how some editors on Windows begin a text.
func withoutMark(file []byte) []byte { return bytes.TrimPrefix(file, []byte("\ufeff")) }

// convertJSON converts a card; unreadable is what is said of a text that is none,
// instead of returning it.
func convertJSON(text []byte, unreadable string) ([]byte, error) {
	var keys map[string]json.RawMessage
	if json.Unmarshal(text, &keys) == nil {
		if card, is := cardIn(text, keys); is {
			return rewritten([]persona.Entry{card.entry()})
		}
	}
	if unreadable != "" {
		return text, invalid(TextField, unreadable)
	}
	if what := known(text, keys); !what.Empty() {
		return text, invalid(TextField, "This is %s. %s", what, loadable)
	}
	return text, nil
}

// known names the kind of a file of another tool that is no voice; empty: it is not
// known.
func known(text []byte, keys map[string]json.RawMessage) i18n.Text {
	has := func(of map[string]json.RawMessage, names ...string) bool {
		return !slices.ContainsFunc(names, func(name string) bool { return of[name] == nil })
	}
	prompt := func(of map[string]json.RawMessage) bool {
		return has(of, "name", "prompt") && (of["labels"] != nil || of["type"] != nil || of["config"] != nil) ||
			has(of, "name", "versions", "labels")
	}
	list := []map[string]json.RawMessage{}
	if data := keys["data"]; data != nil {
		_ = json.Unmarshal(data, &list) // what is no list of objects is none of prompts
	} else if keys == nil {
		_ = json.Unmarshal(text, &list)
	}
	switch {
	case keys["personas"] != nil:
		return i18n.Text{}
	case keys["presetId"] != nil || keys["endpoint"] != nil && (keys["model"] != nil || keys["promptPrefix"] != nil):
		return i18n.Say("a LibreChat preset")
	case prompt(keys):
		return i18n.Say("a Langfuse prompt")
	case len(list) > 0 && prompt(list[0]):
		return i18n.Say("a list of Langfuse prompts")
	case strings.HasPrefix(string(keys["spec"]), `"chara_card_`):
		return i18n.Say("a character card that personae cannot read, %s", fmt.Sprintf("%.40s", keys["spec"]))
	}
	return i18n.Text{}
}

// card is a character card: what of it becomes a persona.
type card struct {
	Name         string `json:"name"`
	Nickname     string `json:"nickname"`
	Description  string `json:"description"`
	Personality  string `json:"personality"`
	Scenario     string `json:"scenario"`
	FirstMessage string `json:"first_mes"`
	SystemPrompt string `json:"system_prompt"`
}

// cardIn reads a card of version 2 or 3, or 1, whose keys stand outside.
func cardIn(text []byte, keys map[string]json.RawMessage) (c card, is bool) {
	switch string(keys["spec"]) {
	case `"chara_card_v2"`, `"chara_card_v3"`:
		return c, json.Unmarshal(keys["data"], &c) == nil
	case "":
		is = keys["first_mes"] != nil && keys["name"] != nil && keys["personality"] != nil
		return c, is && json.Unmarshal(text, &c) == nil
	}
	return c, false
}

// entry returns the card as a persona: the first message is the greeting, a short
// personality the tone, and all else that says who it is are the goals. A card speaks
// to {{user}} as {{char}}.
func (c card) entry() persona.Entry {
	e := persona.Entry{Content: persona.Content{Name: c.Name}}
	speaker := c.Nickname
	if strings.TrimSpace(speaker) == "" {
		speaker = c.Name
	}
	words := strings.NewReplacer("{{char}}", speaker, "{{Char}}", speaker, "<BOT>", speaker,
		"{{user}}", "{firstName}", "{{User}}", "{firstName}", "<USER>", "{firstName}", "{{original}}", "")
	e.DisplayName = speaker
	e.Greeting = words.Replace(c.FirstMessage)
	who := []string{c.SystemPrompt, c.Description}
	if tone := persona.Clean(c.Personality); utf8.RuneCountInString(tone) <= toneLimit && !strings.Contains(tone, "\n") {
		e.Tone = words.Replace(tone)
	} else {
		who = append(who, c.Personality)
	}
	for _, text := range append(who, c.Scenario) {
		if text = persona.Clean(words.Replace(text)); text != "" {
			e.Goals += "\n\n" + text
		}
	}
	e.Content = e.Clean()
	return e
}

const toneLimit = 60

// rewritten returns entries as a file of ours, right or wrong.
func rewritten(entries []persona.Entry) ([]byte, error) {
	list := make([]persona.Persona, len(entries))
	for i, e := range entries {
		list[i] = persona.Persona{Content: e.Content, IsDefault: e.IsDefault}
	}
	return Write(list)
}

const pngStart = "\x89PNG\r\n\x1a\n"

// cardInPicture returns the card in a PNG: the text called ccv3, else that called chara,
// in base64. What is compressed is not looked at: a few bytes of it may be very long.
func cardInPicture(file []byte) ([]byte, error) {
	found := map[string][]byte{}
	for rest := file[len(pngStart):]; len(rest) >= 12; {
		length := uint64(binary.BigEndian.Uint32(rest))
		if length+12 > uint64(len(rest)) {
			break // cut short
		}
		kind, data := string(rest[4:8]), rest[8:8+length]
		rest = rest[length+12:]
		name, text, _ := bytes.Cut(data, []byte{0})
		switch kind {
		case "tEXt":
			found[string(name)] = text
		case "zTXt", "iTXt":
			found["packed "+string(name)] = text
		}
	}
	for _, name := range []string{"ccv3", "chara"} {
		if text, is := found[name]; is {
			card, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
			if err != nil || !utf8.Valid(card) {
				return nil, invalid(TextField, "There is a character card in this picture, but it cannot be read. Save the card again, or as JSON")
			}
			return card, nil
		}
		if _, is := found["packed "+name]; is {
			return nil, invalid(TextField, "The character card in this picture is compressed, and personae does not unpack it. Save the card as JSON")
		}
	}
	return nil, invalid(TextField, "This is a picture (PNG) without a character card in it. %s", loadable)
}

// heading returns a column's name as it is compared: in any case, with or without
// blanks, hyphens and underscores.
func heading(name string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\u00a0_-", r) {
			return -1
		}
		return r
	}, name))
}

// The columns of a table besides the fields, which count from 0.
const (
	nameColumn    = -1
	defaultColumn = -2
)

// columns lists the columns that a table may have, and each by its key and its label.
func columns() (names []string, places map[string]int) {
	names, places = []string{"name", "isDefault"}, map[string]int{"name": nameColumn, "isdefault": defaultColumn}
	for i, f := range persona.Fields() {
		key := reflect.TypeFor[Voice]().Field(i).Tag.Get("json")
		names = append(names, key)
		for _, name := range []string{key, f.Name, f.Label} {
			places[heading(name)] = i
		}
	}
	return names, places
}

// convertTable converts a CSV whose first row names the columns, one of them name. A
// text without such a row comes back as it is.
func convertTable(file []byte) ([]byte, error) {
	r := csv.NewReader(bytes.NewReader(file))
	line, _, _ := bytes.Cut(file, []byte("\n"))
	for _, comma := range []byte{';', '\t'} { // as spreadsheets of some countries write it
		if bytes.Count(line, []byte{comma}) > bytes.Count(line, []byte{byte(r.Comma)}) {
			r.Comma = rune(comma)
		}
	}
	first, err := r.Read()
	if err != nil || !slices.ContainsFunc(first, func(name string) bool { return heading(name) == "name" }) {
		return file, nil //nolint:nilerr // no table
	}
	places, err := placesOf(first)
	if err != nil {
		return file, err
	}
	rows, err := r.ReadAll()
	if err != nil {
		return file, tableError(err)
	}
	entries := make([]persona.Entry, len(rows))
	for i, row := range rows {
		e := &entries[i]
		for j, cell := range row {
			switch places[j] {
			case nameColumn:
				e.Name = cell
			case defaultColumn:
				is, known := isYes(cell)
				if !known {
					return file, invalid(TextField, "Persona %s: isDefault must be yes or no, not “%s”",
						strconv.Itoa(i+1), fmt.Sprintf("%.20s", cell))
				}
				e.IsDefault = is
			default:
				*persona.Fields()[places[j]].Of(&e.Voice) = cell
			}
		}
	}
	return rewritten(entries)
}

// placesOf returns which column each of a table is. It fails with an InvalidError for
// one that is unknown or there twice.
func placesOf(first []string) ([]int, error) {
	names, known := columns()
	places := make([]int, len(first))
	for i, name := range first {
		place, is := known[heading(name)]
		column := persona.Cut(strings.TrimSpace(persona.TidyName(name)), persona.NameLimit)
		switch {
		case !is:
			return nil, invalid(TextField, "This is a table in CSV, and its column “%s” is none of ours. The columns are %s. "+
				"Rename or remove it", column, strings.Join(names, ", "))
		case slices.Contains(places[:i], place):
			return nil, invalid(TextField, "This is a table in CSV, and its column “%s” is there twice", column)
		}
		places[i] = place
	}
	return places, nil
}

func isYes(cell string) (yes, known bool) {
	switch strings.ToLower(strings.TrimSpace(cell)) {
	case "yes", "true", "1", "x":
		return true, true
	case "", "no", "false", "0":
		return false, true
	}
	return false, false
}

// tableError says where a table stops being one.
func tableError(err error) error {
	var at *csv.ParseError
	if !errors.As(err, &at) {
		return err
	}
	if errors.Is(at.Err, csv.ErrFieldCount) {
		return invalid(TextField, "This is a table in CSV, and it cannot be read at line %s: this row has another number of cells "+
			"than the first", strconv.Itoa(at.Line))
	}
	return invalid(TextField, "This is a table in CSV, and it cannot be read at line %s: a quotation mark is missing there, "+
		"or too much", strconv.Itoa(at.Line))
}
