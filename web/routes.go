package web

import (
	"net/http"

	"personae/web/api"
)

// route is one line of the table: who may use it stands here and nowhere else.
type route struct {
	method, path string
	audience     audience
	handle       func(*call) error
	// kept shows the form again that arrived signed out; nil: it held no
	// words worth keeping, and its page is shown as it is (formPages).
	kept func(*call) error
}

// routes is THE table.
func (s *Server) routes() []route {
	const get, post, put, patch, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete
	const ws = "/workspaces/:ws"
	const program = api.Root + ws
	return []route{
		{get, "/livez", anyone, s.live, nil},
		{get, "/readyz", anyone, s.ready, nil},
		{get, "/", anyone, s.home, nil},
		{get, "/login", anyone, s.loginForm, nil},
		{post, "/login", anyone, s.login, nil},
		{get, "/login/second", anyone, s.secondFactor, nil},
		{post, "/login/second", anyone, s.finishSecondFactor, nil},
		{post, "/login/oidc", anyone, s.beginOIDC, nil},
		{get, "/login/oidc/callback", anyone, s.finishOIDC, nil},
		{post, "/logout", anyone, s.logout, nil},
		{get, "/invitations/:token", anyone, s.invitation, nil},
		{post, "/invitations/:token", anyone, s.join, nil},
		{get, "/reset", anyone, s.forgot, nil},
		{post, "/reset", anyone, s.sendReset, nil},
		{get, "/reset/:token", anyone, s.resetForm, nil},
		{post, "/reset/:token", anyone, s.reset, nil},
		{get, "/account", signedIn, s.account, nil},
		{post, "/account/password", signedIn, s.changePassword, nil},
		{post, "/account/zone", signedIn, s.setZone, s.zoneKept},
		{get, "/account/confirm", signedIn, s.confirmForm, nil},
		{post, "/account/confirm", signedIn, s.confirm, nil},
		{get, "/account/app", signedIn, s.newApp, nil},
		{post, "/account/app", signedIn, s.addApp, nil},
		{post, "/account/app/remove", signedIn, s.removeApp, nil},
		{get, "/account/passkeys/new", signedIn, s.newPasskey, nil},
		{post, "/account/passkeys", signedIn, s.addPasskey, s.passkeyKept},
		{post, "/account/passkeys/:k/remove", signedIn, s.removePasskey, nil},
		{post, "/account/codes", signedIn, s.newCodes, nil},
		{post, "/account/sessions/end", signedIn, s.endSessions, nil},
		{post, "/account/sessions/:s/end", signedIn, s.endSession, nil},
		{get, "/setup", anyone, s.setupForm, nil},
		{post, "/setup", anyone, s.setUp, nil},
		{get, "/workspaces", signedIn, s.workspaces, nil},
		{get, "/workspaces/new", superadmin, s.newWorkspace, nil},
		{post, "/workspaces", superadmin, s.createWorkspace, s.createWorkspaceKept},
		{get, "/help", signedIn, s.help, nil},
		{get, "/support", supportStaff, s.mySupport, nil},
		{post, "/support", supportStaff, s.askSupport, s.mySupportKept},
		{post, "/support/requests/:r/withdraw", supportStaff, s.withdrawSupport, nil},
		{get, ws, member, s.workspace, nil},

		{get, ws + "/search", member, s.search, nil},

		{get, ws + "/personas", member, s.personas, nil},
		{get, ws + "/personas.json", member, s.exportPersonas, nil},
		{post, ws + "/personas/import", clientAdmin, s.importPersona, nil},
		{get, ws + "/personas/load", clientAdmin, s.loadForm, nil},
		{post, ws + "/personas/load", clientAdmin, s.loadPersonas, s.loadKept},
		{get, ws + "/personas/new", clientAdmin, s.newPersona, nil},
		{post, ws + "/personas", clientAdmin, s.createPersona, s.createKept},
		{post, ws + "/personas/sample", member, s.samplePersona, s.sampleKept},
		{post, ws + "/personas/impact", clientAdmin, s.previewTick, s.sampleKept},
		{post, ws + "/personas/:p/impact", clientAdmin, s.previewTick, s.sampleKept},
		{get, ws + "/personas/:p", member, s.persona, nil},
		{post, ws + "/personas/:p", clientAdmin, s.editPersona, s.editKept},
		{post, ws + "/personas/:p/sample", member, s.samplePersona, s.sampleKept},
		{post, ws + "/personas/:p/default", switcher, s.setDefaultPersona, nil},
		{get, ws + "/personas/:p/delete", clientAdmin, s.confirmDelete, nil},
		{post, ws + "/personas/:p/delete", clientAdmin, s.deletePersona, nil},
		{post, ws + "/personas/:p/duplicate", clientAdmin, s.duplicatePersona, nil},
		{get, ws + "/personas/:p/impact", member, s.impact, nil},
		{post, ws + "/default/undo", switcher, s.undoDefault, nil},
		{get, ws + "/personas/:p/history", member, s.history, nil},
		{get, ws + "/personas/:p/compare", member, s.compare, nil},
		{post, ws + "/personas/:p/history/:version/restore", clientAdmin, s.restorePersona, nil},
		{get, ws + "/personas/:p/restore", clientAdmin, s.confirmRestore, nil},
		{get, ws + "/personas/deleted", member, s.deletedPersonas, nil},

		{get, ws + "/campaigns", member, s.campaigns, nil},
		{get, ws + "/campaigns/new", clientAdmin, s.newCampaign, nil},
		{post, ws + "/campaigns", clientAdmin, s.createCampaign, s.createCampaignKept},
		{get, ws + "/campaigns/:c", member, s.campaign, nil},
		{post, ws + "/campaigns/:c", clientAdmin, s.editCampaign, s.editCampaignKept},
		{post, ws + "/campaigns/:c/archive", clientAdmin, s.archiveCampaign, nil},
		{post, ws + "/campaigns/:c/unarchive", clientAdmin, s.unarchiveCampaign, nil},
		{post, ws + "/campaigns/persona", clientAdmin, s.assignMany, s.assignManyKept},
		{post, ws + "/campaigns/undo", clientAdmin, s.undoAssign, nil},
		{post, ws + "/campaigns/:c/persona", clientAdmin, s.assignPersona, nil},

		{get, ws + "/drafts", member, s.drafts, nil},
		{get, ws + "/drafts/:d", member, s.draft, nil},
		{post, ws + "/drafts/anew", clientAdmin, s.redraft, nil},
		{post, ws + "/drafts/:d", clientAdmin, s.decideQueued, s.queuedKept},

		{get, ws + "/leads", member, s.leads, nil},
		{get, ws + "/leads/:l", member, s.lead, nil},
		{post, ws + "/leads/:l/draft", clientAdmin, s.askDraft, nil},
		{post, ws + "/leads/:l/score", clientAdmin, s.askScore, nil},
		{post, ws + "/leads/:l/contact", clientAdmin, s.setContact, nil},
		{post, ws + "/leads/:l/drafts/:d", clientAdmin, s.saveDraft, s.draftKept},
		{post, ws + "/leads/:l/drafts/:d/approve", clientAdmin, s.approveDraft, s.draftKept},
		{post, ws + "/leads/:l/drafts/:d/reject", clientAdmin, s.rejectDraft, s.draftKept},
		{post, ws + "/leads/:l/drafts/:d/reopen", clientAdmin, s.reopenDraft, nil},

		{get, ws + "/why", member, s.resolution, nil},
		{get, ws + "/why.csv", member, s.resolutionCSV, nil},

		{get, ws + "/preview", member, s.preview, nil},
		{post, ws + "/preview", member, s.tryPreview, s.previewKept},

		{get, ws + "/health", member, s.health, nil},
		{post, ws + "/health", clientAdmin, s.repair, nil},

		{get, ws + "/activity", member, s.activity, nil},
		{get, ws + "/activity.csv", member, s.activityCSV, nil},

		{get, ws + "/outcomes", member, s.outcomes, nil},
		{get, ws + "/outcomes.csv", member, s.outcomesCSV, nil},

		{get, ws + "/members", member, s.members, nil},
		{post, ws + "/members", manager, s.invite, s.inviteKept},
		{post, ws + "/members/second-factor", manager, s.requireFactor, nil},
		{post, ws + "/members/:u", manager, s.changeRole, nil},
		{get, ws + "/members/:u/remove", manager, s.confirmRemove, nil},
		{post, ws + "/members/:u/remove", manager, s.removeMember, nil},
		{post, ws + "/invitations/:i/revoke", manager, s.revokeInvitation, nil},

		{get, ws + "/support", member, s.support, nil},
		{post, ws + "/support", manager, s.grantSupport, s.supportKept},
		{post, ws + "/support/:g/revoke", manager, s.revokeSupport, nil},
		{post, ws + "/support/requests/:r/approve", manager, s.approveSupport, nil},
		{post, ws + "/support/requests/:r/decline", manager, s.declineSupport, nil},

		{get, ws + "/settings", member, s.settings, nil},
		{post, ws + "/settings", clientAdmin, s.saveSettings, s.settingsKept},

		{get, ws + "/workspace", member, s.workspacePage, nil},
		{post, ws + "/workspace", manager, s.renameWorkspace, s.renameWorkspaceKept},
		{post, ws + "/workspace/archive", manager, s.archiveWorkspace, nil},
		{post, ws + "/workspace/unarchive", keeper, s.unarchiveWorkspace, nil},
		{get, ws + "/workspace/erase", keeper, s.confirmErase, nil},
		{post, ws + "/workspace/erase", keeper, s.eraseWorkspace, s.eraseWorkspaceKept},

		{get, ws + "/tokens", manager, s.tokens, nil},
		{post, ws + "/tokens", manager, s.createToken, s.tokenKept},
		{post, ws + "/tokens/secret", manager, s.makeInboundSecret, nil},
		{post, ws + "/tokens/:t/revoke", manager, s.revokeToken, nil},

		{get, ws + "/webhooks", manager, s.webhooks, nil},
		{post, ws + "/webhooks", manager, s.addWebhook, s.webhookKept},
		{get, ws + "/webhooks/:h", manager, s.webhook, nil},
		{post, ws + "/webhooks/:h", manager, s.editWebhook, s.webhookEditKept},
		{post, ws + "/webhooks/:h/pause", manager, s.pauseWebhook, nil},
		{post, ws + "/webhooks/:h/resume", manager, s.resumeWebhook, nil},
		{post, ws + "/webhooks/:h/test", manager, s.pingWebhook, nil},
		{post, ws + "/webhooks/:h/secret", manager, s.renewWebhookSecret, nil},
		{get, ws + "/webhooks/:h/delete", manager, s.confirmDeleteWebhook, nil},
		{post, ws + "/webhooks/:h/delete", manager, s.deleteWebhook, nil},
		{post, ws + "/webhooks/:h/deliveries/:n/send", manager, s.sendAgain, nil},

		{post, inboundRoot + "/:ws/messages", sender, s.receive, nil},

		// What a program's request does stands in web/api, in the table of operations.
		{get, api.DocumentPath, anyone, s.openAPI, nil},
		{get, api.DocsPath, anyone, s.apiDocs, nil},
		{get, api.Root + "/token", anyToken, s.program, nil},
		{get, program + "/personas", readToken, s.program, nil},
		{post, program + "/personas", writeToken, s.program, nil},
		{post, program + "/personas/import", writeToken, s.program, nil},
		{get, program + "/personas/:p", readToken, s.program, nil},
		{patch, program + "/personas/:p", writeToken, s.program, nil},
		{del, program + "/personas/:p", writeToken, s.program, nil},
		{post, program + "/personas/:p/default", switchToken, s.program, nil},
		{post, program + "/personas/:p/duplicate", writeToken, s.program, nil},
		{get, program + "/campaigns", readToken, s.program, nil},
		{post, program + "/campaigns", writeToken, s.program, nil},
		{get, program + "/campaigns/:c", readToken, s.program, nil},
		{patch, program + "/campaigns/:c", writeToken, s.program, nil},
		{post, program + "/campaigns/:c/archive", writeToken, s.program, nil},
		{post, program + "/campaigns/:c/unarchive", writeToken, s.program, nil},
		{put, program + "/campaigns/:c/persona", writeToken, s.program, nil},
		{get, program + "/resolve", readToken, s.program, nil},
		{get, program + "/settings", readToken, s.program, nil},
		{patch, program + "/settings", writeToken, s.program, nil},
		{get, program + "/activity", readToken, s.program, nil},
		{post, program + "/default/undo", switchToken, s.program, nil},
		{get, program + "/personas/:p/impact", readToken, s.program, nil},
		{get, program + "/personas/:p/history", readToken, s.program, nil},
		{post, program + "/personas/:p/history/:version/restore", writeToken, s.program, nil},
		{get, program + "/personas/deleted", readToken, s.program, nil},
		{put, program + "/campaigns/persona", writeToken, s.program, nil},
		{get, program + "/outcomes", readToken, s.program, nil},
		{get, program + "/health", readToken, s.program, nil},
		{post, program + "/health/repair", writeToken, s.program, nil},
		{get, program + "/personas/export", readToken, s.program, nil},
		{post, program + "/personas/load", writeToken, s.program, nil},
		{post, program + "/preview", readToken, s.program, nil},
		{get, program + "/leads", leadToken, s.program, nil},
		{get, program + "/leads/:l", leadToken, s.program, nil},
		{patch, program + "/leads/:l", writeToken, s.program, nil},
		{post, program + "/leads/:l/draft", writeToken, s.program, nil},
		{post, program + "/leads/:l/score", writeToken, s.program, nil},
		{patch, program + "/leads/:l/drafts/:d", writeToken, s.program, nil},
		{post, program + "/leads/:l/drafts/:d/approve", writeToken, s.program, nil},
		{post, program + "/leads/:l/drafts/:d/reject", writeToken, s.program, nil},
		{get, program + "/drafts", leadToken, s.program, nil},
		{get, program + "/drafts/:d", leadToken, s.program, nil},
		{post, program + "/drafts/:d/take", sendToken, s.program, nil},
		{post, program + "/drafts/:d/sent", sendToken, s.program, nil},
		{post, program + "/drafts/:d/failed", sendToken, s.program, nil},
	}
}
