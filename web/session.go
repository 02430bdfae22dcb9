package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"

	"personae/internal/access"
	"personae/internal/postgres"
)

// sessionStore keeps sessions in PostgreSQL behind gorilla's Store. The cookie
// carries a random id and when it was last used, signed; the database has the
// id's SHA-256 and when the session ends for good. So reading a page writes
// nothing, and yet an unused session runs out and any session can be ended.
type sessionStore struct {
	db       *postgres.DB
	codec    *securecookie.SecureCookie
	options  sessions.Options
	absolute time.Duration
	name     string
}

// cookie returns a cookie that only we read, sent along by links from other sites
// but not by their forms.
func (s *Server) cookie(name, value string, maxAge int) *http.Cookie {
	return &http.Cookie{Name: s.cookieName(name), Value: value, Path: cmp.Or(s.path, "/"), MaxAge: maxAge,
		HttpOnly: true, Secure: s.https(), SameSite: http.SameSiteLaxMode}
}

// kept returns the value of a cookie that the browser sent; "": it sent none.
func (s *Server) kept(c *call, name string) string {
	cookie, err := c.Cookie(s.cookieName(name))
	if err != nil {
		return ""
	}
	return cookie.Value
}

// cookieName returns the name under which browsers take a cookie from this very host
// over TLS alone, and so from no neighbour within its domain. Below a path it is one that
// came over TLS: the stricter prefix is for the root.
func (s *Server) cookieName(name string) string {
	switch {
	case !s.https():
		return name
	case s.path != "":
		return "__Secure-" + name
	}
	return "__Host-" + name
}

// newSessionStore returns a store whose sessions end when absolute is over, or when they
// were unused for as long as cookie, which is made like each session's, lasts.
func newSessionStore(db *postgres.DB, key []byte, absolute time.Duration, cookie *http.Cookie) *sessionStore {
	return &sessionStore{
		db:    db,
		codec: securecookie.New(key, nil).MaxAge(cookie.MaxAge),
		options: sessions.Options{Path: cookie.Path, MaxAge: cookie.MaxAge, HttpOnly: cookie.HttpOnly,
			Secure: cookie.Secure, SameSite: cookie.SameSite},
		absolute: absolute,
		name:     cookie.Name,
	}
}

type contextKey int

const (
	wantedKey  contextKey = iota // wanted
	keptKey                      // the request shows a kept form again
	decodedKey                   // decodedID
)

// Values of a session.
const (
	visitValue = "visit" // postgres.Visit, of one who is signed in
	userValue  = "user"  // uuid.UUID, to sign in as
	checkValue = "check" // string: the password hash that let them in
	howValue   = "how"   // access.AccountAction: by what they came in
)

// wanted is what New finds out with who holds the session.
type wanted struct {
	workspace uuid.UUID
	ahead     postgres.Ahead
}

// visit puts into the call who sends it and what access they have to the workspace,
// and counts as a use of the session. It fails with access.ErrSignedOut.
func (st *sessionStore) visit(c *call, workspace uuid.UUID) error {
	r := c.Request().WithContext(context.WithValue(c.ctx(), wantedKey, wanted{workspace, c.pageAhead()}))
	session, err := st.Get(r, st.name)
	if err != nil {
		return err
	}
	if session.IsNew {
		return access.ErrSignedOut
	}
	c.visit, c.session = session.Values[visitValue].(postgres.Visit), hashID(session.ID)
	_ = st.db.NoteVisit(c.ctx(), c.visit, c.session) // whoever only reads does not fail for it
	return st.Save(r, c.Response(), session)
}

// Get returns the request's session, new when it has none that is still good. It
// fails when the database does.
func (st *sessionStore) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(st, name)
}

// New reads the session from the cookie and the database, in one round trip, which
// also answers for what is wanted in the request's context.
func (st *sessionStore) New(r *http.Request, name string) (*sessions.Session, error) {
	session := sessions.NewSession(st, name)
	options := st.options
	session.Options = &options
	session.IsNew = true
	id, ok := st.id(r)
	if !ok {
		return session, nil
	}
	of, _ := r.Context().Value(wantedKey).(wanted)
	visit, err := st.db.VisitToRead(r.Context(), hashID(id), of.workspace, of.ahead)
	if err == nil {
		session.Values[visitValue] = visit
		session.ID, session.IsNew = id, false
	} else if errors.Is(err, access.ErrSignedOut) {
		err = nil
	}
	return session, err
}

// decodedID is what id found, kept with the request.
type decodedID struct {
	id string
	ok bool
}

// decode decodes the cookie once for all that asks for its id.
func (st *sessionStore) decode(c *call) {
	id, ok := st.id(c.Request())
	c.SetRequest(c.Request().WithContext(context.WithValue(c.ctx(), decodedKey, decodedID{id, ok})))
}

// id returns the id in the request's cookie; false where there is none, or it was
// forged, cut short or unused for too long.
func (st *sessionStore) id(r *http.Request) (id string, ok bool) {
	if known, decoded := r.Context().Value(decodedKey).(decodedID); decoded {
		return known.id, known.ok
	}
	cookie, _ := r.Cookie(st.name)
	return id, cookie != nil && st.codec.Decode(st.name, cookie.Value, &id) == nil
}

// Save stores a new session, ends one whose MaxAge is below zero, and else
// notes in the cookie that it was used.
func (st *sessionStore) Save(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	if session.Options.MaxAge < 0 {
		http.SetCookie(w, sessions.NewCookie(session.Name(), "", session.Options))
		if session.ID == "" {
			return nil
		}
		return st.db.EndSession(r.Context(), hashID(session.ID))
	}
	if session.IsNew {
		id, err := newID()
		if err != nil {
			return err
		}
		password, _ := session.Values[checkValue].(string)
		how, _ := session.Values[howValue].(access.AccountAction)
		if err := st.db.StartSession(r.Context(), hashID(id), session.Values[userValue].(uuid.UUID),
			time.Now().Add(st.absolute), agentWords(r.UserAgent()), password, how); err != nil {
			return err
		}
		session.ID, session.IsNew = id, false
	}
	value, err := st.codec.Encode(session.Name(), session.ID)
	if err != nil {
		return err
	}
	http.SetCookie(w, sessions.NewCookie(session.Name(), value, session.Options))
	return nil
}

// newID returns 256 random bits.
func newID() (string, error) {
	var id [32]byte
	if _, err := rand.Read(id[:]); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(id[:]), nil
}

func hashID(id string) []byte {
	sum := sha256.Sum256([]byte(id))
	return sum[:]
}

// agentWords returns the kind of browser in a few words, such as "Firefox on
// Windows".
func agentWords(userAgent string) string {
	find := func(names [][2]string) string {
		for _, n := range names {
			if strings.Contains(userAgent, n[0]) {
				return n[1]
			}
		}
		return ""
	}
	// The order matters: each of these also claims to be those after it.
	browser := find([][2]string{{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"},
		{"Safari/", "Safari"}, {"curl/", "curl"}})
	system := find([][2]string{{"Windows", "Windows"}, {"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"},
		{"Mac OS X", "macOS"}, {"Linux", "Linux"}})
	switch {
	case browser == "":
		return system
	case system == "":
		return browser
	}
	return browser + " on " + system
}
