package main

type configCommand struct{}

// Run prints the settings in force; secrets are shown as (set).
func (configCommand) Run(e *environment) error { return e.Print(e.out) }
