package postgres_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"personae/internal/access"
	"personae/internal/auth"
	"personae/internal/persona"
	"personae/internal/testing/dbtest"
)

func TestManyFirstSignInsAtOnceLinkOneSubject(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	ada := d.User(t, access.NewUser{Email: "Ada@Example.com"})
	var mu sync.Mutex
	subjects, links := map[string]int{}, 0
	var all sync.WaitGroup
	for i := range 24 {
		all.Go(func() {
			subject := fmt.Sprint("subject ", i%3)
			user, linked, err := d.AccountOf(t.Context(), auth.Identity{Issuer: "https://issuer.example", Subject: subject,
				Email: "ada@example.COM"})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil && user == ada:
				subjects[subject]++
				if linked.Now {
					links++
				}
			case !errors.Is(err, auth.ErrOtherIdentity):
				t.Errorf("%s is %s: %v", subject, user, err)
			}
		})
	}
	all.Wait()
	if len(subjects) != 1 || links != 1 {
		t.Errorf("%d links; let in were %v", links, subjects)
	}
	same(t, "identities", d.Count(t, `select count(*) from user_identities`), 1)
}

func TestAnotherProviderMayNameTheSameAccountAndTheSameSubject(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	ada := d.User(t, access.NewUser{Email: "ada@example.com"})
	bob := d.User(t, access.NewUser{Email: "bob@example.com"})
	for _, c := range []struct {
		issuer, email string
		want          any
	}{{"https://one.example", "ada@example.com", ada}, {"https://two.example", "ada@example.com", ada},
		{"https://three.example", "bob@example.com", bob}} {
		user, linked, err := d.AccountOf(t.Context(), auth.Identity{Issuer: c.issuer, Subject: "1", Email: c.email})
		if err != nil || !linked.Now || user != c.want {
			t.Errorf("%s: %s, linked %t, %v", c.issuer, user, linked.Now, err)
		}
	}
}

func TestUnknownAddressLinksNothing(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	d.User(t, access.NewUser{Email: "katherine@example.com"})
	before := d.Snapshot(t)
	for _, email := range []string{"nobody@example.com", "\u212aatherine@example.com", "%", ""} {
		_, linked, err := d.AccountOf(t.Context(), auth.Identity{Issuer: "https://issuer.example", Subject: "1",
			Email: email})
		if !errors.Is(err, persona.ErrNotFound) || linked.Now {
			t.Errorf("%q: linked %t, %v", email, linked.Now, err)
		}
	}
	same(t, "tables", d.Snapshot(t), before)
}
