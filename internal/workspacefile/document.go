package workspacefile

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// document is a YAML text that is changed in place: its tree, and the same changes to its
// lines, so that what is not changed stays byte for byte. Where the lines cannot be changed,
// or then read otherwise than the tree, the text is written anew, with its comments.
type document struct {
	lines []string // with their ends
	end   string   // of lines that are added
	first int      // number of the first line in its file, from 1
	root  *yaml.Node
	ends  map[*yaml.Node]int // behind the last line of each value
	edits []edit
	anew  bool
	json  bool   // it is not changed line by line
	head  string // comment above all
}

// edit puts lines, without their ends, in the place of some others.
type edit struct {
	from, to int
	lines    []string
	of       *yaml.Node // the value that they write; nil: several, or none
}

// parseYAML reads a text whose first line has a number in its file. root is nil where the
// text holds nothing.
func parseYAML(text string, first int) (*document, error) {
	d := &document{lines: strings.SplitAfter(text, "\n"), end: lineEnd(text), first: first, ends: map[*yaml.Node]int{}}
	if d.lines[len(d.lines)-1] == "" {
		d.lines = d.lines[:len(d.lines)-1]
	}
	if strings.TrimSpace(withoutComments(text)) == "" {
		return d, nil
	}
	var root yaml.Node
	if err := yaml.Load([]byte(text), &root, yaml.WithSingleDocument(false), yaml.WithUniqueKeys(false)); err != nil {
		return nil, err
	}
	d.root, d.head = root.Content[0], root.HeadComment
	d.measure(d.root, len(d.lines))
	return d, nil
}

var commentLine = regexp.MustCompile(`(?m)^[ \t]*#.*$`)

func withoutComments(text string) string { return commentLine.ReplaceAllString(text, "") }

// lineEnd returns how most lines of a text end.
func lineEnd(text string) string {
	if crlf := strings.Count(text, "\r\n"); crlf > 0 && 2*crlf >= strings.Count(text, "\n") {
		return "\r\n"
	}
	return "\n"
}

// measure finds where each value of a node ends that ends before a line.
func (d *document) measure(n *yaml.Node, bound int) {
	if n.Style&yaml.FlowStyle != 0 {
		return
	}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			to := bound
			if i+2 < len(n.Content) {
				to = n.Content[i+2].Line - 1
			}
			d.value(n.Content[i], n.Content[i+1], to)
		}
	case yaml.SequenceNode:
		for i, item := range n.Content {
			to := bound
			if i+1 < len(n.Content) {
				to = n.Content[i+1].Line - 1
			}
			d.value(nil, item, to)
		}
	}
}

func (d *document) value(key, value *yaml.Node, bound int) {
	from := value.Line
	if key != nil {
		from = key.Line
	}
	to := min(bound, len(d.lines))
	block := value.Kind == yaml.ScalarNode && value.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
	for to > from {
		line := strings.TrimSpace(d.lines[to-1])
		comment := strings.HasPrefix(line, "#") && (!block || indentOf(d.lines[to-1]) < key.Column)
		if line != "" && line != "..." && !comment {
			break
		}
		to--
	}
	d.ends[value] = to
	d.measure(value, bound)
}

func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// find returns the place of a key's value in a mapping; -1: it is not there.
func find(m *yaml.Node, key string) int {
	for i := 0; m != nil && i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			return i + 1
		}
	}
	return -1
}

// set gives a key of a mapping a value, behind those that stand before it in order where it
// is new.
func (d *document) set(m *yaml.Node, key string, value *yaml.Node, order []string) {
	if i := find(m, key); i > 0 {
		d.replace(m, i, value)
		return
	}
	at := 0 // in the mapping
	for _, before := range order[:max(slices.Index(order, key), 0)] {
		if i := find(m, before); i > 0 {
			at = max(at, i+1)
		}
	}
	line := -1
	for i := at - 1; i > 0 && line < 0; i -= 2 {
		if to, known := d.ends[m.Content[i]]; known {
			line = to
		}
	}
	if line < 0 {
		line = d.above(m)
	}
	switch {
	case m.Line == 0: // it is new itself, and added as a whole
	case d.json || m.Style&yaml.FlowStyle != 0 || line < 0:
		d.anew = true
	default:
		d.edits = append(d.edits, edit{line, line, pair(text(key), value, m.Column-1), value})
	}
	m.Content = slices.Insert(m.Content, at, text(key), value)
}

