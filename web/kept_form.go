package web

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"personae/internal/persona"
	"personae/views"
)

// elsewhere is the page that holds the form of a POST, where that is not the
// nearest page above its path.
func elsewhere() map[string]string {
	const ws = "/workspaces/:ws"
	return map[string]string{
		"/workspaces":                 "/workspaces/new",
		"/house":                      "/house/new",
		ws + "/personas":              ws + "/personas/new",
		ws + "/personas/sample":       ws + "/personas/new",
		ws + "/personas/impact":       ws + "/personas/new",
		ws + "/personas/:p/impact":    ws + "/personas/:p",
		ws + "/default/undo":          ws + "/activity",
		ws + "/campaigns":             ws + "/campaigns/new",
		ws + "/campaigns/:c/persona":  ws + "/campaigns",
		ws + "/campaigns/undo":        ws + "/activity",
		ws + "/invitations/:i/revoke": ws + "/members",
		"/account/app/remove":         "/account",
		"/account/passkeys":           "/account/passkeys/new",
	}
}

// formPages returns for each POST that asks for a session the page that holds its
// form or its button, both as paths of the table. It fails for one that no page
// holds.
func formPages(routes []route) (map[string]string, error) {
	pages, shown := map[string]bool{}, map[string]string{}
	for _, r := range routes {
		// A workspace's own path leads on, and the list of them holds no form.
		if r.method == http.MethodGet && r.path != "/workspaces" && r.path != "/workspaces/:ws" {
			pages[r.path] = true
		}
	}
	for _, r := range routes {
		if r.method != http.MethodPost || r.audience == anyone || r.audience.byProgram() {
			continue
		}
		page := r.path
		if other := elsewhere()[page]; other != "" {
			page = other
		}
		for page != "" && !pages[page] {
			page = page[:strings.LastIndexByte(page, '/')]
		}
		if page == "" {
			return nil, fmt.Errorf("no page holds the form of %s %s: say in elsewhere which does", r.method, r.path)
		}
		shown[r.path] = page
	}
	return shown, nil
}

// formPage returns the page that holds the form which was sent.
func (s *Server) formPage(c *call) string {
	page := strings.Split(s.shown[c.Path()], "/")
	for i, part := range page {
		if name, is := strings.CutPrefix(part, ":"); is {
			page[i] = url.PathEscape(c.Param(name))
		}
	}
	return strings.Join(page, "/")
}

// safeNext returns a page of ours to go to after signing in, whatever was asked.
func (s *Server) safeNext(next string) string {
	if rest, below := strings.CutPrefix(next, s.path); below && strings.HasPrefix(rest, "/") {
		next = rest
	}
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || !strings.HasPrefix(next, "/") ||
		strings.ContainsAny(next, "\\\r\n\t") {
		return "/workspaces"
	}
	for _, r := range s.routes() {
		if r.method == http.MethodGet && !r.audience.byToken() && !strings.HasPrefix(r.path, "/login") && r.matches(u.Path) {
			return u.RequestURI()
		}
	}
	return "/workspaces"
}

// matches reports whether a path is one of the route's. All that paths name is an
// id, but for the token of a link.
func (r route) matches(path string) bool {
	asked, own := strings.Split(path, "/"), strings.Split(r.path, "/")
	if len(asked) != len(own) {
		return false
	}
	for i, part := range own {
		name, named := strings.CutPrefix(part, ":")
		if !named && asked[i] != part || named && asked[i] == "" {
			return false
		}
		if _, malformed := parseID(asked[i]); named && name != "token" && malformed != nil {
			return false
		}
	}
	return true
}

// keptForm is a form that arrived after its session was over. It goes into the
// sign-in page, signed, and is shown again after signing in; nothing is written
// before somebody presses its button again.
type keptForm struct {
	Path string
	Form url.Values // not as it was sent: a letter of Chinese is nine bytes there
}

// neverKept are fields that prove who somebody is.
func neverKept() []string { return []string{"password", "old", "code", "credential", "sealed"} }

// keepableForm reads the form that was sent, without what proves who somebody is.
func (c *call) keepableForm() (url.Values, error) {
	err := c.readForm()
	form := maps.Clone(c.Request().PostForm)
	for _, name := range neverKept() {
		form.Del(name)
	}
	return form, err
}

// keepForm answers a form that came too late with the sign-in page that carries it.
func (s *Server) keepForm(c *call) error {
	form, err := c.keepableForm()
	if err != nil {
		return err
	}
	value, err := s.keptForms.Encode("kept", keptForm{c.Request().URL.Path, form})
	if err != nil {
		return err
	}
	shell := s.shell(c, c.tr("Sign in to go on"), "")
	shell.Errors = oneError("", "You were signed out meanwhile, so nothing was saved. What you typed is kept: "+
		"sign in and it is there again")
	return s.loginPage(c, http.StatusUnauthorized, shell, views.Login{Next: s.formPage(c), Kept: value})
}

