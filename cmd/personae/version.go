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
	_, err := fmt.Fprintf(e.out, "personae %s, %s, %s\n", version, revision(), runtime.Version())
	return err
}

// revision returns the commit that this was built from.
func revision() string {
	if info, ok := debug.ReadBuildInfo(); ok && commit == "" {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value
			}
		}
	}
	if commit == "" {
		return "unknown commit"
	}
	return commit
}
