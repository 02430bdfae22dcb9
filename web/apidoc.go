package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"personae/internal/lead"
	"personae/internal/persona"
	"personae/internal/personafile"
	"personae/internal/postgres"
	"personae/views"
)

// What tells of the API is open to anyone; nothing else under apiRoot is.
const (
	documentPath = apiRoot + "/openapi.json"
	docsPath     = apiRoot + "/docs"
)

// operation tells of one route of the API, for the document that programs read
// and the page that people read. What a token may do stands in routes.
type operation struct {
	title, note string
	query, body []views.APIKey
	status      int    // of success
	data        string // kind of what is answered
	headers     []string
	codes       []string // problems beside those of every route
}

// operations tells of each route, by method and path below the workspace.
func operations() map[string]operation {
	version := views.APIKey{Name: "version", Kind: "whole number", Optional: true, Note: "The version that this is a change of, unless If-Match says it"}
	content := append(voiceKeys(true), views.APIKey{Name: "isDefault", Kind: "true or false", Optional: true, Note: "true makes it the default"})
	name := views.APIKey{Name: "name", Kind: "text", Note: "Unique in the workspace, whatever its case", Max: persona.NameLimit}
	rename := name
	rename.Optional = true
	settings := append([]views.APIKey{
		{Name: "companyName", Kind: "text or null", Optional: true, Note: "Company name", Max: persona.CompanyNameLimit},
		{Name: "qualificationQuestions", Kind: "text or null", Optional: true, Note: "Qualification questions", Max: persona.QualificationQuestionsLimit},
	}, voiceKeys(true)...)
	return map[string]operation{
		"GET /personas": {title: "List the personas", note: "The default first, then by name.", status: http.StatusOK, data: "list of Persona",
			query: []views.APIKey{{Name: "q", Kind: "text", Optional: true, Note: "Only those whose name or greeting holds this"}}},
		"POST /personas": {title: "Create a persona", note: "The first of a workspace becomes the default.", body: append([]views.APIKey{name}, content...),
			status: http.StatusCreated, data: "Persona", headers: []string{"ETag", "Location"}, codes: []string{"name_taken"}},
		"POST /personas/import": {title: "Make the first persona from the settings", note: "Only where there is none. It becomes the default, and the settings stay as they are.",
			status: http.StatusCreated, data: "Persona", headers: []string{"ETag", "Location"}, codes: []string{"persona_exists"}},
		"GET /personas/:p": {title: "Read a persona", status: http.StatusOK, data: "Persona", headers: []string{"ETag"}},
		"PATCH /personas/:p": {title: "Change a persona", note: "What is not sent stays, and null empties a field. The settings follow the default in the same moment.",
			body: append(append([]views.APIKey{rename}, content...), version), status: http.StatusOK, data: "Persona", headers: []string{"ETag"}, codes: []string{"name_taken", "stale_version"}},
		"DELETE /personas/:p": {title: "Delete a persona", note: "Campaigns that named it get the default. A default is followed by its successor.",
			query:  []views.APIKey{{Name: "successor", Kind: "id", Optional: true, Note: "The next default; the oldest of the others, if it is not sent"}},
			body:   []views.APIKey{{Name: "successor", Kind: "id or null", Optional: true, Note: "The same, in the body"}, version},
			status: http.StatusOK, data: "Deletion", codes: []string{"stale_version"}},
		"POST /personas/:p/default": {title: "Make a persona the default", note: "The settings get its words in the same moment.",
			status: http.StatusOK, data: "Persona", headers: []string{"ETag"}},
		"POST /personas/:p/duplicate": {title: "Copy a persona", note: "The copy is never the default.", status: http.StatusCreated, data: "Persona", headers: []string{"ETag", "Location"}},
		"GET /campaigns":              {title: "List the campaigns", note: "By name.", status: http.StatusOK, data: "list of Campaign"},
		"PUT /campaigns/:c/persona": {title: "Give a campaign its persona", status: http.StatusOK, data: "Campaign",
			body: []views.APIKey{{Name: "personaId", Kind: "id or null", Note: "null: the workspace default"}}},
		"GET /resolve": {title: "Ask which persona answers", note: "It changes nothing.", status: http.StatusOK, data: "Resolution",
			query: []views.APIKey{{Name: "campaign", Kind: "id", Optional: true, Note: "The campaign that the message belongs to"},
				{Name: "channel", Kind: "text", Optional: true, Note: "How the message travels; email, if it is not sent", OneOf: texts(persona.Channels())}}},
		"GET /settings": {title: "Read the settings", status: http.StatusOK, data: "Settings", headers: []string{"ETag"}},
		"PATCH /settings": {title: "Change the settings", note: "What is not sent stays. The eight fields of a voice are refused while there is a default persona: they follow it.",
			body: append(settings, version), status: http.StatusOK, data: "Settings", headers: []string{"ETag"}, codes: []string{"stale_version"}},
		"GET /activity": {title: "Read the audit log", note: "The latest first: ids, versions and names of fields, and nobody’s words. Where there is more, Link leads on.",
			query: []views.APIKey{{Name: "before", Kind: "whole number", Optional: true, Note: "Only events with a smaller rev", Min: 1},
				{Name: "limit", Kind: "whole number", Optional: true, Note: fmt.Sprintf("At most so many; %d, if it is not sent", postgres.ActivityPageSize), Min: 1, Max: activityLimit}},
			status: http.StatusOK, data: "list of Event", headers: []string{"Link"}},
		"POST /default/undo": {title: "Undo a switch of the default", note: "The default before it is the default again, and the settings get its words. Refused once something newer happened; where it is undone already, nothing is changed.",
			body:   []views.APIKey{{Name: "event", Kind: "id", Note: "The switch, as the audit log has it"}},
			status: http.StatusOK, data: "Persona", headers: []string{"ETag"}, codes: []string{"too_late"}},
		"GET /personas/:p/impact": {title: "Ask what making a persona the default would change", note: "It changes nothing.", status: http.StatusOK, data: "Impact"},
		"GET /personas/:p/history": {title: "List the versions of a persona", note: "The newest first, also of one that is deleted. Where there are older ones, Link leads on.",
			query:  []views.APIKey{{Name: "before", Kind: "whole number", Optional: true, Note: "Only versions before this one", Min: 1}},
			status: http.StatusOK, data: "list of Version", headers: []string{"Link"}},
		"POST /personas/:p/history/:version/restore": {title: "Restore a version of a persona", note: "Its words come back as a new version. A deleted persona comes back under its old id; send 0 as its version.",
			body: []views.APIKey{version}, status: http.StatusOK, data: "Persona", headers: []string{"ETag"}, codes: []string{"name_taken", "stale_version"}},
		"GET /personas/deleted": {title: "List the deleted personas", note: "Those that can be restored, the latest first, at most 200.", status: http.StatusOK, data: "list of DeletedPersona"},
		"PUT /campaigns/persona": {title: "Give many campaigns one persona", note: "All of them get it, or none.", status: http.StatusOK, data: "Assignment",
			body: []views.APIKey{{Name: "campaignIds", Kind: "list of id", Note: "At least one"}, {Name: "personaId", Kind: "id or null", Note: "null: the workspace default"}}},
		"GET /personas/export": {title: "Export the personas", note: "As a file that can be loaded, here or elsewhere: their words, and no ids or times.", status: http.StatusOK, data: "File"},
		"POST /personas/load": {title: "Load personas from a file", note: "All of it, or nothing. With dryRun it tells what that would do, and does nothing.",
			body: []views.APIKey{{Name: "file", Kind: "File", Note: "As an export gives it"},
				{Name: "replace", Kind: "true or false", Optional: true, Note: "Whether personas of the same name that differ get the file’s words; else they stay as they are"},
				{Name: "dryRun", Kind: "true or false", Optional: true, Note: "true: nothing is written"},
				{Name: "plan", Kind: "text", Optional: true, Note: "The plan of a dry run: refused when loading would do something else by now"}},
			status: http.StatusOK, data: "Loading", codes: []string{"plan_changed"}},
		"POST /preview": {title: "Try personas on a message", note: "It changes nothing. Nothing of it is stored, unless an Idempotency-Key asks that the answer be kept. Where a model writes, it takes some seconds.",
			body: []views.APIKey{{Name: "personaIds", Kind: "list of id", Optional: true, Note: "One or two; the default, if it is not sent, or the settings, where there is no persona"},
				{Name: "message", Kind: "text", Optional: true, Note: "What a lead wrote; either this or messageId", Max: sampleMessageLimit},
				{Name: "messageId", Kind: "id", Optional: true, Note: "A message that came in, with its lead and channel"},
				{Name: "channel", Kind: "text", Optional: true, Note: "How the answer travels; email or the message’s own, if it is not sent", OneOf: texts(persona.Channels())},
				{Name: "firstName", Kind: "text or null", Optional: true, Note: "Of the lead", Max: sampleNameLimit},
				{Name: "lastName", Kind: "text or null", Optional: true, Max: sampleNameLimit}, {Name: "company", Kind: "text or null", Optional: true, Max: sampleNameLimit}},
			status: http.StatusOK, data: "list of Preview", codes: []string{"busy"}},
		"POST /health/repair": {title: "Repair what is not as it must be", note: "Afterwards one persona is the default, the settings equal it, and the history, which keeps the words that give way, holds every persona as it reads. Where nothing is broken that it mends, it changes nothing. What it does not mend says in its sentence what can be done.",
			body:   []views.APIKey{{Name: "right", Kind: "text", Note: "Whose words are right where they differ", OneOf: texts(postgres.Sides())}},
			status: http.StatusOK, data: "Repair"},
		"GET /health": {title: "Ask whether everything is as it must be", note: "An empty list: every rule holds.", status: http.StatusOK, data: "list of Finding"},
		"GET /leads": {title: "List the leads", note: "Those who wrote last first. Where there are more, Link leads on.",
			query: []views.APIKey{{Name: "q", Kind: "text", Optional: true, Note: "Only those whose name, address or company holds this"},
				{Name: "page", Kind: "whole number", Optional: true, Note: "1, if it is not sent", Min: 1, Max: leadPages}},
			status: http.StatusOK, data: "list of LeadSummary", headers: []string{"Link"}},
		"GET /leads/:l": {title: "Read a lead", note: "With its last messages, their drafts and its last scores.", status: http.StatusOK, data: "Lead"},
		"POST /leads/:l/draft": {title: "Ask for a draft", note: "It answers the lead’s last message, and is written in the background: read the lead until the draft’s state is no longer making. One that failed or was rejected is drafted anew.",
			body:   []views.APIKey{{Name: "draftId", Kind: "id or null", Optional: true, Note: "The draft of another message, to be made anew"}},
			status: http.StatusAccepted, data: "AskedDraft", headers: []string{"Location"}, codes: []string{"too_late"}},
		"POST /leads/:l/score": {title: "Ask for a score", note: "It is made in the background: read the lead until scoring is false.",
			status: http.StatusAccepted, data: "AskedScore", headers: []string{"Location"}, codes: []string{"too_late"}},
		"PATCH /leads/:l/drafts/:d": {title: "Change a draft", note: "What it said before is kept as a version.",
			body: []views.APIKey{reply(false), version}, status: http.StatusOK, data: "Draft", headers: []string{"ETag"}, codes: []string{"stale_version", "too_late"}},
		"POST /leads/:l/drafts/:d/approve": {title: "Approve a draft", note: "Nothing is sent: the text is yours to send.",
			body: []views.APIKey{reply(true), version}, status: http.StatusOK, data: "Draft", headers: []string{"ETag"}, codes: []string{"stale_version", "too_late"}},
		"POST /leads/:l/drafts/:d/reject": {title: "Reject a draft", note: "Its words are kept, and another can be asked for. An empty body leaves them as they are.",
			body: []views.APIKey{reply(true), version}, status: http.StatusOK, data: "Draft", headers: []string{"ETag"}, codes: []string{"stale_version", "too_late"}},
	}
}

