package api

import (
	"context"
	"net/http"
	"net/url"

	"personae/internal/persona"
	"personae/internal/postgres"
)

// operation is a line of the table of operations: what a route does, for who
// reads of it and for Serve. What a token may do stands in the table of routes.
type operation struct {
	route       string // method, and path below Root as the router has it
	id          string
	title, note string
	status      int      // of success
	codes       []string // problems beside those of every route
	patient     bool     // it may wait for a model
	handler
}

// handler answers an operation.
type handler struct {
	request, success any  // zero values of what is read and of what is answered
	parts            bool // the answer may be a part, from which a Link leads on
	proposable       bool // where a second person has to approve it, the answer is a proposal
	answer           func(ctx context.Context, access postgres.Access, read func(any) error) (data any, next url.Values,
		err error)
}

// one is a handler that answers with one thing.
func one[Request, Data any](do func(context.Context, postgres.Access, Request) (Data, error)) handler {
	return handler{*new(Request), answer[Data]{}, false, false,
		func(ctx context.Context, access postgres.Access, read func(any) error) (any, url.Values, error) {
			var r Request
			if err := read(&r); err != nil {
				return nil, nil, err
			}
			data, err := do(ctx, access, r)
			return data, nil, err
		}}
}

// proposable is one, of what is proposed where a second person has to approve it: then the
// answer is that proposal.
func proposable[Request, Data any](
	do func(context.Context, postgres.Access, Request) (Data, *persona.Proposal, error),
) handler {
	return handler{*new(Request), answer[Data]{}, false, true,
		func(ctx context.Context, access postgres.Access, read func(any) error) (any, url.Values, error) {
			var r Request
			if err := read(&r); err != nil {
				return nil, nil, err
			}
			data, instead, err := do(ctx, access, r)
			if instead != nil && err == nil {
				return proposalOf(*instead), nil, nil
			}
			return data, nil, err
		}}
}

// parts is a handler that answers with a part of a list, and the query of the
// next one.
func parts[Request, Item any](do func(context.Context, postgres.Access, Request) ([]Item, url.Values, error)) handler {
	return handler{*new(Request), answer[[]Item]{}, true, false,
		func(ctx context.Context, access postgres.Access, read func(any) error) (any, url.Values, error) {
			var r Request
			if err := read(&r); err != nil {
				return nil, nil, err
			}
			return do(ctx, access, r)
		}}
}

