package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"personae/internal/i18n"
	"personae/internal/persona"
	"personae/internal/webhook"
	"personae/views"
)

func (s *Server) webhooks(c *call) error {
	return s.webhooksPage(c, http.StatusOK, nil, views.WebhookForm{Chosen: webhook.Events()})
}

// webhooksPage shows the list and the form with what is typed in it.
func (s *Server) webhooksPage(c *call, status int, errs []persona.FieldError, typed views.WebhookForm) error {
	list, err := s.DB.Webhooks(c.ctx(), c.access)
	if err != nil {
		return err
	}
	shell := s.shell(c, c.tr("Webhooks"), "webhooks")
	shell.Errors = errs
	return s.page(c, status, views.WebhooksPage(shell, views.Webhooks{Items: list, Form: typed}))
}

func (s *Server) addWebhook(c *call) error {
	form, chosen, err := s.webhookForm(c)
	var id uuid.UUID
	var text string
	if err == nil {
		c.formOnce()
		text, err = s.formSecret(c, secretPrefix)
	}
	if err == nil {
		id, err = s.DB.AddWebhook(c.ctx(), c.access, chosen, text)
	}
	if status, fieldErrors := formErrors(err); fieldErrors != nil {
		return s.webhooksPage(c, status, fieldErrors, form.typed())
	}
	if err != nil {
		return err
	}
	return s.redirect(c, c.webhookPath(id), views.WebhookAdded(s.zoned(c), webhookHost(chosen.URL), text))
}

// webhookForm says where to send what.
type webhookForm struct {
	openedAt
	URL    string   `form:"url"`
	Events []string `form:"events"`
	Shape  string   `form:"shape"`
}

// typed returns what the form shows again; at version 0 where it does not say one.
func (f webhookForm) typed() views.WebhookForm {
	version, _ := f.version()
	return views.WebhookForm{URL: f.URL, Chosen: f.Events, Shape: f.Shape, Version: version}
}

// webhookForm returns where to send what: as it was typed, and as it is stored. It
// fails with an InvalidError.
func (s *Server) webhookForm(c *call) (form webhookForm, chosen webhook.Choice, err error) {
	if form, err = decode[webhookForm](c); err != nil {
		return form, chosen, err
	}
	chosen = webhook.Choice{URL: strings.TrimSpace(form.URL), Slack: form.Shape == views.SlackShape,
		Events: slices.Compact(slices.Sorted(slices.Values(form.Events)))}
	var wrong []persona.FieldError
	if problem := s.Webhooks.Check(c.ctx(), chosen.URL); !problem.Empty() {
		wrong = append(wrong, persona.FieldError{Field: "url", Message: problem})
	}
	if !slices.Contains([]string{"", views.JSONShape, views.SlackShape}, form.Shape) {
		wrong = append(wrong, persona.FieldError{Field: "shape", Message: i18n.Say("Choose what it reads like")})
	}
	if len(chosen.Events) == 0 {
		wrong = append(wrong, persona.FieldError{Field: "events", Message: i18n.Say("Choose what to send")})
	}
	if len(wrong) > 0 {
		err = &persona.InvalidError{Fields: wrong}
	}
	return form, chosen, err
}

func (c *call) webhookPath(id uuid.UUID) string { return c.in("/webhooks/" + id.String()) }

// webhookHost returns what to call a webhook.
func webhookHost(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return cmp.Or(u.Host, address)
}

func (s *Server) webhook(c *call) error {
	id, err := c.id("h")
	if err != nil {
		return err
	}
	return s.webhookPage(c, http.StatusOK, id, nil, nil)
}

// webhookPage shows a webhook with its log, and the form with what was typed; nil:
// with what is stored.
func (s *Server) webhookPage(
	c *call, status int, id uuid.UUID, errs []persona.FieldError, typed *views.WebhookForm,
) error {
	m := views.Webhook{Listing: c.listing()}
	var err error
	if m.Webhook, m.Deliveries, m.More, err = s.DB.Webhook(c.ctx(), c.access, id, m.Page); err != nil {
		return err
	}
	m.Form = views.WebhookForm{URL: m.Webhook.URL, Chosen: m.Webhook.Events, Shape: views.ShapeOf(m.Webhook.Choice)}
	if typed != nil {
		m.Form = *typed
	}
	m.Form.Version = cmp.Or(m.Form.Version, m.Webhook.Version)
	shell := s.shell(c, c.tr("Webhook to %s", webhookHost(m.Webhook.URL)), "webhooks")
	shell.Errors = errs
	return s.page(c, status, views.WebhookPage(shell, m))
}