// reply is what a draft reads now.
func reply(optional bool) views.APIKey {
	k := views.APIKey{Name: "body", Kind: "text", Note: "What it reads now", Max: lead.DraftLimit, Optional: optional}
	if optional {
		k.Note += "; as it is, if it is not sent"
	}
	return k
}

// leadKeys are those that every answer about a lead has.
func leadKeys(more ...views.APIKey) []views.APIKey {
	return append([]views.APIKey{{Name: "id", Kind: "id"}, {Name: "externalId", Kind: "text", Note: "As the sender of its messages calls it"}, {Name: "firstName", Kind: "text or null"},
		{Name: "lastName", Kind: "text or null"}, {Name: "email", Kind: "text or null"}, {Name: "company", Kind: "text or null"}, {Name: "campaign", Kind: "text or null", Note: "Its name"},
		{Name: "blacklisted", Kind: "true or false"}, {Name: "optedOut", Kind: "true or false"}, {Name: "unsubscribed", Kind: "true or false"},
		{Name: "bounced", Kind: "true or false", Note: "Mail to it came back"}, {Name: "scoring", Kind: "true or false", Note: "A score is on its way"},
		{Name: "scoreProblem", Kind: "text or null", Note: "Why the last score did not come, as a sentence"}}, more...)
}

