package lead

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/k3a/html2text"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"personae/internal/i18n"
)

// Own returns what a lead wrote in a message, as plain text, without markup, what
// it quotes of earlier mails, and the signature below it: this is what is scored
// and answered. It is empty for a message that holds nothing of the lead's own.
func Own(body string) string {
	if isHTML(body) {
		body = plain(body)
	}
	return strings.TrimSpace(strings.Join(withoutSignature(withoutQuotes(strings.Split(body, "\n"))), "\n"))
}

// Part is a part of a message that is shown on demand.
type Part struct {
	Name, Text string
}

// Folded returns what a message holds beside the lead's own words: all of it as
// plain text, with what it quotes and the signature, and its markup as it came.
// There is nothing where a message holds only the lead's own words.
func Folded(body string) (parts []Part) {
	whole := body
	if isHTML(body) {
		whole = html2text.HTML2TextWithOptions(body, html2text.WithUnixLineBreaks())
	}
	if strings.TrimSpace(whole) != Own(body) {
		parts = append(parts, Part{i18n.N("The whole message"), whole})
	}
	if isHTML(body) {
		parts = append(parts, Part{i18n.N("The markup"), body})
	}
	return parts
}

// isHTML reports whether a message is markup: it holds a tag that mail programs
// write, closed or on its own.
func isHTML(body string) bool { return htmlTag.MatchString(body) }

var htmlTag = regexp.MustCompile(`(?i)<(?:!doctype html|html|body|div|p|br|span|table|blockquote|a)(?:\s[^<>]*)?/?>`)

// plain returns markup as text, without what mail programs mark as a quote or a
// signature.
func plain(body string) string {
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		return html2text.HTML2Text(body)
	}
	removeQuotes(root)
	var b strings.Builder
	if err := html.Render(&b, root); err != nil {
		return html2text.HTML2Text(body)
	}
	return html2text.HTML2TextWithOptions(b.String(), html2text.WithUnixLineBreaks())
}

// removeQuotes takes away what mail programs mark as a quote or a signature.
func removeQuotes(n *html.Node) {
	for child := n.FirstChild; child != nil; {
		next := child.NextSibling
		if isQuoteNode(child) {
			n.RemoveChild(child)
		} else {
			removeQuotes(child)
		}
		child = next
	}
}

func isQuoteNode(n *html.Node) bool {
	if n.Type != html.ElementNode {
		return false
	}
	if n.DataAtom == atom.Blockquote || n.DataAtom == atom.Style || n.DataAtom == atom.Script {
		return true
	}
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool {
		return (a.Key == "class" || a.Key == "id") && quoteClass.MatchString(a.Val)
	})
}

// quoteClass matches how Gmail, Outlook, Yahoo, Apple Mail and Thunderbird name
// the quote and the signature.
var quoteClass = regexp.MustCompile(`\b(?:gmail_quote|gmail_signature|gmail_attr|yahoo_quoted|moz-cite-prefix|moz-signature|` +
	`appendonsend|divRplyFwdMsg|Signature|AppleMailSignature|protonmail_quote|protonmail_signature_block)\b`)

// withoutQuotes leaves out quoted lines and, from where a mail program says that
// an earlier mail begins, all that follows.
func withoutQuotes(lines []string) []string {
	var own []string
	for i := 0; i < len(lines); i++ {
		line := strings.TrimSpace(lines[i])
		if strings.HasPrefix(line, ">") {
			continue
		}
		if n := attribution(lines[i:]); n > 0 {
			// What stands below a quote is the lead's own; where nothing is
			// marked as one, all of the rest is.
			i += n - 1
			if !nextIsQuoted(lines[i+1:]) {
				break
			}
			continue
		}
		if separator.MatchString(line) || isHeaderBlock(lines[i:]) {
			break
		}
		own = append(own, lines[i])
	}
	return own
}

// attributionLines is over how many lines mail programs wrap "On … wrote:".
const attributionLines = 4

// attribution returns how many lines at the beginning say who wrote what is
// quoted below; 0 if none does.
func attribution(lines []string) int {
	var text string
	for i, line := range lines[:min(len(lines), attributionLines)] {
		line = strings.TrimSpace(line)
		if line == "" {
			return 0
		}
		if text = strings.TrimSpace(text + " " + line); attributed.MatchString(text) &&
			strings.ContainsAny(text, "0123456789@") {
			return i + 1
		}
		if i == 0 && !attributionStart.MatchString(text) {
			return 0
		}
	}
	return 0
}

