package views

import (
	"net/url"
	"strconv"

	"github.com/a-h/templ"
)

// Listing says which part of a long list a page shows.
type Listing struct {
	Query    string
	Sort     string // empty: by name
	Of       string // only what names this persona, by its id, or OfDefault; empty: whichever
	Archived bool   // what is archived, in place of all else
	Page     int    // from 1
	More     bool   // another page follows
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
