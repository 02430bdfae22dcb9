package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"personae/internal/postgres"
)

// wroteCookie is with browsers that wrote within the last seconds: longer than a replica may
// be behind. It says nothing else, so nobody gains by forging it.
const (
	wroteCookie = "personae_wrote"
	wroteAge    = 3 // seconds
)

// mayLag lets a page be read from a replica, unless this browser has just written, or asks
// for what is there now, as it does when somebody reloads. A program has to allow it.
func (s *Server) mayLag(next echo.HandlerFunc) echo.HandlerFunc {
	if !s.DB.Replicated() {
		return next
	}
	return func(c echo.Context) error {
		r, program := c.Request(), isAPI(c.Path())
		_, err := c.Cookie(s.cookieName(wroteCookie))
		switch {
		case r.Method == http.MethodGet || r.Method == http.MethodHead:
			if age, said := oldest(r.Header); said && age > 0 || !said && !program && err != nil {
				c.SetRequest(r.WithContext(postgres.MayLag(r.Context())))
			}
		case !program:
			http.SetCookie(c.Response(), s.cookie(wroteCookie, "1", wroteAge))
		}
		return next(c)
	}
}

// oldest returns how many seconds old an answer may be, where a request says so.
func oldest(h http.Header) (seconds int, said bool) {
	for value := range strings.SplitSeq(strings.Join(h.Values("Cache-Control"), ","), ",") {
		value = strings.ToLower(strings.TrimSpace(value))
		if value == "no-cache" {
			return 0, true
		}
		if age, ok := strings.CutPrefix(value, "max-age="); ok {
			seconds, err := strconv.Atoi(age)
			return seconds, err == nil
		}
	}
	return 0, false
}
