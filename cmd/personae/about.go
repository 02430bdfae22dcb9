package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version and commit are set by the Makefile; a build without it has neither.
var version, commit = "dev", ""

type versionCommand struct{}

// Run prints version, commit and Go version.
func (versionCommand) Run(e *environment) error {
	revision := commit
	if info, ok := debug.ReadBuildInfo(); ok && revision == "" {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = s.Value
			}
		}
	}
	if revision == "" {
		revision = "unknown commit"
	}
	_, err := fmt.Fprintf(e.out, "personae %s, %s, %s\n", version, revision, runtime.Version())
	return err
}

type configCommand struct{}

// Run prints the settings in force; secrets are shown as (set).
func (configCommand) Run(e *environment) error { return e.Print(e.out) }
