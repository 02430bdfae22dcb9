// Package workspacefile is what people keep of a workspace as files, to change in an editor
// and review before it is applied: personas, which is the default, campaigns and settings,
// in YAML, JSON or, for a persona, Markdown. Files that are written again keep their order,
// comments and line ends.
package workspacefile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"go.yaml.in/yaml/v4"

	"personae/internal/i18n"
	"personae/internal/persona"
)

// The most that a file may hold, in bytes, and a folder, in files.
const (
	sizeLimit = 8 << 20
	fileLimit = 2000
)

// Folder is a file or the files of a folder that hold one workspace.
type Folder struct {
	Workspace uuid.NullUUID // not valid: they do not name it
	Declared  persona.Declared

	path      string
	single    bool
	files     []*file
	said      map[string]string // where each key of a file that may be there once is
	at        map[string]place  // of each key of a file
	personas  []place           // of Declared.Personas
	campaigns []place           // of Declared.Campaigns
	wrong     []persona.FieldError
}

// place is where something stands.
type place struct {
	file *file
	node *yaml.Node // it, or the file's root that has its key
	page *page      // of a persona in Markdown
}

// file is one file.
type file struct {
	path, shown string
	was         []byte // nil: there is none yet
	mark        bool   // it begins as some editors on Windows begin a text
	doc         *document
	page        *page
	json        bool
	gone        bool // it is to be removed
}

// Read reads a file or a folder with all folders in it. Of a folder it reads files that end
// in .yaml, .yml, .json, .md and .markdown, but README and those that begin with a dot. It
// fails with an InvalidError that says all that is wrong, each with its file and line.
func Read(path string) (*Folder, error) {
	f := newFolder(path)
	names, single, err := f.list()
	if err != nil {
		return nil, err
	}
	f.single = single
	for _, name := range names {
		f.read(name)
	}
	if len(names) == 0 {
		f.fault(path, "there is no file in it that could hold a workspace (.yaml, .json or .md). personae export --to makes them")
	}
	if f.Declared.Where == "" {
		f.Declared.Where = path
	}
	return f, persona.FileError(f.wrong)
}

// New returns no files yet, which Update fills: a folder, or a file where the path ends in
// .yaml, .yml or .json.
func New(path string) *Folder {
	f := newFolder(path)
	name := filepath.Join(path, "workspace.yaml")
	if kind := kindOf(path); kind == "yaml" || kind == "json" {
		f.single, name = true, path
	}
	f.files = []*file{newFile(name)}
	return f
}

func newFolder(path string) *Folder {
	return &Folder{path: path, said: map[string]string{}, at: map[string]place{}}
}

func (f *Folder) fault(where, message string) {
	if len(f.wrong) < persona.FaultsShown {
		f.wrong = append(f.wrong, persona.FieldError{Field: "files", Message: i18n.Say(where + ": " + message)})
	}
}

// kindOf returns what the name of a file says of it; empty: it is none of these files.
func kindOf(name string) string {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".yaml", ".yml":
		return "yaml"
	case ".json":
		return "json"
	case ".md", ".markdown":
		return "markdown"
	}
	return ""
}

// list returns the names of the files to read.
func (f *Folder) list() (names []string, single bool, err error) {
	info, err := os.Stat(f.path)
	if err != nil {
		return nil, false, reason(f.path, err)
	}
	if !info.IsDir() {
		if kind := kindOf(f.path); kind != "yaml" && kind != "json" {
			return nil, true, fmt.Errorf("%s: name a folder, or a file that ends in .yaml, .yml or .json", f.path)
		}
		return []string{f.path}, true, nil
	}
	err = filepath.WalkDir(f.path, func(name string, entry fs.DirEntry, err error) error {
		base := entry.Name()
		switch {
		case err != nil:
			return reason(name, err)
		case name != f.path && strings.HasPrefix(base, "."):
			if entry.IsDir() {
				return filepath.SkipDir
			}
		case entry.IsDir() || kindOf(base) == "" || strings.EqualFold(strings.TrimSuffix(base, filepath.Ext(base)), "readme"):
		case len(names) == fileLimit:
			return fmt.Errorf("%s: there are more than %s files in it. Name the folder of one workspace", f.path, persona.Thousands(fileLimit))
		default:
			names = append(names, name)
		}
		return nil
	})
	return names, false, err
}

// reason says why a file cannot be used, without what the system calls what it tried.
func reason(path string, err error) error {
	var of *fs.PathError
	if errors.As(err, &of) {
		err = of.Err
	}
	return fmt.Errorf("%s: %w", path, err)
}

func (f *Folder) read(name string) {
	info, err := os.Stat(name)
	if err == nil && (info.Size() > sizeLimit || !info.Mode().IsRegular()) {
		f.fault(name, "it is too large, or no file that can be read")
		return
	}
	source, err := os.ReadFile(name)
	if err != nil {
		f.fault(name, strings.TrimPrefix(reason(name, err).Error(), name+": "))
		return
	}
	one := &file{path: name, shown: name, was: source, json: kindOf(name) == "json"}
	text := bytes.TrimPrefix(source, []byte("\ufeff"))
	one.mark = len(text) < len(source)
	if !utf8.Valid(text) {
		line := 1
		for at := 0; at < len(text); {
			r, size := utf8.DecodeRune(text[at:])
			if r == utf8.RuneError && size == 1 {
				break
			}
			if r == '\n' {
				line++
			}
			at += size
		}
		f.fault(name+":"+strconv.Itoa(line), "this is not a text in UTF-8 from here on. Save it as UTF-8")
		return
	}
	f.files = append(f.files, one)
	f.parse(one, string(text))
}

