package views

import (
	"fmt"
	"strings"

	"personae/internal/lead"
	"personae/internal/persona"
)

// toCheck says how much of a draft is to be checked; "": nothing.
func toCheck(d lead.Draft) string {
	if len(d.Checks) == 0 {
		return ""
	}
	return count(len(d.Checks), "thing") + " to check"
}

// checkName names what is to be checked.
func checkName(kind lead.CheckKind) string {
	switch kind {
	case lead.CheckAmount:
		return "Amount"
	case lead.CheckPercentage:
		return "Percentage"
	case lead.CheckDate:
		return "Date"
	case lead.CheckAddress:
		return "Address"
	case lead.CheckLink:
		return "Link"
	case lead.CheckPhone:
		return "Telephone number"
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
func outdatedWords(d lead.Draft) string {
	if d.Now == nil {
		return ""
	}
	was := "the workspace settings"
	if d.PersonaID.Valid {
		was = uncapitalUnlessNamed(d) + fmt.Sprintf(", version %d", d.PersonaAt)
	}
	switch {
	case d.Now.Same && d.Now.Name == "":
		return "Written as " + was + ", which were changed since."
	case d.Now.Same:
		return fmt.Sprintf("Written as %s; now %s is at version %d.", was, persona.Isolate(d.Now.Name), d.Now.Version)
	case d.Now.Name == "":
		return "Written as " + was + "; now the workspace settings would answer."
	}
	return "Written as " + was + "; now " + persona.Isolate(d.Now.Name) + " would answer."
}

func uncapitalUnlessNamed(d lead.Draft) string {
	if d.PersonaName == "" {
		return uncapital(speaker(d))
	}
	return speaker(d)
}

// waitingBefore says how many drafts wait as the default speaks, before it is another.
func waitingBefore(n int) string {
	if n == 1 {
		return "1 draft waits that was written as the default speaks now. It stays as it is; after the switch you can have it drafted anew."
	}
	return count(n, "draft") + " wait that were written as the default speaks now. They stay as they are; after the switch you can have them drafted anew."
}

// outdatedCount says how many drafts wait in a voice that would not answer now.
func outdatedCount(n int) string {
	if n == 1 {
		return "1 draft waits in a voice that would not answer now."
	}
	return count(n, "draft") + " wait in a voice that would not answer now."
}

// editedToo labels the choice of drafts that somebody changed.
func editedToo(n int) string {
	if n == 1 {
		return "Also the one that somebody changed"
	}
	return "Also the " + persona.Thousands(n) + " that somebody changed"
}

// Redrafted says how many drafts are being drafted anew.
func Redrafted(n int) *Receipt {
	switch n {
	case 0:
		return &Receipt{Title: "Nothing is drafted anew", Lines: []string{"Every draft that waits and that you chose says what would be said now."}}
	case 1:
		return &Receipt{Title: "1 draft is being drafted anew", Lines: []string{
			"It is here again within seconds, mostly. What it said is kept as an earlier version."}}
	}
	return &Receipt{Title: count(n, "draft") + " are being drafted anew", Lines: []string{
		"They are here again as soon as they are written. What they said is kept as earlier versions."}}
}
