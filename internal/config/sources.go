package config

import (
	"bufio"
	"fmt"
	"maps"
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
	section := ""
	bodies := make(map[string]string)
	firstLine := make(map[string]int)
	for i, line := range strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n") {
		complain := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("%s line %d: %s", name, i+1, fmt.Sprintf(format, args...)))
		}
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		match := iniLine.FindStringSubmatch(line)
		if match == nil {
			complain("write [section], key = value with spaces around =, or a comment after # or ;")
			continue
		}
		key := match[2]
		if key == "" {
			section = match[1]
		}
		id := section + "." + key
		first, seen := firstLine[id]
		switch {
		case section == "":
			complain("key%s stands before the first section; write it below one, such as [server]", quoted(key))
		case keys[section] == nil:
			if key == "" {
				complain("unknown section [%s]; did you mean [%s]?", section, nearest(section, slices.Sorted(maps.Keys(keys))))
			}
		case key != "" && !slices.Contains(keys[section], key):
			complain("unknown key%s in section [%s]; did you mean %q?", quoted(key), section, nearest(key, keys[section]))
		case seen && key == "":
			complain("section [%s] is already on line %d; keep its keys together there", section, first)
		case seen:
			complain("key %q in section [%s] is already on line %d; keep one of them", key, section, first)
		default:
			firstLine[id] = i + 1
			bodies[section] += line + "\n"
		}
	}

	var clean strings.Builder
	for _, body := range bodies {
		clean.WriteString(body)
	}
	// The parser splits a line that exceeds its buffer, and takes over ours.
	reader := bufio.NewReaderSize(strings.NewReader(clean.String()), clean.Len()+4096)
	parsed, err := configparser.ParseReaderWithOptions(reader,
		configparser.Delimiters("="), configparser.MultilinePrefixes(nil))
	if err != nil {
		// Its error may quote a line, and so a secret.
		return append(errs, fmt.Errorf("%s can't be read as an INI file", name))
	}
	for _, s := range known {
		if value, err := parsed.Get(s.section, s.key); err == nil {
			values[s.env()] = given{value, name}
		}
	}
	return errs
}

// readEnv adds the values in env to values, over what is there.
func readEnv(env []string, known []setting, values map[string]given) (errs []error) {
	var names []string
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
		if slices.Contains(names, name) {
			values[name] = given{strings.TrimSpace(value), name}
		} else if strings.HasPrefix(name, "PERSONAE_") {
			errs = append(errs, fmt.Errorf("unknown environment variable %s; did you mean %s?", name, nearest(name, names)))
		}
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
