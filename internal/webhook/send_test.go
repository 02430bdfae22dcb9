package webhook_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/net/dns/dnsmessage"

	"personae/internal/webhook"
)

// TestAReceiverCanVerifyAsTheDocumentationSays takes the example out of the
// documentation.
func TestAReceiverCanVerifyAsTheDocumentationSays(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	value := func(name string) string {
		_, after, found := strings.Cut(string(text), "\n    "+name+" = ")
		if !found {
			t.Fatalf("the documentation does not say %s", name)
		}
		line, _, _ := strings.Cut(after, "\n")
		return line
	}
	if got := webhook.Sign(value("secret"), value("timestamp"), []byte(value("body"))); got != value("signature") {
		t.Errorf("signature is %s, documented is %s", got, value("signature"))
	}
	var m webhook.Payload
	if err := json.Unmarshal([]byte(value("body")), &m); err != nil {
		t.Fatal(err)
	}
	if body, err := json.Marshal(m); err != nil || string(body) != value("body") {
		t.Errorf("%v: the documented body would be sent as %s", err, body)
	}
}

func message() webhook.Payload {
	return webhook.Payload{
		ID:        uuid.New(),
		Event:     "ping",
		At:        time.Now(),
		Workspace: uuid.New(),
		Data:      json.RawMessage(`{}`),
	}
}

