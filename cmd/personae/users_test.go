package main

import (
	"strings"
	"testing"

	"personae/internal/testing/dbtest"
)

func TestOperatorAddsPeopleAndWorkspaces(t *testing.T) {
	t.Parallel()
	o := operator{t, dbtest.New(t)}
	o.does("correct horse\n", "user", "add", "--email", "ada@example.com", "--name", "Ada")
	o.fails("correct horse\n", "already", "user", "add", "--email", "ADA@example.com", "--name", "Ada")
	o.fails("Password1\n", "many people have", "user", "add", "--email", "b@example.com", "--name", "B")
	o.fails("bea.miles1\n", "little more than your name", "user", "add", "--email", "b@example.com", "--name", "Bea Miles")
	o.fails("short\n", "8 to 256", "user", "add", "--email", "b@example.com", "--name", "B")
	o.fails("", "standard input", "user", "add", "--email", "b@example.com", "--name", "B")
	o.fails("correct horse\n", "not an email", "user", "add", "--email", "b", "--name", "B")
	o.fails("", "no user with the address", "workspace", "add", "--name", "Harbor", "--admin", "nobody@example.com")
	for email, says := range map[string]string{
		"\u200bb@example.com": "U+200B, at character 1", "b@exam\u00adple.com": "U+00AD, at character 7",
		"b@example.com\ufeff": "U+FEFF, at character 14", "b@example.com\u2069": "U+2069, at character 14",
	} {
		o.fails("correct horse\n", says, "user", "add", "--email", email, "--name", "B")
		o.fails("", says, "workspace", "add", "--name", "Harbor", "--admin", email)
		o.fails("", says, "user", "reset", "--email", email)
		o.fails("", says, "user", "reset", "--second-factor", "--email", email)
		for _, sql := range []string{
			`insert into users (email, name) values ($1, 'B')`, `update users set email = $1`,
		} {
			if _, err := o.db.SQL.Exec(t.Context(), sql, email); err == nil || !strings.Contains(err.Error(), "nobody sees") {
				t.Errorf("%s with %+q: %v", sql, email, err)
			}
		}
	}
	for name, says := range map[string]string{
		"a\nb":                   "--name must be a single line; it has a line break at character 2",
		"a\x1b[31m":              "--name holds an invisible control character at character 2",
		"a\u202eb":               "--name holds an invisible character at character 2 (U+202E)",
		"\u200b":                 "--name is empty; a name has 1 to 120 characters",
		strings.Repeat("x", 121): "--name must be 120 characters or fewer",
	} {
		o.fails("correct horse\n", says, "user", "add", "--email", "b@example.com", "--name", name)
		o.fails("", says, "workspace", "add", "--name", name, "--admin", "ada@example.com")
	}
	id := strings.TrimSpace(o.does("", "workspace", "add", "--name", "Harbor", "--admin", "Ada@example.com"))
	if n := o.db.Count(t, `select count(*) from members m join users u on u.id = m.user_id
		where m.workspace_id = $1 and m.role = 'owner' and u.email = 'ada@example.com'`, id); n != 1 {
		t.Errorf("%d owners of the workspace are ada@example.com", n)
	}
}

func TestOperatorTakesALostSecondFactorAway(t *testing.T) {
	t.Parallel()
	o := operator{t, dbtest.New(t)}
	o.does("correct horse\n", "user", "add", "--email", "ada@example.com", "--name", "Ada")
	o.db.Exec(t, `insert into recovery_codes (user_id, code_hash) select id, 'x' from users`)
	o.db.Exec(t, `insert into user_totp (user_id, secret, last_step)
		select id, '\x0001020304050607080900010203040506070809', 0 from users`)
	o.fails("", "no user with the address", "user", "reset", "--second-factor", "--email", "nobody@example.com")
	if text := o.does("", "user", "reset", "--second-factor", "--email", "ADA@example.com"); text !=
		"Removed: the authenticator app, recovery codes: 1. Sessions ended: 0.\n" {
		t.Error(text)
	}
	code, link, worth := o.run("", "user", "reset", "--email", "ada@example.com")
	if code != 0 || strings.Count(link, "\n") != 1 || !strings.Contains(worth, "within an hour chooses the password of ada@example.com, once") {
		t.Errorf("exit %d: %s%s", code, link, worth)
	}
	if n := o.db.Count(t, `select (select count(*) from recovery_codes) + (select count(*) from user_totp)`); n != 0 {
		t.Errorf("%d second factors are left", n)
	}
}
