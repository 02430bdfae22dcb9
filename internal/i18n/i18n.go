// Package i18n says the interface's own words in the language of whoever reads them. A
// text is known by its English words; each other language has a catalogue beside.
package i18n

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"
)

// Language is one in which the interface speaks, as BCP 47 writes it.
type Language string

// The languages of the interface. Marked is English with each text of the interface in
// brackets, so that words show that stand in no catalogue.
const (
	English Language = "en"
	German  Language = "de"
	Marked  Language = "en-x-marked"
)

// texts are the words of a language, by the English ones. Their verbs are those of
// message.Printer: %d writes a number as the language does.
type texts map[string]string

// counted are the words of a language that follow a number, the first %d of the English
// ones, which are the key: for none, for one and for more.
type counted map[string]forms

type forms struct{ none, one, more string }

// speaker speaks one language.
type speaker struct {
	language Language
	plain    texts // nil: what stands in none is said in English
	counted  counted
	printer  *message.Printer
}

var (
	english = sync.OnceValue(func() *speaker { return newSpeaker(English, nil, englishCounted) })
	german  = sync.OnceValue(func() *speaker { return newSpeaker(German, germanTexts(), germanCounted()) })
)

// speakerFor returns the one who speaks a language, and who speaks English for any other.
func speakerFor(l Language) *speaker {
	switch l {
	case German:
		return german()
	case Marked:
		return &speaker{Marked, nil, englishCounted, english().printer}
	default:
		return english()
	}
}

func newSpeaker(l Language, plain texts, count counted) *speaker {
	tag := language.MustParse(string(l))
	b := catalog.NewBuilder(catalog.Fallback(tag))
	for key, words := range plain {
		must(b.SetString(tag, key, words))
	}
	for key, f := range count {
		must(b.Set(tag, key, plural.Selectf(1, "%d", "=0", f.none, "=1", f.one, "other", f.more)))
	}
	return &speaker{l, plain, count, message.NewPrinter(tag, message.Catalog(b))}
}

// must is for what the catalogues hold, which the tests read.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

func (s *speaker) say(format string, args []any) string {
	said := format
	if len(args) > 0 {
		said = s.filled(format, s.nested(args))
	} else if words, ok := s.plain[format]; ok {
		said = words
	}
	if s.language == Marked {
		return "⟦" + said + "⟧"
	}
	return said
}

// filled says a text with its arguments. Without a number, fmt makes the same as the printer
// in a third of the time.
func (s *speaker) filled(format string, args []any) string {
	f, counted := s.counted[format]
	if counted && len(args) == 1 {
		if said, few := f.few(args[0]); few {
			return said
		}
	}
	words, known := s.plain[format]
	if !known {
		words = format
	}
	if counted || strings.Contains(words, "%d") || strings.Contains(words, "]d") {
		return s.printed(format, args)
	}
	return fmt.Sprintf(words, args...)
}

// printed is filled by the printer, which knows of no number that is open above.
func (s *speaker) printed(format string, args []any) string {
	numbers := slices.Clone(args)
	said := ""
	for i, arg := range args {
		if n, is := arg.(Over); is {
			numbers[i] = int(n)
			said = s.printer.Sprintf("%d", int(n))
		}
	}
	holds := func(arg any) bool { words, is := arg.(string); return is && strings.Contains(words, said) }
	if said == "" || slices.ContainsFunc(numbers, holds) { // somebody's words stay as they are
		return s.printer.Sprintf(format, numbers...)
	}
	return strings.ReplaceAll(s.printer.Sprintf(format, numbers...), said, said+"+")
}

// few says fewer than a thousand, as the printer does in ten times as long: no language parts
// their digits.
func (f forms) few(number any) (said string, few bool) {
	n, is := number.(int)
	switch {
	case !is || n < 0 || n > 999:
		return "", false
	case n == 0:
		said = f.none
	case n == 1:
		said = f.one
	default:
		said = f.more
	}
	said = strings.Replace(said, "%d", strconv.Itoa(n), 1)
	return said, !strings.Contains(said, "%")
}