// shapes tells what is answered, by the name that operations use.
func shapes() []views.APIShape {
	return []views.APIShape{
		{Name: "Persona", Keys: append([]views.APIKey{{Name: "id", Kind: "id"}, {Name: "name", Kind: "text"}, {Name: "isDefault", Kind: "true or false", Note: "Whether it answers where a campaign names none"},
			{Name: "version", Kind: "whole number", Note: "Grows by one with each change"}, {Name: "campaignCount", Kind: "whole number", Note: "Campaigns that it answers for: those that name it and, where it is the default, those that name none"},
			{Name: "createdAt", Kind: "time"}, {Name: "updatedAt", Kind: "time"}}, voiceKeys(false)...)},
		{Name: "Deletion", Keys: []views.APIKey{{Name: "id", Kind: "id"}, {Name: "campaignCount", Kind: "whole number", Note: "Campaigns that named it"},
			{Name: "successor", Kind: "Persona or null", Note: "The new default, where it was the default"}}},
		{Name: "Campaign", Keys: []views.APIKey{{Name: "id", Kind: "id"}, {Name: "externalId", Kind: "text or null"}, {Name: "name", Kind: "text"},
			{Name: "personaId", Kind: "id or null", Note: "null: the workspace default answers"}}},
		{Name: "Settings", Keys: append([]views.APIKey{{Name: "companyName", Kind: "text or null"}, {Name: "qualificationQuestions", Kind: "text or null"},
			{Name: "version", Kind: "whole number", Note: "0: never written"}}, voiceKeys(false)...)},
		{Name: "Resolution", Keys: []views.APIKey{{Name: "source", Kind: "text", Note: "Where the words come from", OneOf: texts([]persona.Source{persona.FromCampaign, persona.FromDefault, persona.FromSettings})},
			{Name: "personaId", Kind: "id or null", Note: "null: the settings answer"}, {Name: "name", Kind: "text", Optional: true, Note: "Of the persona; nobody outside sees it"}, {Name: "personaName", Kind: "text", Note: "What leads see"}, {Name: "version", Kind: "whole number", Optional: true, Note: "Of the persona"},
			{Name: "channel", Kind: "text", OneOf: texts(persona.Channels())}, {Name: "opening", Kind: "text", Note: "The greeting for this channel"},
			{Name: "reasons", Kind: "list of text", Note: "Sentences, in the order of the decision"}, {Name: "fields", Kind: "list of FieldSource"}}},
		{Name: "FieldSource", Keys: []views.APIKey{{Name: "field", Kind: "text"}, {Name: "label", Kind: "text"}, {Name: "value", Kind: "text"}, {Name: "source", Kind: "text", Note: "A sentence"}}},
		{Name: "Event", Keys: []views.APIKey{{Name: "id", Kind: "id"}, {Name: "rev", Kind: "whole number", Note: "Its place in the order of all writes"}, {Name: "at", Kind: "time"},
			{Name: "actorId", Kind: "id or null", Note: "null: whoever runs the server"}, {Name: "actorName", Kind: "text or null"},
			{Name: "capacity", Kind: "text", Note: "In which role they did it"}, {Name: "grantId", Kind: "id or null", Note: "The support grant under which it was done"},
			{Name: "tokenId", Kind: "id or null", Note: "The token through which it was done"}, {Name: "action", Kind: "text", Note: "Such as persona.edited"},
			{Name: "personaId", Kind: "id or null"}, {Name: "campaignId", Kind: "id or null"},
			{Name: "fromVersion", Kind: "whole number or null", Note: "Of the persona; of the settings where it is about none"}, {Name: "toVersion", Kind: "whole number or null", Note: "null: nothing is there any more"},
			{Name: "fromPersonaId", Kind: "id or null", Note: "The default, or a campaign’s persona, before"}, {Name: "toPersonaId", Kind: "id or null", Note: "And after"},
			{Name: "fields", Kind: "list of text", Note: "Fields that changed"}, {Name: "campaignIds", Kind: "list of id", Note: "Campaigns that have another persona now, where there may be several"},
			{Name: "fromPersonaIds", Kind: "list of id or null", Note: "The persona of each of campaignIds before; null: the workspace default. Empty: fromPersonaId or, of a delete, personaId"},
			{Name: "toPersonaIds", Kind: "list of id or null", Note: "And after. Empty: toPersonaId or, of a delete, the workspace default"},
			{Name: "userId", Kind: "id or null", Note: "Whom it concerns"}, {Name: "role", Kind: "text or null", Note: "The role that they have now"},
			{Name: "leadId", Kind: "id or null", Note: "The lead that it concerns"}}},
		{Name: "Impact", Keys: []views.APIKey{{Name: "persona", Kind: "Persona"}, {Name: "default", Kind: "Persona or null", Note: "The default now"},
			{Name: "campaigns", Kind: "list of text", Note: "Names of those that name no persona, which it would speak for"}, {Name: "changes", Kind: "list of Change", Note: "Of the settings"}}},
		{Name: "Change", Keys: []views.APIKey{{Name: "field", Kind: "text"}, {Name: "before", Kind: "text or null"}, {Name: "after", Kind: "text or null"}}},
		{Name: "Version", Keys: append([]views.APIKey{{Name: "version", Kind: "whole number"}, {Name: "name", Kind: "text"}, {Name: "isDefault", Kind: "true or false"},
			{Name: "deleted", Kind: "true or false", Note: "It was deleted with these words"}, {Name: "at", Kind: "time"},
			{Name: "actorName", Kind: "text or null", Note: "null: nobody who is known"}, {Name: "capacity", Kind: "text or null", Note: "In which role they did it"},
			{Name: "action", Kind: "text or null", Note: "Such as persona.edited"}}, voiceKeys(false)...)},
		{Name: "DeletedPersona", Keys: []views.APIKey{{Name: "id", Kind: "id"}, {Name: "name", Kind: "text"}, {Name: "deletedAt", Kind: "time"}, {Name: "actorName", Kind: "text or null"}}},
		{Name: "Assignment", Keys: []views.APIKey{{Name: "personaId", Kind: "id or null"}, {Name: "chosen", Kind: "whole number", Note: "Campaigns"},
			{Name: "changed", Kind: "whole number", Note: "Those of them that had another"}}},
		{Name: "Finding", Keys: []views.APIKey{{Name: "rule", Kind: "text", Note: "That does not hold", OneOf: postgres.Rules()}, {Name: "sentence", Kind: "text"},
			{Name: "repairable", Kind: "true or false", Note: "A repair mends it"}}},
		{Name: "Repair", Keys: []views.APIKey{{Name: "default", Kind: "Persona or null", Note: "The default now; null: there is no persona"}}},
		{Name: "File", Keys: []views.APIKey{{Name: "version", Kind: "whole number", Note: "Of the format", Min: personafile.FileVersion, Max: personafile.FileVersion}, {Name: "personas", Kind: "list of FilePersona"}}},
		{Name: "FilePersona", Keys: append([]views.APIKey{{Name: "name", Kind: "text"}, {Name: "isDefault", Kind: "true or false", Optional: true, Note: "Becomes the default where there is none"}}, voiceKeys(true)...)},
		{Name: "Loading", Keys: []views.APIKey{{Name: "dryRun", Kind: "true or false", Note: "true: nothing was written"}, {Name: "plan", Kind: "text", Note: "A mark of what was done, or would be"},
			{Name: "personas", Kind: "list of LoadedPersona", Note: "In the order of the file"}}},
		{Name: "LoadedPersona", Keys: []views.APIKey{{Name: "name", Kind: "text"},
			{Name: "outcome", Kind: "text", Note: "kept: there is one of the name that differs; unchanged: word for word the same one", OneOf: texts([]persona.Outcome{persona.LoadCreates, persona.LoadReplaces, persona.LoadKeeps, persona.LoadFinds})},
			{Name: "isDefault", Kind: "true or false", Note: "It is the default afterwards"}, {Name: "personaId", Kind: "id or null", Note: "null: not created yet"}}},
		{Name: "Preview", Keys: []views.APIKey{{Name: "personaId", Kind: "id or null", Note: "null: the settings speak"}, {Name: "name", Kind: "text or null", Note: "Of the persona"}, {Name: "personaName", Kind: "text", Note: "What leads see"}, {Name: "text", Kind: "text"},
			{Name: "segments", Kind: "whole number", Note: "Parts of an SMS; 0 for another channel"}, {Name: "by", Kind: "text", Note: "What wrote it", OneOf: []string{"model", "composer"}},
			{Name: "problem", Kind: "text or null", Note: "Why it was not the model, as a sentence"}}},
		{Name: "LeadSummary", Keys: leadKeys(views.APIKey{Name: "lastMessageAt", Kind: "time or null"},
			views.APIKey{Name: "draftState", Kind: "text or null", Note: "Of the draft that answers the last message"},
			views.APIKey{Name: "overall", Kind: "whole number or null", Note: "The last score, from 1 to 4"})},
		{Name: "Lead", Keys: leadKeys(views.APIKey{Name: "messages", Kind: "list of Message", Note: "The oldest first"},
			views.APIKey{Name: "earlierMessages", Kind: "true or false", Note: "There are older ones"}, views.APIKey{Name: "scores", Kind: "list of Score", Note: "The newest first"})},
		{Name: "Message", Keys: []views.APIKey{{Name: "id", Kind: "id"}, {Name: "channel", Kind: "text", OneOf: texts(persona.Channels())}, {Name: "body", Kind: "text"},
			{Name: "sentAt", Kind: "time"}, {Name: "campaign", Kind: "text or null", Note: "Its name"}, {Name: "answeredElsewhere", Kind: "true or false", Note: "It was answered in the system that it came over from: no draft is made by itself"},
			{Name: "draft", Kind: "Draft or null", Note: "The answer to it"}}},
		{Name: "Draft", Keys: []views.APIKey{{Name: "id", Kind: "id"}, {Name: "state", Kind: "text", OneOf: texts([]lead.DraftState{lead.DraftMaking, lead.DraftFailed, lead.DraftWaiting, lead.DraftApproved, lead.DraftRejected})},
			{Name: "version", Kind: "whole number", Note: "0: not written yet"}, {Name: "source", Kind: "text or null", Note: "Whose words spoke: campaign, default or settings"},
			{Name: "personaId", Kind: "id or null"}, {Name: "personaVersion", Kind: "whole number or null"},
			{Name: "promptKey", Kind: "text or null", Note: "What wrote it, for which channel, and whose voice it is"}, {Name: "body", Kind: "text or null"},
			{Name: "problem", Kind: "text or null", Note: "Why it could not be made, as a sentence"}, {Name: "decidedAt", Kind: "time or null", Note: "When it was approved or rejected"}}},
		{Name: "Score", Keys: []views.APIKey{{Name: "fit", Kind: "whole number"}, {Name: "intent", Kind: "whole number"}, {Name: "overall", Kind: "whole number", Note: "Each from 1 to 4"},
			{Name: "reason", Kind: "text"}, {Name: "by", Kind: "text", Note: "What gave it: a model, the rules or a flag"}, {Name: "settingsVersion", Kind: "whole number"},
			{Name: "at", Kind: "time"}, {Name: "outdated", Kind: "true or false", Note: "The settings have since changed in whom they look for"}}},
		{Name: "AskedDraft", Keys: []views.APIKey{{Name: "leadId", Kind: "id"}, {Name: "draftId", Kind: "id"}}},
		{Name: "AskedScore", Keys: []views.APIKey{{Name: "leadId", Kind: "id"}}},
	}
}

