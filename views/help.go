package views

import (
	"github.com/a-h/templ"

	"personae/internal/i18n"
)

// helpPart is one section of the help page.
type helpPart struct {
	ID, Title string
	Lines     []string
	Facts     []fact
}

// fact is a word and what it means.
type fact struct{ Label, Value string }

// helpOf is the part of the help page for the pages of a section.
var helpOf = map[string]string{
	"personas": "personas", "campaigns": "campaigns", "drafts": "drafts", "leads": "leads", "preview": "answers", "why": "answers", "proposals": "proposals", "schedules": "schedules",
	"activity": "back", "outcomes": "records", "health": "records",
	"settings": "settings", "members": "who", "support": "who", "tokens": "programs", "webhooks": "programs",
	// These are in no workspace.
	"account": "account", "people": "who", "workspaces": "who", "house": "personas", "accessibility": "keyboard", "api": "programs",
}

// helpPath returns where help says most about the page of s.
func helpPath(s Shell) templ.SafeURL {
	if part := helpOf[s.Section]; part != "" {
		return templ.SafeURL("/help#" + part)
	}
	return "/help"
}

// helpParts is the help page, from top to bottom.
var helpParts = []helpPart{
	{ID: "personas", Title: i18n.N("Personas and the default"), Lines: []string{
		i18n.N("A persona is a named voice: its tone, how it opens and closes, what it wants, what it sells and to whom. A workspace has as many as you like."),
		i18n.N("Exactly one of them is the default. It answers every campaign without its own persona. “Make the default” on the page Personas moves the default in one step; “What would change” shows first which campaigns and which words that concerns."),
		i18n.N("Superadmins may keep house personas for all workspaces. Take a copy of one from the page of a new persona: it is your own, and never changes by itself. When the house persona changes, the page Personas says so; “See what changed” shows both merged, and you choose what to take, or keep yours."),
		i18n.N("The first persona of a workspace becomes its default. You cannot take the default away, only give it to another persona. When you delete the default, you choose who follows it."),
	}},
	{ID: "languages", Title: i18n.N("In other languages"), Lines: []string{
		i18n.N("A persona may greet and sign in other languages too. The language of a message picks these words; it is told from what the lead wrote, and where it cannot be told, the main words are used. Older programs and the settings know the main words alone."),
	}},
	{ID: "settings", Title: i18n.N("The workspace settings follow"), Lines: []string{
		i18n.N("Older programs read their words from the workspace settings. Whenever the default persona changes, or another one becomes the default, its eight fields are copied there in the same moment. So they always say what the default says."),
		i18n.N("While there is a default, edit those words in the persona. Without any persona they are edited on the page Settings, and they answer."),
		i18n.N("Settings also leads to Notices, where each member chooses what to be told of by mail, if a mail server is set up."),
	}},
	{ID: "campaigns", Title: i18n.N("Campaigns"), Lines: []string{
		i18n.N("A campaign’s own persona answers it. Without one, the default does. Choose it on the page Campaigns, for one campaign or for many at once. When a persona is deleted, its campaigns go back to the default."),
		i18n.N("Campaigns are created on that page, and a message that names one which is not known adds it, without a persona of its own. One that is over can be archived: then it is in no list, and what still comes in for it is answered as before."),
	}},
	{ID: "answers", Title: i18n.N("Who answers, and the preview"), Lines: []string{
		i18n.N("The page “Who answers” tells which persona answers for a campaign, and where each field comes from. The page Preview shows two personas side by side on a message; it stores and sends nothing."),
		i18n.N("“Try it on the last messages”, beside a switch or an edit that is not saved yet, shows what came in with both answers, as they are now and as they would be. Mark each as better, the same or worse. Only the numbers are kept, with the versions and your name, and stand with the change in the activity."),
	}},
	{ID: "drafts", Title: i18n.N("Drafts"), Lines: []string{
		i18n.N("The page Drafts lists the replies that wait for a decision, the oldest first. “Approve and next” and “Reject and next” decide and go on to the next one; whatever you typed is kept as a new version. When somebody else decided first, you read who and what, and what you typed is shown to you."),
	}},
	{ID: "leads", Title: i18n.N("Leads"), Lines: []string{
		i18n.N("The page Leads lists who wrote. A lead’s page has the conversation with its drafts and scores, and says whether they may be written to. What could not be drafted or scored waits there for you to ask again."),
	}},
	{ID: "records", Title: i18n.N("Outcomes and health"), Lines: []string{
		i18n.N("The page Outcomes counts what became of the drafts: approved as they were or after edits, rejected, sent. The page Health says whether every rule holds, and offers to repair what does not."),
	}},
	{ID: "proposals", Title: i18n.N("Proposals"), Lines: []string{
		i18n.N("Whoever may not change something can propose it: other words of a persona, another default, or who answers for a campaign. “Propose a change” and “Propose as the default” stand on the page of a persona, and on the page of a campaign there is a form. Nothing changes until an admin approves it on the page Proposals."),
		i18n.N("On the page Settings an admin can ask that changes of the default, or of its words, are approved by a second person. Then nobody makes them alone, and nobody stops that alone. A superadmin may be the second person."),
		i18n.N("A proposal is of what was there when it was made. If somebody changes the same thing first, it is overtaken: it cannot be approved, and its words stay readable. Whoever made a proposal can withdraw it while it waits."),
	}},
	{ID: "schedules", Title: i18n.N("Schedules"), Lines: []string{
		i18n.N("A switch of the default can be made ahead, at a moment and until another: open “What would change” at a persona, then “Schedule it”. On the page of a campaign, “Schedule who answers” does the same for that campaign. The page Schedules lists what is to come, and cancels it."),
		i18n.N("It is done within a minute as whoever scheduled it, with the access that they have then, and can be undone as any switch. If somebody decides otherwise in between, it is not done: the pages Personas, Schedules and Activity say so. Edited words do not stop it, and one schedule does not stop another."),
	}},
	{ID: "back", Title: i18n.N("Taking something back"), Lines: []string{
		i18n.N("After a switch of the default there is a button “Undo”, also on the pages Personas and Activity. It is refused once one of the two personas has changed or the default has moved on, and says which, when and by whom."),
		i18n.N("The same button is there after many campaigns were assigned at once. It is refused once somebody chose anew for one of them."),
		i18n.N("Every version of a persona is kept. Its History shows who changed what and when, compares two versions and restores one. Deleted personas are listed on the page Personas and can be restored."),
		i18n.N("When two people edit the same persona, the second to save sees both versions and chooses; what they typed stays in the form."),
	}},
	{ID: "who", Title: i18n.N("Who may do what"), Facts: []fact{
		{i18n.N("Member"), i18n.N("Looks at everything in the workspace, and proposes changes, on which an admin decides.")},
		{i18n.N("Admin and owner"), i18n.N("Change everything: personas, campaigns, settings, members, support access and tokens.")},
		{i18n.N("Support staff"), i18n.N("Open nothing by themselves. An admin lets one of them in for an hour, a day or a week, to switch the default only, or to change personas, campaigns and settings.")},
		{i18n.N("Superadmin"), i18n.N("May do everything in every workspace, looks after people, and keeps the house personas.")},
		{i18n.N("Programs"), i18n.N("Have a token of one workspace, made by an admin: to look, also to propose changes, also to switch the default, or also to write.")},
	}, Lines: []string{i18n.N("Whatever anybody changes is on the page Activity: who, when and what.")}},
	{ID: "account", Title: i18n.N("Your account"), Lines: []string{
		i18n.N("On the page Account you change your password, add an authenticator app or a passkey as a second factor, and choose language and time zone. Keep the recovery codes, which are shown once: each signs you in once without your phone. Who has lost both asks whoever runs personae."),
		i18n.N("It also lists where you are signed in, to end that there, and who signed in or tried to."),
	}},
	{ID: "programs", Title: i18n.N("Programs: tokens and webhooks"), Lines: []string{
		i18n.N("Other programs ask and change things with a token, which an admin makes on the page Tokens; it is shown once. The messages of leads come in under the inbound secret there."),
		i18n.N("A webhook, on the page Webhooks, tells another program what happened. It tries again for a day, and you can have it send again."),
	}},
	{ID: "files", Title: i18n.N("Personas as a file"), Lines: []string{
		i18n.N("“Export” on the page Personas gives all of them as one file. “Load from a file” takes them into another workspace: it shows first what it would do, and replaces nothing that differs unless you say so."),
	}},
	{ID: "keyboard", Title: i18n.N("With the keyboard"), Lines: []string{
		i18n.N("Everything can be reached and done with the keyboard, and every page works without JavaScript."),
	}, Facts: []fact{
		{i18n.N("Tab, Shift and Tab"), i18n.N("Go to the next and to the one before. The first stop of each page is “Skip to the content”.")},
		{i18n.N("Enter"), i18n.N("Follows a link, presses a button, or sends the form that you are in. In a large field it begins a new line.")},
		{i18n.N("Space"), i18n.N("Ticks a box, presses a button, opens “Before and after”.")},
		{i18n.N("Arrow keys"), i18n.N("Choose in a list or among choices of which one holds.")},
		{i18n.N("/"), i18n.N("Goes to the search of a workspace, while you are in no field. You can switch this off on the page Account.")},
	}},
}