// showKept shows a kept form again to who has just signed in. It asks the router
// as the browser would, but for the form's page and not for its action.
func (s *Server) showKept(c *call, next, value string) error {
	var k keptForm
	if s.keptForms.Decode("kept", value, &k) != nil {
		return s.redirect(c, next, nil) // altered, or older than a day
	}
	// A context of its own: gorilla keeps the request's session in the other one.
	r, err := http.NewRequestWithContext(context.WithValue(context.Background(), keptKey, true), http.MethodPost,
		k.Path, strings.NewReader(k.Form.Encode()))
	if err != nil {
		return err
	}
	r.Host, r.RemoteAddr, r.TLS = c.Request().Host, c.Request().RemoteAddr, c.Request().TLS
	for _, name := range []string{echo.HeaderXForwardedFor, echo.HeaderXForwardedProto, "Accept-Language"} {
		r.Header[name] = c.Request().Header[name]
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	set := http.Response{Header: c.Response().Header()}
	for _, cookie := range set.Cookies() {
		if cookie.Name == s.sessions.name {
			r.AddCookie(cookie)
		}
	}
	s.router.ServeHTTP(c.Response(), r)
	return nil
}

func showsKept(c *call) bool { return c.ctx().Value(keptKey) != nil }

// keptErrors is what a form says that is shown again.
func keptErrors() []persona.FieldError {
	return oneError("", "You were signed out, so nothing was saved yet. What you typed is below; press the button again")
}

func (s *Server) createKept(c *call) error {
	form, err := c.personaForm()
	if err != nil {
		return err
	}
	return s.createAgain(c, http.StatusOK, form, keptErrors())
}

func (s *Server) editKept(c *call) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	form, err := c.personaForm()
	if err != nil {
		return err
	}
	return s.editAgain(c, id, form, &persona.InvalidError{Fields: keptErrors()})
}

func (s *Server) sampleKept(c *call) error { return s.sampleAgain(c, keptErrors()) }

func (s *Server) settingsKept(c *call) error {
	form, err := c.settingsForm()
	if err != nil {
		return err
	}
	return s.settingsAgain(c, form, &persona.InvalidError{Fields: keptErrors()})
}

func (s *Server) previewKept(c *call) error {
	m, err := c.previewForm()
	if err != nil {
		return err
	}
	t, err := s.DB.PreviewData(c.ctx(), c.access, uuid.NullUUID{}, persona.Offer{}, m.Chosen()...)
	if err != nil {
		return err
	}
	return s.previewPage(c, http.StatusOK, t, m, keptErrors())
}

func (s *Server) createCampaignKept(c *call) error {
	form, err := decode[campaignForm](c)
	if err != nil {
		return err
	}
	return s.createCampaignAgain(c, http.StatusOK, form, keptErrors())
}

func (s *Server) editCampaignKept(c *call) error {
	id, err := c.id("c")
	if err != nil {
		return err
	}
	form, err := c.campaignForm()
	if err != nil {
		return err
	}
	return s.editCampaignAgain(c, id, form, &persona.InvalidError{Fields: keptErrors()})
}

func (s *Server) assignManyKept(c *call) error {
	form, _, err := c.assignManyForm()
	if err != nil {
		return err
	}
	return s.assignManyAgain(c, http.StatusOK, form, keptErrors())
}

func (s *Server) inviteKept(c *call) error {
	form, err := c.inviteForm()
	if err != nil {
		return err
	}
	return s.membersPage(c, http.StatusOK, form, keptErrors())
}

func (s *Server) supportKept(c *call) error {
	form, _, err := c.grantForm()
	if err != nil {
		return err
	}
	return s.supportPage(c, http.StatusOK, form, keptErrors())
}

func (s *Server) mySupportKept(c *call) error {
	form, _, err := c.grantForm()
	if err != nil {
		return err
	}
	return s.mySupportPage(c, http.StatusOK, form, keptErrors())
}

func (s *Server) tokenKept(c *call) error {
	typed, err := decode[views.TokenForm](c)
	if err != nil {
		return err
	}
	return s.tokensPage(c, http.StatusOK, keptErrors(), typed)
}

func (s *Server) webhookKept(c *call) error {
	form, err := decode[webhookForm](c)
	if err != nil {
		return err
	}
	return s.webhooksPage(c, http.StatusOK, keptErrors(), form.typed())
}

func (s *Server) webhookEditKept(c *call) error {
	id, err := c.id("h")
	if err != nil {
		return err
	}
	form, err := decode[webhookForm](c)
	if err != nil {
		return err
	}
	typed := form.typed() // without a version, it is shown at the one that is there
	return s.webhookPage(c, http.StatusOK, id, keptErrors(), &typed)
}

func (s *Server) passkeyKept(c *call) error {
	form, err := decode[passkeyForm](c)
	if err != nil {
		return err
	}
	f, done, err := s.recentFactors(c, "/account/passkeys/new")
	if err != nil || done {
		return err
	}
	return s.passkeyPage(c, http.StatusOK, f, form.Name, keptErrors())
}
