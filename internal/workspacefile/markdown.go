package workspacefile

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"personae/internal/persona"
)

// page is a persona in Markdown: front matter, and a heading for each field of more than
// one line, with its words below.
type page struct {
	front    *document
	fences   [2]string // the lines around the front matter
	sections []section
	end      string
}

// section is a heading and its words as lines, with their ends.
type section struct {
	field   int // place in persona.Fields; -1: what stands before the first heading
	line    int // of the heading
	heading string
	lines   []string
}

var heading = regexp.MustCompile(`^#(?:[ \t]+(.*?))?[ \t]*#*[ \t]*\r?\n?$`)

// masked matches a line of words that would be a heading, but for the backslashes before it.
var masked = regexp.MustCompile(`^\\*#(?:[ \t]|$)`)

// parsePage reads a text. Faults that it notes stand with their lines.
func parsePage(text string, fault func(line int, message string)) *page {
	lines := strings.SplitAfter(text, "\n")
	fence := func(i int) bool { return i < len(lines) && strings.TrimRight(lines[i], " \t\r\n") == "---" }
	if !fence(0) {
		fault(1, "a persona in Markdown begins with a line of three hyphens, its keys such as name, and another such line")
		return nil
	}
	to := 1
	for to < len(lines) && !fence(to) {
		to++
	}
	if to == len(lines) {
		fault(1, "the second line of three hyphens is missing, which ends the keys")
		return nil
	}
	keys := strings.Join(lines[1:to], "")
	front, err := parseYAML(keys, 2)
	if err != nil {
		line, message := yamlFault(err, keys, 1)
		fault(line, message)
		return nil
	}
	p := &page{front: front, fences: [2]string{lines[0], lines[to]}, end: lineEnd(text)}
	if len(front.lines) == 0 {
		front.end = p.end
	}
	now := section{field: -1, line: to + 2}
	for i := to + 1; i < len(lines); i++ {
		title := heading.FindStringSubmatch(lines[i])
		if title == nil {
			now.lines = append(now.lines, lines[i])
			continue
		}
		p.sections = append(p.sections, now)
		now = section{field: fieldOf(title[1]), line: i + 1, heading: lines[i]}
		if err := p.known(now, title[1]); err != nil {
			fault(i+1, err.Error())
		}
	}
	p.sections = append(p.sections, now)
	if words := p.sections[0].words(); words != "" {
		fault(p.sections[0].line+leadingBlank(p.sections[0].lines), "these words stand below no heading. Put a line before them such as # Greeting")
	}
	return p
}

// known says what is wrong with the heading of a section.
func (p *page) known(s section, title string) error {
	switch {
	case s.field < 0:
		return fmt.Errorf("“# %s” is the name of no field. They are: %s. Words that begin so stand as \\# %s", title,
			strings.Join(titles(), ", "), title)
	case persona.Fields()[s.field].OneLine:
		return fmt.Errorf("%s is a single line, and stands above, as %s: …", title, persona.FieldKeys()[s.field])
	case slices.ContainsFunc(p.sections, func(other section) bool { return other.field == s.field }):
		return errors.New("“# " + title + "” is there twice")
	}
	return nil
}

func titles() []string {
	var list []string
	for _, f := range persona.Fields() {
		if !f.OneLine {
			list = append(list, "# "+f.Label)
		}
	}
	return list
}

func fieldOf(title string) int {
	return slices.IndexFunc(persona.Fields(), func(f persona.Field) bool { return strings.EqualFold(f.Label, title) })
}

func leadingBlank(lines []string) int {
	n := slices.IndexFunc(lines, func(line string) bool { return strings.TrimSpace(line) != "" })
	return max(n, 0)
}

// words returns what a section says.
func (s section) words() string {
	var b strings.Builder
	for _, line := range s.lines {
		if strings.HasPrefix(line, `\`) && masked.MatchString(strings.TrimRight(line, "\r\n")) {
			line = line[1:]
		}
		b.WriteString(line)
	}
	return persona.Clean(b.String())
}

// lines returns words as lines of a section.
func (p *page) lines(words string) []string {
	lines := strings.Split(words, "\n")
	for i, line := range lines {
		if masked.MatchString(line) {
			line = `\` + line
		}
		lines[i] = line + p.end
	}
	return lines
}

// set gives a field other words; empty: none.
func (p *page) set(field int, words string) {
	i := slices.IndexFunc(p.sections, func(s section) bool { return s.field == field })
	switch {
	case i >= 0 && words == "":
		p.sections = slices.Delete(p.sections, i, i+1)
	case i >= 0:
		s := &p.sections[i]
		from, to := leadingBlank(s.lines), len(s.lines)
		for to > from && strings.TrimSpace(s.lines[to-1]) == "" {
			to--
		}
		if to == from {
			s.lines = append(append([]string{p.end}, p.lines(words)...), p.end)
			return
		}
		s.lines = slices.Replace(s.lines, from, to, p.lines(words)...)
	case words != "":
		at := len(p.sections)
		for n, s := range p.sections {
			if s.field > field {
				at = n
				break
			}
		}
		before := &p.sections[at-1]
		if last := len(before.lines) - 1; last >= 0 && !strings.HasSuffix(before.lines[last], "\n") {
			before.lines[last] += p.end
		}
		if last := len(before.lines) - 1; last < 0 || strings.TrimSpace(before.lines[last]) != "" {
			before.lines = append(before.lines, p.end)
		}
		lines := append([]string{p.end}, p.lines(words)...)
		if at < len(p.sections) {
			lines = append(lines, p.end)
		}
		p.sections = slices.Insert(p.sections, at, section{field: field, heading: "# " + persona.Fields()[field].Label + p.end, lines: lines})
	}
}

// written returns the page as a text.
func (p *page) written() string {
	front := p.front.written()
	if front != "" && !strings.HasSuffix(front, "\n") {
		front += p.end
	}
	var b strings.Builder
	b.WriteString(p.fences[0] + front + p.fences[1])
	if !strings.HasSuffix(p.fences[1], "\n") && len(p.sections) > 1 {
		b.WriteString(p.end)
	}
	for _, s := range p.sections {
		b.WriteString(s.heading + strings.Join(s.lines, ""))
	}
	return b.String()
}
