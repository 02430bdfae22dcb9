package main

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/testing/dbtest"
)

func TestWhoLeavesIsOutAtOnceAndStaysInTheLog(t *testing.T) {
	t.Parallel()
	o := operator{t, dbtest.New(t)}
	ws := o.db.Workspace(t, "Harbor")
	ada := o.db.User(t, access.NewUser{Email: "ada@example.com", Name: "Ada", Support: true})
	o.db.Member(t, ws.Workspace(), ada, access.Admin)
	o.db.User(t, access.NewUser{Email: "sam@example.com", Name: "Sam", Support: true})
	a := o.db.Access(t, ada, ws.Workspace())
	p := o.db.NewPersona(t, a, "By Ada")
	hash := []byte(strings.Repeat("t", 32))
	if _, err := o.db.CreateToken(t.Context(), a, access.NewToken{Name: "T", Scope: access.TokenWrite, Days: 30,
		Hash: hash}); err != nil {
		t.Fatal(err)
	}
	if _, err := o.db.Grant(t.Context(), a, "sam@example.com", access.FullAccess, 1, "help"); err != nil {
		t.Fatal(err)
	}
	if _, err := o.db.Invite(t.Context(), a, "nia@example.com", access.Member,
		[]byte(strings.Repeat("i", 32))); err != nil {
		t.Fatal(err)
	}
	lives := func() int {
		return o.db.Count(t, `select (select count(*) from sessions where user_id = $1)
			+ (select count(*) from api_tokens where revoked_at is null)
			+ (select count(*) from support_grants where revoked_at is null)
			+ (select count(*) from invitations where revoked_at is null)`, ada)
	}
	if n := lives(); n != 4 {
		t.Fatalf("%d of 4 are there", n)
	}
	o.does("", "user", "disable", "--email", "ADA@example.com")
	if n := lives(); n != 0 {
		t.Errorf("%d of what they had lives on", n)
	}
	if _, err := o.db.VisitToken(t.Context(), hash, uuid.Nil); err == nil {
		t.Error("the token works")
	}
	if _, err := o.db.SetDefault(t.Context(), a, p.ID); err == nil {
		t.Error("a request that was under way still writes")
	}
	if _, err := o.db.Account(t.Context(), "ada@example.com"); err == nil {
		t.Error("they may sign in")
	}
	if out := o.does("", "user", "list"); !strings.Contains(out, "ada@example.com\tAda\tsupport,disabled\n") ||
		!strings.Contains(out, "sam@example.com\tSam\tsupport\n") {
		t.Errorf("list: %s", out)
	}
	o.does("", "user", "enable", "--email", "ada@example.com")
	if _, err := o.db.Account(t.Context(), "ada@example.com"); err != nil {
		t.Errorf("enabled: %v", err)
	}
	if n := lives(); n != 0 {
		t.Errorf("%d came back", n)
	}
	o.does("", "user", "remove", "--email", "ada@example.com")
	if n := o.db.Count(t, `select count(*) from members where user_id = $1`, ada); n != 0 {
		t.Error("they are a member still")
	}
	if n := o.db.Count(t, `select count(*) from audit_events e join users u on u.id = e.actor_id
		where u.name = 'Ada' and e.action = 'persona.created'`); n != 1 {
		t.Errorf("%d events have their name", n)
	}
	if n := o.db.Count(t, `select count(*) from audit_events where capacity = 'operator' and action in
		('token.revoked', 'support.revoked', 'invitation.revoked', 'member.removed')`); n != 4 {
		t.Errorf("%d of 4 events say what ended", n)
	}
	if out := o.does("", "user", "list"); strings.Contains(out, "Ada") {
		t.Errorf("list: %s", out)
	}
	o.fails("", "no user with the address", "user", "enable", "--email", "ada@example.com")
	o.does("correct horse\n", "user", "add", "--email", "ada@example.com", "--name", "Ada Again")
}

func TestTheLastSuperadminAndTheLastOwnerStay(t *testing.T) {
	t.Parallel()
	o := operator{t, dbtest.New(t)}
	o.does("correct horse\n", "user", "add", "--email", "root@example.com", "--name", "Root", "--superadmin")
	for _, command := range [][]string{{"disable"}, {"remove"}, {"role", "--no-superadmin"}} {
		o.fails("", "last superadmin", append(append([]string{"user"}, command...), "--email", "root@example.com")...)
	}
	if _, err := o.db.SQL.Exec(t.Context(), `update users set superadmin = false`); err == nil {
		t.Error("plain SQL took the last superadmin")
	}
	o.does("correct horse\n", "user", "add", "--email", "second@example.com", "--name", "Second")
	if code, _, says := o.run("", "user", "role", "--email", "second@example.com"); code != 2 || !strings.Contains(says, "say --superadmin") {
		t.Errorf("nothing to be: exit %d: %s", code, says)
	}
	o.does("", "user", "role", "--email", "second@example.com", "--superadmin", "--support")
	o.does("", "user", "role", "--email", "root@example.com", "--no-superadmin")
	if out := o.does("", "user", "list"); !strings.Contains(out, "root@example.com\tRoot\t\n") ||
		!strings.Contains(out, "second@example.com\tSecond\tsuperadmin,support\n") {
		t.Errorf("list: %s", out)
	}
	id := strings.TrimSpace(o.does("", "workspace", "add", "--name", "Harbor", "--admin", "root@example.com"))
	o.db.Member(t, uuid.MustParse(id), o.db.User(t, access.NewUser{}), access.Admin)
	before := o.db.Snapshot(t)
	o.fails("", "last owner or admin of Harbor", "user", "remove", "--email", "root@example.com")
	if o.db.Snapshot(t) != before {
		t.Error("something was changed")
	}
}

func TestWorkspacesAreListedAndNotAddedTwiceByMistake(t *testing.T) {
	t.Parallel()
	o := operator{t, dbtest.New(t)}
	o.does("correct horse\n", "user", "add", "--email", "ada@example.com", "--name", "Ada")
	id := strings.TrimSpace(o.does("", "workspace", "add", "--name", "Harbor", "--admin", "ada@example.com"))
	o.fails("", "say --again", "workspace", "add", "--name", "HARBOR", "--admin", "ada@example.com")
	o.does("", "workspace", "rename", "--workspace", id, "--name", "Harbour")
	o.fails("", "--name is empty", "workspace", "rename", "--workspace", id, "--name", " ")
	o.fails("", "there is no workspace", "workspace", "archive", "--workspace", "00000000-0000-0000-0000-000000000000")
	for range 2 {
		o.does("", "workspace", "archive", "--workspace", id)
	}
	if listed, archived := o.does("", "workspace", "list"), o.does("", "workspace", "list", "--archived"); listed != "" ||
		archived != id+"\tHarbour\n" {
		t.Errorf("listed %q, archived %q", listed, archived)
	}
	o.fails("", "archived", "workspace", "rename", "--workspace", id, "--name", "Harbor")
	o.does("", "workspace", "unarchive", "--workspace", id)
	o.does("", "workspace", "rename", "--workspace", id, "--name", "Harbor")
	again := strings.TrimSpace(o.does("", "workspace", "add", "--name", "Harbor", "--admin", "ada@example.com", "--again"))
	out := o.does("", "workspace", "list")
	if strings.Count(out, "\n") != 2 || !strings.Contains(out, id+"\tHarbor\n") ||
		!strings.Contains(out, again+"\tHarbor\n") {
		t.Errorf("list: %s", out)
	}
}
