package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/internal/postgres"
)

type doctorCommand struct {
	Repair persona.Side `enum:"persona,settings," default:"" help:"Repair what can be: persona lets settings follow the default persona, settings lets it take their words. Either way, the history gets the words that it does not hold." placeholder:"persona|settings"`
	JSON   bool         `name:"json" help:"Print JSON."`
}

var errBroken = errors.New("a rule does not hold")

// Run checks every rule in every workspace, and fails where one is broken.
func (d doctorCommand) Run(e *environment) error {
	return e.withDatabase(d.check(e))
}

// check returns what looks at a database, repairs it if asked to, and prints what is
// wrong, but with some rules.
func (d doctorCommand) check(e *environment, but ...string) func(*postgres.DB) error {
	return func(db *postgres.DB) error {
		findings, err := db.HealthOfAll(e)
		if err != nil {
			return err
		}
		if d.Repair != "" {
			if findings, err = d.repair(e, db, findings); err != nil {
				return err
			}
		}
		if findings, err = unreadable(e, findings); err != nil {
			return err
		}
		findings = slices.DeleteFunc(findings, func(f persona.Finding) bool { return slices.Contains(but, f.Rule) })
		if err := d.print(e, findings); err != nil {
			return err
		}
		if len(findings) > 0 {
			return errBroken
		}
		return nil
	}
}

// unreadable leaves out the secrets that this command cannot read where it was given no
// key at all, and says so: that says nothing of the server.
func unreadable(e *environment, findings []persona.Finding) ([]persona.Finding, error) {
	keys, err := e.keys()
	if err != nil || keys.Any() {
		return findings, err
	}
	isSecret := func(f persona.Finding) bool { return f.Rule == "secrets" }
	if slices.ContainsFunc(findings, isSecret) {
		fmt.Fprintln(e.err, "Sealed secrets were not looked at: this command has no key, as [session] key of the server.")
	}
	return slices.DeleteFunc(findings, isSecret), nil
}

func (d doctorCommand) print(e *environment, findings []persona.Finding) error {
	if d.JSON {
		if findings == nil {
			findings = []persona.Finding{}
		}
		return e.printJSON(findings)
	}
	for _, f := range findings {
		fmt.Fprintf(e.out, "%s %s: %s: %s\n", f.Workspace, f.Rule, cmp.Or(f.Name, "the whole database"), f.Sentence)
	}
	if len(findings) == 0 {
		fmt.Fprintln(e.out, "every rule holds in every workspace")
	}
	return nil
}

// repair repairs what can be and returns what is still wrong.
func (d doctorCommand) repair(e *environment, db *postgres.DB, findings []persona.Finding) ([]persona.Finding, error) {
	tried := map[uuid.UUID]bool{}
	for _, f := range findings {
		if !f.Repairable() || tried[f.Workspace] {
			continue
		}
		tried[f.Workspace] = true
		var done postgres.Repaired
		access, err := db.Operate(e, f.Workspace)
		if err == nil {
			done, err = db.Repair(e, access, d.Repair)
		}
		if err != nil {
			return nil, fmt.Errorf("repairing workspace %s: %w", f.Workspace, err)
		}
		if done.Proposed != nil {
			fmt.Fprintf(e.err, "%s: a second person has to approve the words of the settings: they wait as the proposal %s\n",
				f.Workspace, done.Proposed.ID)
			continue
		}
		e.log.Info("workspace repaired", "workspaceId", f.Workspace, "rule", f.Rule)
	}
	return db.HealthOfAll(e)
}
