package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"personae/internal/access"
	"personae/internal/webhook"
)

// TestEachMemberChoosesTheirOwnNotices also has who is no member, and a console without mail,
// keep no choice.
func TestEachMemberChoosesTheirOwnNotices(t *testing.T) {
	t.Parallel()
	s, server := mailSite(t)
	ws := s.Workspace(t, "Harbor")
	path := "/workspaces/" + ws.Workspace().String() + "/notices"
	chosen := func(b *client) int {
		return s.Count(t, `select count(*) from notice_choices where user_id = $1`, b.user)
	}
	member, admin := s.as(t, ws.Workspace(), access.Member), s.as(t, ws.Workspace(), access.Admin)
	root := s.signIn(t, access.NewUser{Superadmin: true})
	events := s.Count(t, `select count(*) from audit_events`)
	form := member.get("/workspaces/" + ws.Workspace().String() + "/settings").is(http.StatusOK).
		says("What you are told of by mail").get(path).is(http.StatusOK).says("The default persona changed")
	two := url.Values{"events": {webhook.SupportLetIn, webhook.DefaultChanged, webhook.DraftCreated, "nonsense"}}
	saved := form.submit("Save notices", two).is(http.StatusOK).says("Your notices were saved", "Support staff were let in.")
	same(t, "ticked", strings.Count(saved.body, " checked"), 2)
	same(t, "of the member", chosen(member), 2)
	same(t, "of another", chosen(admin), 0)
	root.get(path).is(http.StatusOK).says("you are none")
	root.post(path, two).is(http.StatusForbidden)
	s.as(t, s.Workspace(t, "Cedar").Workspace(), access.Owner).post(path, two).is(http.StatusNotFound)
	same(t, "of somebody who is no member", chosen(root), 0)
	saved.submit("Save notices", url.Values{"events": nil}).is(http.StatusOK).says("You get no notices")
	same(t, "of the member", chosen(member), 0)
	same(t, "events", s.Count(t, `select count(*) from audit_events`), events)
	same(t, "mails", server.Waiting(), 0)

	unsent := newSite(t)
	there := unsent.Workspace(t, "Harbor")
	b := unsent.as(t, there.Workspace(), access.Member)
	path = "/workspaces/" + there.Workspace().String() + "/notices"
	b.get(path).is(http.StatusOK).says("No mail server is set up")
	b.post(path, two).is(http.StatusOK).says("No mail server is set up")
	same(t, "choices without mail", unsent.Count(t, `select count(*) from notice_choices`), 0)
}
