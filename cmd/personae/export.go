package main

import (
	"github.com/google/uuid"

	"personae/internal/personafile"
	"personae/internal/postgres"
)

type exportCommand struct {
	Workspace uuid.UUID `required:"" help:"Id of the workspace." placeholder:"ID"`
}

// Run prints the personas of a workspace as a file that can be loaded.
func (x exportCommand) Run(e *environment) error {
	return e.withDatabase(func(db *postgres.DB) error {
		access, err := e.operate(db, x.Workspace)
		if err != nil {
			return err
		}
		list, err := db.Export(e, access)
		if err != nil {
			return err
		}
		file, err := personafile.Write(list)
		if err == nil {
			_, err = e.out.Write(file)
		}
		return err
	})
}
