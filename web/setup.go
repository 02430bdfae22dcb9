package web

import (
	"crypto/hmac"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"personae/internal/access"
	"personae/internal/auth"
	"personae/internal/i18n"
	"personae/internal/persona"
	"personae/static"
	"personae/views"
	"personae/web/api"
	"personae/web/problem"
)

// settingUp reports whether there is nobody yet, so that the first person is to be made.
// Once there is somebody, nobody asks again.
func (s *Server) settingUp(c echo.Context) (bool, error) {
	if s.SetupCode == "" || s.isSetUp.Load() {
		return false, nil
	}
	there, err := s.DB.Anybody(c.Request().Context())
	if there {
		s.isSetUp.Store(true)
	}
	return !there, err
}

// onlySetup leads everybody to the page that sets personae up while there is nobody, and
// has programs come back later: a sender that followed would take that page for an answer.
// What watches the server, and what that page is made of, answers as ever.
func (s *Server) onlySetup(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		path := c.Path()
		if path == "/setup" || path == "/livez" || path == "/readyz" || strings.HasPrefix(path, static.Prefix) {
			return next(c)
		}
		wanted, err := s.settingUp(c)
		if err != nil {
			return err
		}
		switch {
		case !wanted:
			return next(c)
		case isAPI(c.Request().URL.Path) && path != api.DocsPath:
			return problem.ErrNotSetUp
		}
		return c.Redirect(http.StatusSeeOther, "/setup")
	}
}

func (s *Server) setupForm(c *call) error {
	return s.setupAgain(c, http.StatusOK, views.Setup{}, nil)
}

// setupAgain shows the form with what was typed, where there is nobody yet.
func (s *Server) setupAgain(c *call, status int, form views.Setup, wrong []persona.FieldError) error {
	wanted, err := s.settingUp(c)
	if err != nil {
		return err
	}
	if !wanted {
		return persona.ErrNotFound
	}
	form.NoPassword = s.NoPassword
	shell := s.shell(c, c.tr("Set up personae"), "")
	shell.Errors = wrong
	return s.page(c, status, views.SetupPage(shell, form))
}

// setupForm is the first person and workspace.
type setupForm struct {
	Code      string `form:"code"`
	Name      string `form:"name"`
	Email     string `form:"email"`
	Password  string `form:"password"`
	Workspace string `form:"workspace"`
}

// How many wrong codes in a quarter of an hour are let through, from one address of the
// net and from all.
const (
	codesFrom = 10
	codesAll  = 100
)

func (s *Server) setUp(c *call) error {
	if wanted, err := s.settingUp(c); err != nil || !wanted {
		if err == nil {
			err = persona.ErrNotFound
		}
		return err
	}
	form, err := decode[setupForm](c)
	if err != nil {
		return err
	}
	typed := views.Setup{Name: persona.CleanLine(form.Name), Email: persona.CleanLine(form.Email),
		Workspace: persona.CleanLine(form.Workspace)}
	try, err := s.throttle(c, [][]byte{s.bucket("set up from", network(c.RealIP())), s.bucket("set up", "")},
		[]int{codesFrom, codesAll})
	if err != nil {
		return err
	}
	if !hmac.Equal([]byte(persona.CleanLine(form.Code)), []byte(s.SetupCode)) {
		return s.setupAgain(c, http.StatusUnprocessableEntity, typed,
			oneError("code", "This is not the code. It is printed where personae serve runs"))
	}
	if err := s.takeBack(c, try); err != nil {
		return err
	}
	wrong := persona.CheckName(nil, "name", i18n.N("Your name"), i18n.N("Enter your name"), typed.Name, access.UserNameLimit)
	wrong = append(wrong, wrongIn("email", access.CheckAddress(typed.Email))...)
	if !s.NoPassword {
		wrong = append(wrong, wrongIn("password", auth.CheckNew(form.Password, typed.Email, typed.Name))...)
	}
	if wrong = workspaceName(wrong, "workspace", typed.Workspace); len(wrong) > 0 {
		return s.setupAgain(c, http.StatusUnprocessableEntity, typed, wrong)
	}
	return s.finishSetup(c, typed, form.Password)
}

func (s *Server) finishSetup(c *call, typed views.Setup, password string) error {
	first := access.NewUser{Email: typed.Email, Name: typed.Name}
	if !s.NoPassword { // else the issuer of single sign-on says who they are
		var err error
		if first.PasswordHash, err = s.Passwords.Hash(c.ctx(), password, typed.Email, typed.Name); err != nil {
			return err
		}
	}
	user, workspace, err := s.DB.SetUp(c.ctx(), first, typed.Workspace)
	if err != nil {
		return err // of two at once, the second finds nothing here
	}
	s.isSetUp.Store(true)
	home := "/workspaces/" + workspace.String() + "/personas"
	if s.NoPassword {
		return s.redirect(c, "/login", views.SetUp(s.zoned(c), typed.Workspace, true))
	}
	if err := s.startSession(c, user, first.PasswordHash, access.SignedInPassword); err != nil {
		return err
	}
	return s.redirect(c, home, views.SetUp(s.zoned(c), typed.Workspace, false))
}
