package web

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"personae/internal/persona"
)

// sent is a form as a test needs it.
type sent struct {
	listingForm
	Name  string         `form:"name"`
	Box   *string        `form:"box"`
	Owner uuid.NullUUID  `form:"owner"`
	Other *uuid.NullUUID `form:"other"`
	Items []uuid.UUID    `form:"item"`
	Words []string       `form:"word"`
}

func decoded(t *testing.T, body string) (sent, error) {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/x?name=from+the+address",
		strings.NewReader(body))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return decode[sent](callOf(request))
}

func TestAFormIsReadIntoItsFieldsAsItWasTyped(t *testing.T) {
	t.Parallel()
	a, b, empty := uuid.New(), uuid.New(), ""
	for body, want := range map[string]sent{
		"": {},
		"name=+A%0D%0A&q=x&page=2&sort=change": {Name: " A\r\n",
			listingForm: listingForm{Query: "x", Page: "2", Sort: "change"}},
		"box=&name=&other=":   {Box: &empty, Other: &uuid.NullUUID{}},
		"owner=&unknown=1":    {},
		"owner=" + a.String(): {Owner: uuid.NullUUID{UUID: a, Valid: true}},
		"item=" + a.String() + "&item=" + b.String() +
			"&word=&word=b,c": {Items: []uuid.UUID{a, b}, Words: []string{"", "b,c"}},
		// What is no name of ours, however it is like one, is left out.
		"NAME=1&Name=2&name[0]=3&listingForm.q=4&word[99999999]=5&word[=6&]=7&item[x]=8": {},
	} {
		got, err := decoded(t, body)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(sent{})); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", body, err, diff)
		}
	}
}

func TestAFormThatCouldBeReadTwoWaysIsRefused(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"name=A&name=A", "unknown=1&unknown=2", "box=1&box=2", "name=%zz"} {
		if _, err := decoded(t, body); !errors.As(err, new(*persona.InvalidError)) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestAMalformedIdInAFormIsNotFound(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"owner=x", "other=x", "item=", "item=" + uuid.NewString() + "&item=x",
		"owner=" + url.QueryEscape("urn:uuid:"+uuid.NewString())} {
		if _, err := decoded(t, body); !errors.Is(err, persona.ErrNotFound) {
			t.Errorf("%s: %v", body, err)
		}
	}
}
