package web

import "net/http"

// route is one line of the table: who may use it stands here and nowhere else.
type route struct {
	method, path string
	who          who
	handle       func(*call) error
}

// routes is THE table.
func (s *Server) routes() []route {
	const get, post = http.MethodGet, http.MethodPost
	const ws = "/workspaces/:ws"
	return []route{
		{get, "/livez", anyone, s.live},
		{get, "/readyz", anyone, s.ready},
		{get, "/", anyone, s.home},
		{get, "/login", anyone, s.loginForm},
		{post, "/login", anyone, s.login},
		{post, "/logout", anyone, s.logout},
		{get, "/invitations/:token", anyone, s.invitation},
		{post, "/invitations/:token", anyone, s.join},
		{get, "/workspaces", signedIn, s.workspaces},
		{get, "/support", signedIn, s.mySupport},
		{post, "/support", signedIn, s.askSupport},
		{get, ws, member, s.workspace},

		{get, ws + "/personas", member, s.personas},
		{post, ws + "/personas/import", clientAdmin, s.importPersona},
		{get, ws + "/personas/new", clientAdmin, s.newPersona},
		{post, ws + "/personas", clientAdmin, s.createPersona},
		{get, ws + "/personas/:p", member, s.persona},
		{post, ws + "/personas/:p", clientAdmin, s.editPersona},
		{post, ws + "/personas/:p/default", switcher, s.setDefaultPersona},
		{get, ws + "/personas/:p/delete", clientAdmin, s.confirmDelete},
		{post, ws + "/personas/:p/delete", clientAdmin, s.deletePersona},
		{post, ws + "/personas/:p/duplicate", clientAdmin, s.duplicatePersona},
		{get, ws + "/personas/:p/impact", member, s.impact},
		{post, ws + "/default/undo", switcher, s.undoDefault},
		{get, ws + "/personas/:p/history", member, s.history},
		{get, ws + "/personas/:p/compare", member, s.compare},
		{post, ws + "/personas/:p/history/:version/restore", clientAdmin, s.restorePersona},
		{get, ws + "/personas/deleted", member, s.deletedPersonas},

		{get, ws + "/campaigns", member, s.campaigns},
		{post, ws + "/campaigns/:c/persona", clientAdmin, s.assignPersona},

		{get, ws + "/why", member, s.why},
		{get, ws + "/why.csv", member, s.whyCSV},

		{get, ws + "/preview", member, s.preview},
		{post, ws + "/preview", member, s.tryPreview},

		{get, ws + "/health", member, s.health},
		{post, ws + "/health", clientAdmin, s.repair},

		{get, ws + "/members", member, s.members},
		{post, ws + "/members", manager, s.invite},
		{post, ws + "/members/:u", manager, s.changeRole},
		{get, ws + "/members/:u/remove", manager, s.confirmRemove},
		{post, ws + "/members/:u/remove", manager, s.removeMember},
		{post, ws + "/invitations/:i/revoke", manager, s.revokeInvitation},

		{get, ws + "/support", member, s.support},
		{post, ws + "/support", manager, s.grantSupport},
		{post, ws + "/support/:g/revoke", manager, s.revokeSupport},
		{post, ws + "/support/requests/:r/approve", manager, s.approveSupport},
		{post, ws + "/support/requests/:r/decline", manager, s.declineSupport},

		{get, ws + "/settings", member, s.settings},
		{post, ws + "/settings", clientAdmin, s.saveSettings},
	}
}