func (f *Folder) parse(one *file, text string) {
	r := reader{folder: f, file: one}
	switch {
	case kindOf(one.path) == "markdown":
		faults := len(f.wrong)
		one.page = parsePage(text, func(line int, message string) { r.fault(line, "%s", message) })
		if one.page != nil && faults == len(f.wrong) {
			r.page(one.page)
		}
		return
	case one.json:
		root, err := parseJSON([]byte(text))
		if err != nil {
			f.fault(one.shown+":"+strings.SplitN(err.Error(), ": ", 2)[0], strings.SplitN(err.Error(), ": ", 2)[1])
			return
		}
		one.doc = &document{end: lineEnd(text), root: root, ends: map[*yaml.Node]int{}, json: true}
	default:
		doc, err := parseYAML(text, 1)
		if err != nil {
			line, message := yamlFault(err, text, 0)
			r.fault(line, "%s", message)
			return
		}
		one.doc = doc
	}
	if one.doc.root == nil {
		one.doc.root, one.doc.head = &yaml.Node{Kind: yaml.MappingNode}, strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
		return
	}
	r.top(one.doc.root)
}

// yamlPlace is how the library says where something is wrong: from where to where.
var yamlPlace = regexp.MustCompile(` at L(\d+)\.C\d+(?:-L(\d+)\.C\d+)?: `)

// yamlFault returns the line, and what is wrong there, of an error of the library about a
// text that stands in its file behind so many lines.
func yamlFault(err error, text string, behind int) (int, string) {
	line, what := 1, err.Error()
	if found := yamlPlace.FindStringSubmatch(what); found != nil {
		lines := strings.Count(strings.TrimSuffix(text, "\n"), "\n") + 1
		from, _ := strconv.Atoi(found[1])
		to, _ := strconv.Atoi(found[2])
		if line = min(from, lines); to <= lines {
			line = max(line, to)
		}
	}
	if i := strings.LastIndex(what, ": "); i >= 0 {
		what = what[i+2:]
	}
	if strings.Contains(what, "multiple") {
		what = "there are several documents in it, parted by lines of three hyphens. Write one"
	}
	if at := strings.IndexFunc(text, invisible); at >= 0 {
		line = 1 + strings.Count(text[:at], "\n")
		what = "an invisible control character is in this line. Remove it or type the line again"
	}
	return line + behind, "this cannot be read as YAML: " + what
}

// invisible reports whether r is a character that nobody sees and no YAML holds.
func invisible(r rune) bool { return r < ' ' && !strings.ContainsRune("\t\r\n", r) }

func fieldsOf(err error) []persona.FieldError {
	var invalid *persona.InvalidError
	if errors.As(err, &invalid) {
		return invalid.Fields
	}
	return nil
}

// main returns the file that holds what is of the workspace as a whole.
func (f *Folder) main() *file {
	for _, key := range topKeys {
		if at, is := f.at[key]; is {
			return at.file
		}
	}
	for _, one := range f.files {
		if one.page == nil {
			return one
		}
	}
	one := newFile(filepath.Join(f.path, "workspace.yaml"))
	f.files = append(f.files, one)
	return one
}

func newFile(path string) *file {
	isJSON := kindOf(path) == "json"
	return &file{path: path, shown: path, json: isJSON, doc: &document{end: "\n", ends: map[*yaml.Node]int{},
		root: &yaml.Node{Kind: yaml.MappingNode}, anew: true, json: isJSON}}
}

// text returns a file after all changes.
func (one *file) text() []byte {
	before := strings.TrimPrefix(string(one.was), "\ufeff")
	var out string
	switch {
	case one.page != nil:
		out = one.page.written()
	case one.json && one.was != nil && !one.doc.anew:
		out = before
	case one.json:
		out = writeJSON(one.doc.root, before)
	default:
		out = one.doc.written()
	}
	if one.mark {
		out = "\ufeff" + out
	}
	return []byte(out)
}

// Write writes the files that Update changed, each as a whole or not at all, and returns
// their names; removed are those whose persona is gone.
func (f *Folder) Write() (written, removed []string, err error) {
	for _, one := range f.files {
		if one.gone {
			if err := os.Remove(one.path); err != nil {
				return written, removed, reason(one.path, err)
			}
			removed = append(removed, one.shown)
			continue
		}
		if one.doc == nil && one.page == nil {
			continue
		}
		text := one.text()
		if one.was != nil && bytes.Equal(text, one.was) {
			continue
		}
		if err := replace(one.path, text); err != nil {
			return written, removed, reason(one.path, err)
		}
		one.was = text
		written = append(written, one.shown)
	}
	return written, removed, nil
}

// replace writes a file beside another one and puts it in its place.
func replace(path string, text []byte) error {
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	beside, err := os.CreateTemp(filepath.Dir(path), ".personae-*")
	if err != nil {
		return err
	}
	_, err = beside.Write(text)
	err = errors.Join(err, beside.Chmod(mode), beside.Close())
	if err == nil {
		err = os.Rename(beside.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(beside.Name()))
	}
	return nil
}