// above returns the line before which a mapping takes a first key; -1: it cannot.
func (d *document) above(m *yaml.Node) int {
	for i := 0; i < len(m.Content) && !d.json; i += 2 {
		if key := m.Content[i]; key.Line > 0 && !d.ofDash(key) {
			return key.Line - 1
		}
	}
	return -1
}

// ofDash reports whether a key stands behind the dash of a list.
func (d *document) ofDash(key *yaml.Node) bool {
	return strings.TrimSpace(d.lines[key.Line-1][:min(key.Column-1, len(d.lines[key.Line-1]))]) != ""
}

func (d *document) replace(m *yaml.Node, i int, value *yaml.Node) {
	key, old := m.Content[i-1], m.Content[i]
	value.LineComment = old.LineComment
	m.Content[i] = value
	to, known := d.ends[old]
	if m.Line == 0 {
		return
	}
	if !known || d.json || m.Style&yaml.FlowStyle != 0 || key.Column > len(d.lines[key.Line-1]) {
		d.anew = true
		return
	}
	lines := pair(text(key.Value), value, m.Column-1)
	was := d.lines[key.Line-1]
	if at := strings.LastIndex(was, old.LineComment); old.LineComment != "" && at > 0 && strings.HasSuffix(lines[0], old.LineComment) {
		gap := was[len(strings.TrimRight(was[:at], " \t")):at]
		lines[0] = strings.TrimSuffix(lines[0], " "+old.LineComment) + gap + old.LineComment
	}
	lines[0] = was[:key.Column-1] + strings.TrimLeft(lines[0], " ")
	d.edits = append(d.edits, edit{key.Line - 1, to, lines, value})
}

// remove takes a key out of a mapping.
func (d *document) remove(m *yaml.Node, key string) {
	i := find(m, key)
	if i < 0 {
		return
	}
	if !d.json && m.Content[i-1].Line > 0 && d.ofDash(m.Content[i-1]) {
		d.replace(m, i, text(""))
		return
	}
	to, known := d.ends[m.Content[i]]
	if !known || m.Style&yaml.FlowStyle != 0 {
		d.anew = true
	} else {
		d.edits = append(d.edits, edit{m.Content[i-1].Line - 1, to, nil, nil})
	}
	m.Content = slices.Delete(m.Content, i-1, i+1)
}

// add appends an item to a list.
func (d *document) add(list, item *yaml.Node) {
	if list.Line > 0 {
		line := -1
		for _, other := range list.Content {
			if to, known := d.ends[other]; known {
				line = to
			}
		}
		if line < 0 || list.Style&yaml.FlowStyle != 0 {
			d.anew = true
		} else {
			d.edits = append(d.edits, edit{line, line, dashed(item, list.Column-1), nil})
		}
	}
	list.Content = append(list.Content, item)
}

// refresh appends an item to a list that is new itself, with the lines that are written for it.
func (d *document) refresh(list, item *yaml.Node) {
	for i, e := range d.edits {
		if e.of == list {
			d.edits[i].lines = slices.Concat(e.lines, dashed(item, d.root.Column-1+2))
		}
	}
	list.Content = append(list.Content, item)
}

// drop takes an item out of a list.
func (d *document) drop(list, item *yaml.Node) {
	to, known := d.ends[item]
	if !known || len(list.Content) == 1 || list.Style&yaml.FlowStyle != 0 {
		d.anew = true
	} else {
		d.edits = append(d.edits, edit{item.Line - 1, to, nil, nil})
	}
	list.Content = slices.DeleteFunc(list.Content, func(n *yaml.Node) bool { return n == item })
}

// written returns the text after all changes.
func (d *document) written() string {
	if len(d.edits) == 0 && !d.anew {
		return strings.Join(d.lines, "")
	}
	if !d.anew {
		edited := d.edited()
		if again, err := parseYAML(edited, 1); err == nil && again.root != nil && same(again.root, d.root) {
			return edited
		}
	}
	var lines []string
	if d.head != "" {
		lines = append(strings.Split(d.head, "\n"), "")
	}
	lines = append(lines, block(d.root, 0)...)
	return strings.Join(lines, d.end) + d.end
}

func (d *document) edited() string {
	edits := slices.Clone(d.edits)
	slices.SortStableFunc(edits, func(a, b edit) int { return a.from - b.from })
	var b strings.Builder
	at := 0
	for _, e := range edits {
		for ; at < e.from; at++ {
			b.WriteString(d.lines[at])
		}
		if len(e.lines) > 0 && b.Len() > 0 && !strings.HasSuffix(b.String(), "\n") {
			b.WriteString(d.end)
		}
		for _, line := range e.lines {
			b.WriteString(line + d.end)
		}
		at = max(at, e.to)
	}
	b.WriteString(strings.Join(d.lines[at:], ""))
	return b.String()
}

