package views_test

import (
	"context"
	"strings"
	"time"

	"github.com/a-h/templ"

	"personae/internal/access"
	"personae/internal/i18n"
	"personae/internal/persona"
	"personae/views"
)

func people() views.Members {
	return views.Members{
		Form: views.InviteForm{Role: access.Member},
		You:  id("ada"),
		Members: []access.Membership{
			{User: id("ada"), Name: "Ada", Email: "ada@b.example", Role: access.Owner},
			{User: id("milo"), Name: strings.Repeat("Milo", 20), Email: strings.Repeat("m", 60) + "@b.example",
				Role: access.Member},
		},
		Invitations: []access.Invitation{{ID: id("open"), Email: "new@b.example", Role: access.Admin}},
	}
}

func invited(role access.Role, by string, hasAccount bool) views.Invitation {
	return views.Invitation{Token: "t", Invitation: access.Invitation{
		WorkspaceName: "Harbor", Email: "a@b.example", Role: role, InvitedBy: by, HasAccount: hasAccount}}
}

func lent() views.Support {
	g := access.Grant{ID: id("grant"), Workspace: id("harbor"), WorkspaceName: "Harbor", Person: "Sam", Reason: "Fair",
		GrantedBy: "Ada"}
	over := g
	over.Revoked, over.Scope = &time.Time{}, access.FullAccess
	return views.Support{Grants: access.Grants{Current: []access.Grant{g}, Past: []access.Grant{over},
		Requests: []access.GrantRequest{
			{ID: id("request"), Asked: "K7MX-3RWD", Person: "Sam", Scope: access.FullAccess, Hours: 24,
				Reason: "You rang"}}}}
}

func shelf() views.Workspaces {
	return views.Workspaces{
		Listing: views.Listing{Page: 2, Query: "a", Sort: views.SortByChange}.Counted(10_000, 50, "workspace"),
		Items: []access.Workspace{
			{ID: id("harbor"), Name: "Harbor Analytics", Role: access.Admin, Default: "Maya, the guide", Personas: 3,
				Requests: 2},
			{ID: id("northwind"), Name: "Northwind Legal", Role: access.Owner},
			{ID: id("cedar"), Name: "Cedar Clinic", Role: access.Support, Scope: access.SwitchOnly, Until: time.Now().Add(time.Hour), Default: "Reception", Personas: 1},
			{ID: id("long"), Name: strings.Repeat("Arbeitsraum", 8), Role: access.Superadmin, Default: endless.Name,
				Personas: 1200},
			{ID: id("script"), Name: `<script>alert(6)</script>`, Role: access.Member},
		},
	}
}

// leaver is a person as superadmins see them.
func leaver(p access.Person, in ...access.Workspace) views.Person {
	p.ID, p.Workspaces = id(p.Name), len(in)
	return views.Person{Leaver: access.Leaver{Person: p, In: in,
		Ends: access.Ending{Sessions: 2, Tokens: 1, Invitations: 1204}}}
}

func stewardPages() map[string]templ.Component {
	root := func(title string) views.Shell {
		s := outside(title)
		s.Steward, s.Support = true, true
		return s
	}
	milo := leaver(access.Person{Name: "Milo", Email: "milo@b.example", Support: true},
		access.Workspace{ID: id("harbor"), Name: "Harbor Analytics", Role: access.Admin})
	milo.Workspaces = 60
	gone := leaver(access.Person{Name: strings.Repeat("Nia", 40), Email: strings.Repeat("n", 60) + "@b.example",
		Superadmin: true, Disabled: true})
	gone.Ends = access.Ending{}
	you, last := milo, milo
	you.You, last.LastIn = true, []string{"Harbor Analytics", strings.Repeat("Arbeitsraum", 8)}
	found := views.People{Listing: views.Listing{Query: "i", Page: 2, More: true},
		Items: []access.Person{milo.Person, gone.Person}}
	return map[string]templ.Component{
		"people":             views.PeoplePage(root("People"), found),
		"people-no-match":    views.PeoplePage(root("People"), views.People{Listing: views.Listing{Query: "zzz", Page: 1}}),
		"person":             views.PersonPage(with(root("Milo"), views.PersonEnabled(context.Background(), milo.Person)), milo),
		"person-disabled":    views.PersonPage(with(root("Nia"), views.PersonDisabled(context.Background(), gone.Person, milo.Ends)), gone),
		"person-you":         views.PersonPage(root("Milo"), you),
		"person-remove":      views.RemovePersonPage(root("Remove Milo?"), milo),
		"person-remove-last": views.RemovePersonPage(root("Remove Milo?"), last),
		"person-remove-you":  views.RemovePersonPage(root("Remove Milo?"), you),
	}
}

