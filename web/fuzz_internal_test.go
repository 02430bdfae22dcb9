package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"personae/internal/persona"
)

func refusedInWords(t *testing.T, err error) {
	t.Helper()
	var invalid *persona.InvalidError
	if err != nil && !errors.As(err, &invalid) {
		t.Errorf("refused without words: %v", err)
	}
}

func callOf(request *http.Request) *call {
	return &call{Context: echo.New().NewContext(request, httptest.NewRecorder())}
}

// FuzzSignature: only the signature of this body with this secret is right.
func FuzzSignature(f *testing.F) {
	f.Add([]byte("{}"), "whsec_x", "sha256=")
	f.Add([]byte("{}"), "whsec_x", "sha256=sha256=00")
	f.Add([]byte{}, "", "SHA256=B613679A0814D9EC772F95D778C35FC5FF1697C493715653C6C712144292C5AD")
	f.Fuzz(func(t *testing.T, body []byte, secret, signature string) {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		right := hex.EncodeToString(mac.Sum(nil))
		hexed, prefixed := strings.CutPrefix(signature, "sha256=")
		if want := prefixed && strings.EqualFold(hexed, right); signed(body, secret, signature) != want {
			t.Errorf("%q of %q with %q: want %t", signature, body, secret, want)
		}
		if !signed(body, secret, "sha256="+right) || signed(append(body, ' '), secret, "sha256="+right) {
			t.Errorf("the signature of %q with %q", body, secret)
		}
	})
}

// FuzzMessage: an inbound message is refused in words, or read as UTF-8.
func FuzzMessage(f *testing.F) {
	for _, seed := range []string{"", "{}", "[]", "null",
		`{"externalId": "m-1", "channel": "email", "lead": {"externalId": "liv"}, "body": "What?", "sentAt": "2026-03-31T12:00:00Z"}`,
		`{"body": "\ud800\u0000", "sentAt": "0000-01-01T00:00:00Z"}`, `{"sentAt": "about noon", "lead": null}`,
		`{"body": 7}`, "{}{}", "{\"body\": \"\xff\"}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := readMessage(body)
		refusedInWords(t, err)
		for _, text := range []string{m.ExternalID, string(m.Channel), m.Campaign, m.Body, m.Lead.ExternalID,
			m.Lead.FirstName} {
			if !utf8.ValidString(text) {
				t.Errorf("read: %q", text)
			}
		}
	})
}

// FuzzForm: a form is refused in words, or has each field once.
func FuzzForm(f *testing.F) {
	const parts = "multipart/form-data; boundary=x"
	f.Add("application/x-www-form-urlencoded", []byte("name=A&make_default=true"))
	f.Add("application/x-www-form-urlencoded", []byte("name=%zz&name=;"))
	f.Add("application/x-www-form-urlencoded", []byte("campaign=1&campaign=2&name=\xff"))
	f.Add("application/x-www-form-urlencoded", []byte("all[=1&campaign[99999999]=x&all]=2&listingForm.q=y&Q=z"))
	f.Add("application/x-www-form-urlencoded",
		[]byte("q=a&page=2&all=3&persona=&campaign=5b0d1c2e-7f6a-4b3c-8d9e-0a1b2c3d4e5f"))
	f.Add(parts, []byte("--x\r\nContent-Disposition: form-data; "+
		"name=\"name\"\r\n\r\nA\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; "+
		"filename=\"f\"\r\n\r\n{}\r\n--x--\r\n"))
	f.Add(parts, []byte("--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nA"))
	f.Add("text/plain", []byte("name=A"))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/x?name=B", strings.NewReader(string(body)))
		request.Header.Set("Content-Type", kind)
		c := callOf(request)
		form, err := decode[assignManyForm](c)
		if errors.Is(err, persona.ErrNotFound) {
			return // a malformed id
		}
		refusedInWords(t, err)
		if err != nil {
			return
		}
		sent := c.Request().PostForm
		for name, values := range sent {
			if len(values) > 1 && name != "campaign" {
				t.Errorf("%q is taken as %q", name, values)
			}
		}
		if form.Query != sent.Get("q") || form.All != sent.Get("all") || len(form.Campaigns) != len(sent["campaign"]) ||
			(form.Persona != nil) != sent.Has("persona") {
			t.Errorf("%q is taken as %+v", sent, form)
		}
	})
}
