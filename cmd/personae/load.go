package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/internal/personafile"
	"personae/internal/postgres"
)

type loadCommand struct {
	Workspace uuid.UUID `required:"" help:"Id of the workspace." placeholder:"ID"`
	Replace   bool      `help:"Also replace personas that are there and differ; their present words stay in their history."`
	DryRun    bool      `help:"Only tell what it would do; exit 2 where the file and the workspace differ."`
	File      string    `arg:"" help:"File that export made, a character card (JSON or PNG) or a table in CSV; - for standard input."`
}

// Run adds the personas of a file, all or none, and prints what became of each.
func (l loadCommand) Run(e *environment) error {
	file, err := l.read(e)
	if err != nil {
		return err
	}
	entries, err := personafile.Read(file)
	if err != nil {
		return inFile(err)
	}
	return e.withDatabase(func(db *postgres.DB) error {
		access, err := e.operate(db, l.Workspace)
		if err != nil {
			return err
		}
		var plan persona.LoadPlan
		if l.DryRun {
			plan, err = db.PlanLoad(e, access, entries, l.Replace)
		} else {
			plan, err = db.Load(e, access, entries, l.Replace, "")
		}
		if err != nil {
			return inFile(err)
		}
		printPlan(e, plan)
		if l.DryRun {
			fmt.Fprintln(e.err, "nothing was changed: this only tells what would be")
			if slices.ContainsFunc(plan.Steps, func(s persona.LoadStep) bool { return s.Outcome != persona.LoadFinds }) {
				return errDiffers
			}
		}
		return nil
	})
}

// printPlan prints what became of each persona of a file, and to the error output what
// looks wrong with its words and what of the settings follows them.
func printPlan(e *environment, plan persona.LoadPlan) {
	for _, step := range plan.Steps {
		line := string(step.Outcome) + "\t" + step.Name
		switch {
		case step.BecomesDefault:
			line += "\tthe default"
		case step.Outcome == persona.LoadKeeps:
			line += "\tdiffers; --replace replaces it"
		case step.Outcome == persona.LoadProposes:
			line += "\tis the default: a second person has to approve its words"
		}
		fmt.Fprintln(e.out, line)
		if step.Outcome != persona.LoadFinds && step.Outcome != persona.LoadKeeps {
			for _, warning := range step.Warnings() {
				fmt.Fprintf(e.err, "%s: %s\n", step.Name, warning.Message)
			}
		}
	}
	if len(plan.Settings) > 0 {
		fmt.Fprintln(e.err, "~ the settings follow the default")
		for _, c := range plan.Settings {
			printChange(e.err, persona.ApplyChange{Label: c.Label, Before: c.Before, After: c.After})
		}
	}
	if len(plan.Steps) == 0 {
		fmt.Fprintln(e.out, "the file holds no persona, so there was nothing to load")
	}
}

func (l loadCommand) read(e *environment) ([]byte, error) {
	if l.File == "-" {
		return io.ReadAll(e.in)
	}
	return os.ReadFile(l.File)
}

// inFile lists all that is wrong with a file, a line each.
func inFile(err error) error {
	var wrong *persona.InvalidError
	if !errors.As(err, &wrong) {
		return err
	}
	lines := []error{errors.New("the file cannot be loaded, and nothing was changed:")}
	for _, f := range wrong.Fields {
		lines = append(lines, errors.New(f.Message.String()))
	}
	return errors.Join(lines...)
}
