package access_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"personae/internal/access"
)

// unseen are characters that nobody sees in an address.
var unseen = []rune{0, '\n', '\u0085', '\u00a0', '\u00ad', '\u034f', '\u200b', '\u200e', '\u2028', '\u202c', '\u202e',
	'\u2060',
	'\u2066', '\u2067', '\u2068', '\u2069', '\u2800', '\u3164', '\ufe0f', '\ufeff', '\U000e0041'}

func TestAnAddressWithACharacterThatNobodySeesIsRefusedByItsName(t *testing.T) {
	t.Parallel()
	for _, r := range unseen {
		for at, address := range map[int]string{1: "%cada@example.com", 3: "ad%ca@example.com", 5: "ada@%cexample.com",
			16: "ada@example.com%c"} {
			err := access.CheckAddress(fmt.Sprintf(address, r))
			var wrong *access.AddressError
			if !errors.As(err, &wrong) || wrong.Unseen != r || wrong.At != at ||
				!strings.Contains(err.Error(), fmt.Sprintf("%U, at character %d.", r, at)) {
				t.Errorf("%U at %d: %v", r, at, err)
			}
		}
	}
}

func TestAnAddressIsOne(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 60) + "@" + strings.Repeat("b.", 91) + "example.com"
	for address, ok := range map[string]bool{
		"ada@example.com": true, "ädä@exämple.com": true, "ada+x@example.com": true, "田中@例え.jp": true, long: true,
		"": false, "ada": false, "Ada <ada@example.com>": false, "ada@example.com, b@example.com": false,
		"\xff@example.com": false, long + "m": false,
	} {
		err := access.CheckAddress(address)
		if ok != (err == nil) || err != nil && err.Error() != "Enter an email address, such as name@example.com" {
			t.Errorf("%q: %v", address, err)
		}
	}
}
