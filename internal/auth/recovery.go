package auth

import (
	"crypto/rand"
	"strings"
)

// RecoveryCodes is how many recovery codes are made at once.
const RecoveryCodes = 10

// recoveryAlphabet has no two letters that look alike.
const recoveryAlphabet = "abcdefghjkmnpqrstuvwxyz23456789"

// NewRecoveryCodes returns codes of 49 random bits each, each good for one
// sign-in without the app or passkey.
func NewRecoveryCodes() []string {
	codes := make([]string, RecoveryCodes)
	for i := range codes {
		var code strings.Builder
		for n := 0; n < 10; {
			var b [1]byte
			_, _ = rand.Read(b[:])
			if int(b[0]) >= 256/len(recoveryAlphabet)*len(recoveryAlphabet) {
				continue // the first letters would be likelier
			}
			if n == 5 {
				code.WriteByte('-')
			}
			code.WriteByte(recoveryAlphabet[int(b[0])%len(recoveryAlphabet)])
			n++
		}
		codes[i] = code.String()
	}
	return codes
}

// CleanRecoveryCode returns a code as it is hashed, however it was typed.
func CleanRecoveryCode(code string) string { return strings.ToLower(strings.Map(dropSpace, code)) }