// problems lists every code, with the status under which it comes.
func problems() []views.APIProblem {
	return []views.APIProblem{
		{Status: 401, Code: "unauthorized", Meaning: "No token, or one that does not work"},
		{Status: 403, Code: "forbidden", Meaning: "The token may not do that"},
		{Status: 403, Code: "foreign_origin", Meaning: "A page of another site sent it"},
		{Status: 404, Code: "not_found", Meaning: "Not there, or not in the token’s workspace"},
		{Status: 405, Code: "method_not_allowed", Meaning: "The address does not do that"},
		{Status: 409, Code: "name_taken", Meaning: "Another persona has the name"},
		{Status: 409, Code: "persona_exists", Meaning: "There is a persona already"},
		{Status: 409, Code: "plan_changed", Meaning: "Loading would do something else by now"},
		{Status: 409, Code: "stale_version", Meaning: "Somebody changed it meanwhile; fields.version tells its version now"},
		{Status: 409, Code: "too_late", Meaning: "Something newer has overtaken it, or it is there already; error tells why"},
		{Status: 413, Code: "too_large", Meaning: "More than a megabyte"},
		{Status: 415, Code: "unsupported_media_type", Meaning: "Not JSON"},
		{Status: 422, Code: "invalid", Meaning: "Something sent is wrong; fields tells what"},
		{Status: 422, Code: "idempotency_mismatch", Meaning: "The Idempotency-Key was used for another request"},
		{Status: 429, Code: "busy", Meaning: "As many previews are being written as may be at once; look at Retry-After"},
		{Status: 500, Code: "internal", Meaning: "Our fault; it has been noted"},
		{Status: 503, Code: "unavailable", Meaning: "The database is busy or away: look at Retry-After. Whether it was done is not certain"},
	}
}

