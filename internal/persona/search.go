package persona

import "github.com/google/uuid"

// Hits is what a search found of one kind: the first of it, and how many there are.
type Hits struct {
	Total int  // how many there are, and
	Open  bool // there are more than that
	First []Hit
}

// Hit is one thing that a search found.
type Hit struct {
	ID   uuid.UUID
	Name string
	Note string // that tells it from others of its name; empty: there is none
}

// Found is what a search through a workspace found.
type Found struct {
	Personas, Campaigns, Leads Hits
}

// Total returns how much was found.
func (f Found) Total() int { return f.Personas.Total + f.Campaigns.Total + f.Leads.Total }

// Open reports whether there may be more.
func (f Found) Open() bool { return f.Personas.Open || f.Campaigns.Open || f.Leads.Open }
