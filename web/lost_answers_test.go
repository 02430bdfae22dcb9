package web_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/browser"
)

// door stands before a console and does to every POST what a slow server or a
// bad connection does to it.
type door struct {
	mu    sync.Mutex
	does  func(w http.ResponseWriter, r *http.Request)
	comes chan struct{} // told of each POST
	open  chan struct{} // closed: what waits goes on
}

// behindDoor puts a door before s. What comes is let through until it is told
// otherwise.
func (s *site) behindDoor(t *testing.T) *door {
	t.Helper()
	d := &door{does: s.server.ServeHTTP, comes: make(chan struct{}, 100)}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			s.server.ServeHTTP(w, r)
			return
		}
		d.mu.Lock()
		does := d.does
		d.mu.Unlock()
		d.comes <- struct{}{}
		does(w, r)
	}))
	t.Cleanup(front.Close)
	t.Cleanup(func() { d.passes(s) })
	s.url = front.URL
	return d
}

// come waits until a POST has come to the door.
func (d *door) come(t *testing.T) {
	t.Helper()
	select {
	case <-d.comes:
	case <-time.After(20 * time.Second):
		t.Fatal("nothing was sent")
	}
}

func (d *door) set(does http.HandlerFunc) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.does, d.open = does, make(chan struct{})
	for len(d.comes) > 0 {
		<-d.comes
	}
}

// passes lets through what comes from now on, and what waits.
func (d *door) passes(s *site) {
	waiting := d.open
	d.set(s.server.ServeHTTP)
	if waiting != nil {
		close(waiting)
	}
}

