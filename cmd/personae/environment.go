package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/google/uuid"

	"personae/internal/config"
	"personae/internal/localpg"
	"personae/internal/persona"
	"personae/internal/postgres"
)

// environment is what a command works with.
type environment struct {
	context.Context
	config.Config
	in       io.Reader
	out, err io.Writer
	log      *slog.Logger
}

// store is where the database is.
type store struct {
	owner  string // URL for the role that owns the tables
	server string // URL for the role that the server works under
	role   string // that role; empty: the owner itself
	secret string // its password; empty: it has none
	stop   func() error
}

// store finds the database of the settings, or starts our own where they name
// none and there is one.
func (e *environment) store() (store, error) {
	if e.Database.URL == "" {
		if err := e.hasData(); err != nil {
			return store{}, err
		}
	}
	return e.newStore()
}

// hasData fails where there is no database of our own.
func (e *environment) hasData() error {
	_, err := os.Stat(filepath.Join(e.Database.DataDir, "postgres"))
	if errors.Is(err, fs.ErrNotExist) {
		return e.noData()
	}
	return err
}

// noData says where no data are, and where the settings come from that say so.
func (e *environment) noData() error {
	dir, err := filepath.Abs(e.Database.DataDir)
	if err != nil {
		return err
	}
	source := ""
	for _, s := range e.Explain() {
		if s.Section == "database" && s.Key == "data_dir" {
			source = s.Source
		}
	}
	return fmt.Errorf("there is no database in %s ([database] data_dir, from: %s), and [database] url names none. "+
		"Run this in the folder where personae serves, or name its settings with --config; "+
		"personae serve and personae migrate up make a new database", dir, source)
}

// newStore is store, but makes our own database where there is none.
func (e *environment) newStore() (store, error) {
	if e.Database.URL == "" {
		pg, err := localpg.Start(e, e.Database.DataDir, e.log)
		if err != nil {
			return store{}, err
		}
		server, err := postgres.URLFor(pg.URL(), postgres.ServerRole)
		if err != nil {
			return store{}, errors.Join(err, pg.Close())
		}
		if err := makeKeyFile(e.keyFile()); err != nil {
			return store{}, errors.Join(err, pg.Close())
		}
		return store{owner: pg.URL(), server: server, role: postgres.ServerRole, stop: pg.Close}, nil
	}
	s := store{owner: string(e.Database.OwnerURL), server: string(e.Database.URL), stop: func() error { return nil }}
	if s.owner == "" {
		s.owner = s.server
		return s, nil
	}
	var err error
	if s.role, err = postgres.RoleOf(s.server); err != nil {
		return s, err
	}
	_, s.secret, err = postgres.WithoutPassword(s.server)
	return s, err
}

// open runs do with a database, which it closes.
func (e *environment) open(url string, do func(*postgres.DB) error) error {
	o := postgres.Options{Pooler: postgres.Pooler(e.Database.Pooler), MaxConns: e.Database.MaxConns, Log: e.log}
	switch url {
	case string(e.Database.OwnerURL):
		o.Pooler = postgres.PoolerNone
	case string(e.Database.URL):
		o.ReadURL = string(e.Database.ReadURL)
	}
	db, err := postgres.Open(e, url, o)
	if err != nil {
		return err
	}
	defer db.Close()
	keys, err := e.keys()
	if err != nil {
		return err
	}
	db.SealWith(keys)
	return do(db)
}

// withDatabase runs do as the owner of the database as it is.
func (e *environment) withDatabase(do func(*postgres.DB) error) error {
	s, err := e.store()
	if err != nil {
		return err
	}
	return errors.Join(e.open(s.owner, do), s.stop())
}

// withMigrated is withDatabase after every missing migration was applied.
func (e *environment) withMigrated(do func(*postgres.DB) error) error {
	s, err := e.store()
	if err != nil {
		return err
	}
	err = e.open(s.owner, func(db *postgres.DB) error {
		if _, err := e.migrate(db, s); err != nil {
			return err
		}
		return do(db)
	})
	return errors.Join(err, s.stop())
}

// migrate applies every missing migration, gives the server's role and that of
// legacy readers what they need, and returns what was applied.
func (e *environment) migrate(db *postgres.DB, s store) ([]string, error) {
	applied, err := db.Migrate(e)
	if not := (*postgres.NotOwner)(nil); errors.As(err, &not) && not.Missing == 0 && s.role == "" {
		return nil, nil // whoever owns the tables has seen to it
	}
	for _, name := range applied {
		e.log.Info("migration applied", "name", name)
	}
	if err == nil && s.role != "" {
		err = db.GrantServer(e, s.role, s.secret)
	}
	if err != nil {
		return applied, err
	}
	granted, err := db.GrantReaders(e)
	if err == nil && !granted {
		e.log.Info("no role for readers of the legacy views: this one may not make roles", "role", postgres.ReaderRole)
	}
	return applied, err
}

// operate returns the operator's access to a workspace.
func (e *environment) operate(db *postgres.DB, workspace uuid.UUID) (postgres.Access, error) {
	access, err := db.Operate(e, workspace)
	if errors.Is(err, persona.ErrNotFound) {
		return access, fmt.Errorf("there is no workspace %s", workspace)
	}
	return access, err
}

// inWorkspace is withMigrated for what the operator does in a workspace.
func (e *environment) inWorkspace(workspace uuid.UUID, do func(*postgres.DB, postgres.Access) error) error {
	return e.withMigrated(func(db *postgres.DB) error {
		access, err := e.operate(db, workspace)
		if err != nil {
			return err
		}
		return do(db, access)
	})
}

// printJSON prints v as JSON for people and programs.
func (e *environment) printJSON(v any) error {
	encoder := json.NewEncoder(e.out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}
