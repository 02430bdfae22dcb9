package views

import (
	"fmt"
	"slices"
	"strings"
)

// API is what programs can do, for people who write them.
type API struct {
	Root       string
	Server     string // the address that comes before all paths; "/": that of the page
	Operations []APIOperation
	Shapes     []APIShape
	Problems   []APIProblem
}

// APIOperation is one thing that a program can do.
type APIOperation struct {
	Method, Path string
	Part         string // what it is about
	Title, Note  string
	Permits      string // what the token must be allowed to do; empty: it takes none
	Query, Body  []APIKey
	Status       int      // of success
	Data         string   // kind of what is answered
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

// contents groups the operations by what they are about.
func (m API) contents() []apiPart {
	var parts []apiPart
	for _, o := range m.Operations {
		i := slices.IndexFunc(parts, func(p apiPart) bool { return p.Title == o.Part })
		if i < 0 {
			i, parts = len(parts), append(parts, apiPart{Title: o.Part})
		}
		parts[i].Operations = append(parts[i].Operations, o)
	}
	return parts
}

// shape returns the shape that a kind names, and what stands before and after it.
func (m API) shape(kind string) (before, name, after string) {
	words := strings.SplitAfter(kind, " ")
	for i, word := range words {
		name := strings.TrimSuffix(word, " ")
		if slices.ContainsFunc(m.Shapes, func(s APIShape) bool { return s.Name == name }) {
			return strings.Join(words[:i], ""), name, word[len(name):] + strings.Join(words[i+1:], "")
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
