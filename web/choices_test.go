package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"golang.org/x/net/html"

	"personae/internal/access"
	"personae/internal/persona"
)

// offered counts what the lists of a page offer to choose, and those of this name.
func (p *page) offered(name string) (all, so int) {
	for n := range p.doc().Descendants() {
		if n.Type == html.ElementNode && n.Data == "option" {
			if all++; textOf(n) == name {
				so++
			}
		}
	}
	return all, so
}

func TestAPersonaBeyondThoseThatAreOfferedIsFoundAndChosen(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	zoe := s.NewPersona(t, ws, "Zoë")
	s.Exec(t, `insert into personas (workspace_id, name) select $1, 'Persona ' || n from generate_series(1, $2) n`,
		ws.Workspace(), persona.ChoicesShown)
	autumn := s.NewCampaign(t, ws, "Autumn")
	b := s.as(t, ws.Workspace(), access.Admin)
	list, at := at(ws, "campaigns"), at(ws, "campaigns", autumn.String())

	first := b.get(at).is(http.StatusOK).says("Only the first by name are offered")
	// The workspace's default stands before them.
	all, there := first.offered("Zoë")
	same(t, "offered at first", all, persona.ChoicesShown+1)
	same(t, "times that she is", there, 0)
	found := b.get(at + "?" + url.Values{"others": {"zoë"}}.Encode()).is(http.StatusOK)
	if _, there = found.offered("Zoë"); there != 1 {
		t.Fatal("she is not found:", found.text())
	}
	found.submit("Save the persona for Autumn", url.Values{"persona": {zoe.ID.String()}}).is(http.StatusOK)
	same(t, "hers", fmt.Sprint(s.holding(t, zoe)), "[Autumn]")
	if _, there = b.get(at).is(http.StatusOK).offered("Zoë"); there != 1 {
		t.Error("who answers is not among those that are offered")
	}
	b.get(list).is(http.StatusOK).says("Offer others")
}

func TestSixtyPersonasAreOfferedInEachRowOfCampaigns(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	s.Exec(t, `insert into personas (workspace_id, name) select $1, 'Persona ' || n from generate_series(1, 59) n`, ws.Workspace())
	s.NewCampaign(t, ws, "Autumn")
	s.NewCampaign(t, ws, "Spring")
	list := s.as(t, ws.Workspace(), access.Admin).get(at(ws, "campaigns")).is(http.StatusOK)
	// In two rows, and to assign many at once.
	if _, times := list.offered("Persona 59"); times != 3 {
		t.Errorf("one of them is offered %d times", times)
	}
}