// table is the table of operations, in the order in which people read it.
func (a *API) table() []operation {
	const (
		ok, created, accepted = http.StatusOK, http.StatusCreated, http.StatusAccepted
		ws                    = "/workspaces/:ws"
		p                     = ws + "/personas/:p"
		c                     = ws + "/campaigns/:c"
		l                     = ws + "/leads/:l"
		o                     = ws + "/proposals/:o"
		sch                   = ws + "/schedules/:schedule"
		d                     = ws + "/drafts/:d"
	)
	return []operation{
		{"GET " + ws + "/personas", "listPersonas", "List the personas",
			"The default first, then by name: all of them or, with limit, a part, from which Link leads on.", ok, nil, false,
			parts(a.listPersonas)},
		{"POST " + ws + "/personas", "createPersona", "Create a persona",
			"The first of a workspace becomes the default.", created, []string{"name_taken"}, false, one(a.createPersona)},
		{"POST " + ws + "/personas/import", "importPersona", "Make the first persona from the settings",
			"Only where there is none. It becomes the default, and the settings stay as they are.", created,
			[]string{"persona_exists"}, false, one(a.importPersona)},
		{"GET " + p, "readPersona", "Read a persona", "", ok, nil, false, one(a.readPersona)},
		{"PATCH " + p, "editPersona", "Change a persona",
			"What is not sent stays, and null empties a field. The settings follow the default in the same moment.", ok,
			[]string{"name_taken", "stale_version"}, false, proposable(a.editPersona)},
		{"DELETE " + p, "deletePersona", "Delete a persona",
			"Campaigns that named it get the default. A default is followed by its successor.", ok, []string{"stale_version"},
			false, proposable(a.deletePersona)},
		{"POST " + p + "/default", "setDefault", "Make a persona the default",
			"The settings get its words in the same moment. Where it is the default already, nothing is changed or recorded.",
			ok, nil, false, proposable(a.setDefault)},
		{"POST " + p + "/duplicate", "duplicatePersona", "Copy a persona", "The copy is never the default.", created, nil,
			false, one(a.duplicatePersona)},
		{"GET " + ws + "/house-personas", "listHousePersonas", "List the house personas",
			"Those kept for all workspaces that this one may take a copy of, by name. A copy is its own persona: when the house persona changes, it is offered the change, and never changed by itself.",
			ok, nil, false, one(a.listHousePersonas)},
		{"GET " + ws + "/campaigns", "listCampaigns", "List the campaigns",
			"By name, but archived ones: all of them or, with limit, a part, from which Link leads on.", ok, nil, false,
			parts(a.listCampaigns)},
		{"POST " + ws + "/campaigns", "createCampaign", "Create a campaign", "", created, []string{"external_id_taken"}, false,
			one(a.createCampaign)},
		{"GET " + c, "readCampaign", "Read a campaign", "Also one that is archived.", ok, nil, false, ofCampaign(a, a.readCampaign)},
		{"PATCH " + c, "editCampaign", "Change a campaign", "What is not sent stays, and null empties a field.", ok,
			[]string{"external_id_taken", "stale_version"}, false, ofCampaign(a, a.editCampaign)},
		{"POST " + c + "/archive", "archiveCampaign", "Archive a campaign",
			"It is in no list, count or choice any more, and messages that name it are answered as before.", ok, nil, false,
			ofCampaign(a, a.archiveCampaign)},
		{"POST " + c + "/unarchive", "unarchiveCampaign", "Put an archived campaign back", "", ok, nil, false,
			ofCampaign(a, a.unarchiveCampaign)},
		{"PUT " + c + "/persona", "assignPersona", "Give a campaign its persona", "", ok, nil, false,
			ofCampaign(a, a.assignPersona)},
		{"GET " + ws + "/proposals", "listProposals", "List the proposals",
			"Those in a state, the newest first. Where there are more, Link leads on.", ok, nil, false, parts(a.listProposals)},
		{"POST " + ws + "/proposals", "makeProposal", "Propose a change",
			"A switch of the default, an edit of a persona or who answers for a campaign. It changes nothing until a client admin approves it.",
			created, []string{"name_taken", "stale_version", "too_late"}, false, one(a.makeProposal)},
		{"GET " + o, "readProposal", "Read a proposal", "", ok, nil, false, one(a.readProposal)},
		{"POST " + o + "/approve", "approveProposal", "Approve a proposal",
			"It is carried out in the same moment, as if whoever approves it had done it. Where something newer happened to what it is about, it becomes overtaken instead, error says by what, and nothing else is changed.",
			ok, []string{"name_taken", "too_late"}, false, one(a.approveProposal)},
		{"POST " + o + "/decline", "declineProposal", "Decline a proposal", "Nothing else is changed.", ok,
			[]string{"too_late"}, false, one(a.declineProposal)},
		{"POST " + o + "/withdraw", "withdrawProposal", "Withdraw a proposal", "One’s own: that whoever made the token proposed, in person or through a token.",
			ok, []string{"too_late"}, false, one(a.withdrawProposal)},
		{"GET " + ws + "/schedules", "listSchedules", "List the schedules",
			"Those of which something is to come, the next first; or the others, the latest first, of which Link leads on to more.",
			ok, nil, false, parts(a.listSchedules)},
		{"POST " + ws + "/schedules", "addSchedule", "Schedule a change",
			"A switch of the default, or with scope write who answers for a campaign. When the moment comes it is done as whoever scheduled it, with their access of then. Where somebody decided otherwise in between, or that access is gone, it is skipped, and skipped says why.",
			created, []string{"too_late"}, false, proposable(a.addSchedule)},
		{"GET " + sch, "readSchedule", "Read a schedule", "", ok, nil, false, one(a.readSchedule)},
		{"DELETE " + sch, "cancelSchedule", "Cancel a schedule", "Nothing more of it is done, and what was done stays. That of an assignment takes scope write.",
			ok, []string{"too_late"}, false, one(a.cancelSchedule)},
		{"GET " + ws + "/resolve", "resolve", "Ask which persona answers", "It changes nothing.", ok, nil, false,
			one(a.resolve)},
		{"GET " + ws + "/settings", "readSettings", "Read the settings", "", ok, nil, false, one(a.readSettings)},
		{"PATCH " + ws + "/settings", "editSettings", "Change the settings",
			"What is not sent stays. The eight fields of a voice are refused while there is a default persona: they follow it.", ok,
			[]string{"stale_version"}, false, one(a.editSettings)},
		{"GET " + ws + "/activity", "listEvents", "Read the audit log",
			"The latest first: ids, versions and names of fields, and nobody’s words. Where there is more, Link leads on. Where the server keeps it for a time only, older ones are there as far as something still needs them.", ok,
			nil, false, parts(a.listEvents)},
		{"POST " + ws + "/default/undo", "undoSwitch", "Undo a switch or the deletion of a default",
			"The default before it is the default again, and the settings get its words. A deletion takes scope write, and brings back the persona and its campaigns. Refused once something newer happened; where it is undone already, nothing is changed.",
			ok, []string{"too_late"}, false, proposable(a.undoSwitch)},
		{"GET " + p + "/impact", "readImpact", "Ask what making a persona the default would change", "It changes nothing.",
			ok, nil, false, one(a.readImpact)},
		{"GET " + p + "/history", "listVersions", "List the versions of a persona",
			"The newest first, also of one that is deleted. Where there are older ones, Link leads on.", ok, nil, false,
			parts(a.listVersions)},
		{"POST " + p + "/history/:version/restore", "restoreVersion", "Restore a version of a persona",
			"Its words come back as a new version. A deleted persona comes back under its old id; send 0 as its version.", ok,
			[]string{"name_taken", "stale_version"}, false, proposable(a.restoreVersion)},
		{"GET " + ws + "/personas/deleted", "listDeleted", "List the deleted personas",
			"Those that can be restored, the latest first, at most 200.", ok, nil, false, one(a.listDeleted)},
		{"PUT " + ws + "/campaigns/persona", "assignPersonas", "Give many campaigns one persona",
			"All of them get it, or none.", ok, nil, false, one(a.assignPersonas)},
		{"GET " + ws + "/outcomes", "readOutcomes", "Count what became of the drafts",
			"Of those made from one day to another: how many were approved as they were or after edits, rejected, sent, and how long that took.",
			ok, nil, false, one(a.readOutcomes)},
		{"GET " + ws + "/health", "readHealth", "Ask whether everything is as it must be",
			"An empty list: every rule holds.", ok, nil, false, one(a.readHealth)},
		{"POST " + ws + "/health/repair", "repairHealth", "Repair what is not as it must be",
			"Afterwards one persona is the default, the settings equal it, and the history, which keeps the words that give way, holds every persona as it reads. " +
				"Where nothing is broken that it repairs, it changes nothing. What it does not repair says in its sentence what can be done.", ok, nil, false, proposable(a.repairHealth)},
		{"GET " + ws + "/personas/export", "exportPersonas", "Export the personas",
			"As a file that can be loaded, here or elsewhere: their words, and no ids or times.", ok, nil, false,
			one(a.exportPersonas)},
		{"POST " + ws + "/personas/load", "loadPersonas", "Load personas from a file",
			"All of it, or nothing. With dryRun it says what that would do, and does nothing.", ok, []string{"plan_changed"},
			false, one(a.loadPersonas)},
		{"POST " + ws + "/preview", "tryPersonas", "Try personas on a message",
			"It changes nothing. Nothing of it is stored, unless an Idempotency-Key asks that the answer be kept. Where a model writes, it takes some seconds.",
			ok, []string{"busy"}, true, one(a.tryPersonas)},
		{"GET " + ws + "/leads", "listLeads", "List the leads",
			"Those who wrote last first. Where there are more, Link leads on.", ok, nil, false, parts(a.listLeads)},
		{"GET " + l, "readLead", "Read a lead", "With its last messages, their drafts and its last scores.", ok, nil, false,
			one(a.readLead)},
		{"PATCH " + l, "editLead", "Say whether a lead may be written to",
			"Where it may not, what waits for it or is approved is withdrawn, and nothing of it can be approved.", ok, nil, false,
			one(a.editLead)},
		{"DELETE " + l, "eraseLead", "Erase a lead",
			"For good: what it wrote, its drafts, its scores and what was told of it. An event remains that holds none of its words. " +
				"A message that comes again makes a new lead.", ok, nil, false, one(a.eraseLead)},
		{"GET " + l + "/export", "exportLead", "Export a lead", "All that is kept about it.", ok, nil, false,
			one(a.exportLead)},
		{"GET " + l + "/messages", "listMessages", "Read a conversation",
			"What a lead wrote, the newest first, each message with its draft. Where there is more, Link leads on.", ok, nil, false,
			parts(a.listMessages)},
		{"POST " + l + "/draft", "askDraft", "Ask for a draft",
			"It answers the lead’s last message, and is written in the background: read the lead until the draft’s state is no longer making. " +
				"One that failed or was rejected is drafted anew.", accepted, []string{"too_late"}, false, one(a.askDraft)},
		{"POST " + l + "/score", "askScore", "Ask for a score",
			"It is made in the background: read the lead until scoring is false.", accepted, []string{"too_late"}, false,
			one(a.askScore)},
		{"PATCH " + l + "/drafts/:d", "editDraft", "Change a draft", "What it said before is kept as a version.", ok,
			[]string{"stale_version", "too_late"}, false, one(a.editDraft)},
		{"POST " + l + "/drafts/:d/approve", "approveDraft", "Approve a draft",
			"personae sends nothing itself: a sender takes it.", ok,
			[]string{"stale_version", "too_late"}, false, one(a.approveDraft)},
		{"POST " + l + "/drafts/:d/reject", "rejectDraft", "Reject a draft",
			"Its words are kept, and another can be asked for. An empty body leaves them as they are.", ok,
			[]string{"stale_version", "too_late"}, false, one(a.rejectDraft)},
		{"GET " + ws + "/drafts", "listDrafts", "List the drafts",
			"In the order in which they came into the state that they are in. Who goes on after the last cursor misses none and gets none twice. Where there are more, Link leads on.",
			ok, nil, false, parts(a.listDrafts)},
		{"GET " + d, "readDraft", "Read a draft", "With what it answers, and whom.", ok, nil, false, one(a.readDraft)},
		{"POST " + d + "/take", "takeDraft", "Take a draft to send it",
			"Only one that is approved, and only once: then no other sender has it, and nobody takes its approval back. Say afterwards what became of it.",
			ok, []string{"too_late"}, false, one(a.takeDraft)},
		{"POST " + d + "/sent", "sentDraft", "Say that a draft was sent",
			"Of one that is approved, taken or not, or that failed. The same again changes nothing.", ok, []string{"too_late"}, false,
			one(a.sentDraft)},
		{"POST " + d + "/failed", "failedDraft", "Say that a draft could not be sent",
			"Of one that is approved, taken or not. The same again changes nothing. A person then has it drafted anew, or decides again.",
			ok, []string{"too_late"}, false, one(a.failedDraft)},
		{"GET /token", "readToken", "Ask what a token may do", "In which workspace, and until when.", ok, nil, false,
			one(a.readToken)},
	}
}
