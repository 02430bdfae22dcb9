package views_test

import (
	"context"
	"strings"
	"time"

	"github.com/a-h/templ"

	"personae/internal/webhook"
	"personae/views"
)

// told is a webhook with a delivery in each state.
func told() views.Webhook {
	m := views.Webhook{Listing: views.Listing{Page: 1, More: true}, Webhook: webhook.Webhook{
		ID: id("crm"), Choice: webhook.Choice{URL: "https://crm.example/hooks/personae", Events: webhook.Events()},
		CreatedAt: noon, CreatedBy: "Ada Okafor", SecretMadeAt: noon.AddDate(0, 0, 3)}}
	m.Form = views.WebhookForm{Version: 2, URL: m.Webhook.URL, Chosen: webhook.Events()}
	refusal := webhook.Try{At: noon, Status: 500, Problem: "It answered 500."}
	silence := webhook.Try{At: noon.Add(time.Minute), Problem: "It did not answer within 10 seconds."}
	for i, d := range []webhook.Delivery{
		{Event: webhook.Ping, State: webhook.DeliveryWaiting, NextTryAt: noon},
		{Event: webhook.DraftCreated, State: webhook.DeliveryWaiting, NextTryAt: noon.Add(6 * time.Minute),
			Tries: []webhook.Try{refusal, silence}},
		{Event: webhook.DefaultChanged, State: webhook.Delivered,
			Tries: []webhook.Try{refusal, {At: noon.Add(time.Minute), Status: 204}}},
		{Event: webhook.PersonaUpdated, State: webhook.DeliveryFailed,
			Tries: []webhook.Try{refusal, refusal, refusal, refusal, refusal, refusal, refusal, refusal, silence}},
		{Event: webhook.PersonaUpdated, State: webhook.DeliveryStopped},
	} {
		d.ID, d.At = id("delivery"+string(rune('a'+i))), noon.Add(-time.Duration(i)*time.Hour)
		m.Deliveries = append(m.Deliveries, d)
	}
	return m
}

// ended is a webhook whose receiver wants nothing more.
func ended() webhook.Webhook {
	w := told().Webhook
	w.ID, w.PausedAt, w.Gone, w.Events = id("ended"), noon, true, webhook.Events()[2:]
	w.URL = "https://" + strings.Repeat("haken", 12) + ".example:8443/" + hostile.Name
	return w
}

func webhookPages() map[string]templ.Component {
	crm := func(errs ...string) views.Shell {
		return failed(manager("Webhook to crm.example", "webhooks"), errs...)
	}
	m := told()
	list := views.Webhooks{Form: views.WebhookForm{Chosen: webhook.Events()},
		Items: []webhook.Webhook{m.Webhook, ended(), ended()}}
	list.Items[0].Last, list.Items[1].Last = &m.Deliveries[2], &m.Deliveries[3]
	wrongList := list
	wrongList.Form.URL, wrongList.Form.Chosen = "http://10.0.0.1/"+hostile.Name, nil
	wrong, stale := m, m
	wrong.Form.URL, wrong.Form.Chosen = ended().URL, nil
	stale.Form.URL, stale.Form.Chosen, stale.Form.Stale = "https://new.example/", webhook.Events()[:1], true
	added := with(crm(), views.WebhookAdded(context.Background(), "crm.example", "whsec_"+strings.Repeat("x", 43)))
	notices := func(m views.Notices) templ.Component { return views.NoticesPage(member("Notices", "settings"), m) }
	return map[string]templ.Component{
		"notices": views.NoticesPage(with(manager("Notices", "settings"), views.NoticesSaved(context.Background(), webhook.Notices()[:2])),
			views.Notices{Chosen: webhook.Notices()[:2], Member: true, Mail: true}),
		"notices-no-mail":   notices(views.Notices{Member: true}),
		"notices-no-member": notices(views.Notices{Mail: true}),
		"webhooks":          views.WebhooksPage(manager("Webhooks", "webhooks"), list),
		"webhooks-none": views.WebhooksPage(done(manager("Webhooks", "webhooks"), "The webhook was deleted",
			"Nothing more is sent there."),
			views.Webhooks{Form: list.Form}),
		"webhooks-wrong": views.WebhooksPage(failed(manager("Webhooks", "webhooks"),
			"url", "The address must start with https://", "events", "Choose what to send"), wrongList),
		"webhook":     views.WebhookPage(crm(), m),
		"webhook-new": views.WebhookPage(added, views.Webhook{Listing: views.Listing{Page: 1}, Webhook: m.Webhook}),
		"webhook-paused": views.WebhookPage(manager("Webhook to example", "webhooks"),
			views.Webhook{Listing: views.Listing{Page: 2}, Webhook: ended(), Deliveries: m.Deliveries}),
		"webhook-past-the-end": views.WebhookPage(crm(), views.Webhook{Listing: views.Listing{Page: 9}, Webhook: m.Webhook}),
		"webhook-wrong": views.WebhookPage(crm("url", "There is a webhook with this address already", "events",
			"Choose what to send"), wrong),
		"webhook-changed": views.WebhookPage(crm("change", "This webhook was changed meanwhile. "+
			"Nothing of yours was saved: it stands in the form, below what the webhook says now"), stale),
		"webhook-delete": views.WebhookDeletePage(manager("Delete the webhook to crm.example?", "webhooks"), m.Webhook),
	}
}