// same reports whether two trees read the same.
func same(a, b *yaml.Node) bool {
	return a.Kind == b.Kind && a.Value == b.Value && (a.Kind != yaml.ScalarNode || a.ShortTag() == b.ShortTag()) &&
		slices.EqualFunc(a.Content, b.Content, same)
}

// text returns a text as a value.
func text(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	if strings.Contains(s, "\n") {
		n.Style = yaml.LiteralStyle
	}
	return n
}

// plain returns a value that stands without quotation marks.
func plain(tag, s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: s} }

// pair writes a key and its value as lines.
func pair(key, value *yaml.Node, indent int) []string {
	start := strings.Repeat(" ", indent) + key.Value + ":"
	lines := []string{start + behind(key)}
	switch {
	case value.Kind == yaml.MappingNode:
		lines = append(lines, block(value, indent+2)...)
	case value.Kind == yaml.SequenceNode && len(value.Content) == 0:
		lines[0] = start + " []" + behind(value)
	case value.Kind == yaml.SequenceNode:
		for _, item := range value.Content {
			lines = append(lines, dashed(item, indent+2)...)
		}
	case value.ShortTag() == "!!str" && strings.Contains(value.Value, "\n") && blockable(value.Value):
		lines[0] = start + " |-" + behind(value)
		for line := range strings.SplitSeq(value.Value, "\n") {
			if line != "" {
				line = strings.Repeat(" ", indent+2) + line
			}
			lines = append(lines, line)
		}
	case value.ShortTag() == "!!str":
		lines[0] = start + " " + quoted(value.Value) + behind(value)
	default:
		lines[0] = start + " " + value.Value + behind(value)
	}
	return slices.Concat(comment(key.HeadComment, indent), lines, comment(key.FootComment, indent))
}

// behind returns the comment behind what stands in a line.
func behind(n *yaml.Node) string {
	if n.LineComment == "" {
		return ""
	}
	return " " + n.LineComment
}

func comment(text string, indent int) []string {
	if text == "" {
		return nil
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if line != "" {
			lines[i] = strings.Repeat(" ", indent) + line
		}
	}
	return lines
}

func block(m *yaml.Node, indent int) []string {
	var lines []string
	for i := 0; i+1 < len(m.Content); i += 2 {
		lines = append(lines, pair(m.Content[i], m.Content[i+1], indent)...)
	}
	return lines
}

// dashed writes an item of a list.
func dashed(item *yaml.Node, indent int) []string {
	above := slices.Concat(comment(item.HeadComment, indent))
	if len(item.Content) > 0 {
		above = append(above, comment(item.Content[0].HeadComment, indent)...)
		item.Content[0].HeadComment = ""
	}
	lines := block(item, indent+2)
	if len(lines) == 0 {
		lines = []string{"{}"}
	}
	lines[0] = strings.Repeat(" ", indent) + "- " + strings.TrimLeft(lines[0], " ")
	return slices.Concat(above, lines, comment(item.FootComment, indent))
}

// blockable reports whether a text can stand as lines in YAML, and is seen there as it is.
func blockable(s string) bool {
	return !strings.HasPrefix(s, " ") && !strings.HasPrefix(s, "\t") && !strings.HasPrefix(s, "\n") && !strings.HasSuffix(s, "\n") &&
		!strings.ContainsFunc(s, func(r rune) bool {
			return r != '\n' && r != '\t' && !unicode.IsGraphic(r) && !unicode.In(r, unicode.Join_Control) ||
				r == '\u2028' || r == '\u2029' || r == '\ufeff'
		})
}

var (
	unquoted = regexp.MustCompile(`^[\p{L}][\p{L}\p{M}\p{N} ,.'’()/_+-]*$`)
	uuidText = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	keyword  = regexp.MustCompile(`(?i)^(y|n|yes|no|on|off|true|false|null)$`)
)

// quoted writes a text of one line as any reader of YAML takes it for one.
func quoted(s string) string {
	if uuidText.MatchString(s) || unquoted.MatchString(s) && !keyword.MatchString(s) && !strings.HasSuffix(s, " ") {
		return s
	}
	return strings.NewReplacer("\ufeff", `\ufeff`, "\u007f", `\u007f`).Replace(jsonText(s))
}

// jsonText writes a text as JSON does, which is YAML too.
func jsonText(s string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(s) // a text can be written
	return strings.TrimSuffix(b.String(), "\n")
}
