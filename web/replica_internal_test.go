package web

import (
	"net/http"
	"testing"
)

func TestARequestSaysHowOldItsAnswerMayBe(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]struct {
		seconds int
		said    bool
	}{
		"": {}, "max-age=1": {1, true}, "no-store, Max-Age=5": {5, true}, "max-age=0": {0, true}, "no-cache": {0, true},
		"no-cache, max-age=9": {0, true}, "max-age=x": {}, "only-if-cached": {},
	} {
		seconds, said := oldest(http.Header{"Cache-Control": {value}})
		if seconds != want.seconds || said != want.said {
			t.Errorf("%q: %d, %v", value, seconds, said)
		}
	}
}
