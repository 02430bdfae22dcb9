package views

import (
	"context"
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"personae/internal/i18n"
	"personae/internal/persona"
)

// Listing says which part of a long list a page shows.
type Listing struct {
	Query    string
	Sort     string // empty: by name
	Of       string // only what names this persona, by its id, or OfDefault; empty: whichever
	Archived bool   // what is archived, in place of all else
	Find     string // part of the name of the personas that are offered to choose from
	Page     int    // from 1
	More     bool   // another page follows
	All      int    // what all pages hold together; 0: not counted
	Size     int    // what one page holds, where All is counted
	Noun     string // what one of them is called

	Uncounted bool // All is one more than were counted: there may be any number
}

// Counted returns l for a list that holds total of what noun names, size on a page. They were
// counted up to one more than persona.CountedTo.
func (l Listing) Counted(total, size int, noun string) Listing {
	l.All, l.Size, l.Noun, l.More = total, size, noun, total > l.Page*size
	l.Uncounted = total > persona.CountedTo(l.Page, size)
	return l
}

// upTo returns a number for a text, where no more than one above persona.CountLimit were counted.
func upTo(n int) any {
	return orMore(min(n, persona.CountLimit), n > persona.CountLimit)
}

// orMore returns a number for a text, where there may be more.
func orMore(n int, more bool) any {
	if more {
		return i18n.Over(n)
	}
	return n
}

// narrowed reports whether it is not the beginning of all that there is.
func (l Listing) narrowed() bool { return l.Query != "" || l.Page > 1 }

// pages returns how many pages there are; 0: that is not known.
func (l Listing) pages() int {
	if l.All == 0 || l.Size == 0 || l.Uncounted {
		return 0
	}
	return (l.All + l.Size - 1) / l.Size
}

// part says which page of a long list is shown; "": it has no other.
func (l Listing) part(ctx context.Context) string {
	if n := l.pages(); n > 1 {
		return tr(ctx, "page %d of %d", l.Page, n)
	}
	if l.Page > 1 || l.More {
		return tr(ctx, "page %d", l.Page)
	}
	return ""
}

// whole is part with how much all pages hold, as a sentence of its own.
func (l Listing) whole(ctx context.Context) string {
	switch n := l.pages(); {
	case n > 1:
		return tr(ctx, "Page %d of %d, %s", l.Page, n, i18n.Counted(l.All, l.Noun))
	case l.Uncounted:
		return tr(ctx, "Page %d, more than %s", l.Page, i18n.Counted(l.All-1, l.Noun))
	case l.Page > 1 || l.More:
		return tr(ctx, "Page %d", l.Page)
	}
	return ""
}

// OfDefault stands for what names no persona, among the personas to filter by.
const OfDefault = "default"

// Path returns the address of the list at base, as l shows it.
func (l Listing) Path(base string) string {
	q := url.Values{}
	if l.Query != "" {
		q.Set("q", l.Query)
	}
	if l.Sort != "" {
		q.Set("sort", l.Sort)
	}
	if l.Of != "" {
		q.Set("persona", l.Of)
	}
	if l.Find != "" {
		q.Set("others", l.Find)
	}
	if l.Archived {
		q.Set("archived", "1")
	}
	if l.Page > 1 {
		q.Set("page", strconv.Itoa(l.Page))
	}
	if len(q) == 0 {
		return base
	}
	return base + "?" + q.Encode()
}

// page returns the address of another page of the list.
func (l Listing) page(base templ.SafeURL, page int) templ.SafeURL {
	l.Page = page
	return templ.SafeURL(l.Path(string(base)))
}

// sorted returns the address of the list in another order, from its beginning.
func (l Listing) sorted(base templ.SafeURL, by string) templ.SafeURL {
	l.Sort, l.Page = by, 1
	return templ.SafeURL(l.Path(string(base)))
}

// finding returns what was searched for among offers, and whether there is more than one of
// them offers.
func finding(offers []persona.Offer) (find string, some bool) {
	for _, o := range offers {
		find, some = o.Find, some || o.Some()
	}
	return find, some
}
