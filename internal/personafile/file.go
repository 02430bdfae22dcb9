// Package personafile is personas as a file: what export writes and load reads.
package personafile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"personae/internal/i18n"
	"personae/internal/language"
	"personae/internal/persona"
	"personae/internal/strictjson"
)

// FileVersion is the version of the format that Write writes.
const FileVersion = 1

// TextField is the form field that an InvalidError of Read is about.
const TextField = "text"

// File is a file of personas: their words and which is the default, and no ids
// or times.
type File struct {
	Version  int       `json:"version" minimum:"1" maximum:"1" description:"Of the format"`
	Personas []Persona `json:"personas"`
}

// Persona is one of a file.
type Persona struct {
	Name      string `json:"name"`
	IsDefault bool   `json:"isDefault" description:"Becomes the default where there is none"`
	Voice
	Variants Variants `json:"variants,omitempty" description:"Words in other languages, by their tags (BCP 47)"`
}

// Variants is words in other languages, by their tags.
type Variants map[string]Variant

// Variant is words in another language as JSON has them: an empty one is left out, or null.
type Variant struct {
	Greeting    *string `json:"greeting,omitempty"`
	SMSGreeting *string `json:"smsGreeting,omitempty"`
	Signature   *string `json:"signature,omitempty"`
}

// VariantsOf returns v as JSON has them; never nil.
func VariantsOf(v persona.Variants) Variants {
	all := Variants{}
	for _, one := range v.List() {
		voice := VoiceOf(persona.Voice{Greeting: one.Greeting, SMSGreeting: one.SMSGreeting, Signature: one.Signature})
		all[string(one.Language)] = Variant{voice.Greeting, voice.SMSGreeting, voice.Signature}
	}
	return all
}

// Words returns them as persona has them.
func (v Variants) Words() persona.Variants {
	var list []persona.Variant
	for _, tag := range slices.Sorted(maps.Keys(v)) {
		words := Voice{Greeting: v[tag].Greeting, SMSGreeting: v[tag].SMSGreeting, Signature: v[tag].Signature}.Words()
		list = append(list, persona.Variant{Language: language.Tag(tag), Greeting: words.Greeting, SMSGreeting: words.SMSGreeting,
			Signature: words.Signature})
	}
	return persona.Pack(list...)
}

// Voice is the eight fields of a persona.Voice as JSON has them: an empty one is
// null.
type Voice struct {
	PersonaName          *string `json:"personaName"`
	Tone                 *string `json:"tone"`
	Greeting             *string `json:"greeting"`
	SMSGreeting          *string `json:"smsGreeting"`
	Signature            *string `json:"signature"`
	Goals                *string `json:"goals"`
	ServiceDescription   *string `json:"serviceDescription"`
	IdealCustomerProfile *string `json:"idealCustomerProfile"`
}

// places lists where the fields are, in the order of persona.Fields.
func (v *Voice) places() []**string {
	return []**string{&v.PersonaName, &v.Tone, &v.Greeting, &v.SMSGreeting, &v.Signature, &v.Goals,
		&v.ServiceDescription, &v.IdealCustomerProfile}
}

// VoiceOf returns v as JSON has it.
func VoiceOf(v persona.Voice) Voice {
	var of Voice
	for i, place := range of.places() {
		if text := *persona.Fields()[i].Of(&v); text != "" {
			*place = &text
		}
	}
	return of
}

// Words returns v as persona has it.
func (v Voice) Words() persona.Voice {
	var words persona.Voice
	for i, place := range v.places() {
		if *place != nil {
			*persona.Fields()[i].Of(&words) = **place
		}
	}
	return words
}

// FileOf returns personas as a file, in the order of list.
func FileOf(list []persona.Persona) File {
	f := File{Version: FileVersion, Personas: make([]Persona, len(list))}
	for i, p := range list {
		f.Personas[i] = Persona{p.Name, p.IsDefault, VoiceOf(p.Voice), VariantsOf(p.Variants)}
	}
	return f
}

// Write returns personas as a file, in the order of list. The same personas make
// the same file.
func Write(list []persona.Persona) ([]byte, error) {
	var file bytes.Buffer
	encoder := json.NewEncoder(&file)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(FileOf(list))
	return file.Bytes(), err
}

