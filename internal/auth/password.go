// Package auth holds what signing in needs besides the database.
package auth

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"
)

// Shortest and longest password, in characters. The upper bound keeps a
// stranger from making the server hash a book.
const (
	MinPassword = 8
	MaxPassword = 256
)

// Cost follows OWASP's current advice for argon2id: 19 MiB, two passes.
var Cost = argon2id.Params{Memory: 19456, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// Passwords hashes and checks passwords, a few at a time. It is safe for
// concurrent use.
type Passwords struct {
	slots chan struct{}
	fresh chan struct{} // those in which new hashes are made: one fewer, so that signing in always has one
	dummy string
	cost  *argon2id.Params // of new hashes
}

// NewPasswords returns Passwords that hash at this cost, which is Cost but in tests
// that hash much, and use at most one slot a processor, and two at least.
func NewPasswords(cost argon2id.Params) (*Passwords, error) {
	// As dear to compare with as any, and made at no cost: it is of no password anyway.
	cheap := argon2id.Params{Memory: 8, Iterations: 1, Parallelism: 1, SaltLength: cost.SaltLength, KeyLength: cost.KeyLength}
	dummy, err := argon2id.CreateHash("", &cheap)
	dummy = strings.Replace(dummy, "$m=8,t=1,p=1$",
		fmt.Sprintf("$m=%d,t=%d,p=%d$", cost.Memory, cost.Iterations, cost.Parallelism), 1)
	slots := max(2, runtime.GOMAXPROCS(0))
	return &Passwords{slots: make(chan struct{}, slots), fresh: make(chan struct{}, slots-1), dummy: dummy,
		cost: &cost}, err
}

// prepared returns a password in the form that is hashed, whichever way a keyboard
// spells its accents and blanks: as RFC 8265 prepares one (OpaqueString), though
// nothing is refused.
func prepared(password string) string {
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Zs, r) {
			return ' '
		}
		return r
	}, password))
}

// Hash returns the argon2id hash in PHC form of a password that whoever is known by
// these words chose. It fails as CheckNew does, or with ctx's error.
func (p *Passwords) Hash(ctx context.Context, password string, known ...string) (string, error) {
	if err := CheckNew(password, known...); err != nil {
		return "", err
	}
	select {
	case p.fresh <- struct{}{}:
		defer func() { <-p.fresh }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if err := p.enter(ctx); err != nil {
		return "", err
	}
	defer p.leave()
	return argon2id.CreateHash(prepared(password), p.cost)
}

// Check reports whether the password belongs to the hash. For an empty hash,
// which is that of an account that does not exist, it takes as long and says no.
func (p *Passwords) Check(ctx context.Context, hash, password string) (bool, error) {
	if err := p.enter(ctx); err != nil {
		return false, err
	}
	defer p.leave()
	nobody := hash == ""
	if nobody {
		hash = p.dummy
	}
	tries := []string{prepared(password)}
	if password != tries[0] {
		tries = append(tries, password) // some hashes are older than prepared
	}
	for _, try := range tries {
		tooLong := utf8.RuneCountInString(try) > MaxPassword
		if tooLong {
			try = ""
		}
		ok, err := argon2id.ComparePasswordAndHash(try, hash)
		if errors.Is(err, argon2id.ErrInvalidHash) || errors.Is(err, argon2id.ErrIncompatibleVariant) {
			return false, fmt.Errorf("a stored password hash cannot be read: %w", err)
		}
		if err != nil || ok && !nobody && !tooLong {
			return ok && err == nil, err
		}
	}
	return false, nil
}

func (p *Passwords) enter(ctx context.Context) error {
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// leave has what a hash took collected: it is more than all else that the program holds, and while
// it counts as that, as much garbage is let pile up again.
func (p *Passwords) leave() {
	<-p.slots
	if p.cost.Memory >= Cost.Memory && len(p.slots) == 0 {
		runtime.GC()
	}
}
