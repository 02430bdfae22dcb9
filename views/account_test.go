package views_test

import (
	"testing"

	"personae/internal/access"
	"personae/views"
)

func TestEachAccountActionHasWords(t *testing.T) {
	t.Parallel()
	said := map[string]access.AccountAction{}
	for _, action := range access.AccountActions() {
		words := views.Happened(action)
		if words == "" || said[words] != "" {
			t.Errorf("%s is %q, as is %q", action, words, said[words])
		}
		said[words] = action
	}
}