// codesOf gives the codes of every route that this one is, and its own.
func codesOf(method string, own []string) []string {
	codes := []string{"unauthorized", "forbidden", "not_found", "invalid", "internal", "unavailable"}
	if method != http.MethodGet {
		codes = append(codes, "foreign_origin", "too_large", "unsupported_media_type")
	}
	if method == http.MethodPost {
		codes = append(codes, "idempotency_mismatch")
	}
	return append(codes, own...)
}

func voiceKeys(sent bool) []views.APIKey {
	var keys []views.APIKey
	for _, f := range persona.Fields() {
		k := views.APIKey{Name: personafile.Key(f.Name), Kind: "text or null", Note: f.Label, Optional: sent}
		if sent {
			k.Max = f.Limit
		}
		keys = append(keys, k)
	}
	return keys
}

func texts[T ~string](list []T) []string {
	all := make([]string, len(list))
	for i, t := range list {
		all[i] = string(t)
	}
	return all
}

// apiGuide gives what the page tells of the API.
func (s *Server) apiGuide() views.API {
	guide := views.API{Root: apiRoot, Shapes: shapes(), Problems: problems()}
	known := operations()
	for _, r := range s.routes() {
		below, found := strings.CutPrefix(r.path, apiRoot+"/workspaces/:ws")
		o, told := known[r.method+" "+below]
		if !found || !told {
			continue
		}
		permits := map[audience]string{readToken: "look", switchToken: "switch the default", writeToken: "write"}
		guide.Operations = append(guide.Operations, views.APIOperation{Method: r.method, Path: pathTemplate(r.path), Title: o.title, Note: o.note, Permits: permits[r.audience],
			Query: o.query, Body: o.body, Status: o.status, Data: o.data, Headers: o.headers, Codes: o.codes})
	}
	return guide
}

