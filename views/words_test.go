package views_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"personae/internal/i18n"
	"personae/views"
)

// inEnglish are pages that are in English in each language: they are for people who write
// programs, or are a document.
var inEnglish = []string{"api.go", "api.templ", "accessibility.go", "accessibility.templ"}

// TestEachWordOfATemplateIsSaidFromACatalogue reads what the templates write as it stands.
func TestEachWordOfATemplateIsSaidFromACatalogue(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*_templ.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		of := strings.TrimSuffix(file, "_templ.go") + ".templ"
		if slices.Contains(inEnglish, of) {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, words := range wordsWritten(string(source)) {
			t.Errorf("%s: %q", of, words)
		}
	}
}

// written finds what a template writes as it stands.
var (
	written = regexp.MustCompile(`templruntime\.WriteString\(templ_7745c5c3_Buffer, \d+, "((?:[^"\\]|\\.)*)"\)`)
	tag     = regexp.MustCompile(`<[^<>]*>|\x00`)
	spoken  = regexp.MustCompile(`(?:aria-label|placeholder|title|alt)="([^"\x00]*)"`)
	word    = regexp.MustCompile(`\pL{2}`)
)

// wordsWritten returns the words for people in the code that templ made of a template.
func wordsWritten(code string) []string {
	var parts []string
	for _, m := range written.FindAllStringSubmatch(code, -1) {
		parts = append(parts, strings.ReplaceAll(m[1], `\"`, `"`))
	}
	all := strings.Join(parts, "\x00") // a tag may begin in one part and end in another
	words := tag.Split(all, -1)
	for _, a := range spoken.FindAllStringSubmatch(all, -1) {
		words = append(words, a[1])
	}
	return slices.DeleteFunc(words, func(s string) bool {
		return s == "personae" || !word.MatchString(html.UnescapeString(s))
	})
}

// names are the same in each language.
var names = []string{"English", "Deutsch", "personae", "UTC"}

// TestNoPageSaysAWordThatIsInNoCatalogue renders each page with the words of the catalogues
// in brackets. What stands outside of them is what people wrote, or is found in the code.
func TestNoPageSaysAWordThatIsInNoCatalogue(t *testing.T) {
	t.Parallel()
	literals := literalsOfViews(t)
	told := map[string]bool{}
	for name, c := range pages() {
		if strings.HasPrefix(name, "api") || strings.HasPrefix(name, "accessibility") || strings.HasPrefix(name, "problem") {
			continue
		}
		var out strings.Builder
		if err := c.Render(i18n.With(views.WithComparing(t.Context()), i18n.Marked), &out); err != nil {
			t.Fatal(err)
		}
		root, err := html.Parse(strings.NewReader(out.String()))
		if err != nil {
			t.Fatal(err)
		}
		for n := range root.Descendants() {
			if inReceipt(n) {
				continue // said when it was made
			}
			for _, s := range spokenBy(n) {
				for _, part := range unmarked(s) {
					if word.MatchString(part) && !slices.Contains(names, part) && literals[part] && !told[part] {
						told[part] = true
						t.Errorf("%s: %q in %q", name, part, s)
					}
				}
			}
		}
	}
}

func inReceipt(n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if slices.Contains(n.Attr, html.Attribute{Key: "id", Val: "receipt"}) {
			return true
		}
	}
	return false
}

// spokenBy returns what a node says to people.
func spokenBy(n *html.Node) []string {
	if n.Type == html.TextNode {
		if n.Parent.Data == "h1" || n.Parent.Data == "title" {
			return nil // web says it
		}
		if n.Parent.Data == "script" || n.Parent.Data == "style" || n.Parent.Data == "code" || n.Parent.Data == "pre" {
			return nil
		}
		return []string{n.Data}
	}
	var all []string
	for _, a := range n.Attr {
		if slices.Contains([]string{"aria-label", "title", "placeholder", "alt", "data-head"}, a.Key) {
			all = append(all, a.Val)
		}
	}
	return all
}

// unmarked returns the parts of a text outside of brackets, without signs around.
func unmarked(text string) []string {
	var parts []string
	var part strings.Builder
	depth := 0
	for _, r := range text {
		switch {
		case r == '⟦':
			depth++
		case r == '⟧':
			depth--
		case depth == 0:
			part.WriteRune(r)
			continue
		}
		parts = append(parts, part.String())
		part.Reset()
	}
	parts = append(parts, part.String())
	for i, p := range parts {
		parts[i] = strings.Join(strings.Fields(strings.Trim(p, " .,:;–()“”\n\t")), " ")
	}
	return parts
}

// literalsOfViews are the parts of the strings in the code of the pages, as unmarked
// returns them.
func literalsOfViews(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for _, pattern := range []string{"*.go", "*.templ"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") || strings.HasSuffix(file, "_templ.go") ||
				slices.Contains(inEnglish, file) {
				continue
			}
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, literal := range quotedIn.FindAllString(string(source), -1) {
				for _, part := range verb.Split(strings.Trim(literal, "\"`"), -1) {
					all[unmarked(part)[0]] = true
				}
			}
		}
	}
	return all
}

var (
	quotedIn = regexp.MustCompile("\"(?:[^\"\\\\\n]|\\\\.)*\"|`[^`]*`")
	verb     = regexp.MustCompile(`%(\[\d+\])?[a-z]`)
)
