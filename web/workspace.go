package web

import (
	"errors"
	"net/http"
	"net/url"

	"personae/internal/access"
	"personae/internal/i18n"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/views"
)

func (s *Server) newWorkspace(c *call) error {
	return s.newWorkspaceAgain(c, http.StatusOK, views.WorkspaceForm{}, nil)
}

// newWorkspaceAgain shows the form of a new workspace with what was typed.
func (s *Server) newWorkspaceAgain(c *call, status int, form views.WorkspaceForm, wrong []persona.FieldError) error {
	shell := s.shell(c, c.tr("New workspace"), "workspaces")
	shell.Errors = wrong
	return s.page(c, status, views.NewWorkspacePage(shell, form))
}

// newWorkspaceForm reads what was typed, clean.
func (c *call) newWorkspaceForm() (views.WorkspaceForm, error) {
	form, err := decode[views.WorkspaceForm](c)
	form.Name, form.Admin = persona.CleanLine(form.Name), persona.CleanLine(form.Admin)
	return form, err
}

func (s *Server) createWorkspace(c *call) error {
	form, err := c.newWorkspaceForm()
	if err != nil {
		return err
	}
	wrong := append(workspaceName(nil, "name", form.Name), wrongIn("admin", access.CheckAddress(form.Admin))...)
	if len(wrong) > 0 {
		return s.newWorkspaceAgain(c, http.StatusUnprocessableEntity, form, wrong)
	}
	counted, err := s.throttleInvitation(c, form.Admin)
	if err != nil {
		return err
	}
	token, err := newID()
	if err != nil {
		return err
	}
	added, err := s.DB.CreateWorkspace(c.ctx(), c.visit, postgres.NewWorkspace{Name: form.Name, Owner: form.Admin,
		Again: form.Again != "", Invitation: hashID(token)})
	if err != nil || !added.Invited {
		err = errors.Join(err, s.takeBack(c, counted))
	}
	var there *access.NameThereError
	if errors.As(err, &there) {
		form.There = there.ID.String()
		return s.newWorkspaceAgain(c, http.StatusUnprocessableEntity, form,
			oneError("name", "There is a workspace of this name already. Choose another name, or say below that you want another one"))
	}
	if err != nil {
		return err
	}
	home := "/workspaces/" + added.ID.String() + "/personas"
	if !added.Invited {
		return s.redirect(c, home, views.WorkspaceCreated(s.zoned(c), form, "", false))
	}
	link := s.mailInvitation(c, form.Admin, i18n.N("%s invites you to own %s."), form.Name, token)
	return s.redirect(c, home, views.WorkspaceCreated(s.zoned(c), form, link, s.Mail.Configured()))
}

// workspaceName appends what is wrong with a clean name of a workspace.
func workspaceName(wrong []persona.FieldError, field, name string) []persona.FieldError {
	return persona.CheckName(wrong, field, i18n.N("Name"), i18n.N("Enter a name for this workspace"), name, access.WorkspaceNameLimit)
}

// workspacePage is about the workspace itself.
func (s *Server) workspacePage(c *call) error {
	m, err := s.workspaceView(c)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, views.WorkspacePage(s.shell(c, c.tr("This workspace"), "settings"), m))
}

func (s *Server) workspaceView(c *call) (views.Workspace, error) {
	facts, err := s.DB.WorkspaceFacts(c.ctx(), c.access)
	return views.Workspace{WorkspaceFacts: facts, Typed: facts.Name, MayKeep: c.access.MayArchived(access.Manage),
		MayErase: c.access.MayErase()}, err
}

// renameForm is what a workspace is to be called.
type renameForm struct {
	openedAt
	Name  string     `form:"name"`
	Was   string     `form:"was"` // the name when the form was opened
	typed url.Values // with the choice of a merge
}

func (c *call) renameForm() (renameForm, error) {
	form, err := decode[renameForm](c)
	form.typed = c.Request().PostForm
	return form, err
}

// overlap returns what is still to choose in the form, of what was shown before.
func (f renameForm) overlap() persona.Overlap {
	open := choicesIn(f.typed)
	_, o := persona.MergeName(f.Name, withTheirs(f.typed, open).Get("name"), f.Name, open)
	return o
}

