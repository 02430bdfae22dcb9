package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"personae/internal/access"
)

// TestSearchesOfAUsualWorkspaceAreCountedToTheEnd has more found than a page holds, and than are
// looked for where a workspace is large.
func TestSearchesOfAUsualWorkspaceAreCountedToTheEnd(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	s.Exec(t, `insert into leads (workspace_id, external_id, first_name, last_name)
		select $1, n, 'Liv', case when n <= 120 then 'Strand' else 'Berg' end from generate_series(1, 300) n`, ws.Workspace())
	s.Exec(t, `insert into campaigns (workspace_id, name)
		select $1, case when n <= 130 then 'Strand ' else 'Berg ' end || n from generate_series(1, 400) n`, ws.Workspace())
	b := s.as(t, ws.Workspace(), access.Member)
	for _, search := range []string{"strand", "st"} { // the one by an index, the other too short for it
		q := "?" + url.Values{"q": {search}}.Encode()
		b.get(at(ws, "leads") + q).is(http.StatusOK).says("Page 1 of 3, 120 leads")
		b.get(at(ws, "campaigns") + q).is(http.StatusOK).says("130 of 400 campaigns match")
		b.get(at(ws, "search") + q).is(http.StatusOK).says("250 results for")
	}
}