// pathTemplate gives a route's path as OpenAPI has it.
func pathTemplate(path string) string {
	return strings.NewReplacer(":ws", "{workspace}", ":p", "{persona}", ":c", "{campaign}", ":l", "{lead}", ":d", "{draft}", ":version", "{version}").Replace(path)
}

// apiDocs shows people what programs can do here. Whoever comes from a workspace
// finds the way back to it; the rest is the same for everybody, also where nobody
// can be asked who it is.
func (s *Server) apiDocs(c *call) error {
	workspace, _ := optionalID(c.QueryParam("workspace"))
	if s.sessions.visit(c, workspace.UUID) == nil {
		c.access = c.visit.Access
	}
	return s.page(c, http.StatusOK, views.APIPage(s.shell(c, "The API for programs", ""), s.apiGuide()))
}

// openAPI gives programs the same.
func (s *Server) openAPI(c *call) error {
	document, err := json.Marshal(openAPI(s.apiGuide()))
	if err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, document)
}

func openAPI(guide views.API) object {
	paths := object{
		documentPath: object{"get": openOperation("openapi", "This document", "application/json", object{"type": "object"})},
		docsPath:     object{"get": openOperation("docs", "This document as a page for people", "text/html", object{"type": "string"})},
	}
	for _, o := range guide.Operations {
		path, there := paths[o.Path].(object)
		if !there {
			path = object{}
			paths[o.Path] = path
		}
		path[strings.ToLower(o.Method)] = operationObject(o, guide.Problems)
	}
	schemas := object{}
	for _, shape := range guide.Shapes {
		schemas[shape.Name] = keysSchema(shape.Keys, false)
	}
	return object{
		"openapi": "3.1.0",
		"info": object{"title": "personae", "version": "1",
			"description": "What programs can do with the personas of one workspace. A token is made on the workspace’s page Tokens."},
		"security":   []any{object{"token": []string{}}},
		"paths":      paths,
		"components": object{"schemas": schemas, "securitySchemes": object{"token": object{"type": "http", "scheme": "bearer"}}},
	}
}