// holds lets nothing through, or where done is set no answer back, until the
// door opens.
func (d *door) holds(s *site, done bool) {
	d.set(nil)
	open := d.open
	d.does = func(w http.ResponseWriter, r *http.Request) {
		if !done {
			<-open
			s.server.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		s.server.ServeHTTP(answer, r)
		<-open
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	}
}

// loses closes the connection without an answer; where done is set, after the
// server did what was asked.
func (d *door) loses(s *site, done bool) {
	d.set(func(_ http.ResponseWriter, r *http.Request) {
		if done {
			s.server.ServeHTTP(httptest.NewRecorder(), r)
		}
		panic(http.ErrAbortHandler)
	})
}

// change is one thing that a person does, and how it is seen in the database.
type change struct {
	before func(t *testing.T, s *site, ws postgres.Access, coach persona.Persona) // makes it undone again
	page   string                                                                 // of the workspace; empty: Coach's
	ready  func(tab *browser.Tab)
	button string
	says   string
	left   string // a query whose one row is done when this was done
	done   string
	action string // of its events
}

func changes() []change {
	failing := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	return []change{
		{page: "personas", button: "Make the default: Coach", says: "“Coach” is",
			before: func(t *testing.T, s *site, ws postgres.Access, _ persona.Persona) {
				t.Helper()
				_, err := s.SetDefault(t.Context(), ws, s.named(t, ws, "Guide").ID)
				failing(t, err)
			},
			ready: func(*browser.Tab) {},
			left:  `select name from personas where is_default`, done: "Coach", action: "persona.default_set"},
		{page: "campaigns", button: "Save the persona for Spring fairs", says: "“Spring fairs” is answered by “Coach”",
			before: func(t *testing.T, s *site, _ postgres.Access, _ persona.Persona) {
				t.Helper()
				s.Exec(t, `update campaigns set persona_id = null`)
			},
			ready: func(tab *browser.Tab) { tab.Choose("Persona for Spring fairs", "Coach") },
			left:  `select p.name from campaigns c join personas p on p.id = c.persona_id`, done: "Coach",
			action: "campaign.assigned"},
		{button: "Save changes", says: "“Coach” was saved",
			before: func(t *testing.T, s *site, ws postgres.Access, coach persona.Persona) {
				t.Helper()
				now := s.named(t, ws, "Coach")
				_, err := s.Edit(t.Context(), ws, now.ID, now.Version, coach.Content, persona.KeepDefault)
				failing(t, err)
			},
			ready: func(tab *browser.Tab) { tab.Type("Goals (optional)", "Typed with care") },
			left:  `select goals from personas where name = 'Coach'`, done: "Typed with care", action: "persona.edited"},
	}
}

func (s *site) named(t *testing.T, ws postgres.Access, name string) persona.Persona {
	t.Helper()
	for _, p := range s.all(t, ws) {
		if p.Name == name {
			return p
		}
	}
	t.Fatalf("there is no %q", name)
	return persona.Persona{}
}

// TestWhenTheAnswerIsSlowOrLostAChangeIsMadeOnce has a person press again while
// nothing comes, and load the page again after the connection broke, as the
// browser's own page offers: each before the server has done anything and after.
func TestWhenTheAnswerIsSlowOrLostAChangeIsMadeOnce(t *testing.T) {
	t.Parallel()
	for _, c := range changes() {
		for _, script := range []bool{true, false} {
			if script && c.page == "" {
				continue // it is a plain form with script too
			}
			t.Run(c.button+map[bool]string{true: ", with script", false: ", without"}[script], func(t *testing.T) {
				t.Parallel()
				c.isMadeOnce(t, script)
			})
		}
	}
}

// isMadeOnce makes the change where the answer is slow and where it is lost,
// before the change is done and after.
func (c change) isMadeOnce(t *testing.T, script bool) {
	t.Helper()
	s := newSite(t)
	d := s.behindDoor(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Guide")
	coach := s.NewPersona(t, ws, "Coach")
	s.NewCampaign(t, ws, "Spring fairs")
	tab, user, _ := s.person(t, script, access.NewUser{Name: "Ada Morgan"})
	s.Member(t, ws.Workspace(), user, access.Admin)
	path := at(ws, "personas", coach.ID.String())
	if c.page != "" {
		path = at(ws, c.page)
	}
	times := 0
	once := func(press func()) {
		c.before(t, s, ws, coach)
		tab.Get(path)
		c.ready(tab)
		press()
		tab.Awaits(c.says)
		tab.Settle()
		times++
		same(t, "left", s.words(t, c.left), c.done)
		same(t, "times that it was done", s.Count(t, `select count(*) from audit_events where action = $1
			and actor_id = $2 and details->>'from' is distinct from details->>'to'
			or action = $1 and actor_id = $2 and action = 'persona.edited'`, c.action, user), times)
		if tab.Focused() == "" {
			t.Error("the focus is lost")
		}
	}
	for _, done := range []bool{false, true} {
		once(func() { // slow
			d.holds(s, done)
			again := tab.PressAndGo(c.button)
			d.come(t)
			if script {
				tab.Awaits("It is under way")
			}
			again()
			if !script {
				d.come(t)
			}
			d.passes(s)
		})
		once(func() { // lost
			d.loses(s, done)
			tab.Press(c.button)
			d.come(t)
			if strings.Contains(tab.Text(), c.says) {
				t.Errorf("it says %q", c.says)
			}
			d.passes(s)
			tab.Reload()
		})
	}
}

// TestWhoeverWaitsTooLongIsToldAndTheFormIsSentAgain has an answer that is not
// there when htmx gives up.
func TestWhoeverWaitsTooLongIsToldAndTheFormIsSentAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	d := s.behindDoor(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Guide")
	s.NewPersona(t, ws, "Coach")
	tab, user, _ := s.person(t, true, access.NewUser{Name: "Ada Morgan"})
	s.Member(t, ws.Workspace(), user, access.Admin)
	tab.Get(at(ws, "personas"))
	browser.Evaluate[bool](tab, `htmx.config.timeout = 200; true`)
	d.holds(s, true)
	tab.PressAndGo("Make the default: Coach")
	d.come(t) // by htmx
	d.come(t) // by the browser
	d.passes(s)
	tab.Awaits("Undo") // whichever of the two was first
	if text := tab.Text(); !strings.Contains(text, "“Coach” is the default already") && !strings.Contains(text, "“Coach” is now the default") {
		t.Error(text)
	}
	same(t, "switches", s.Count(t, `select count(*) from audit_events where action = 'persona.default_set'
		and details->>'from' <> details->>'to'`), 1)
}

// scriptOnly is the button that shows a password, which script adds.
var scriptOnly = regexp.MustCompile(`(?m)^ *button "Show password".*\n *StaticText "Show password"\n`)

// TestARefusalLooksTheSameWithAndWithoutScript presses a button of a page that
// is no longer true.
func TestARefusalLooksTheSameWithAndWithoutScript(t *testing.T) {
	t.Parallel()
	withAndWithoutScript(t, func(t *testing.T, s *site, script bool) (string, []string) {
		ws := s.Workspace(t, "Harbor")
		s.NewPersona(t, ws, "Guide")
		coach := s.NewPersona(t, ws, "Coach")
		s.NewPersona(t, ws, "Formal")
		tab, user, _ := s.person(t, script, access.NewUser{Name: "Ada Morgan"})
		s.Member(t, ws.Workspace(), user, access.Admin)
		shown := ""
		press := func(button string, meanwhile func()) {
			tab.Get(at(ws, "personas"))
			meanwhile()
			tab.Press(button)
			shown += tab.Title() + "\n" + tab.Focused() + "\n" + requestNumbers.ReplaceAllString(scriptOnly.ReplaceAllString(
				steady(tab.Outline()), ""), "NUMBER")
		}
		press("Make the default: Coach", func() {
			if _, err := s.Delete(t.Context(), ws, coach.ID, 0, uuid.NullUUID{}); err != nil {
				t.Fatal(err)
			}
		})
		press("Make the default: Formal", func() { s.Exec(t, `update members set role = 'member' where user_id = $1`, user) })
		s.Exec(t, `update members set role = 'admin' where user_id = $1`, user)
		press("Make the default: Formal", func() { s.Exec(t, `delete from sessions`) })
		for _, words := range []string{"heading: You may look at this, not change it",
			"heading: There is nothing here", "Sign in"} {
			if !strings.Contains(shown, words) {
				t.Errorf("it does not show %q:\n%s", words, shown)
			}
		}
		return shown, nil // the same presses, of another workspace
	})
}

var requestNumbers = regexp.MustCompile(`\b[0-9a-f]{16}\b`)

// TestWhatWasTypedIsKeptWhereTheDatabaseIsAwayFromTheStart lets a request wait for
// its session until the server may read nothing more of it. The words come in a
// packet of their own, as browsers send them.
func TestWhatWasTypedIsKeptWhereTheDatabaseIsAwayFromTheStart(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Admin)
	strict := httptest.NewUnstartedServer(s.server)
	strict.Config.ReadTimeout = time.Second
	strict.Start()
	t.Cleanup(strict.Close)
	tx, err := s.SQL.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	if _, err := tx.Exec(t.Context(), `lock table sessions in access exclusive mode`); err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", strict.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	const words = "name=Guide&goals=Typed+for+an+hour"
	for _, part := range []string{fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nCookie: "+
		"%s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n",
		at(ws, "personas"), strict.Listener.Addr(), strict.URL, b.sessionCookie(), len(words)), words} {
		if _, err := conn.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(300 * time.Millisecond)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	page, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusServiceUnavailable ||
		!strings.Contains(string(page), "Typed for an hour") {
		t.Errorf("status %d, %v: %s", answer.StatusCode, err, page)
	}
}
