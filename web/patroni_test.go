package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// TestNothingIsLostWhenPatroniFailsOver takes the primary away from 16 people and a program, in each
// way in turn, and lets Patroni alone bring writes back.
func TestNothingIsLostWhenPatroniFailsOver(t *testing.T) {
	t.Parallel()
	p := dbtest.NewPatroni(t)
	s := siteOn(t, p.Database)
	working(t, jobsOf(s))
	var everybody []*persistent
	var workspaces []postgres.Access
	for range 4 {
		ws := s.Workspace(t, "Harbor")
		s.NewPersona(t, ws, "Ada")
		workspaces = append(workspaces, ws)
		for range 4 {
			everybody = append(everybody, s.persistent(t, ws))
		}
	}
	program := &messenger{site: s, t: t, ws: workspaces[0].Workspace(), secret: s.secret(t, workspaces[0])}
	var over atomic.Bool
	var all sync.WaitGroup
	for _, b := range everybody {
		all.Go(func() { b.work(&over) })
	}
	all.Go(func() { program.work(&over) })
	defer all.Wait()
	defer over.Store(true)

	faults := []func() func(){
		func() func() { p.SwitchOver(); return nil },
		func() func() { p.Kill(); return nil },
		p.Stop,
	}
	names := []string{"demoted", "dead", "hanging"}
	for n := range dbtest.Times(3, 60) {
		p.Ready()
		for _, b := range everybody {
			b.Lock()
			b.gap = 0
			b.Unlock()
		}
		comeBack := faults[n%3]()
		longest, since := time.Duration(0), time.Now()
		for _, b := range everybody {
			longest = max(longest, b.goesOn(since))
		}
		t.Logf("the primary was %s: nobody waited longer than %v until a form was taken", names[n%3], longest.Round(100*time.Millisecond))
		if comeBack != nil {
			comeBack()
			for since, n := time.Now(), 0; n < len(everybody); n++ {
				everybody[n].goesOn(since)
			}
		}
	}
	over.Store(true)
	all.Wait()
	p.Ready()
	s.SQL.Reset()

	refused, done := 0, 0
	for _, b := range everybody {
		refused, done = refused+b.refused, done+len(b.done)
		for _, count := range []string{`count(*)`, `count(distinct name)`} {
			same(t, count, s.Count(t, `select `+count+` from campaigns where workspace_id = $1 and name = any($2)`, b.ws, b.done), len(b.done))
		}
		for _, wrong := range b.wrong {
			t.Error(wrong)
		}
	}
	t.Logf("%d forms were sent, %d times with 503 in between, and %d messages", done, refused, len(program.taken))
	s.Until(t, len(program.taken), `select count(*) from messages m join drafts d on d.workspace_id = m.workspace_id and d.message_id = m.id
		where m.external_id = any($1) and d.state = 'waiting'`, program.taken)
	p.Healthy(t)
}

// persistent is a person who sends a form again until it is taken.
type persistent struct {
	*client
	ws uuid.UUID

	sync.Mutex
	done    []string // names of campaigns
	last    time.Time
	gap     time.Duration // the longest between two of them
	refused int
	wrong   []string
}

func (s *site) persistent(t *testing.T, ws postgres.Access) *persistent {
	t.Helper()
	b := &persistent{client: s.as(t, ws.Workspace(), access.Admin), ws: ws.Workspace()}
	b.client.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return b
}

func (b *persistent) work(over *atomic.Bool) {
	for !over.Load() {
		form := b.get("/workspaces/" + b.ws.String() + "/campaigns/new")
		if form.status != http.StatusOK {
			b.came(form, "")
			time.Sleep(50 * time.Millisecond)
			continue
		}
		name, button := "Campaign "+uuid.NewString(), "Create campaign"
		for {
			answer := form.submit(button, url.Values{"name": {name}})
			if b.came(answer, name) {
				time.Sleep(100 * time.Millisecond) // people are slower
				break
			}
			// The page that says so has the form with what was typed.
			if kept, _ := answer.pressed("Try again with what you typed"); kept != nil {
				form, button = answer, "Try again with what you typed"
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
}

// came notes an answer, and reports whether what was sent is done with.
func (b *persistent) came(answer *page, name string) bool {
	b.Lock()
	defer b.Unlock()
	switch {
	case answer.status == http.StatusSeeOther && !strings.HasPrefix(answer.header.Get("Location"), "/login"):
		if now := time.Now(); !b.last.IsZero() {
			b.gap = max(b.gap, now.Sub(b.last))
		}
		b.done, b.last = append(b.done, name), time.Now()
		return true
	case answer.status != http.StatusServiceUnavailable:
		b.wrong = append(b.wrong, answer.path+": "+http.StatusText(answer.status)+": "+answer.text())
		return true
	case answer.header.Get("Retry-After") == "":
		b.wrong = append(b.wrong, "503 without Retry-After")
	case name != "" && !strings.Contains(answer.body, name):
		b.wrong = append(b.wrong, "what was typed is gone: "+answer.text())
	}
	b.refused++
	return false
}

// goesOn waits until a form that was sent since then is taken, and returns the longest time between two.
func (b *persistent) goesOn(since time.Time) time.Duration {
	b.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		b.Lock()
		last, gap := b.last, b.gap
		b.Unlock()
		if last.After(since) {
			return gap
		}
		if time.Now().After(deadline) {
			b.t.Fatal("writes are not back within two minutes")
		}
	}
}

// messenger is a program that sends each message until it is taken.
type messenger struct {
	*site
	t      *testing.T
	ws     uuid.UUID
	secret string
	taken  []string
}

func (b *messenger) work(over *atomic.Bool) {
	for !over.Load() {
		id := uuid.NewString()
		body := naming(id, "C-1", "")
		for b.hook(b.t, b.ws.String(), body, sign(b.secret, body)).status != http.StatusAccepted {
			time.Sleep(50 * time.Millisecond)
		}
		b.taken = append(b.taken, id)
		time.Sleep(200 * time.Millisecond)
	}
}