func send(t *testing.T, s *webhook.Sender, address string) webhook.Try {
	t.Helper()
	a, err := s.Send(t.Context(), address, "secret", message())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

const private = "private or reserved"

// TestWhatIsPrivateOrReservedIsRefused asks both for what is typed and for what
// is connected to.
func TestWhatIsPrivateOrReservedIsRefused(t *testing.T) {
	t.Parallel()
	s := webhook.New(webhook.Options{})
	for _, host := range []string{
		"127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1",
		"172.31.255.255", "192.168.0.1",
		"169.254.169.254", "100.64.0.1", "100.100.100.200", "100.127.255.255", "192.0.0.192", "192.0.2.1", "198.18.0.1",
		"198.19.255.255", "198.51.100.1", "203.0.113.1",
		"192.88.99.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16",
		"[::]", "[::1]", "[fe80::1]", "[fec0::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[2001:db8::1]",
		"[3fff::1]", "[100::1]",
		"[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[::ffff:a9fe:a9fe]", "[::127.0.0.1]", "[64:ff9b::7f00:1]",
		"[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::a00:1]",
		"[2002:7f00:1::]", "[2002:a9fe:a9fe::1]", "[2001::1]", "[fe80::1%25lo]", "localhost",
	} {
		if got := s.Check(t.Context(), "https://"+host+"/").String(); !strings.Contains(got, private) {
			t.Errorf("%s may be saved: %q", host, got)
		}
		if got := send(t, s, "https://"+host+"/"); !strings.Contains(got.Problem, private) {
			t.Errorf("%s is connected to: %+v", host, got)
		}
	}
	for _, host := range []string{"1.1.1.1", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "11.0.0.1",
		"[2606:4700::1111]"} {
		if got := s.Check(t.Context(), "https://"+host+"/").String(); got != "" {
			t.Errorf("%s may not be saved: %s", host, got)
		}
	}
}

func TestOnlyWholeAddressesOfTheInternetMayBeSaved(t *testing.T) {
	t.Parallel()
	s := webhook.New(webhook.Options{})
	for address, says := range map[string]string{
		"":                                "Enter the address",
		"example.com/hooks":               "Enter a whole address",
		"https://":                        "Enter a whole address",
		"https://exa mple.com":            "Enter a whole address",
		"https://1.1.1.1/a b":             "Enter a whole address",
		"https://1.1.1.1/\x7f":            "Enter a whole address",
		"https://[::1":                    "Enter a whole address",
		"http://1.1.1.1/":                 "must start with https://",
		"ftp://1.1.1.1/":                  "must start with https://",
		"file:///etc/passwd":              "Enter a whole address",
		"gopher://1.1.1.1/":               "must start with https://",
		"https://me:secret@1.1.1.1/":      "must not hold a name or password",
		"https://1.1.1.1@127.0.0.1/":      "must not hold a name or password",
		"https://1.1.1.1:22/":             "port must be 443 or 8443",
		"https://1.1.1.1:80/":             "port must be 443 or 8443",
		"https://1.1.1.1:65979/":          "port must be 443 or 8443",
		"https://1.1.1.1:8443/":           "",
		"https://1.1.1.1:443/hooks?a=b#c": "",
		"https://1.1.1.1/" + strings.Repeat("x", 2000): "2000 characters or fewer",
	} {
		if got := s.Check(t.Context(), address).String(); got != says && (says == "" || !strings.Contains(got, says)) {
			t.Errorf("%q: %q, want %q", address, got, says)
		}
	}
	open := webhook.New(webhook.Options{AllowPrivate: true})
	for _, address := range []string{"http://127.0.0.1:8080/", "https://10.0.0.1:9000/"} {
		if got := open.Check(t.Context(), address); !got.Empty() {
			t.Errorf("%s is refused although it is allowed: %s", address, got)
		}
	}
}

// names answers every question for an IPv4 address with what answer returns.
func names(t *testing.T, answer func() [4]byte) *net.Resolver {
	t.Helper()
	server, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	go func() {
		packet := make([]byte, 1500)
		for {
			n, from, err := server.ReadFrom(packet)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(packet[:n]) != nil {
				continue
			}
			m.Response, m.Additionals = true, nil
			if m.Questions[0].Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{
					{Header: dnsmessage.ResourceHeader{Name: m.Questions[0].Name, Class: dnsmessage.ClassINET},
						Body: &dnsmessage.AResource{A: answer()}}}
			}
			if out, err := m.Pack(); err == nil {
				_, _ = server.WriteTo(out, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
}

// TestANameThatMeansAnotherAddressLaterIsRefused changes what a name means
// between being saved and being sent to.
func TestANameThatMeansAnotherAddressLaterIsRefused(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	s := webhook.New(webhook.Options{Resolver: names(t, func() [4]byte {
		if asked.Add(1) == 1 {
			return [4]byte{1, 1, 1, 1}
		}
		return [4]byte{127, 0, 0, 1}
	})})
	if got := s.Check(t.Context(), "https://rebind.example./"); !got.Empty() || asked.Load() != 1 {
		t.Fatalf("asked %d times, %q", asked.Load(), got)
	}
	if got := send(t, s, "https://rebind.example./"); !strings.Contains(got.Problem, private) || asked.Load() != 2 {
		t.Errorf("asked %d times, sent: %+v", asked.Load(), got)
	}
	if got := s.Check(t.Context(), "https://rebind.example./"); !strings.Contains(got.String(), private) {
		t.Errorf("a name that means a private address may be saved: %q", got)
	}
}

func TestWhatReceiversAnswerIsPutInWords(t *testing.T) {
	t.Parallel()
	var elsewhere atomic.Int32
	release := make(chan struct{})
	mux := http.NewServeMux()
	for path, status := range map[string]int{"/ok": 200, "/none": 204, "/broken": 500, "/gone": 410, "/busy": 429} {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
	}
	mux.HandleFunc("/away", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/elsewhere", func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) })
	mux.HandleFunc("/silent", func(http.ResponseWriter, *http.Request) { <-release })
	mux.HandleFunc("/half", func(w http.ResponseWriter, _ *http.Request) {
		conn, _, _ := http.NewResponseController(w).Hijack()
		_ = conn.Close()
	})
	mux.HandleFunc("/endless", func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return
			}
		}
	})
	server := httptest.NewServer(mux)
	strange := httptest.NewUnstartedServer(mux) // nobody vouches for its certificate
	strange.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	strange.StartTLS()
	t.Cleanup(func() { close(release); server.Close(); strange.Close() })
	s := webhook.New(webhook.Options{AllowPrivate: true})
	hasty := webhook.New(webhook.Options{AllowPrivate: true, Timeout: 200 * time.Millisecond})
	for path, want := range map[string]webhook.Try{
		"/ok":      {Status: 200},
		"/none":    {Status: 204},
		"/endless": {Status: 200},
		"/broken":  {Status: 500, Problem: "It answered 500."},
		"/busy":    {Status: 429, Problem: "It answered 429."},
		"/gone":    {Status: 410, Problem: "It answered 410: it wants nothing more."},
		"/away":    {Status: 307, Problem: "It answered 307 and sent us elsewhere, which is not followed."},
		"/half":    {Problem: "The connection broke before it answered."},
	} {
		if got := send(t, s, server.URL+path); got != want {
			t.Errorf("%s: %+v, want %+v", path, got, want)
		}
	}
	if got := send(t, hasty, server.URL+"/silent"); got != (webhook.Try{Problem: "It did not answer within 0.2 seconds."}) {
		t.Errorf("silence: %+v", got)
	}
	for address, want := range map[string]string{
		strange.URL + "/ok":   "Its certificate is not valid.",
		"http://127.0.0.1:1/": "It could not be connected to.",
	} {
		if got := send(t, s, address); got != (webhook.Try{Problem: want}) {
			t.Errorf("%s: %+v, want %s", address, got, want)
		}
	}
	if n := elsewhere.Load(); n != 0 {
		t.Errorf("a redirect was followed %d times", n)
	}
}

func TestASentenceLeadsToThePageWhereItCanBeUndone(t *testing.T) {
	t.Parallel()
	p := message()
	p.Event, p.Data = webhook.DefaultChanged, json.RawMessage(`{"from": null, "to": {"name": "Maya"}}`)
	got, err := p.Sentence(webhook.Told{Workspace: "Harbor", By: "Cy <3", Scheduled: true, BaseURL: "https://personae.example/p"})
	want := "Harbor: “Maya” is the default now. As Cy &lt;3 scheduled it. https://personae.example/p/workspaces/" + p.Workspace.String() + "/personas"
	if err != nil || got != want {
		t.Errorf("%v: %s, want %s", err, got, want)
	}
}
