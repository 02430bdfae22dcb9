package main

import (
	"errors"
	"fmt"
	"strings"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
)

type userList struct{}

// Run prints address, name and what somebody is, a line each.
func (userList) Run(e *environment) error {
	return e.withMigrated(func(db *postgres.DB) error {
		people, err := db.People(e)
		for _, p := range people {
			fmt.Fprintf(e.out, "%s\t%s\t%s\n", p.Email, p.Name, strings.Join(standing(p), ","))
		}
		return err
	})
}

// standing lists what a person is beside the roles in workspaces.
func standing(p access.Person) []string {
	var is []string
	for _, c := range []struct {
		holds bool
		word  string
	}{{p.Superadmin, "superadmin"}, {p.Support, "support"}, {p.Disabled, "disabled"}} {
		if c.holds {
			is = append(is, c.word)
		}
	}
	return is
}

// person is whom a command is about.
type person struct {
	Email string `required:"" help:"Address that they sign in with."`
}

// change does something with the person, and says in a sentence why it cannot.
func (p person) change(e *environment, do func(*postgres.DB) error) error {
	return e.withMigrated(func(db *postgres.DB) error {
		err := noUser(do(db), p.Email)
		var late *persona.TooLateError
		if errors.As(err, &late) {
			return errors.New(late.Reason)
		}
		return err
	})
}

type userDisable struct{ person }

// Run disables the person.
func (u userDisable) Run(e *environment) error {
	return u.change(e, func(db *postgres.DB) error { return db.DisablePerson(e, u.Email) })
}

type userEnable struct{ person }

// Run enables the person.
func (u userEnable) Run(e *environment) error {
	return u.change(e, func(db *postgres.DB) error { return db.EnablePerson(e, u.Email) })
}

type userRemove struct{ person }

// Run removes the person.
func (u userRemove) Run(e *environment) error {
	return u.change(e, func(db *postgres.DB) error { return db.RemovePerson(e, u.Email) })
}

type userRole struct {
	person
	Superadmin *bool `negatable:"" help:"May do everything in every workspace."`
	Support    *bool `negatable:"" help:"Support staff: may do what a workspace’s admin grants."`
}

// Run gives or takes what is named, and leaves the rest as it is.
func (u userRole) Run(e *environment) error {
	if u.Superadmin == nil && u.Support == nil {
		return errors.New("say --superadmin, --no-superadmin, --support or --no-support")
	}
	return u.change(e, func(db *postgres.DB) error { return db.SetStanding(e, u.Email, u.Superadmin, u.Support) })
}
