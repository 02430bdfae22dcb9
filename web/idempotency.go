package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"personae/internal/postgres"
)

// formOnce makes a form that was sent twice, by a double click, be done once: the
// page gave it a name of its own. The same form with other words is another.
func (c *call) formOnce() {
	form := c.Request().PostForm
	if form.Get("once") == "" {
		return
	}
	sum := sha256.Sum256([]byte(c.Request().URL.Path + "\x00" + form.Encode()))
	c.once = &postgres.IdempotentRequest{KeyHash: sum[:], RequestHash: sum[:]}
	c.access = c.access.Idempotent(c.once)
}

// buttonOnce is formOnce for a form that holds nothing but a button.
func (c *call) buttonOnce() error {
	if _, err := decode[struct{}](c); err != nil {
		return err
	}
	c.formOnce()
	return nil
}

// formSecret returns a secret that is shown once. The same form gets the same one, so
// that who sends it twice copies what is in force, whichever answer the browser
// shows, and nothing needs to keep it for that. It takes both our key and the name
// of the form, which is stored nowhere, to make it again.
func (s *Server) formSecret(c *call, prefix string) (string, error) {
	form := c.Request().PostForm
	if form.Get("once") == "" {
		id, err := newID()
		return prefix + id, err
	}
	mac := hmac.New(sha256.New, s.Key)
	fmt.Fprintf(mac, "secret\x00%s\x00%s\x00%s", c.visit.User(), c.Request().URL.Path, form.Encode())
	return prefix + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), nil
}
