package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/web/api"
)

type resolveCommand struct {
	Workspace uuid.UUID       `required:"" help:"Id of the workspace." placeholder:"ID"`
	Campaign  string          `help:"A campaign, by its id or its external id." placeholder:"ID"`
	Channel   persona.Channel `enum:"email,sms,linkedin" default:"email" help:"How the message travels: email, sms or linkedin."`
	JSON      bool            `help:"Print JSON." name:"json"`
}

// Run prints which persona answers, and why. It changes nothing.
func (r resolveCommand) Run(e *environment) error {
	return e.withDatabase(func(db *postgres.DB) error {
		access, err := e.operate(db, r.Workspace)
		if err != nil {
			return err
		}
		input, err := db.ResolveInput(e, access, r.Campaign, r.Channel)
		if errors.Is(err, persona.ErrNotFound) && r.Campaign != "" {
			return fmt.Errorf("%s has no campaign %q", access.Name(), r.Campaign)
		}
		if err != nil {
			return err
		}
		return r.print(e, persona.Resolve(input))
	})
}

func (r resolveCommand) print(e *environment, answer persona.Resolution) error {
	if r.JSON {
		encoder := json.NewEncoder(e.out)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(api.ResolutionOf(answer))
	}
	for i, reason := range answer.Reasons {
		fmt.Fprintf(e.out, "%d. %s\n", i+1, reason)
	}
	for _, field := range answer.Fields {
		fmt.Fprintf(e.out, "\n%s (%s)\n%s\n", field.Label, field.Source, field.Value)
	}
	return nil
}
