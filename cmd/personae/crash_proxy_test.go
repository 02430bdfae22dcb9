package main

import (
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	"personae/internal/testing/dbtest"
)

// stop is a moment in which the server stands still before it is killed.
type stop struct {
	name   string
	sql    string // what the statement holds; empty: it waits for the model
	with   string // one of its parameters; empty: whatever
	within string // what a statement of the same transaction held before; empty: whatever
	// PostgreSQL has done it, to a row at least, and the server has not heard; else PostgreSQL has not heard
	done     bool
	accepted bool   // the sender is answered by then
	sees     string // how what others see of the message begins
	some     bool   // no such moment: whenever
	reached  chan struct{}
}

// proxy stands between the server and PostgreSQL. It carries messages until a
// connection comes to the stop, and nothing more on that connection.
type proxy struct {
	url  string // of the database's owner
	mu   sync.Mutex
	next *stop
}

func newProxy(t *testing.T, d *dbtest.Database) *proxy {
	t.Helper()
	p := &proxy{}
	p.url = d.Between(t, p.carry)
	return p
}

func (p *proxy) arm(at *stop) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = at
}

// release lets everything pass again.
func (p *proxy) release() { p.arm(nil) }

// stopAt returns the stop where this statement is one, else nil.
func (p *proxy) stopAt(sql string, with [][]byte, transaction string) *stop {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.next != nil && strings.Contains(sql, p.next.sql) && strings.Contains(transaction, p.next.within) &&
		(p.next.with == "" || slices.ContainsFunc(with, func(b []byte) bool { return string(b) == p.next.with })) {
		return p.next
	}
	return nil
}

// reach reports whether this connection is the one that comes to the stop.
func (p *proxy) reach(at *stop) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at == nil || p.next != at {
		return false
	}
	p.next = nil
	close(at.reached)
	return true
}

// link is one connection of the server.
type link struct {
	*proxy
	client, server net.Conn
	mu             sync.Mutex
	transaction    string // what it sent in it
	doing          *stop  // what PostgreSQL does now, and the server is not to hear of
}

func (p *proxy) carry(client, server net.Conn) {
	l := &link{proxy: p, client: client, server: server}
	backend := pgproto3.NewBackend(client, client)
	first, err := backend.ReceiveStartupMessage()
	if err == nil && pass(server, first) == nil {
		answered := make(chan struct{})
		go func() {
			defer close(answered)
			l.answers()
			_ = client.Close()
		}()
		l.questions(backend)
		_ = server.Close()
		<-answered
	}
}

type message interface {
	Encode(dst []byte) ([]byte, error)
}

func pass(to net.Conn, m message) error {
	bytes, err := m.Encode(nil)
	if err == nil {
		_, err = to.Write(bytes)
	}
	return err
}

func (l *link) questions(backend *pgproto3.Backend) {
	prepared := map[string]string{}
	stopped := false
	for {
		m, err := backend.Receive()
		if err != nil {
			return // the server is gone
		}
		sql, with := "", [][]byte(nil)
		switch m := m.(type) {
		case *pgproto3.Query:
			sql = m.String
		case *pgproto3.Parse:
			prepared[m.Name] = m.Query
		case *pgproto3.Bind:
			sql, with = prepared[m.PreparedStatement], m.Parameters
		}
		if sql != "" && !stopped {
			l.mu.Lock()
			at := l.stopAt(sql, with, l.transaction)
			l.transaction += sql + "\n"
			if at != nil && at.done {
				l.doing = at
			}
			l.mu.Unlock()
			stopped = at != nil && !at.done && l.reach(at)
		}
		if !stopped && pass(l.server, m) != nil {
			return
		}
	}
}

func (l *link) answers() {
	frontend := pgproto3.NewFrontend(l.server, l.server)
	var kept []byte // of the answer to what is being done
	stopped, effect := false, false
	for {
		m, err := frontend.Receive()
		if err != nil {
			return // the server's end is closed
		}
		l.mu.Lock()
		doing := l.doing
		if ready, is := m.(*pgproto3.ReadyForQuery); is {
			l.doing = nil
			if ready.TxStatus == 'I' {
				l.transaction = ""
			}
			stopped = stopped || doing != nil && effect && l.reach(doing)
			effect = false
			doing = nil
		}
		l.mu.Unlock()
		if done, is := m.(*pgproto3.CommandComplete); is && !strings.HasSuffix(string(done.CommandTag), " 0") {
			effect = true
		}
		if kept, err = m.Encode(kept); err != nil || stopped {
			continue
		}
		if doing == nil {
			if _, err := l.client.Write(kept); err != nil {
				return
			}
			kept = kept[:0]
		}
	}
}
