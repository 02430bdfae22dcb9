package config

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	configparser "github.com/bigkevmcd/go-configparser"
)

// iniLine matches what go-configparser reads the same way as a person does; a
// second = it would swallow with the first.
var iniLine = regexp.MustCompile(`^(?:\[([\w.-]+)\]|([\w.-]+)\s*=(?:[^=].*)?)$`)

var plainName = regexp.MustCompile(`^([a-z_.-]{1,31}|[A-Z_.-]{1,31})$`)

// quoted returns name as part of an error, or nothing where it may be the rest of
// a secret that was broken over two lines and ends in =.
func quoted(name string) string {
	if !plainName.MatchString(name) {
		return ""
	}
	return ` "` + name + `"`
}

// given is a value as it was written, and where.
type given struct{ value, source string }

// readFile adds the values in text to values, by the name of their variable.
//
// It looks at the lines before go-configparser does, because that drops lines
// it does not understand, files the keys of a repeated section under another
// one, and in its strict mode refuses base_url in both [server] and [llm].
func readFile(name, text string, known []setting, values map[string]given) (errs []error) {
	keys := make(map[string][]string)
	for _, s := range known {
		keys[s.section] = append(keys[s.section], s.key)
	}
	f := iniFile{keys: keys, bodies: make(map[string]string), firstLine: make(map[string]int)}
	for i, line := range strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n") {
		if wrong := f.add(i+1, strings.TrimSpace(line)); wrong != "" {
			errs = append(errs, fmt.Errorf("%s line %d: %s", name, i+1, wrong))
		}
	}
	var clean strings.Builder
	for _, body := range f.bodies {
		clean.WriteString(body)
	}
	// The parser splits a line that exceeds its buffer, and takes over ours.
	reader := bufio.NewReaderSize(strings.NewReader(clean.String()), clean.Len()+4096)
	parsed, err := configparser.ParseReaderWithOptions(reader,
		configparser.Delimiters("="), configparser.MultilinePrefixes(nil))
	if err != nil {
		// Its error may quote a line, and so a secret.
		return append(errs, fmt.Errorf("%s can’t be read as an INI file", name))
	}
	for _, s := range known {
		if value, err := parsed.Get(s.section, s.key); err == nil {
			values[s.env()] = given{value, name}
		}
	}
	return errs
}

// iniFile is a file that is read line by line.
type iniFile struct {
	keys      map[string][]string // the known ones, by section
	section   string              // that the next line belongs to
	bodies    map[string]string   // the lines that are right, by section
	firstLine map[string]int      // by section and key
}

// add takes one line, or returns what is wrong with it.
func (f *iniFile) add(number int, line string) (wrong string) {
	if line == "" || line[0] == '#' || line[0] == ';' {
		return ""
	}
	match := iniLine.FindStringSubmatch(line)
	if match == nil {
		return "write [section], key = value with spaces around =, or a comment after # or ;"
	}
	key := match[2]
	if key == "" {
		f.section = match[1]
	}
	id := f.section + "." + key
	first, seen := f.firstLine[id]
	known, isSection := f.keys[f.section]
	switch {
	case f.section == "":
		return fmt.Sprintf("key%s stands before the first section; write it below one, such as [server]", quoted(key))
	case !isSection && key == "":
		return fmt.Sprintf("unknown section [%s]; did you mean [%s]?", f.section,
			nearest(f.section, slices.Sorted(maps.Keys(f.keys))))
	case !isSection:
		return "" // said of its section
	case key != "" && !slices.Contains(known, key):
		return fmt.Sprintf("unknown key%s in section [%s]; did you mean %q?", quoted(key), f.section, nearest(key, known))
	case seen && key == "":
		return fmt.Sprintf("section [%s] is already on line %d; keep its keys together there", f.section, first)
	case seen:
		return fmt.Sprintf("key %q in section [%s] is already on line %d; keep one of them", key, f.section, first)
	}
	f.firstLine[id] = number
	f.bodies[f.section] += line + "\n"
	return ""
}

// readEnv adds the values in env to values, over what is there.
//
// A variable with _FILE after its name holds the name of a file, which holds the value.
func readEnv(env []string, known []setting, values map[string]given) (errs []error) {
	var names []string
	files := make(map[string]string)
	for _, s := range known {
		names = append(names, s.env())
	}
	for _, entry := range env {
		if value, ok := strings.CutPrefix(entry, "DATABASE_URL="); ok && strings.TrimSpace(value) != "" {
			values["PERSONAE_DATABASE_URL"] = given{strings.TrimSpace(value), "DATABASE_URL"}
		}
	}
	for _, entry := range env {
		name, value, _ := strings.Cut(entry, "=")
		key, inFile := strings.CutSuffix(name, "_FILE")
		switch {
		case slices.Contains(names, name):
			values[name] = given{strings.TrimSpace(value), name}
		case inFile && slices.Contains(names, key):
			files[key] = value
		case strings.HasPrefix(name, "PERSONAE_"):
			errs = append(errs, fmt.Errorf("unknown environment variable %s; did you mean %s?", name, nearest(name, names)))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(files)) {
		name := key + "_FILE"
		if values[key].source == key {
			errs = append(errs, fmt.Errorf("%s and %s are both set; keep one of them", key, name))
			continue
		}
		text, err := os.ReadFile(files[key])
		if err != nil {
			errs = append(errs, fmt.Errorf("the file that %s names can’t be read: %w", name, err))
			continue
		}
		values[key] = given{strings.TrimSpace(string(text)), name}
	}
	return errs
}

func nearest(word string, names []string) string {
	return slices.MinFunc(names, func(a, b string) int {
		return distance(word, a) - distance(word, b)
	})
}

// distance is Levenshtein's, in bytes and without regard to case.
func distance(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
