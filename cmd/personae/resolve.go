package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"personae/internal/language"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/web/api"
)

type resolveCommand struct {
	Workspace uuid.UUID       `required:"" help:"Id of the workspace." placeholder:"ID"`
	Campaign  string          `help:"A campaign, by its id or its external id." placeholder:"ID"`
	Channel   persona.Channel `enum:"email,sms,linkedin" default:"email" help:"How the message travels: email, sms or linkedin."`
	At        moment          `help:"A moment to come, such as 2026-12-24T18:00:00+01:00: who answers then, as far as it is scheduled." placeholder:"MOMENT"`
	Language  tag             `help:"The language of the message, as a tag such as de or pt-BR." placeholder:"TAG"`
	JSON      bool            `help:"Print JSON." name:"json"`
}

// tag is a language on the command line.
type tag language.Tag

// UnmarshalText reads it, or says how it is written.
func (t *tag) UnmarshalText(text []byte) error {
	parsed, err := language.Parse(string(text))
	if err != nil {
		return fmt.Errorf("%q names no language: say a tag such as de or pt-BR", text)
	}
	*t = tag(parsed)
	return nil
}

// moment is a time with its zone on the command line.
type moment time.Time

// UnmarshalText reads it, or says how it is written.
func (m *moment) UnmarshalText(text []byte) error {
	at, err := time.Parse(time.RFC3339, string(text))
	if err != nil {
		return errors.New("say a time with its zone, such as 2026-12-24T18:00:00+01:00")
	}
	*m = moment(at)
	return nil
}

// Run prints which persona answers, and why. It changes nothing.
func (r resolveCommand) Run(e *environment) error {
	at := time.Time(r.At)
	if !at.IsZero() && !at.After(time.Now()) {
		return errors.New("--at is over: say a moment to come, or leave it out for now")
	}
	var told language.Told
	if r.Language != "" {
		told = language.Told{Tag: language.Tag(r.Language), By: language.Given}
	}
	return e.withDatabase(func(db *postgres.DB) error {
		access, err := e.operate(db, r.Workspace)
		if err != nil {
			return err
		}
		input, foreseen, err := db.ResolveInputAt(e, access, r.Campaign, r.Channel, at)
		if errors.Is(err, persona.ErrNotFound) && r.Campaign != "" {
			return fmt.Errorf("%s has no campaign %q", access.Name(), r.Campaign)
		}
		if err != nil {
			return err
		}
		input.Language = told
		return r.print(e, api.ForeseenBy(foreseen, input, persona.Resolve(input)))
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