func openOperation(id, title, kind string, schema object) object {
	return object{"operationId": id, "summary": title, "security": []any{}, "responses": object{"200": object{"description": title, "content": object{kind: object{"schema": schema}}}}}
}

func operationObject(o views.APIOperation, problems []views.APIProblem) object {
	var parameters []object
	for part := range strings.SplitSeq(o.Path, "/") {
		if strings.HasPrefix(part, "{") {
			kind := "id"
			if part == "{version}" {
				kind = "whole number"
			}
			parameters = append(parameters, object{"name": strings.Trim(part, "{}"), "in": "path", "required": true, "schema": kindSchema(kind)})
		}
	}
	for _, k := range o.Query {
		parameters = append(parameters, object{"name": k.Name, "in": "query", "description": k.Note, "schema": keySchema(k)})
	}
	if slices.ContainsFunc(o.Body, func(k views.APIKey) bool { return k.Name == "version" }) {
		parameters = append(parameters, object{"name": "If-Match", "in": "header", "description": "The version that this is a change of, in quotes", "schema": object{"type": "string"}})
	}
	headers := o.Headers
	if o.Method == http.MethodPost {
		parameters = append(parameters, object{"name": onceHeader, "in": "header", "schema": object{"type": "string", "minLength": 1, "maxLength": onceKeyLimit},
			"description": "A name for this request: for 24 hours, the same request under it does nothing and gets the same answer"})
		headers = append(slices.Clone(headers), replayedHeader)
	}
	answered := object{}
	for _, h := range headers {
		answered[h] = object{"schema": object{"type": "string"}}
	}
	responses := object{strconv.Itoa(o.Status): object{"description": "Done", "headers": answered, "content": inJSON(object{"type": "object", "required": []string{"success", "data"},
		"properties": object{"success": object{"const": true}, "data": kindSchema(o.Data)}})}}
	codes := codesOf(o.Method, o.Codes)
	byStatus := map[int][]views.APIProblem{}
	for _, p := range problems {
		if slices.Contains(codes, p.Code) {
			byStatus[p.Status] = append(byStatus[p.Status], p)
		}
	}
	for status, list := range byStatus {
		var enum, meanings []string
		for _, p := range list {
			enum, meanings = append(enum, p.Code), append(meanings, p.Code+": "+p.Meaning)
		}
		responses[strconv.Itoa(status)] = object{"description": strings.Join(meanings, ". "), "content": inJSON(object{"type": "object", "required": []string{"success", "error", "code"},
			"properties": object{"success": object{"const": false}, "error": object{"type": "string"}, "code": object{"enum": enum},
				"fields": object{"type": "object", "additionalProperties": object{"type": "string"}}}})}
	}
	all := object{"operationId": operationID(o.Title), "summary": o.Title, "description": strings.TrimSpace(o.Note + " The token must be one that may " + o.Permits + "."),
		"parameters": parameters, "responses": responses}
	if len(o.Body) > 0 {
		all["requestBody"] = object{"required": slices.ContainsFunc(o.Body, func(k views.APIKey) bool { return !k.Optional }), "content": inJSON(keysSchema(o.Body, true))}
	}
	return all
}

