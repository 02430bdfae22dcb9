package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/internal/personafile"
	"personae/internal/postgres"
	"personae/internal/workspacefile"
)

type exportCommand struct {
	Workspace uuid.NullUUID `help:"Id of the workspace. May be left out with --to where the files name it." placeholder:"ID"`
	To        string        `help:"Keep personas, campaigns and settings as files for plan and apply: a folder, or one file that ends in .yaml or .json. Files that are there keep their order, comments and line ends." placeholder:"PATH"`
	Over      bool          `help:"With --to: also write over what was changed in the files and not applied."`
}

// Validate asks for a workspace where no files can name it.
func (x exportCommand) Validate() error {
	if x.To == "" && !x.Workspace.Valid {
		return errors.New("missing flags: --workspace=ID")
	}
	return nil
}

// Run prints the personas of a workspace as a file that can be loaded, or keeps the
// workspace as files.
func (x exportCommand) Run(e *environment) error {
	if x.To != "" {
		return x.keep(e)
	}
	return e.withDatabase(func(db *postgres.DB) error {
		access, err := e.operate(db, x.Workspace.UUID)
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

// keep writes the workspace as files.
func (x exportCommand) keep(e *environment) error {
	folder, err := x.open()
	if err != nil {
		return inFiles(err)
	}
	return e.withDatabase(func(db *postgres.DB) error {
		access, err := e.operate(db, folder.Workspace.UUID)
		if err != nil {
			return err
		}
		if err := x.unapplied(e, db, access, folder); err != nil {
			return err
		}
		now, err := db.Present(e, access, folder.Declared)
		if err != nil {
			return err
		}
		folder.Update(now, access.Workspace())
		written, removed, err := folder.Write()
		for _, name := range written {
			fmt.Fprintln(e.out, "written\t"+name)
		}
		for _, name := range removed {
			fmt.Fprintln(e.out, "removed\t"+name)
		}
		if err == nil && len(written)+len(removed) == 0 {
			fmt.Fprintln(e.out, "the files hold all of it already")
		}
		if now.Unnamed > 0 {
			fmt.Fprintf(e.err, "%s no external id, by which files name campaigns: left out\n", counted(now.Unnamed, "campaign has", "campaigns have"))
		}
		return err
	})
}

// open reads the files that are there, or begins new ones.
func (x exportCommand) open() (*workspacefile.Folder, error) {
	there, err := os.ReadDir(x.To)
	_, missing := os.Stat(x.To)
	if errors.Is(missing, fs.ErrNotExist) || err == nil && len(there) == 0 {
		folder := workspacefile.New(x.To)
		return folder, filesOf{Workspace: x.Workspace}.settle(folder, x.To)
	}
	folder, err := workspacefile.Read(x.To)
	if err != nil {
		return nil, err
	}
	return folder, filesOf{Workspace: x.Workspace}.settle(folder, x.To)
}

// unapplied fails where files hold changes of their own, which would be lost.
func (x exportCommand) unapplied(e *environment, db *postgres.DB, access postgres.Access, folder *workspacefile.Folder) error {
	if x.Over {
		return nil
	}
	plan, err := db.PlanApply(e, access, folder.Declared)
	if errors.As(err, new(*persona.InvalidError)) {
		return errors.Join(inFiles(err), errors.New("nothing was written; --over writes over them"))
	}
	if err == nil && plan.Edited() {
		return fmt.Errorf("%s holds changes that were not applied, and nothing was written. Apply them (personae plan shows them), "+
			"or say --over to write over them", x.To)
	}
	return err
}
