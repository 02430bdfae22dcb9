package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"personae/web/problem"
)

// How many failed sign-ins in a quarter of an hour are let through: from one
// address of the net, for one account from browsers that never signed in to it,
// and from those that did. The last two are counted apart, so that a stranger's
// failures never lock out the browsers that the account's owner uses.
const (
	addressFailures = 30
	accountFailures = 10
)

const deviceAge = 365 * 24 * time.Hour

// device is what a browser that signed in keeps, signed.
type device struct {
	Account []byte // keyed hash of the account's address and password
}

// bucket names a counter by a keyed hash, so that no address is stored.
func (s *Server) bucket(kind, value string) []byte {
	mac := hmac.New(sha256.New, s.Key)
	mac.Write([]byte("sign-in " + kind + "\x00" + value))
	return mac.Sum(nil)
}

// signInTry is one try to sign in, counted before it is looked at.
type signInTry struct {
	buckets [][]byte
	at      time.Time
}

// signIn counts a try to sign in to the account of an address, with the hash of its
// password. Browsers that signed in with that password are counted by themselves, so
// that neither a stranger nor a neighbour behind the same address locks them out; as
// one, so that nobody tries more by having more of them.
func (s *Server) signIn(c *call, email, hash string) (signInTry, error) {
	known := s.known(email, hash)
	if d, ok := s.device(c); ok && hmac.Equal(d.Account, known) {
		return s.throttle(c, [][]byte{known}, []int{accountFailures})
	}
	return s.throttle(c, [][]byte{s.bucket("address", network(c.RealIP())), s.bucket("account", strings.ToLower(email))},
		[]int{addressFailures, accountFailures})
}

// known names the browsers that signed in to an account with the password of now.
func (s *Server) known(email, hash string) []byte {
	return s.bucket("device", strings.ToLower(email)+"\x00"+hash)
}

// network returns what one customer of a provider has: an IPv4 address, or the
// 2^64 addresses of an IPv6 network, which count as one.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if ip = ip.Unmap(); ip.Is6() {
		if prefix, err := ip.WithZone("").Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return ip.String()
}

// throttle counts a try in each bucket. It fails with a problem.ThrottledError when one
// of them has had as many as its limit already.
func (s *Server) throttle(c *call, buckets [][]byte, limits []int) (signInTry, error) {
	counts, until, at, err := s.DB.Attempt(c.ctx(), buckets)
	a := signInTry{buckets, at}
	if err != nil && !at.IsZero() { // it is counted, and not looked at
		err = errors.Join(err, s.takeBack(c, a))
	}
	if err != nil {
		return a, err
	}
	for i, n := range counts {
		if n > limits[i] {
			wait := max(1, int(time.Until(until[i]).Seconds())+1)
			c.Response().Header().Set("Retry-After", strconv.Itoa(wait))
			return a, errors.Join(&problem.ThrottledError{Until: until[i]}, s.takeBack(c, a))
		}
	}
	return a, nil
}

// takeBack forgets a try that succeeded, was not looked at or was not let through. Where
// the database is away it does so once that is back, so that no right password counts as a
// wrong one.
func (s *Server) takeBack(c *call, a signInTry) error {
	err := s.DB.TakeBack(c.ctx(), a.buckets, a.at)
	if err != nil {
		s.sending.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			for s.DB.TakeBack(ctx, a.buckets, a.at) != nil && ctx.Err() == nil && !s.draining.Load() {
				time.Sleep(time.Second)
			}
		})
	}
	return err
}

const deviceCookie = "personae_device"

func (s *Server) device(c *call) (device, bool) {
	var d device
	return d, s.devices.Decode(deviceCookie, s.kept(c, deviceCookie), &d) == nil
}

// rememberDevice lets this browser be known as one that signed in to the account,
// until its password is another. Without a password there is nothing to try.
func (s *Server) rememberDevice(c *call, email, hash string) error {
	if hash == "" {
		return nil
	}
	value, err := s.devices.Encode(deviceCookie, device{s.known(email, hash)})
	if err != nil {
		return err
	}
	http.SetCookie(c.Response(), s.cookie(deviceCookie, value, int(deviceAge.Seconds())))
	return nil
}
