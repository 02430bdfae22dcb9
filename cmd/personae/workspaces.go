package main

import (
	"cmp"
	"errors"
	"fmt"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
)

type workspaceCommand struct {
	Add workspaceAdd `cmd:"" help:"Add a workspace and print its id."`
}

type workspaceAdd struct {
	Name  string `required:"" help:"Name of the workspace."`
	Admin string `required:"" help:"Address of the person who will own it."`
}

// Run adds the workspace and prints its id.
func (w workspaceAdd) Run(e *environment) error {
	name, err := checkedName(w.Name, access.WorkspaceNameLimit)
	if err != nil {
		return err
	}
	return e.withMigrated(func(db *postgres.DB) error {
		id, err := db.AddWorkspace(e, name, w.Admin)
		if errors.Is(err, persona.ErrNotFound) {
			return cmp.Or(access.CheckSeen(w.Admin),
				fmt.Errorf("there is no user with the address %s; add them first with personae user add", w.Admin))
		}
		if err == nil {
			fmt.Fprintln(e.out, id)
		}
		return err
	})
}
