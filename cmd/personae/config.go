package main

import (
	"io"

	"personae/internal/config"
)

type configCommand struct {
	Example bool `help:"Print a file that explains every key, to begin with."`
}

// Run prints the settings in force, secrets as (set), or an example.
func (c configCommand) Run(e *environment) error {
	if c.Example {
		_, err := io.WriteString(e.out, config.Example())
		return err
	}
	return e.Print(e.out)
}
