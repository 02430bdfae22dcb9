// Package problem is how people and programs are told what was refused or
// failed: one table, from the cause to the status, the words of the page, the
// code and sentence for programs, what was kept and what to do next.
package problem

import (
	"cmp"

	"personae/internal/i18n"
	"personae/internal/persona"
)

// Problem is what an answer says of an error.
type Problem struct {
	Status int
	// Code is what programs go by, and Meaning what the document of the API says
	// of it; empty where only pages have this problem.
	Code, Meaning string
	// Sentence is for programs, in English; Of fills in what a page says where there is none.
	Sentence string
	Words
	// Args are what Kept names.
	Args []any
	// Reading is said in place of Words where a page was only to be opened; nil:
	// the same.
	Reading *Words
	// Back leads on from the page; zero: to where the request belongs.
	Back Link
	// RetryAfter is the seconds after which to try again; 0: nothing is said of it.
	RetryAfter int
	// Fields are what is wrong with what was sent, and Version is what a change
	// must be made from now; both come from the error itself.
	Fields  []persona.FieldError
	Version *int
}

// Words are what a page says, in English: what became of the request and of what was typed,
// then what to do next, each a paragraph.
type Words struct {
	Title string
	Kept  string
	Next  []string
}

// Link leads from a page to another.
type Link struct {
	Path  string
	Label i18n.Text
}

// GoBack is the paragraph about what was typed. A page that shows what was typed
// says KeptBelow in its place.
var (
	GoBack    = i18n.N("If you had typed something, go back in your browser: it is still in the form.")
	KeptBelow = i18n.N("What you typed is kept below.")
)

// Of returns how err is told. What is not in the table is our fault.
func Of(err error) Problem {
	for _, r := range table {
		p := r.Problem
		if r.cause(err, &p) {
			return p.complete()
		}
	}
	return internal.complete()
}

// Coded returns the problems that programs may have, one for each code.
func Coded() []Problem {
	var list []Problem
	for _, r := range table {
		if r.Meaning != "" {
			list = append(list, r.complete())
		}
	}
	return append(list, internal.complete())
}

func (p Problem) complete() Problem {
	p.Sentence = cmp.Or(p.Sentence, p.Title+". "+i18n.Say(p.Kept, p.Args...).String())
	return p
}
