// Package smtptest has a mail server for tests.
package smtptest

import (
	"bufio"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/textproto"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Mail is one mail as it arrived, decoded.
type Mail struct{ From, To, Subject, Text string }

// Server takes mail on a loopback port until its test ends.
type Server struct {
	URL     string      // smtp://…
	Refuses atomic.Bool // every recipient is unknown here
	// Before is called before each command is answered, with its verb, and with TAKEN once
	// a mail is taken. Set it before the first mail.
	Before func(verb string)
	mails  chan Mail
}

// New starts a Server.
func New(t testing.TB) *Server {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	s := &Server{URL: "smtp://" + listener.Addr().String(), mails: make(chan Mail, 100)}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go s.talk(conn)
		}
	}()
	return s
}

// Next returns the next mail, which must arrive within ten seconds.
func (s *Server) Next(t testing.TB) Mail {
	t.Helper()
	select {
	case m := <-s.mails:
		return m
	case <-time.After(10 * time.Second):
		t.Fatal("no mail arrived")
		return Mail{}
	}
}

// Waiting tells how many mails arrived that Next did not give.
func (s *Server) Waiting() int { return len(s.mails) }

func (s *Server) before(verb string) {
	if s.Before != nil {
		s.Before(verb)
	}
}

func (s *Server) talk(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	c := textproto.NewConn(conn)
	say := func(line string) { _ = c.PrintfLine("%s", line) }
	say("220 smtptest")
	for {
		line, err := c.ReadLine()
		if err != nil {
			return
		}
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		s.before(verb)
		switch verb {
		case "RCPT":
			if s.Refuses.Load() {
				say("550 5.1.1 " + line + " is unknown here")
				continue
			}
			say("250 ok")
		case "DATA":
			say("354 go on")
			body, err := io.ReadAll(c.DotReader())
			if err != nil {
				return
			}
			s.mails <- read(string(body))
			s.before("TAKEN")
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func read(text string) Mail {
	m, err := mail.ReadMessage(bufio.NewReader(strings.NewReader(text)))
	if err != nil {
		return Mail{Text: err.Error() + "\n" + text}
	}
	body := m.Body
	if strings.EqualFold(m.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
		body = quotedprintable.NewReader(body)
	}
	decoded, err := io.ReadAll(body)
	if err != nil {
		return Mail{Text: err.Error() + "\n" + text}
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		subject = err.Error()
	}
	return Mail{From: m.Header.Get("From"), To: m.Header.Get("To"), Subject: subject,
		Text: strings.ReplaceAll(string(decoded), "\r\n", "\n")}
}
