package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Run prints what a shell reads to complete the words of personae.
func (c completionCommand) Run(parsed *kong.Context, e *environment) error {
	write := map[string]func(io.Writer, []completions){"bash": bash, "zsh": zsh, "fish": fish}[c.Shell]
	var script strings.Builder
	write(&script, completionsOf(parsed.Model.Node, nil))
	_, err := io.WriteString(e.out, script.String())
	return err
}

// completions is what may follow a command, which has the words in path.
type completions struct {
	path []string
	next []completion
}

type completion struct{ word, help string }

func (c completions) words() string {
	var words []string
	for _, n := range c.next {
		words = append(words, n.word)
	}
	return strings.Join(words, " ")
}

// where is the path as the scripts keep it: with a blank before each word.
func (c completions) where() string {
	var b strings.Builder
	for _, word := range c.path {
		b.WriteString(" " + word)
	}
	return b.String()
}

// completionsOf lists a command and those below it.
func completionsOf(node *kong.Node, path []string) []completions {
	here := completions{path: path}
	var below []completions
	for _, child := range node.Children {
		if child.Hidden {
			continue
		}
		here.next = append(here.next, completion{child.Name, child.Help})
		below = append(below, completionsOf(child, append(slices.Clone(path), child.Name))...)
	}
	for _, value := range node.Positional {
		for _, word := range value.EnumSlice() {
			here.next = append(here.next, completion{word, ""})
		}
	}
	for _, group := range node.AllFlags(true) {
		for _, flag := range group {
			here.next = append(here.next, completion{"--" + flag.Name, flag.Help})
		}
	}
	return append([]completions{here}, below...)
}

// follow writes the part that bash and zsh share: which command is being typed.
func follow(w io.Writer, words string, all []completions) {
	fmt.Fprintf(w, "\tlocal where='' word\n\tfor word in %s; do\n\t\tcase \"$where $word\" in\n\t\t", words)
	for i, c := range all[1:] {
		if i > 0 {
			fmt.Fprint(w, "|")
		}
		fmt.Fprintf(w, "'%s'", c.where())
	}
	fmt.Fprint(w, ") where=\"$where $word\" ;;\n\t\tesac\n\tdone\n\tcase \"$where\" in\n")
}

func bash(w io.Writer, all []completions) {
	fmt.Fprint(w, "# bash completion of personae: source it, or put it into /usr/share/bash-completion/completions\n_personae() {\n")
	follow(w, `"${COMP_WORDS[@]:1:COMP_CWORD-1}"`, all)
	for _, c := range all {
		fmt.Fprintf(w, "\t'%s') COMPREPLY=($(compgen -W '%s' -- \"${COMP_WORDS[COMP_CWORD]}\")) ;;\n", c.where(), c.words())
	}
	fmt.Fprint(w, "\tesac\n}\ncomplete -o default -F _personae personae\n")
}

func zsh(w io.Writer, all []completions) {
	fmt.Fprint(w, "#compdef personae\n_personae() {\n")
	follow(w, `"${words[@]:1:$((CURRENT-2))}"`, all)
	for _, c := range all {
		fmt.Fprintf(w, "\t'%s') compadd -- %s ;;\n", c.where(), c.words())
	}
	fmt.Fprint(w, "\tesac\n\t_files\n}\nif [[ $funcstack[1] = _personae ]]; then _personae \"$@\"; else compdef _personae personae; fi\n")
}

func fish(w io.Writer, all []completions) {
	fmt.Fprint(w, "function __personae_at\n\tset -l where ''\n\tfor word in (commandline -opc)[2..-1]\n\t\tswitch \"$where $word\"\n\t\t\tcase")
	for _, c := range all[1:] {
		fmt.Fprintf(w, " '%s'", c.where())
	}
	fmt.Fprint(w, "\n\t\t\t\tset where \"$where $word\"\n\t\tend\n\tend\n\ttest \"$where\" = \"$argv[1]\"\nend\n")
	for _, c := range all {
		for _, n := range c.next {
			fmt.Fprintf(w, "complete -c personae -n \"__personae_at '%s'\" -a '%s' -d '%s'\n", c.where(), n.word,
				strings.ReplaceAll(n.help, "'", `\'`))
		}
	}
}

type manCommand struct{}

// Run prints the page of the manual, which packages carry.
func (manCommand) Run(parsed *kong.Context, e *environment) error {
	plain := strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`)
	w := e.out
	fmt.Fprintf(w, ".TH PERSONAE 1\n.SH NAME\npersonae \\- %s\n.SH SYNOPSIS\n.B personae\nCOMMAND [FLAGS]\n.SH COMMANDS\n",
		plain.Replace(strings.TrimSuffix(strings.ToLower(parsed.Model.Help[:1])+parsed.Model.Help[1:], ".")))
	for _, leaf := range parsed.Model.Leaves(true) {
		fmt.Fprintf(w, ".SS %s\n%s\n", plain.Replace(leaf.Summary()), plain.Replace(leaf.Help))
		for _, value := range leaf.Positional {
			fmt.Fprintf(w, ".TP\n.I %s\n%s\n", plain.Replace(value.Summary()), plain.Replace(value.Help))
		}
		for _, flag := range leaf.Flags {
			fmt.Fprintf(w, ".TP\n.B %s\n%s\n", plain.Replace(flag.String()), plain.Replace(flag.Help))
		}
	}
	_, err := fmt.Fprint(w, ".SH ENVIRONMENT\nEach setting has a variable PERSONAE_SECTION_KEY, and PERSONAE_SECTION_KEY_FILE "+
		"names a file that holds it.\n.SH FILES\n.TP\n.I personae.ini\nThe settings, in the working folder or named by "+
		"\\-\\-config; personae config \\-\\-example prints one.\n.SH EXIT STATUS\n0; 1 when it failed; 2 when the words were "+
		"wrong, or what was compared differs.\n")
	return err
}
