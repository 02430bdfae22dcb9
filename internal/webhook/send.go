// Package webhook is how other programs hear what happened: it makes and signs what
// is sent, sends it, and refuses to reach what only this network can.
package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"code.dny.dev/ssrf"
	"github.com/google/uuid"

	"personae/internal/i18n"
)

// Payload is one thing that happened, as it is sent to one receiver.
type Payload struct {
	ID        uuid.UUID       `json:"id"` // the same in every try
	Event     string          `json:"event"`
	At        time.Time       `json:"occurredAt"`
	Workspace uuid.UUID       `json:"workspaceId"`
	Data      json.RawMessage `json:"data"`
	// Text is sent in place of all that, as Slack takes it; empty: it is not.
	Text string `json:"-"`
}

func (p Payload) body() ([]byte, error) {
	if p.Text != "" {
		return json.Marshal(map[string]string{"text": p.Text})
	}
	return json.Marshal(p)
}

// Sign returns the signature of a body sent at a time in Unix seconds.
func Sign(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// Options is what a Sender may be given; the zero value is right for the internet.
type Options struct {
	AllowPrivate bool          // also http, any port, and addresses of this network
	Timeout      time.Duration // of a whole try; 0: 10 seconds
	Resolver     *net.Resolver // nil: the system's
}

// Sender sends payloads. It is safe for concurrent use.
type Sender struct {
	Options
	guard  *ssrf.Guardian
	client *http.Client
}

// New returns a Sender.
func New(o Options) *Sender {
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	// Besides what is private or reserved: the address at which Azure tells a
	// machine about itself, which looks public.
	guard := ssrf.New(ssrf.WithPorts(443, 8443), ssrf.WithDeniedV4Prefixes(netip.MustParsePrefix("168.63.129.16/32")))
	dialer := &net.Dialer{Timeout: 5 * time.Second, Resolver: o.Resolver}
	if !o.AllowPrivate {
		// Of the address that is connected to, whatever a name meant before.
		dialer.Control = guard.Safe
	}
	return &Sender{o, guard, &http.Client{
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			DisableKeepAlives:      true,
			TLSHandshakeTimeout:    5 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// URLLimit is how long an address may be, in bytes.
const URLLimit = 2000

// Check returns a sentence for why nothing could be sent to an address; empty: nothing
// stands against it. A name that is not known now may be later.
func (s *Sender) Check(ctx context.Context, address string) (problem i18n.Text) {
	u, err := url.Parse(address)
	switch {
	case address == "":
		return i18n.Say("Enter the address to send to")
	case len(address) > URLLimit:
		return i18n.Say("The address must be %s characters or fewer", strconv.Itoa(URLLimit))
	case err != nil || u.Hostname() == "" ||
		strings.ContainsFunc(address, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return i18n.Say("Enter a whole address, such as https://example.com/hooks")
	case u.User != nil:
		return i18n.Say("The address must not hold a name or password; what is sent is signed instead")
	case u.Scheme != "https" && (u.Scheme != "http" || !s.AllowPrivate):
		return i18n.Say("The address must start with https://")
	case s.AllowPrivate:
		return problem
	case !slices.Contains([]string{"", "443", "8443"}, u.Port()):
		return i18n.Say("The port must be 443 or 8443")
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	found, _ := s.resolver().LookupNetIP(ctx, "ip", u.Hostname())
	for _, ip := range found {
		if s.guard.SafeAddr(ip.Unmap()) != nil {
			return i18n.Say("This address is private or reserved, so nothing is sent there. Enter one that the internet can reach")
		}
	}
	return problem
}

func (s *Sender) resolver() *net.Resolver {
	if s.Resolver == nil {
		return net.DefaultResolver
	}
	return s.Resolver
}

// Send tries once and returns how that went, without when. It fails only when ctx ends
// before the try does.
func (s *Sender) Send(ctx context.Context, address, secret string, p Payload) (Try, error) {
	body, err := p.body()
	if err != nil {
		return Try{}, err
	}
	try, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(try, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return Try{Problem: i18n.N("The address cannot be read.")}, nil
	}
	timestamp := strconv.FormatInt(time.Now().Unix(), 10)
	for name, value := range map[string]string{
		"Content-Type":         "application/json",
		"User-Agent":           "personae-webhooks",
		"X-Personae-Event":     p.Event,
		"X-Personae-Delivery":  p.ID.String(),
		"X-Personae-Timestamp": timestamp,
		"X-Personae-Signature": Sign(secret, timestamp, body),
	} {
		request.Header.Set(name, value)
	}
	response, err := s.client.Do(request)
	if err != nil {
		if ctx.Err() != nil {
			return Try{}, ctx.Err()
		}
		return Try{Problem: s.problem(err)}, nil
	}
	_ = response.Body.Close() // unread: the status says all that is needed
	t := Try{Status: response.StatusCode}
	switch kind := t.Status / 100; {
	case kind == 3:
		t.Problem = t.elsewhere().String()
	case t.Status == http.StatusGone:
		t.Problem = i18n.N("It answered 410: it wants nothing more.")
	case kind != 2:
		t.Problem = t.answered().String()
	}
	return t, nil
}

// problem returns a sentence for what went wrong, without the address: it may hold a
// secret.
func (s *Sender) problem(err error) string {
	var name *net.DNSError
	var timeout net.Error
	var dial *net.OpError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedNetwork):
		return i18n.N("Its address is private or reserved, so nothing was sent.")
	case errors.Is(err, ssrf.ErrProhibitedPort):
		return i18n.N("Its port is not 443 or 8443, so nothing was sent.")
	case errors.As(err, &name) && name.IsNotFound:
		return i18n.N("There is no host of this name.")
	case errors.As(err, &dial) && dial.Op == "dial":
		return i18n.N("It could not be connected to.")
	case errors.As(err, &timeout) && timeout.Timeout():
		seconds := strings.TrimSuffix(strconv.FormatFloat(s.Timeout.Seconds(), 'f', 1, 64), ".0")
		return i18n.Say(unanswered, seconds).String()
	case errors.As(err, &certificate):
		return i18n.N("Its certificate is not valid.")
	}
	return i18n.N("The connection broke before it answered.")
}
