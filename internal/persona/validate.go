package persona

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"personae/internal/i18n"
)

// FieldError says what is wrong with one field, in a sentence for the person
// who filled it in.
type FieldError struct {
	Field   string
	Message i18n.Text
}

// InvalidError is bad input: one FieldError for each field that must change.
type InvalidError struct {
	Fields []FieldError
}

func (e *InvalidError) Error() string {
	names := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		names[i] = f.Field
	}
	return "invalid input in " + strings.Join(names, ", ")
}

// The other characters that end a line somewhere: what Word and spreadsheets have for
// a new line or page within a text, and what mainframes have. Nobody sees them, so
// nobody could remove them.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n")

// Clean returns text as it is stored: trimmed, with \n as its only line end.
func Clean(text string) string { return strings.TrimSpace(lineEnds.Replace(text)) }

var unseenEnds = strings.NewReplacer("\v", " ", "\f", " ", "\u0085", " ")

// CleanLine is Clean for a text of one line: what nobody knows as a line end is a
// blank there.
func CleanLine(text string) string { return Clean(unseenEnds.Replace(text)) }

// Clean returns v with each field cleaned.
func (v Voice) Clean() Voice {
	for _, f := range Fields() {
		text := f.Of(&v)
		if f.OneLine {
			*text = CleanLine(*text)
		} else {
			*text = Clean(*text)
		}
	}
	return v
}

// Clean returns c with its name and each field cleaned, in every language.
func (c Content) Clean() Content {
	return Content{Name: CleanLine(c.Name), Voice: c.Voice.Clean(), Variants: c.Variants.Clean()}
}

// Storable reports whether the database can hold the text at all: it is UTF-8 without a NUL.
func Storable(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }

// searchLimit is more characters than any text has that is searched.
const searchLimit = 2000

// CleanSearch returns a search trimmed, as the database can be asked for it. One that
// nothing stored can hold still finds nothing: what is no character in it becomes U+FFFD,
// and of one that is too long the first searchLimit characters stay.
func CleanSearch(q string) string {
	q = strings.ReplaceAll(strings.ToValidUTF8(strings.TrimSpace(q), "\uFFFD"), "\x00", "\uFFFD")
	if utf8.RuneCountInString(q) > searchLimit {
		q = string([]rune(q)[:searchLimit])
	}
	return q
}

// Check reports each field of a clean v that breaks its limit.
func (v Voice) Check() []FieldError {
	var errs []FieldError
	for _, f := range Fields() {
		errs = checkText(errs, f, *f.Of(&v))
	}
	return errs
}

// Validate returns c cleaned. It fails with an *InvalidError that names every field to
// correct.
func (c Content) Validate() (Content, error) {
	silent := c.Variants.checkSilent()
	c = c.Clean()
	var errs []FieldError
	errs = CheckName(errs, "name", i18n.N("Name"), i18n.N("Enter a name for this persona"), c.Name, NameLimit)
	errs = append(errs, c.Check()...)
	errs = append(append(errs, c.Variants.Check()...), silent...)
	if len(errs) > 0 {
		return c, &InvalidError{errs}
	}
	return c, nil
}

// CheckText appends to errs what is wrong with a clean text: not UTF-8, a
// control character, or more characters than limit.
func CheckText(errs []FieldError, field, label, text string, limit int, oneLine bool) []FieldError {
	return checkText(errs, Field{Name: field, Label: label, Limit: limit, OneLine: oneLine}, text)
}

func checkText(errs []FieldError, f Field, text string) []FieldError {
	if !utf8.ValidString(text) {
		return append(errs, FieldError{f.Name,
			i18n.Say("%s holds characters that cannot be read. Type it again or paste it as plain text", f.Called())})
	}
	for i, r := range text {
		if unicode.IsControl(r) && (f.OneLine || r != '\n' && r != '\t') {
			at := strconv.Itoa(utf8.RuneCountInString(text[:i]) + 1)
			if r == '\n' {
				return append(errs, FieldError{f.Name,
					i18n.Say("%s must be a single line; it has a line break at character %s", f.Called(), at)})
			}
			return append(errs, FieldError{f.Name, i18n.Say("%s holds an invisible control character at character %s. "+
				"Remove it or type the text again", f.Called(), at)})
		}
	}
	if n := utf8.RuneCountInString(text); n > f.Limit {
		return append(errs, FieldError{f.Name, i18n.Say("%s must be %d characters or fewer; it has %d", f.Called(), f.Limit, n)})
	}
	return errs
}

// Thousands writes n with a comma between groups of three digits.
func Thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
