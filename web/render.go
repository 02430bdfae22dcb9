package web

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/i18n"
	"personae/internal/postgres"
	"personae/views"
)

// receiptAge is how long a receipt waits for the page that shows it; one with a secret,
// which is shown only once, waits secretAge.
const (
	receiptAge = time.Minute
	secretAge  = 10 * time.Minute
)

const receiptCookie = "personae_receipt"

// keptReceipt is what the browser keeps, signed and encrypted, until then.
type keptReceipt struct {
	User    uuid.UUID // whose secrets it holds; uuid.Nil: it holds none
	Receipt views.Receipt
}

// shell returns what surrounds every page of this request. It takes the receipt
// that an action left, which is then gone.
func (s *Server) shell(c *call, title, section string) views.Shell {
	sh := s.bareShell(c, title, section)
	sh.Receipt = s.takeReceipt(c)
	return sh
}

// bareShell is shell for a page that is not what an action led to: the receipt waits for
// the next one.
func (s *Server) bareShell(c *call, title, section string) views.Shell {
	sh := views.Shell{Title: title, Section: section, UserName: c.visit.Name, Support: c.visit.Support,
		Steward: c.visit.Superadmin()}
	if c.access.May(access.Read) {
		sh.Workspace, sh.Name, sh.SupportCode = c.access.Workspace(), c.access.Name(), c.access.SupportCode()
		sh.Once = rand.Text()
		sh.MayPropose = c.access.May(access.Propose)
		sh.MaySwitch, sh.MayWrite = c.access.May(access.SwitchDefault), c.access.May(access.Write)
		sh.MayManage = c.access.May(access.Manage)
		sh.Archived, sh.SecondPerson = c.access.Archived(), c.access.SecondPerson()
		sh.Role, sh.Held = c.access.Role(), heldGrant(c.access)
		sh.Requests, sh.Unproven = c.access.Requests(), c.access.Unproven()
		sh.Waiting = c.access.Waiting()
	}
	return sh
}

// heldGrant returns the grant under which support staff are here; nil: they are
// not here as such.
func heldGrant(a postgres.Access) *access.Grant {
	if a.Role() != access.Support {
		return nil
	}
	grantor, reason := a.Grantor()
	scope := access.SwitchOnly
	if a.May(access.Write) {
		scope = access.FullAccess
	}
	return &access.Grant{Scope: scope, Expires: a.Until(), GrantedBy: grantor, Reason: reason}
}

// page answers with a whole page or a part of one. Nothing is sent before all
// of it is made.
func (s *Server) page(c *call, status int, component templ.Component) error {
	body := templ.GetBuffer()
	defer templ.ReleaseBuffer(body)
	// An error page is made after the request's time has run out. Each text asks in which language.
	ctx := i18n.With(views.WithComparing(context.WithoutCancel(s.zoned(c))), i18n.Of(c.ctx()))
	if err := component.Render(ctx, body); err != nil {
		return err
	}
	return c.HTMLBlob(status, s.linked(body))
}

// redirect answers an action that succeeded: the browser goes on to path, where
// the receipt is shown.
func (s *Server) redirect(c *call, path string, receipt *views.Receipt) error {
	if receipt != nil {
		kept, age := keptReceipt{Receipt: *receipt}, receiptAge
		if receipt.Copy != "" || len(receipt.Codes) > 0 {
			kept.User, age = c.visit.User(), secretAge
		}
		value, err := s.receipts.Encode(receiptCookie, kept)
		if err != nil {
			// Too long for a cookie: the title says the main thing.
			kept.Receipt = views.Receipt{Title: receipt.Title, Copy: receipt.Copy, Codes: receipt.Codes}
			value, err = s.receipts.Encode(receiptCookie, kept)
		}
		if err != nil {
			return err
		}
		http.SetCookie(c.Response(), s.cookie(receiptCookie, value, int(age.Seconds())))
	}
	if c.htmx() {
		c.Response().Header().Set("HX-Redirect", path)
		return c.NoContent(http.StatusNoContent)
	}
	return c.Redirect(http.StatusSeeOther, path)
}

func (s *Server) takeReceipt(c *call) *views.Receipt {
	value := s.kept(c, receiptCookie)
	if value == "" || c.Request().Method != http.MethodGet {
		return nil
	}
	http.SetCookie(c.Response(), s.cookie(receiptCookie, "", -1))
	var kept keptReceipt
	if s.receipts.Decode(receiptCookie, value, &kept) != nil || kept.User != uuid.Nil && kept.User != c.visit.User() {
		return nil // forged, too old or another person's: no receipt is no loss
	}
	return &kept.Receipt
}

// in returns a path of the request's workspace.
func (c *call) in(path string) string {
	return "/workspaces/" + c.access.Workspace().String() + path
}

func (c *call) personaPath(id uuid.UUID) string { return c.in("/personas/" + id.String()) }
