//go:build !unix

package localpg

import (
	"context"
	"errors"
	"log/slog"
)

// errElsewhere says what to do on a system on which we run no PostgreSQL.
var errElsewhere = errors.New("personae runs a PostgreSQL of its own on Linux, macOS and other Unix systems only. " +
	"Set PERSONAE_DATABASE_URL ([database] url) to one that runs elsewhere")

// Server is never made here.
type Server struct{}

// Start fails, and says what to do.
func Start(context.Context, string, *slog.Logger, ...string) (*Server, error) {
	return nil, errElsewhere
}

// URL returns nothing.
func (*Server) URL() string { return "" }

// Close does nothing.
func (*Server) Close() error { return nil }

// Upgrade fails, and says what to do.
func Upgrade(context.Context, string, *slog.Logger, func(from, to *Server) error) (Upgraded, error) {
	return Upgraded{}, errElsewhere
}

// AsFolder does nothing.
func AsFolder(string) error { return nil }
