package postgres_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
	"personae/internal/webhook"
)

// cut is where a connection breaks while COMMIT is under way.
type cut int32

const (
	cutNever    cut = iota
	cutBefore       // PostgreSQL never hears of the COMMIT
	cutAfter        // it is done, and no answer comes back
	cutInAnswer     // half of the answer comes back
)

// cutter stands between pgx and PostgreSQL and breaks the next connection that
// sends a COMMIT, once for each time it is armed.
type cutter struct {
	armed atomic.Int32
	cuts  atomic.Int32
	onCut func() // set before arming
}

// cutterFor returns a cutter before d's server and the database through it.
func cutterFor(t *testing.T, d *dbtest.Database) (*cutter, *postgres.DB) {
	t.Helper()
	c := &cutter{}
	db, err := postgres.Open(t.Context(), d.Between(t, c.carry), postgres.Options{MaxConns: 8})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return c, db
}

func (c *cutter) carry(client, server net.Conn) {
	var answering atomic.Int32
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer client.Close()
		buffer := make([]byte, 64<<10)
		for {
			n, err := server.Read(buffer)
			if err != nil {
				return
			}
			switch cut(answering.Load()) {
			case cutAfter:
				return
			case cutInAnswer:
				_, _ = client.Write(buffer[:n/2])
				return
			}
			if _, err := client.Write(buffer[:n]); err != nil {
				return
			}
		}
	}()
	c.forward(client, server, &answering)
	if cut(answering.Load()) == cutNever {
		server.Close()
	}
	<-done
}

// forward passes on whole messages, so that a COMMIT is seen for what it is: a query, or a
// statement that was prepared and stands in a pipeline. Where its answer is what breaks, the
// pipeline is passed on to its end.
func (c *cutter) forward(client, server net.Conn, answering *atomic.Int32) {
	head := make([]byte, 4)
	if _, err := io.ReadFull(client, head); err != nil { // the first message has no type
		return
	}
	if !pass(client, server, head, int(binary.BigEndian.Uint32(head))-4, nil) {
		return
	}
	var prepared []byte // the name of COMMIT
	where := int32(cutNever)
	for {
		head := make([]byte, 5)
		if _, err := io.ReadFull(client, head); err != nil {
			return
		}
		body := make([]byte, int(binary.BigEndian.Uint32(head[1:]))-4)
		if _, err := io.ReadFull(client, body); err != nil {
			return
		}
		words := append(bytes.SplitN(body, []byte{0}, 3), nil, nil)
		if head[0] == 'P' && bytes.EqualFold(words[1], []byte("commit")) {
			prepared = words[0]
		}
		if head[0] == 'Q' && bytes.EqualFold(words[0], []byte("commit")) ||
			head[0] == 'B' && prepared != nil && bytes.Equal(words[1], prepared) {
			where = c.arm()
			if where == int32(cutBefore) {
				return
			}
		}
		if head[0] == 'Q' || head[0] == 'S' {
			answering.Store(where)
		}
		if !pass(client, server, head, len(body), body) {
			return
		}
	}
}

// arm returns where the COMMIT that is seen is cut.
func (c *cutter) arm() int32 {
	where := c.armed.Swap(int32(cutNever))
	if where != int32(cutNever) {
		c.cuts.Add(1)
		if c.onCut != nil {
			c.onCut()
		}
	}
	return where
}

func pass(client, server net.Conn, head []byte, n int, body []byte) bool {
	if body == nil {
		body = make([]byte, n)
		if _, err := io.ReadFull(client, body); err != nil {
			return false
		}
	}
	_, err := server.Write(append(head, body...))
	return err == nil
}

// TestABrokenCommitIsDoneExactlyOnce breaks the connection in each phase of
// COMMIT. The writer must report success, and the write must be there once.
func TestABrokenCommitIsDoneExactlyOnce(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	must(d.AddWebhook(t.Context(), a, webhook.Choice{URL: "https://example.com/", Events: []string{webhook.DefaultChanged}},
		strings.Repeat("s", 40)))(t)
	c, db := cutterFor(t, d)
	wanted, switches := 0, 0
	for round := range dbtest.Times(67, 1667) {
		for _, where := range []cut{cutBefore, cutAfter, cutInAnswer} {
			c.armed.Store(int32(where))
			saved, err := db.Create(t.Context(), a, persona.Content{Name: uuid.NewString()}, round%2 == 0)
			if err != nil {
				t.Fatalf("cut %d: %v", where, err)
			}
			wanted++
			if round%2 == 0 {
				switches++
			}
			same(t, "the persona that was reported is there",
				d.Count(t, `select count(*) from personas where id = $1`, saved.Persona.ID), 1)
		}
	}
	same(t, "cuts", int(c.cuts.Load()), wanted)
	same(t, "personas", d.Count(t, `select count(*) from personas`), wanted)
	same(t, "events", d.Count(t, `select count(*) from audit_events where action = 'persona.created'`), wanted)
	same(t, "what webhooks are told", d.Count(t, `select count(*) from webhook_deliveries`), switches)
	same(t, "and its jobs", d.Count(t, `select count(distinct args->>'delivery') from river.river_job where kind = 'deliver'`), switches)
	same(t, "broken", d.Broken(t), []string{})
}

// TestABrokenCommitOfAClientThatLeftIsTakenForWhatItWas ends the request in the
// moment in which its COMMIT breaks. It is not done again, and what is reported
// is what happened.
func TestABrokenCommitOfAClientThatLeftIsTakenForWhatItWas(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	c, db := cutterFor(t, d)
	for range 10 {
		for _, where := range []cut{cutBefore, cutAfter, cutInAnswer} {
			ctx, cancel := context.WithCancel(t.Context())
			c.onCut = cancel
			c.armed.Store(int32(where))
			name := uuid.NewString()
			_, err := db.Create(ctx, a, persona.Content{Name: name}, false)
			cancel()
			got := d.Count(t, `select count(*) from personas where name = $1`, name)
			if got > 1 || (err == nil) != (got == 1) {
				t.Errorf("cut %d: reported %v, and there are %d personas", where, err, got)
			}
		}
	}
}

func TestAServerThatMayLoseWhatItConfirmedIsRefused(t *testing.T) {
	t.Parallel()
	for setting, says := range map[string]string{
		`synchronous_commit = off`: "may lose what it confirmed",
		`search_path = public`:     "",
	} {
		d := dbtest.New(t)
		var name string
		if err := d.SQL.QueryRow(t.Context(), `select current_database()`).Scan(&name); err != nil {
			t.Fatal(err)
		}
		d.Exec(t, `alter database "`+name+`" set `+setting)
		db, err := postgres.Open(t.Context(), d.URL, postgres.Options{MaxConns: 4})
		if err == nil {
			db.Close()
		}
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
			t.Errorf("%s: %v", setting, err)
		}
	}
	for _, bad := range []string{"postgres://u:geheim@%zz", "host=/nowhere password=geheim port=x"} {
		if _, err := postgres.Open(t.Context(), bad, postgres.Options{MaxConns: 4}); err == nil ||
			strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
