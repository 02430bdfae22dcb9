package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/internal/postgres"
)

type leadCommand struct {
	Export leadExport `cmd:"" help:"Print all that is kept about a lead as JSON."`
	Erase  leadErase  `cmd:"" help:"Remove a lead for good, with all that is kept about it."`
}

// oneLead is whom a command is about.
type oneLead struct {
	Workspace uuid.UUID `required:"" help:"Id of the workspace." placeholder:"ID"`
	Lead      uuid.UUID `required:"" help:"Id of the lead." placeholder:"ID"`
}

// say says that the workspace has no such lead, where that is why something failed.
func (o oneLead) say(err error) error {
	if errors.Is(err, persona.ErrNotFound) {
		return fmt.Errorf("the workspace has no lead %s", o.Lead)
	}
	return err
}

type leadExport struct{ oneLead }

// Run prints the lead.
func (x leadExport) Run(e *environment) error {
	return e.withDatabase(func(db *postgres.DB) error {
		access, err := e.operate(db, x.Workspace)
		if err != nil {
			return err
		}
		file, err := db.LeadFile(e, access, x.Lead)
		if err != nil {
			return x.say(err)
		}
		return e.printJSON(file)
	})
}

type leadErase struct {
	oneLead
	Yes bool `help:"Do not ask."`
}

// Run erases the lead, after a question unless --yes is said.
func (x leadErase) Run(e *environment) error {
	return e.inWorkspace(x.Workspace, func(db *postgres.DB, a postgres.Access) error {
		found, err := db.Lead(e, a, x.Lead)
		if err != nil {
			return x.say(err)
		}
		if !x.Yes {
			fmt.Fprintf(e.err, "Erase %s, with all messages, drafts and scores, for good? Type yes: ", persona.TidyName(found.Name()))
			// Who says nothing does not say yes.
			answer, _ := bufio.NewReader(io.LimitReader(e.in, 4096)).ReadString('\n')
			if strings.TrimSpace(answer) != "yes" {
				return errors.New("nothing was erased")
			}
		}
		return x.say(db.EraseLead(e, a, x.Lead))
	})
}