// nested says what among args is a Text.
func (s *speaker) nested(args []any) []any {
	if !slices.ContainsFunc(args, func(arg any) bool { _, is := arg.(Text); return is }) {
		return args
	}
	said := make([]any, len(args))
	for i, arg := range args {
		if text, is := arg.(Text); is {
			arg = text.by(s)
		}
		said[i] = arg
	}
	return said
}

type speakerKey struct{}

// With returns the context in which something is written in a language.
func With(ctx context.Context, l Language) context.Context {
	return context.WithValue(ctx, speakerKey{}, speakerFor(l))
}

func speakerOf(ctx context.Context) *speaker {
	if s, said := ctx.Value(speakerKey{}).(*speaker); said && s != nil {
		return s
	}
	return english()
}

// Of returns the language of whoever reads; English where none is said.
func Of(ctx context.Context) Language { return speakerOf(ctx).language }

// T says an English text, with its arguments, in the language of whoever reads. An
// argument may be a Text.
func T(ctx context.Context, format string, args ...any) string {
	return speakerOf(ctx).say(format, args)
}

// Text is words of the interface, to be said once it is known in what language.
type Text struct {
	Format string // in English
	Args   []any
}

// Say returns an English text with its arguments. An argument may be a Text.
func Say(format string, args ...any) Text { return Text{format, args} }

// Empty reports whether there is no text.
func (t Text) Empty() bool { return t.Format == "" }

func (t Text) by(s *speaker) string {
	if t.Empty() {
		return ""
	}
	return s.say(t.Format, t.Args)
}

// In says the text in the language of whoever reads.
func (t Text) In(ctx context.Context) string { return t.by(speakerOf(ctx)) }

// String says the text in English.
func (t Text) String() string { return t.by(english()) }

// Equal reports whether two texts say the same.
func (t Text) Equal(o Text) bool { return t.String() == o.String() }

// MarshalText says the text for programs, in English.
func (t Text) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// N returns an English text as it is: one that is said with T elsewhere.
func N(format string) string { return format }

// Count says n things, each of which is a thing in English: "1 campaign", "1,204
// campaigns", "no campaigns".
func Count(ctx context.Context, n int, thing string) string { return Counted(n, thing).In(ctx) }

// Counted is Count as a Text, of an int or an Over.
func Counted(n any, thing string) Text { return Say("%d "+thing+"s", n) }

// Over is a number of which is only known that there are more: "1,000+" for 1000.
type Over int

// List says names as part of a sentence: "a, b and c".
func List(ctx context.Context, names []string) string { return Listed(names).In(ctx) }

// Listed is List as a Text.
func Listed(names []string) Text {
	if len(names) < 2 {
		return Say("%s", strings.Join(names, ""))
	}
	return Say("%s and %s", strings.Join(names[:len(names)-1], ", "), names[len(names)-1])
}

// ListedTexts is Listed for texts.
func ListedTexts(texts []Text) Text {
	args := make([]any, len(texts))
	for i, t := range texts {
		args[i] = t
	}
	if len(args) < 2 {
		return Say(strings.Repeat("%s", len(args)), args...)
	}
	last := len(args) - 1
	return Say("%s and %s", Say("%s"+strings.Repeat(", %s", last-1), args[:last]...), args[last])
}

// UTC says a moment: "2 January 2006, 15:04 UTC".
func UTC(t time.Time) Text {
	t = t.UTC()
	return Say("%s %s %s, %s UTC", t.Format("2"), Say(t.Month().String()), t.Format("2006"), t.Format("15:04"))
}

// Match returns the language to speak with somebody who chose one, "" for none, and whose
// browser accepts languages, as Accept-Language writes them.
func Match(chosen, accepted string) Language {
	if Known(chosen) {
		return Language(chosen)
	}
	if accepted == "" {
		return English
	}
	_, i := language.MatchStrings(matcher, accepted)
	return offered[i]
}

// Known reports whether the interface speaks a language.
func Known(l string) bool { return l == string(English) || l == string(German) }

var (
	offered = []Language{English, German}
	matcher = language.NewMatcher([]language.Tag{language.English, language.German})
)

// Tag returns the language as HTML's lang has it.
func (l Language) Tag() string {
	if l == Marked {
		return string(English)
	}
	return string(l)
}
