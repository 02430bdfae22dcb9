package views

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// API is what programs can do, for people who write them.
type API struct {
	Root       string
	Operations []APIOperation
	Shapes     []APIShape
	Problems   []APIProblem
}

// APIOperation is one thing that a program can do.
type APIOperation struct {
	Method, Path string
	Title, Note  string
	Permits      string // what the token must be allowed to do
	Query, Body  []APIKey
	Status       int    // of success
	Data         string // kind of what is answered
	Headers      []string
	Codes        []string // problems of its own
}

// APIKey is a key of an object, or a parameter.
type APIKey struct {
	Name     string
	Kind     string // in words: "text", "id or null", "list of Persona"
	Note     string
	Optional bool
	OneOf    []string // nil: any
	Min, Max int      // of a number, or of a text's characters; 0: none
}

// APIShape is an object that is answered.
type APIShape struct {
	Name string
	Keys []APIKey
}

// APIProblem is a code that a refusal may have.
type APIProblem struct {
	Status        int
	Code, Meaning string
}

// apiPart is the operations on one kind of thing.
type apiPart struct {
	Title      string
	Operations []APIOperation
}

// contents groups the operations by what they are about: the first word of the
// path after the workspace.
func (m API) contents() []apiPart {
	var parts []apiPart
	for _, o := range m.Operations {
		_, below, _ := strings.Cut(o.Path, "/workspaces/{workspace}/")
		about, _, _ := strings.Cut(below, "/")
		title := capital(cmp.Or(strings.TrimSuffix(about, ".json"), "the workspace"))
		i := slices.IndexFunc(parts, func(p apiPart) bool { return p.Title == title })
		if i < 0 {
			i, parts = len(parts), append(parts, apiPart{Title: title})
		}
		parts[i].Operations = append(parts[i].Operations, o)
	}
	return parts
}

// shape gives the shape that a kind names, and what stands before and after it.
func (m API) shape(kind string) (before, name, after string) {
	for _, s := range m.Shapes {
		if i := strings.Index(kind, s.Name); i >= 0 {
			return kind[:i], s.Name, kind[i+len(s.Name):]
		}
	}
	return kind, "", ""
}

func anchor(method, path string) string {
	return strings.ToLower(method) + strings.NewReplacer("/", "-", "{", "", "}", "").Replace(path)
}

// sentence tells what a key is, and its limits.
func (k APIKey) sentence() string {
	var parts []string
	if k.Note != "" {
		parts = append(parts, k.Note+".")
	}
	if k.OneOf != nil {
		parts = append(parts, "One of "+strings.Join(k.OneOf, ", ")+".")
	}
	switch {
	case k.Min > 0 && k.Max > 0:
		parts = append(parts, fmt.Sprintf("From %d to %d.", k.Min, k.Max))
	case k.Max > 0:
		parts = append(parts, fmt.Sprintf("Up to %d characters.", k.Max))
	}
	return strings.Join(parts, " ")
}
