package main

import (
	"compress/gzip"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime/debug"
)

//go:embed licenses
var licenses embed.FS

type licensesCommand struct{}

// Run prints the licences of everything inside. A build without make has none, and lists
// what is inside.
func (licensesCommand) Run(e *environment) error {
	file, err := licenses.Open("licenses/all.gz")
	if errors.Is(err, fs.ErrNotExist) {
		info, _ := debug.ReadBuildInfo()
		for _, m := range info.Deps {
			fmt.Fprintln(e.out, m.Path, m.Version)
		}
		return errors.New("this program was built without make, so it holds the names above and not their licences")
	}
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	text, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	_, err = io.Copy(e.out, text) //nolint:gosec // it is ours
	return err
}
