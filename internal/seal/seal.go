// Package seal encrypts the secrets that must be read again, so that a copy of the
// database holds none of them.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
)

// ErrUnreadable is a secret that was sealed with a key that is not here, or for another
// row, or that was changed.
var ErrUnreadable = errors.New("a secret cannot be read: it was sealed with another key")

// Keys seals with the first of its keys and opens with all. The zero value has none: it
// seals nothing, and opens only what is not sealed. It is safe for concurrent use.
type Keys struct{ keys []key }

type key struct {
	id   string // says which key sealed something, and nothing of the key
	aead cipher.AEAD
}

const (
	prefix   = "sealed:" // what is sealed begins with it, and no secret does
	version  = 1         // of what follows, as base64: version, id of the key, nonce, AES-256-GCM
	idLength = 4
)

// New returns the keys that are made of texts, the one to seal with first. A text must
// be hard to guess.
func New(texts ...string) (Keys, error) {
	var k Keys
	for _, text := range texts {
		secret, err := hkdf.Key(sha256.New, []byte(text), nil, "personae: secrets at rest", 32)
		if err != nil {
			return Keys{}, err
		}
		id, err := hkdf.Key(sha256.New, []byte(text), nil, "personae: id of the key", idLength)
		if err != nil {
			return Keys{}, err
		}
		block, err := aes.NewCipher(secret)
		if err != nil {
			return Keys{}, err
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return Keys{}, err
		}
		k.keys = append(k.keys, key{string(id), aead})
	}
	return k, nil
}

// Any reports whether there is a key.
func (k Keys) Any() bool { return len(k.keys) > 0 }

// Seal returns a secret as it is stored in row, which names where: elsewhere it does not
// open. Without a key that is the secret itself.
func (k Keys) Seal(row, secret string) string {
	if !k.Any() {
		return secret
	}
	head := string([]byte{version}) + k.keys[0].id
	text := k.keys[0].aead.Seal([]byte(head), nil, []byte(secret), []byte(head+row))
	return prefix + base64.RawURLEncoding.EncodeToString(text)
}

// Open returns the secret that is stored in row. It fails with ErrUnreadable.
func (k Keys) Open(row, stored string) (string, error) {
	if !strings.HasPrefix(stored, prefix) {
		return stored, nil
	}
	for _, key := range k.keys {
		if text, ok := under(key, stored); ok {
			head := string([]byte{version}) + key.id
			if secret, err := key.aead.Open(nil, nil, text, []byte(head+row)); err == nil {
				return string(secret), nil
			}
		}
	}
	return "", ErrUnreadable
}

// Current reports whether what is stored is as Seal would store it now.
func (k Keys) Current(stored string) bool {
	if !k.Any() {
		return true
	}
	_, ok := under(k.keys[0], stored)
	return ok
}

// under returns what a key sealed, if it did.
func under(k key, stored string) ([]byte, bool) {
	encoded, sealed := strings.CutPrefix(stored, prefix)
	text, err := base64.RawURLEncoding.DecodeString(encoded)
	if !sealed || err != nil || len(text) < 1+idLength || text[0] != version || string(text[1:1+idLength]) != k.id {
		return nil, false
	}
	return text[1+idLength:], true
}