func (s *Server) renameWorkspace(c *call) error {
	form, err := c.renameForm()
	if err != nil {
		return err
	}
	name := persona.CleanLine(withChoices(form.typed).Get("name"))
	version, err := form.version()
	if err == nil {
		err = undecided(form.overlap().Conflicts)
	}
	if wrong := workspaceName(nil, "name", name); err == nil && len(wrong) > 0 {
		err = &persona.InvalidError{Fields: wrong}
	}
	if err == nil {
		err = s.DB.RenameWorkspace(c.ctx(), c.access, version, name)
	}
	if err != nil {
		return s.renameAgain(c, form, err)
	}
	return s.redirect(c, c.in("/workspace"), views.WorkspaceRenamed(s.zoned(c), name))
}

// renameAgain shows the form again with what was typed.
func (s *Server) renameAgain(c *call, form renameForm, cause error) error {
	status, wrong := formErrors(cause)
	var stale *access.StaleNameError
	if wrong == nil && !errors.As(cause, &stale) {
		return cause
	}
	m, err := s.workspaceView(c)
	if err != nil {
		return err
	}
	m.Typed, m.Overlap = form.Name, form.overlap()
	if len(m.Conflicts) > 0 {
		m.Since = form.since(0)
	}
	shell := s.shell(c, c.tr("This workspace"), "settings")
	shell.Errors = wrong
	if stale != nil {
		status = http.StatusConflict
		opened, _ := form.version() // it was read before
		m.Since = form.since(opened)
		m.Typed, m.Overlap = persona.MergeName(persona.CleanLine(form.Was), stale.Theirs.Name, persona.CleanLine(form.Name),
			choicesIn(form.typed))
	}
	if m.Since != 0 {
		if m.By, err = s.DB.RenamedSince(c.ctx(), c.access, m.Since); err != nil {
			return err
		}
	}
	if stale != nil && len(m.Conflicts) == 0 {
		shell.Errors = oneError("", "%s", views.Merged(s.zoned(c), m.By, m.OnlyTheirs))
	}
	return s.page(c, status, views.WorkspacePage(shell, m))
}

func (s *Server) renameWorkspaceKept(c *call) error {
	form, err := c.renameForm()
	if err != nil {
		return err
	}
	return s.renameAgain(c, form, &persona.InvalidError{Fields: keptErrors()})
}

func (s *Server) createWorkspaceKept(c *call) error {
	form, err := c.newWorkspaceForm()
	if err != nil {
		return err
	}
	return s.newWorkspaceAgain(c, http.StatusOK, form, keptErrors())
}

func (s *Server) archiveWorkspace(c *call) error { return s.setWorkspaceArchived(c, true) }

func (s *Server) unarchiveWorkspace(c *call) error { return s.setWorkspaceArchived(c, false) }

func (s *Server) setWorkspaceArchived(c *call, archive bool) error {
	if _, err := decode[struct{}](c); err != nil {
		return err
	}
	if err := s.DB.ArchiveWorkspace(c.ctx(), c.access, archive); err != nil {
		return err
	}
	return s.redirect(c, c.in("/workspace"), views.WorkspaceArchived(s.zoned(c), c.access.Name(), archive))
}

func (s *Server) confirmErase(c *call) error { return s.confirmEraseAgain(c, http.StatusOK, "", nil) }

func (s *Server) confirmEraseAgain(c *call, status int, typed string, wrong []persona.FieldError) error {
	if !c.access.MayErase() {
		return access.ErrForbidden
	}
	shell := s.shell(c, c.tr("Erase %s?", persona.Isolate(c.access.Name())), "settings")
	shell.Errors = wrong
	return s.page(c, status, views.ErasePage(shell, typed))
}

type eraseForm struct {
	Name string `form:"name"` // of the workspace, typed
}

func (s *Server) eraseWorkspace(c *call) error {
	form, err := decode[eraseForm](c)
	if err != nil {
		return err
	}
	if persona.CleanLine(form.Name) != c.access.Name() {
		return s.confirmEraseAgain(c, http.StatusUnprocessableEntity, form.Name,
			oneError("name", "This is not the name of the workspace. Nothing was erased"))
	}
	if err := s.DB.EraseWorkspace(c.ctx(), c.access); err != nil {
		return err
	}
	return s.redirect(c, "/workspaces", views.WorkspaceErased(s.zoned(c)))
}

func (s *Server) eraseWorkspaceKept(c *call) error {
	form, err := decode[eraseForm](c)
	if err != nil {
		return err
	}
	return s.confirmEraseAgain(c, http.StatusOK, form.Name, keptErrors())
}
