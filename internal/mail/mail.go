// Package mail sends plain-text mail by SMTP.
package mail

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// timeout is how long one step of a conversation with the server may take.
const timeout = 10 * time.Second

// Sender sends mail through one SMTP server. The zero Sender is not configured
// and sends nothing. It is safe for concurrent use.
type Sender struct {
	from    string
	host    string
	options []gomail.Option
}

// New returns a Sender that speaks to the server at smtpURL, which is
// smtp://user:password@host:port (STARTTLS) or smtps:// (TLS from the start);
// user and port may be left out. from is the address that mails come from. An
// empty smtpURL makes the zero Sender.
//
// Without TLS it speaks only to this machine itself: what it sends opens
// accounts. New fails, without quoting the URL, when that cannot be read.
func New(smtpURL, from string) (Sender, error) {
	if smtpURL == "" {
		return Sender{}, nil
	}
	u, err := url.Parse(smtpURL)
	if err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" {
		return Sender{}, errors.New("the mail server’s URL cannot be read; " +
			"it looks like smtp://user:password@mail.example:587 or smtps://…")
	}
	s := Sender{from: from, host: u.Hostname(), options: []gomail.Option{gomail.WithTimeout(timeout)}}
	port := "587"
	if u.Scheme == "smtps" {
		port = "465"
		s.options = append(s.options, gomail.WithSSL())
	} else {
		s.options = append(s.options, gomail.WithTLSPolicy(tlsPolicy(s.host)))
	}
	if u.Port() != "" {
		port = u.Port()
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return Sender{}, errors.New("the port of the mail server’s URL is no number")
	}
	s.options = append(s.options, gomail.WithPort(number))
	if password, has := u.User.Password(); has || u.User.Username() != "" {
		s.options = append(s.options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	if _, err := gomail.NewClient(s.host, s.options...); err != nil {
		return Sender{}, errors.New("the mail server’s URL has a host or a port that no server has")
	}
	return s, nil
}

// tlsPolicy demands TLS of every host but this machine itself.
func tlsPolicy(host string) gomail.TLSPolicy {
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return gomail.TLSOpportunistic
	}
	return gomail.TLSMandatory
}

// Configured reports whether there is a server to send mail through.
func (s Sender) Configured() bool { return s.host != "" }

// Send sends one mail through the server. It fails when there is no server, when it
// cannot be reached or when it refuses; the error names no recipient, so that
// it may be logged.
func (s Sender) Send(ctx context.Context, to, subject, text string) error {
	if !s.Configured() {
		return errors.New("no mail server is configured")
	}
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if m.From(s.from) != nil || m.To(to) != nil {
		return errors.New("an address of the mail cannot be read")
	}
	m.Subject(subject)
	m.SetBodyString(gomail.TypeTextPlain, text)
	client, err := gomail.NewClient(s.host, s.options...)
	if err != nil {
		return err
	}
	err = client.DialAndSendWithContext(ctx, m)
	var refused *gomail.SendError
	if errors.As(err, &refused) {
		// Its own words quote the recipient.
		return fmt.Errorf("the mail server did not take the mail: %s (%d)", refused.Reason, refused.ErrorCode())
	}
	return err
}