func (s *Server) editWebhook(c *call) error {
	id, err := c.id("h")
	if err != nil {
		return err
	}
	form, chosen, err := s.webhookForm(c)
	typed := form.typed()
	if err == nil {
		_, err = form.version()
	}
	var changed []string
	if err == nil {
		changed, err = s.DB.EditWebhook(c.ctx(), c.access, id, typed.Version, chosen)
	}
	var stale *webhook.StaleError
	switch status, fieldErrors := formErrors(err); {
	case fieldErrors != nil:
		return s.webhookPage(c, status, id, fieldErrors, &typed)
	case errors.As(err, &stale) && stale.Theirs.Is(chosen):
		// Pressed twice: it is as they want it.
	case errors.As(err, &stale):
		typed.Version, typed.Stale = stale.Theirs.Version, true
		return s.webhookPage(c, http.StatusConflict, id, oneError("change", "This webhook was changed "+
			"meanwhile. Nothing of yours was saved: it stands in the form, below what the webhook says now"), &typed)
	case err != nil:
		return err
	}
	return s.redirect(c, c.webhookPath(id), views.WebhookSaved(s.zoned(c), webhookHost(chosen.URL), changed))
}

func (s *Server) pauseWebhook(c *call) error {
	return s.onWebhook(c, views.WebhookPaused(s.zoned(c)), func(id uuid.UUID) error {
		_, err := s.DB.PauseWebhook(c.ctx(), c.access, id)
		return err
	})
}

func (s *Server) resumeWebhook(c *call) error {
	return s.onWebhook(c, views.WebhookResumed(s.zoned(c)), func(id uuid.UUID) error {
		_, err := s.DB.ResumeWebhook(c.ctx(), c.access, id)
		return err
	})
}

func (s *Server) pingWebhook(c *call) error {
	return s.onWebhook(c, views.WebhookTested(s.zoned(c)), func(id uuid.UUID) error {
		_, err := s.DB.PingWebhook(c.ctx(), c.access, id)
		return err
	})
}

func (s *Server) renewWebhookSecret(c *call) error {
	if err := c.buttonOnce(); err != nil {
		return err
	}
	text, err := s.formSecret(c, secretPrefix)
	if err != nil {
		return err
	}
	return s.onWebhook(c, views.WebhookSecretMade(s.zoned(c), text), func(id uuid.UUID) error {
		return s.DB.RenewWebhookSecret(c.ctx(), c.access, id, text)
	})
}

func (s *Server) sendAgain(c *call) error {
	delivery, err := c.id("n")
	if err != nil {
		return err
	}
	return s.onWebhook(c, views.WebhookSentAgain(s.zoned(c)), func(id uuid.UUID) error {
		_, err := s.DB.SendAgain(c.ctx(), c.access, id, delivery)
		return err
	})
}

// onWebhook does something with the webhook in the path and shows it.
func (s *Server) onWebhook(c *call, receipt *views.Receipt, do func(id uuid.UUID) error) error {
	id, err := c.id("h")
	if err != nil {
		return err
	}
	if err := do(id); err != nil {
		return err
	}
	return s.redirect(c, c.webhookPath(id), receipt)
}

func (s *Server) confirmDeleteWebhook(c *call) error {
	id, err := c.id("h")
	if err != nil {
		return err
	}
	found, _, _, err := s.DB.Webhook(c.ctx(), c.access, id, 1)
	if err != nil {
		return err
	}
	shell := s.shell(c, c.tr("Delete the webhook to %s?", webhookHost(found.URL)), "webhooks")
	return s.page(c, http.StatusOK, views.WebhookDeletePage(shell, found))
}

func (s *Server) deleteWebhook(c *call) error {
	id, err := c.id("h")
	if err != nil {
		return err
	}
	if err := s.DB.DeleteWebhook(c.ctx(), c.access, id); err != nil {
		return err
	}
	return s.redirect(c, c.in("/webhooks"), views.WebhookDeleted(s.zoned(c)))
}
