package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
)

type userList struct{}

// Run prints address, name and what somebody is, a line each.
func (userList) Run(e *environment) error {
	return e.withMigrated(func(db *postgres.DB) error {
		people, _, err := db.People(e, "", postgres.Rows{})
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

// change does something with the person, as the operator, and says in a sentence why it
// cannot.
func (p person) change(e *environment, do func(*postgres.DB, uuid.UUID) error) error {
	return e.withMigrated(func(db *postgres.DB) error {
		id, err := db.PersonNamed(e, p.Email)
		if err == nil {
			err = do(db, id)
		}
		err = noUser(err, p.Email)
		var late *persona.TooLateError
		if errors.As(err, &late) {
			return errors.New(late.Reason.String())
		}
		return err
	})
}

type userDisable struct{ person }

// Run disables the person.
func (u userDisable) Run(e *environment) error {
	return u.change(e, func(db *postgres.DB, id uuid.UUID) error {
		_, err := db.DisablePerson(e, postgres.Operator(), id)
		return err
	})
}

type userEnable struct{ person }

// Run enables the person.
func (u userEnable) Run(e *environment) error {
	return u.change(e, func(db *postgres.DB, id uuid.UUID) error {
		return db.EnablePerson(e, postgres.Operator(), id)
	})
}

type userRemove struct{ person }

// Run removes the person.
func (u userRemove) Run(e *environment) error {
	return u.change(e, func(db *postgres.DB, id uuid.UUID) error {
		_, err := db.RemovePerson(e, postgres.Operator(), id)
		return err
	})
}

type userRole struct {
	person
	Superadmin *bool `negatable:"" help:"May do everything in every workspace."`
	Support    *bool `negatable:"" help:"Support staff: may do what a workspace’s admin grants."`
}

// Validate asks for what the person is to be.
func (u userRole) Validate() error {
	if u.Superadmin == nil && u.Support == nil {
		return errors.New("say --superadmin, --no-superadmin, --support or --no-support")
	}
	return nil
}

// Run gives or takes what is named, and leaves the rest as it is.
func (u userRole) Run(e *environment) error {
	return u.change(e, func(db *postgres.DB, id uuid.UUID) error {
		return db.SetStanding(e, postgres.Operator(), id, u.Superadmin, u.Support)
	})
}
