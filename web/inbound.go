package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"personae/internal/access"
	"personae/internal/lead"
	"personae/internal/strictjson"
	"personae/web/api"
	"personae/web/problem"
)

const (
	secretPrefix = "whsec_"  // so that programs which look for leaked secrets know one
	inboundLimit = 256 << 10 // bytes of a body
)

// receive takes an inbound message from whoever's signature is right. Nothing of
// the body is read before that.
func (s *Server) receive(c *call) error {
	body, err := io.ReadAll(http.MaxBytesReader(nil, c.Request().Body, inboundLimit))
	if err != nil {
		return err
	}
	workspace, err := c.id("ws")
	sent := c.Request().Header.Values(api.SignatureHeader)
	if err != nil || len(sent) != 1 {
		return access.ErrSignedOut
	}
	inbox, err := s.DB.VisitInbox(c.ctx(), workspace, func(secret string) bool { return signed(body, secret, sent[0]) })
	if err != nil {
		return err
	}
	message, err := readMessage(body)
	if err != nil {
		return err
	}
	got, err := s.Receive(c.ctx(), inbox, message)
	if err != nil {
		return err
	}
	switch {
	case got.UnknownCampaign:
		s.Log.WarnContext(c.Request().Context(), "a message names a campaign for which there is no room, so the default answers",
			"requestId", requestID(c), "workspaceId", workspace, "draftId", got.Draft)
	case got.NewCampaign != uuid.Nil:
		s.Log.InfoContext(c.Request().Context(), "a message added the campaign that it names",
			"requestId", requestID(c), "workspaceId", workspace, "campaignId", got.NewCampaign)
	}
	return api.Answer(c, http.StatusAccepted, acceptedOf(got))
}

// inboundError returns err as whoever sends messages is told it.
func inboundError(err error) error {
	var http_ *echo.HTTPError
	switch {
	case errors.Is(err, access.ErrSignedOut):
		return problem.ErrSignature
	case errors.As(err, new(*http.MaxBytesError)), errors.As(err, &http_) &&
		http_.Code == http.StatusRequestEntityTooLarge:
		return &problem.MessageTooLargeError{KB: inboundLimit >> 10}
	}
	return err
}

// signed reports whether a signature is that of the body with the secret. Both
// comparisons take as long for any signature.
func signed(body []byte, secret, signature string) bool {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	sent, err := hex.DecodeString(strings.TrimPrefix(signature, "sha256="))
	return strings.HasPrefix(signature, "sha256=") && err == nil && hmac.Equal(sent, mac.Sum(nil))
}

func acceptedOf(r lead.Received) api.Accepted {
	a := api.Accepted{DraftID: uuid.NullUUID{UUID: r.Draft, Valid: r.Draft != uuid.Nil}, Reason: r.Why}
	if r.UnknownCampaign {
		a.Warnings = []api.Warning{{Field: "campaignExternalId", Message: "This campaign is not known, and the workspace " +
			"has as many campaigns as it may. The message was taken without a campaign, so the workspace default answers."}}
	}
	return a
}

// readMessage reads an inbound message. Keys that we do not know are left out:
// whoever sends says more to others.
func readMessage(body []byte) (lead.Inbound, error) {
	var m api.InboundMessage
	var sentAt time.Time
	if err := strictjson.Unmarshal(body, &m, strictjson.Leniently()); err != nil {
		return lead.Inbound{}, err
	}
	if m.SentAt != "" {
		var err error
		if sentAt, err = time.Parse(time.RFC3339, m.SentAt); err != nil {
			return lead.Inbound{}, invalid("sentAt", "sentAt must be a time like 2026-03-31T12:00:00Z")
		}
	}
	return lead.Inbound{ExternalID: m.ExternalID, Channel: m.Channel, Campaign: m.CampaignExternalID,
		CampaignName: m.CampaignName, Subject: m.Subject, Body: m.Body, SentAt: sentAt,
		Lead: lead.InboundLead{ExternalID: m.Lead.ExternalID, FirstName: m.Lead.FirstName, LastName: m.Lead.LastName,
			Email: m.Lead.Email, Company: m.Lead.Company,
			Contact: lead.Contact(m.Lead.Contact)}}, nil
}
