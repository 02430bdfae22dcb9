package workspacefile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v4"
)

// parseJSON reads JSON as the tree of the same YAML. What is repeated stays in it, for the
// reader to say where.
func parseJSON(source []byte) (*yaml.Node, error) {
	in := jsontext.NewDecoder(bytes.NewReader(source), jsontext.AllowDuplicateNames(true))
	line := func() int { return 1 + bytes.Count(source[:in.InputOffset()], []byte("\n")) }
	var read func() (*yaml.Node, error)
	read = func() (*yaml.Node, error) {
		token, err := in.ReadToken()
		if err != nil {
			return nil, err
		}
		n := &yaml.Node{Kind: yaml.ScalarNode, Line: line(), Value: token.String()}
		switch token.Kind() {
		case '{', '[':
			n.Kind, n.Value = yaml.MappingNode, ""
			if token.Kind() == '[' {
				n.Kind = yaml.SequenceNode
			}
			for in.PeekKind() != '}' && in.PeekKind() != ']' {
				part, err := read()
				if err != nil {
					return nil, err
				}
				n.Content = append(n.Content, part)
			}
			_, err = in.ReadToken()
		case 'n':
			n.Tag = "!!null"
		case 't', 'f':
			n.Tag = "!!bool"
		case '0':
			n.Tag = "!!int"
			if strings.ContainsAny(n.Value, ".eE") {
				n.Tag = "!!float"
			}
		default:
			n.Tag = "!!str"
		}
		return n, err
	}
	root, err := read()
	if err == nil {
		if _, more := in.ReadToken(); !errors.Is(more, io.EOF) {
			err = errors.New("there is something behind the end of the object")
		}
	}
	if err != nil {
		at := in.InputOffset()
		if syntactic := new(jsontext.SyntacticError); errors.As(err, &syntactic) {
			at = syntactic.ByteOffset
		}
		return nil, fmt.Errorf("%d: this is not JSON from here on. Look for a comma, a quotation mark or a bracket that is missing, or too much",
			1+bytes.Count(source[:min(at, int64(len(source)))], []byte("\n")))
	}
	return root, nil
}

var indented = regexp.MustCompile(`\n([ \t]+)"`)

// writeJSON writes a tree, indented as a text was before.
func writeJSON(root *yaml.Node, before string) string {
	indent := "  "
	if found := indented.FindStringSubmatch(before); found != nil {
		indent = found[1]
	}
	var b strings.Builder
	var write func(n *yaml.Node, depth int)
	write = func(n *yaml.Node, depth int) {
		if n.Kind == yaml.ScalarNode {
			if n.ShortTag() == "!!str" {
				b.WriteString(jsonText(n.Value))
			} else {
				b.WriteString(n.Value)
			}
			return
		}
		open, end, step := "{", "}", 2
		if n.Kind == yaml.SequenceNode {
			open, end, step = "[", "]", 1
		}
		b.WriteString(open)
		for i := 0; i < len(n.Content); i += step {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString("\n" + strings.Repeat(indent, depth+1))
			if step == 2 {
				b.WriteString(jsonText(n.Content[i].Value) + ": ")
			}
			write(n.Content[i+step-1], depth+1)
		}
		if len(n.Content) > 0 {
			b.WriteString("\n" + strings.Repeat(indent, depth))
		}
		b.WriteString(end)
	}
	write(root, 0)
	return strings.ReplaceAll(b.String()+"\n", "\n", lineEnd(before))
}
