package dbtest

import (
	"net"
	"net/url"
	"os"
	"path/filepath"
	"testing"
)

// Between returns the URL by which the database's owner gets to it through carry,
// which has each new connection and one to the server until it returns.
func (d *Database) Between(t *testing.T, carry func(client, server net.Conn)) string {
	t.Helper()
	u, err := url.Parse(d.URL)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "between") // t.TempDir's name may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	query := u.Query()
	socket := ".s.PGSQL." + query.Get("port")
	server := filepath.Join(query.Get("host"), socket)
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", filepath.Join(dir, socket))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = client.Close() }()
				if there, err := (&net.Dialer{}).DialContext(t.Context(), "unix", server); err == nil {
					defer func() { _ = there.Close() }()
					carry(client, there)
				}
			}()
		}
	}()
	query.Set("host", dir)
	u.RawQuery = query.Encode()
	return u.String()
}