func peoplePages() map[string]templ.Component {
	copied := done(manager("Members", "members"), "a@b.example is invited", "Send them this link.")
	copied.Receipt.Copy = "https://personae.example/invitations/token"
	required := people()
	required.FactorRequired, required.Members[0].Factor = true, true
	asked := manager("Support access", "support")
	asked.Requests = 2
	join := views.Shell{Title: "Join Harbor"}
	return map[string]templ.Component{
		"workspaces-archived": views.WorkspacesPage(outside("Archived workspaces"), func() views.Workspaces {
			m := shelf()
			m.Archived = true
			return m
		}()),
		"workspaces-superadmin": views.WorkspacesPage(outside("Workspaces"), func() views.Workspaces {
			m := shelf()
			m.MayCreate = true
			return m
		}()),
		"workspace-new": views.NewWorkspacePage(outside("New workspace"), views.WorkspaceForm{}),
		"workspace-new-there": views.NewWorkspacePage(failed(outside("New workspace"), "name",
			"There is a workspace of this name already", "admin", "Enter an email address"),
			views.WorkspaceForm{Name: "Harbor", Admin: "x", There: id("harbor").String()}),
		"workspace": views.WorkspacePage(manager("This workspace", "settings"), housed()),
		"workspace-conflict": views.WorkspacePage(manager("This workspace", "settings"), func() views.Workspace {
			m := housed()
			m.Conflicts = []persona.Conflict{{Field: "name", Label: i18n.Say("Name"), Original: "Harbor", Theirs: "Haven", Yours: hostile.Name}}
			return m
		}()),
		"workspace-archived": views.WorkspacePage(func() views.Shell {
			s := member("This workspace", "settings")
			s.Role, s.Archived = access.Owner, true
			return s
		}(), func() views.Workspace {
			m := housed()
			m.ArchivedAt = noon
			return m
		}()),
		"workspace-member": views.WorkspacePage(member("This workspace", "settings"), views.Workspace{WorkspaceFacts: housed().WorkspaceFacts}),
		"workspace-erase": views.ErasePage(failed(manager("Erase Harbor Analytics?", "settings"), "name",
			"This is not the name of the workspace. Nothing was erased"), "harbor"),
		"setup": views.SetupPage(views.Shell{Title: "Set up personae"}, views.Setup{}),
		"setup-wrong": views.SetupPage(failed(views.Shell{Title: "Set up personae"}, "code", "This is not the code", "password",
			"Use 8 to 256 characters"), views.Setup{Name: "Rosa", Workspace: "Harbor"}),
		"workspaces":      views.WorkspacesPage(outside("Workspaces"), shelf()),
		"workspaces-none": views.WorkspacesPage(outside("Workspaces"), views.Workspaces{Listing: views.Listing{Page: 1}}),
		"workspaces-no-match": views.WorkspacesPage(outside("Workspaces"),
			views.Workspaces{Listing: views.Listing{Page: 1, Query: "zzz"}}),

		"members":        views.MembersPage(manager("Members", "members"), people()),
		"members-factor": views.MembersPage(manager("Members", "members"), required),
		"members-wrong": views.MembersPage(failed(manager("Members", "members"), "email", "Enter an email address"),
			people()),
		"members-member":  views.MembersPage(member("Members", "members"), people()),
		"members-invited": views.MembersPage(copied, people()),
		"member-remove":   views.RemovePage(manager("Remove Milo?", "members"), people().Members[1]),

		"invitation":           views.InvitationPage(join, invited(access.Admin, "Ada", false)),
		"invitation-wrong":     views.InvitationPage(failed(join, "password", "Too short"), invited(access.Admin, "", false)),
		"invitation-account":   views.InvitationPage(join, invited(access.Member, "", true)),
		"invitation-signed-in": views.InvitationPage(outside("Join Harbor"), invited(access.Member, "", true)),

		"support":        views.SupportPage(manager("Support access", "support"), lent()),
		"support-wrong":  views.SupportPage(failed(manager("Support access", "support"), "reason", "Enter a reason"), lent()),
		"support-member": views.SupportPage(member("Support access", "support"), lent()),
		"support-none":   views.SupportPage(manager("Support access", "support"), views.Support{}),
		"support-asked":  views.SupportPage(asked, lent()),
		"support-own-answers": views.MySupportPage(outside("Support"), views.MySupport{Requests: []access.GrantRequest{
			{ID: id("a"), WorkspaceName: "Harbor", Hours: 1, Reason: strings.Repeat("x", 500), Decided: true, Granted: true},
			{ID: id("b"), Hours: 168, Reason: "y", RanOut: true}}}),
		"support-own": views.MySupportPage(outside("Support"),
			views.MySupport{Grants: lent().Current, Requests: lent().Requests}),
		"support-request": views.SupportRequestPage(outside("Your request"), views.SupportRequest{Request: lent().Requests[0]}),
		"support-let-in": views.SupportRequestPage(outside("Your request"), views.SupportRequest{
			Request: access.GrantRequest{ID: id("r"), Asked: "K7MX-3RWD", WorkspaceName: "Harbor", Hours: 1, Decided: true, Granted: true},
			Grant:   &access.Grant{WorkspaceName: "Harbor", GrantedBy: "Ada", Reason: "You rang", Expires: time.Now().Add(time.Hour)}}),
		"support-own-none": views.MySupportPage(outside("Support"), views.MySupport{}),
	}
}

func housed() views.Workspace {
	return views.Workspace{MayKeep: true, MayErase: true, Typed: "Harbor Analytics", WorkspaceFacts: access.WorkspaceFacts{
		Name: "Harbor Analytics", Version: 2, CreatedAt: noon, Nameless: []string{maya.Name, coach.Name}, Waiting: 3}}
}