// Read returns the personas of a file, or of one that Convert knows, cleaned. It fails
// with an InvalidError about TextField that names what is wrong by its place, up to
// persona.FaultsShown.
func Read(file []byte) ([]persona.Entry, error) {
	file, err := Convert(file)
	if err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(file)) == 0 {
		return nil, invalid(TextField, "There is nothing in it. It must be a file that Export made")
	}
	if !utf8.Valid(file) {
		return nil, invalid(TextField, "This is not a text in UTF-8, so it cannot be read. Save it as UTF-8 "+
			"(Excel calls that CSV UTF-8)")
	}
	if err := checkSyntax(file); err != nil {
		return nil, err
	}
	if err := checkVersion(file); err != nil {
		return nil, err
	}
	var raw struct {
		Version  int             `json:"version"`
		Personas json.RawMessage `json:"personas"`
	}
	// What is repeated in one of the personas is told by its place.
	if err := strictjson.Unmarshal(file, &raw, strictjson.AllowRepeated()); err != nil {
		return nil, placed(i18n.Say("The file: "), err)
	}
	var items []json.RawMessage
	if string(raw.Personas) == "null" || json.Unmarshal(raw.Personas, &items) != nil {
		return nil, invalid(TextField, "The file has no list called personas")
	}
	if len(items) > persona.LoadLimit {
		return nil, invalid(TextField, "The file holds %d personas, and one may hold %d. Load them in parts", len(items), persona.LoadLimit)
	}
	entries, err := readEntries(items)
	if err != nil {
		return nil, err
	}
	return entries, placed(i18n.Say("The file: "), strictjson.Unmarshal(file, &raw))
}

func readEntries(items []json.RawMessage) ([]persona.Entry, error) {
	entries := make([]persona.Entry, 0, len(items))
	var wrong []persona.FieldError
	lead := 0
	for i, item := range items {
		if len(wrong) >= persona.FaultsShown {
			break
		}
		e, err := readEntry(item)
		if err != nil {
			var invalid *persona.InvalidError
			if !errors.As(placed(place(i, e.Name), err), &invalid) {
				return nil, err
			}
			wrong = append(wrong, invalid.Fields...)
		}
		if e.IsDefault {
			if lead > 0 {
				wrong = append(wrong, persona.FieldError{Field: TextField,
					Message: i18n.Say("%sonly one can be the default, and persona %s is it already", place(i, e.Name), strconv.Itoa(lead))})
			}
			lead = i + 1
		}
		entries = append(entries, e)
	}
	return entries, persona.FileError(wrong)
}

func readEntry(item []byte) (persona.Entry, error) {
	var p Persona
	if item[0] != '{' {
		return persona.Entry{}, invalid("", "it must be an object with a name")
	}
	err := strictjson.Unmarshal(item, &p)
	e := persona.Entry{Content: persona.Content{Name: p.Name, Voice: p.Words(), Variants: p.Variants.Words()}, IsDefault: p.IsDefault}
	if err != nil {
		return e, err
	}
	e.Content, err = e.Validate()
	return e, err
}

// place names an entry of the file, counted from 0.
func place(i int, name string) i18n.Text {
	name = persona.CleanLine(name)
	if name == "" || !utf8.ValidString(name) || utf8.RuneCountInString(name) > persona.NameLimit {
		return i18n.Say("Persona %s: ", strconv.Itoa(i+1))
	}
	return i18n.Say("Persona %s, “%s”: ", strconv.Itoa(i+1), strings.Map(visible, persona.TidyName(name)))
}

func visible(r rune) rune {
	if r < ' ' || r == '\u007f' {
		return ' '
	}
	return r
}

// placed returns err with its messages after where, and about TextField.
func placed(where i18n.Text, err error) error {
	var invalid *persona.InvalidError
	if !errors.As(err, &invalid) {
		return err
	}
	all := make([]persona.FieldError, len(invalid.Fields))
	for i, f := range invalid.Fields {
		all[i] = persona.FieldError{Field: TextField, Message: i18n.Say("%s%s", where, f.Message)}
	}
	return &persona.InvalidError{Fields: all}
}

// checkSyntax says where a text stops being JSON.
func checkSyntax(file []byte) error {
	var all json.RawMessage
	var syntax *json.SyntaxError
	err := json.Unmarshal(file, &all)
	if errors.As(err, &syntax) {
		before := file[:min(max(int(syntax.Offset)-1, 0), len(file))]
		line := bytes.Count(before, []byte("\n")) + 1
		at := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
		return invalid(TextField, "This is not JSON from line %s, character %s on. Look for a comma, a quotation mark or a bracket "+
			"that is missing there, or too much", strconv.Itoa(line), strconv.Itoa(at))
	}
	if err == nil && bytes.TrimSpace(file)[0] != '{' {
		return invalid(TextField, "This is JSON, but no file of personas: it must be an object with version and personas")
	}
	return err
}

// checkVersion comes before anything else that a file of another version may
// have otherwise.
func checkVersion(file []byte) error {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(file, &keys); err != nil {
		return err
	}
	version, given := keys["version"]
	switch {
	case !given:
		return invalid(TextField, `The file does not say its version. It must hold "version": %d`, FileVersion)
	case string(version) != strconv.Itoa(FileVersion):
		return invalid(TextField, "The file says that its version is %s, and this personae reads version %d. Export it again with a "+
			"personae of the same age", fmt.Sprintf("%.20s", version), FileVersion)
	}
	return nil
}

func invalid(field, format string, args ...any) error {
	return &persona.InvalidError{Fields: []persona.FieldError{{Field: field, Message: i18n.Say(format, args...)}}}
}
