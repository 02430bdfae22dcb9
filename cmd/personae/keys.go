package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"personae/internal/config"
	"personae/internal/localpg"
	"personae/internal/postgres"
	"personae/internal/seal"
)

// keyFile is where the key is that seals secrets, if the settings give none.
func (e *environment) keyFile() string { return filepath.Join(e.Database.DataDir, "secrets.key") }

// keyIs says where the key is that seals secrets.
func (e *environment) keyIs() string {
	if e.Session.Key != "" {
		return "[session] key"
	}
	return e.keyFile()
}

// keys returns the keys of secrets: those of the settings, then those of the key file.
func (e *environment) keys() (seal.Keys, error) {
	inFile, err := keysIn(e.keyFile())
	if err != nil {
		return seal.Keys{}, err
	}
	return seal.New(append(e.Session.Keys(), inFile...)...)
}

// keysIn returns the keys in a key file, each line of which is as [session] key may be, or
// none where there is no file. One that was cut short is no key: with it secrets would be
// sealed badly or not at all.
func keysIn(name string) (keys []string, err error) {
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the key of secrets cannot be read: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if utf8.RuneCountInString(line) < config.LeastKey {
			return nil, fmt.Errorf("%s holds a key of fewer than %d characters: give the file back as it was", name, config.LeastKey)
		}
		keys = append(keys, config.Session{Key: config.Secret(line)}.Keys()...)
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("%s holds no key: give the file back as it was", name)
	}
	return keys, nil
}

// makeKeyFile makes a key file where there is none, whole or not at all. Of two programs
// that do so at once one is first, and the other leaves its key.
func makeKeyFile(name string) error {
	if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(name), ".secrets.key.*") // for its owner alone
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_, err = fmt.Fprintln(file, hex.EncodeToString(key))
	if err = errors.Join(err, file.Sync(), file.Close(), localpg.AsFolder(file.Name())); err != nil {
		return err
	}
	if err = os.Link(file.Name(), name); errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// checkSecrets says in the log what whoever runs the server has to know of its secrets.
func checkSecrets(e *environment, db *postgres.DB) error {
	keys, err := e.keys()
	if err != nil {
		return err
	}
	if !keys.Any() {
		e.log.Warn("secrets are kept in the database as they are, since there is no key to seal them with: " +
			"give all instances the same [session] key")
	}
	unreadable, err := db.UnreadableSecrets(e)
	if len(unreadable) > 0 {
		e.log.Error("secrets cannot be read with the keys that are here; personae doctor names them",
			"findings", len(unreadable))
	}
	return err
}