// operationID makes listThePersonas of List the personas.
func operationID(title string) string {
	words := strings.Fields(strings.ToLower(title))
	for i, w := range words[1:] {
		words[i+1] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, "")
}

func inJSON(schema object) object { return object{"application/json": object{"schema": schema}} }

// keysSchema gives the schema of an object. Of what is sent, every key is
// known; to what is answered, keys may be added.
func keysSchema(keys []views.APIKey, sent bool) object {
	properties := object{}
	required := []string{}
	for _, k := range keys {
		properties[k.Name] = keySchema(k)
		if !k.Optional {
			required = append(required, k.Name)
		}
	}
	schema := object{"type": "object", "properties": properties, "required": required}
	if sent {
		schema["additionalProperties"] = false
	}
	return schema
}

func keySchema(k views.APIKey) object {
	schema := kindSchema(k.Kind)
	if k.Note != "" && schema["$ref"] == nil {
		schema["description"] = k.Note
	}
	if k.OneOf != nil {
		schema["enum"] = k.OneOf
	}
	if k.Min > 0 {
		schema["minimum"] = k.Min
	}
	if k.Max > 0 && strings.HasPrefix(k.Kind, "text") {
		schema["maxLength"] = k.Max
	} else if k.Max > 0 {
		schema["maximum"] = k.Max
	}
	return schema
}

// kindSchema gives the schema of a kind, which is written in words: "text",
// "id or null", "list of Persona".
func kindSchema(kind string) object {
	if of, list := strings.CutPrefix(kind, "list of "); list {
		return object{"type": "array", "items": kindSchema(of)}
	}
	base, null := strings.CutSuffix(kind, " or null")
	types := map[string]string{"text": "string", "id": "string", "time": "string", "whole number": "integer", "true or false": "boolean"}
	formats := map[string]string{"id": "uuid", "time": "date-time"}
	if types[base] == "" {
		ref := object{"$ref": "#/components/schemas/" + base}
		if null {
			return object{"anyOf": []any{ref, object{"type": "null"}}}
		}
		return ref
	}
	schema := object{"type": types[base]}
	if null {
		schema["type"] = []string{types[base], "null"}
	}
	if formats[base] != "" {
		schema["format"] = formats[base]
	}
	return schema
}