var (
	attributionStart = regexp.MustCompile(`^(?:On|Am|Le|El|Il|Op|Em|Den|Dnia|W dniu|På|\d{4}[-/年]|\d{1,2}[./]\d)`)
	attributed       = regexp.MustCompile(`(?i)^(?:On\b.{5,250}\bwrote|Am\b.{5,250}\bschrieb\b.{0,120}|Le\b.{5,250}\ba écrit|El\b.{5,250}\bescribió|` +
		`Il\b.{5,250}\bha scritto|Op\b.{5,250}\b(?:schreef|geschreven)\b.{0,120}|Em\b.{5,250}\bescreveu|(?:W dniu|Dnia)\b.{5,250}\b(?:napisał|pisze).{0,120}|` +
		`(?:Den|På)\b.{5,250}\b(?:skrev|skrev følgende)\b.{0,120}|\d.{5,250}\bwrote|\d{4}.{5,250}(?:のメール|写道))\s*[:：]$`)
)

func nextIsQuoted(lines []string) bool {
	for _, line := range lines {
		if line = strings.TrimSpace(line); line != "" {
			return strings.HasPrefix(line, ">")
		}
	}
	return false
}

// separator matches the line with which a mail program begins an earlier mail.
var separator = regexp.MustCompile(`(?i)^(?:-{3,}\s*(?:original (?:message|appointment)|forwarded message|ursprüngliche nachricht|weitergeleitete nachricht|` +
	`message d['’]origine|message transféré|mensaje original|messaggio originale|oorspronkelijk bericht|mensagem original)\s*-{3,}|` +
	`_{20,}|begin forwarded message:)$`)

// headerLines is how many lines are looked at for the header of an earlier mail.
const headerLines = 6

// isHeaderBlock reports whether lines begin with the header that Outlook puts
// above an earlier mail: who from, and soon after when or what about.
func isHeaderBlock(lines []string) bool {
	if !headerFrom.MatchString(strings.TrimSpace(strings.Trim(lines[0], "*"))) {
		return false
	}
	return slices.ContainsFunc(lines[1:min(len(lines), headerLines)], func(line string) bool {
		return headerRest.MatchString(strings.Trim(strings.TrimSpace(line), "*"))
	})
}

var (
	headerFrom = regexp.MustCompile(`^\*?(?:From|Von|De|Da|Van|Från|Fra)\s?:\*?\s`)
	headerRest = regexp.MustCompile(`^\*?(?:Sent|Date|Gesendet|Datum|Envoyé|Enviado(?: el)?|Fecha|Inviato|Verzonden|Skickat|Sendt|Data|` +
		`Subject|Betreff|Objet|Asunto|Assunto|Oggetto|Onderwerp|Ämne|Emne)\s?:\*?\s`)
)

// The longest signature below a valediction, in lines and in characters a line.
const (
	signatureLines = 8
	signatureWidth = 80
)

// withoutSignature leaves out what stands below "-- ", a line that a phone adds,
// or a valediction that only a short block follows.
func withoutSignature(lines []string) []string {
	for i, line := range lines {
		line = strings.TrimSpace(line)
		if signatureMark.MatchString(line) || i > 0 && valediction.MatchString(line) && isSignature(lines[i+1:]) {
			return lines[:i]
		}
	}
	return lines
}

var (
	signatureMark = regexp.MustCompile(`(?i)^(?:--|—|(?:sent from|get outlook for|sent with|sent via) (?:my |the )?\S+(?: \S+){0,4}|` +
		`von meinem \S+(?: \S+)? gesendet|envoyé de mon \S+|enviado desde mi \S+|inviato da \S+(?: \S+)?|verzonden vanaf mijn \S+)$`)
	valediction = regexp.MustCompile(`(?i)^(?:(?:best|kind|warm|warmest|many) (?:regards|wishes|thanks)|regards|best|cheers|sincerely|yours(?: (?:sincerely|truly|faithfully))?|` +
		`thanks|thank you|many thanks|mit freundlichen grüßen|viele grüße|beste grüße|lg|vg|mfg|cordialement|bien à vous|saludos|un saludo|cordiali saluti|met vriendelijke groet(?:en)?)[,.!]?$`)
)

func isSignature(lines []string) bool {
	lines = slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return strings.TrimSpace(line) == "" })
	return len(lines) <= signatureLines && !slices.ContainsFunc(lines, func(line string) bool {
		return utf8.RuneCountInString(line) > signatureWidth || strings.ContainsAny(line, "?？؟")
	})
}
