package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp/hotp"
)

// totpStep is how long a code of an authenticator app is shown.
const totpStep = 30 * time.Second

// NewTOTPSecret returns the 20 random bytes that an authenticator app shares with us.
func NewTOTPSecret() []byte {
	secret := make([]byte, 20)
	_, _ = rand.Read(secret) // never fails: the program would end
	return secret
}

// TOTPKey returns a secret as people type it into an app.
func TOTPKey(secret []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}

// TOTPAddress returns the address that an app reads from a QR code.
func TOTPAddress(secret []byte, account string) string {
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/personae:" + account,
		RawQuery: "secret=" + TOTPKey(secret) + "&issuer=personae"}
	return u.String()
}

// CheckTOTP reports whether code is the app's at the time now, give or take half a
// minute, and of a later half minute than after. It returns that half minute too,
// which is the next after.
func CheckTOTP(secret []byte, code string, now time.Time, after int64) (step int64, ok bool) {
	code = strings.Map(dropSpace, code)
	current := now.Unix() / int64(totpStep.Seconds())
	for _, n := range []int64{current, current - 1, current + 1} {
		want, err := hotp.GenerateCode(TOTPKey(secret), uint64(n)) //nolint:gosec // no time before 1970
		if err == nil && n > after && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return n, true
		}
	}
	return 0, false
}

func dropSpace(r rune) rune {
	if r == ' ' || r == '-' || r == '\u00a0' {
		return -1
	}
	return r
}
