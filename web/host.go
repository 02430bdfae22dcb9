package web

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"personae/web/problem"
)

// forwarding returns how echo finds the address and the scheme that a request came
// with: those of the connection, or what a proxy that we trust says of it.
func forwarding(trusted []netip.Prefix) (echo.IPExtractor, echo.SchemeExtractor) {
	if len(trusted) == 0 {
		return echo.ExtractIPDirect(), echo.ExtractSchemeDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range trusted {
		mask := net.CIDRMask(p.Bits(), p.Addr().BitLen())
		options = append(options, echo.TrustIPRange(&net.IPNet{IP: p.Addr().AsSlice(), Mask: mask}))
	}
	return echo.ExtractIPFromXFFHeader(options...), echo.ExtractSchemeFromHeaders(options...)
}

// trusts reports whether a proxy that we trust sent the request.
func (s *Server) trusts(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && slices.ContainsFunc(s.TrustedProxies, func(p netip.Prefix) bool {
		return p.Contains(peer.Addr().Unmap())
	})
}

// ownHost answers under the host of base_url only, so that no page is had under a
// name that somebody else chose. Pages asked for under another are sent there.
// Probes and programs may use any: they carry no cookie.
func (s *Server) ownHost() (echo.MiddlewareFunc, error) {
	base, err := url.Parse(s.BaseURL)
	if err != nil {
		return nil, err
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			probe := c.Path() == "/livez" || c.Path() == "/readyz"
			nowhere := s.path != "" && strings.HasPrefix(r.URL.Path, above+"/")
			if s.BaseURL == "" || probe || nowhere || isAPI(r.URL.Path) || r.Context().Value(keptKey) != nil {
				return next(c)
			}
			// A proxy that hides the host it was asked for would be sent in circles.
			host, hidden := r.Host, r.Header.Get(echo.HeaderXForwardedFor) != ""
			if told := r.Header.Get("X-Forwarded-Host"); told != "" && s.trusts(r) {
				host, hidden = told, false
			}
			switch reads := r.Method == http.MethodGet || r.Method == http.MethodHead; {
			case bareHost(host, base.Scheme) == bareHost(base.Host, base.Scheme):
				return next(c)
			case reads && !hidden:
				return c.Redirect(http.StatusPermanentRedirect, s.BaseURL+r.URL.RequestURI())
			}
			return &problem.OtherHostError{BaseURL: s.BaseURL}
		}
	}, nil
}

// bareHost returns a host in small letters, without the port that its scheme has anyway.
func bareHost(host, scheme string) string {
	port := ":80"
	if scheme == "https" {
		port = ":443"
	}
	return strings.TrimSuffix(strings.ToLower(host), port)
}
