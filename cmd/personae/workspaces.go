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
	Add  workspaceAdd  `cmd:"" help:"Add a workspace and print its id."`
	List workspaceList `cmd:"" help:"List the workspaces by name, with their ids."`
}

type workspaceAdd struct {
	Name  string `required:"" help:"Name of the workspace."`
	Admin string `required:"" help:"Address of the person who will own it."`
	Again bool   `help:"Add another one of a name that is there."`
}

// Run adds the workspace and prints its id.
func (w workspaceAdd) Run(e *environment) error {
	name, err := checkedName(w.Name, access.WorkspaceNameLimit)
	if err != nil {
		return err
	}
	return e.withMigrated(func(db *postgres.DB) error {
		if !w.Again {
			there, err := db.WorkspacesNamed(e, name)
			if err != nil {
				return err
			}
			if len(there) > 0 {
				return fmt.Errorf("there is a workspace of this name already, %s; say --again to add another one", there[0].ID)
			}
		}
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

type workspaceList struct{}

// Run prints an id and a name for each workspace.
func (workspaceList) Run(e *environment) error {
	return e.withMigrated(func(db *postgres.DB) error {
		list, err := db.WorkspacesNamed(e, "")
		for _, w := range list {
			fmt.Fprintf(e.out, "%s\t%s\n", w.ID, w.Name)
		}
		return err
	})
}
