package views

import (
	"context"
	"strconv"
	"strings"

	"personae/internal/i18n"
	"personae/internal/lead"
	"personae/internal/persona"
)

// toCheck says how much of a draft is to be checked.
func toCheck(ctx context.Context, d lead.Draft) string {
	return tr(ctx, "%d things to check", len(d.Checks))
}

// checkName names what is to be checked.
func checkName(ctx context.Context, kind lead.CheckKind) string {
	switch kind {
	case lead.CheckAmount:
		return tr(ctx, "Amount")
	case lead.CheckPercentage:
		return tr(ctx, "Percentage")
	case lead.CheckDate:
		return tr(ctx, "Date")
	case lead.CheckAddress:
		return tr(ctx, "Address")
	case lead.CheckLink:
		return tr(ctx, "Link")
	case lead.CheckPhone:
		return tr(ctx, "Telephone number")
	}
	return string(kind)
}

// around is how much of a draft stands around what is to be checked, in characters.
const around = 30

// placeOf returns what stands in a draft before and after what is to be checked.
func placeOf(d lead.Draft, c lead.Check) (before, after string) {
	head, tail := []rune(d.Body[:c.Start]), []rune(d.Body[c.Start+len(c.Text):])
	before, after = string(head), string(tail)
	if len(head) > around {
		before = "… " + string(head[len(head)-around:])
	}
	if len(tail) > around {
		after = string(tail[:around]) + " …"
	}
	return strings.Join(strings.Fields(before), " ") + " ", " " + strings.Join(strings.Fields(after), " ")
}

// piece is a part of a draft, marked where it is to be checked.
type piece struct {
	Text   string
	Marked bool
}

// piecesOf cuts a draft into what is to be checked and what stands between.
func piecesOf(d lead.Draft) []piece {
	var pieces []piece
	at := 0
	for _, c := range d.Checks {
		pieces = append(pieces, piece{d.Body[at:c.Start], false}, piece{c.Text, true})
		at = c.Start + len(c.Text)
	}
	return append(pieces, piece{d.Body[at:], false})
}

// outdatedWords says who would answer now; "": who did, with the same words.
func outdatedWords(ctx context.Context, d lead.Draft) string {
	if d.Now == nil {
		return ""
	}
	was := i18n.Say("the workspace settings")
	switch version := strconv.Itoa(d.PersonaAt); {
	case d.PersonaID.Valid && d.PersonaName == "":
		was = i18n.Say("a persona that is not known any more, version %s", version)
	case d.PersonaID.Valid:
		was = i18n.Say("%s, version %s", persona.Isolate(d.PersonaName), version)
	}
	switch {
	case d.Now.Same && d.Now.Name == "":
		return tr(ctx, "Written as the workspace settings, which were changed since.")
	case d.Now.Same:
		return tr(ctx, "Written as %s; now %s is at version %s.", was, persona.Isolate(d.Now.Name), strconv.Itoa(d.Now.Version))
	case d.Now.Name == "":
		return tr(ctx, "Written as %s; now the workspace settings would answer.", was)
	}
	return tr(ctx, "Written as %s; now %s would answer.", was, persona.Isolate(d.Now.Name))
}

// waitingBefore says how many drafts wait as the default speaks, before it is another.
func waitingBefore(ctx context.Context, n int) string {
	return tr(ctx, "%d drafts wait that were written as the default speaks now. They stay as they are; after the switch you can have them drafted anew.", n)
}

// Redrafted says how many drafts are being drafted anew.
func Redrafted(ctx context.Context, n int) *Receipt {
	switch n {
	case 0:
		return &Receipt{Title: tr(ctx, "Nothing is drafted anew"),
			Lines: []string{tr(ctx, "Every draft that waits and that you chose says what would be said now.")}}
	case 1:
		return &Receipt{Title: tr(ctx, "%d drafts are being drafted anew", n), Lines: []string{
			tr(ctx, "It is here again within seconds, mostly. What it said is kept as an earlier version.")}}
	}
	return &Receipt{Title: tr(ctx, "%d drafts are being drafted anew", n), Lines: []string{
		tr(ctx, "They are here again as soon as they are written. What they said is kept as earlier versions.")}}
}
