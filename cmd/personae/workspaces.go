package main

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
)

type workspaceCommand struct {
	Add       workspaceAdd       `cmd:"" help:"Add a workspace and print its id."`
	List      workspaceList      `cmd:"" help:"List the workspaces by name, with their ids."`
	Rename    workspaceRename    `cmd:"" help:"Give a workspace another name."`
	Archive   workspaceArchive   `cmd:"" help:"Make a workspace one that is only read, and in no list."`
	Unarchive workspaceUnarchive `cmd:"" help:"Put an archived workspace back."`
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

type workspaceList struct {
	Archived bool `help:"Those that are archived, in place of all others."`
}

// Run prints an id and a name for each workspace.
func (l workspaceList) Run(e *environment) error {
	return e.withMigrated(func(db *postgres.DB) error {
		list, err := db.WorkspacesNamed(e, "")
		for _, w := range list {
			if w.Archived != l.Archived {
				continue
			}
			fmt.Fprintf(e.out, "%s\t%s\n", w.ID, w.Name)
		}
		return err
	})
}

type workspaceRename struct {
	Workspace uuid.UUID `required:"" help:"Its id."`
	Name      string    `required:"" help:"Its new name. Leads read it where a persona has no display name."`
}

// Run renames the workspace.
func (w workspaceRename) Run(e *environment) error {
	name, err := checkedName(w.Name, access.WorkspaceNameLimit)
	if err != nil {
		return err
	}
	return e.inWorkspace(w.Workspace, func(db *postgres.DB, a postgres.Access) error {
		return db.RenameWorkspace(e, a, 0, name)
	})
}

type workspaceArchive struct {
	Workspace uuid.UUID `required:"" help:"Its id."`
}

// Run archives the workspace.
func (w workspaceArchive) Run(e *environment) error {
	return e.inWorkspace(w.Workspace, func(db *postgres.DB, a postgres.Access) error {
		return db.ArchiveWorkspace(e, a, true)
	})
}

type workspaceUnarchive struct {
	Workspace uuid.UUID `required:"" help:"Its id."`
}

// Run puts the workspace back.
func (w workspaceUnarchive) Run(e *environment) error {
	return e.inWorkspace(w.Workspace, func(db *postgres.DB, a postgres.Access) error {
		return db.ArchiveWorkspace(e, a, false)
	})
}
