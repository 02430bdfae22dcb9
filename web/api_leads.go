package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"personae/internal/lead"
)

// apiLeads gives a page of the leads. Where there are more, a Link leads on.
func (s *Server) apiLeads(c *call) error {
	page, err := optionalNumber(c.QueryParam("page"))
	if page == 0 && c.QueryParam("page") == "" {
		page = 1
	}
	if err != nil || page == 0 || page > leadPages {
		return invalid("page", fmt.Sprintf("page must be a number from 1 to %d", leadPages))
	}
	search := searchText(c)
	list, more, _, err := s.DB.Leads(c.ctx(), c.access, search, page)
	if err != nil {
		return err
	}
	if more && page < leadPages {
		next := url.Values{"page": {strconv.Itoa(page + 1)}}
		if search != "" {
			next.Set("q", search)
		}
		c.Response().Header().Set("Link", fmt.Sprintf("<%s?%s>; rel=\"next\"", apiRoot+c.in("/leads"), next.Encode()))
	}
	data := make([]object, len(list))
	for i, l := range list {
		data[i] = leadJSON(l.Lead)
		data[i]["lastMessageAt"], data[i]["draftState"], data[i]["overall"] = timeOrNull(l.LastAt), orNull(string(l.Draft)), nil
		if l.Overall > 0 {
			data[i]["overall"] = l.Overall
		}
	}
	return c.done(http.StatusOK, data)
}

// leadPages is how many pages of leads can be asked for.
const leadPages = 1_000_000

func (s *Server) apiLead(c *call) error {
	id, err := c.id("l")
	if err != nil {
		return err
	}
	found, err := s.DB.Conversation(c.ctx(), c.access, id, 0)
	if err != nil {
		return err
	}
	messages, scores := make([]object, len(found.Messages)), make([]object, len(found.Scores))
	for i, m := range found.Messages {
		messages[i] = object{"id": m.ID, "channel": m.Channel, "body": m.Body, "sentAt": m.SentAt.UTC(), "campaign": orNull(m.Campaign), "answeredElsewhere": m.Answered, "draft": nil}
		if m.Draft != nil {
			messages[i]["draft"] = draftJSON(*m.Draft)
		}
	}
	for i, score := range found.Scores {
		scores[i] = object{"fit": score.Fit, "intent": score.Intent, "overall": score.Overall, "reason": score.Reason, "by": score.By,
			"settingsVersion": score.SettingsVersion, "at": score.At.UTC(), "outdated": score.Outdated}
	}
	data := leadJSON(found.Lead)
	data["messages"], data["earlierMessages"], data["scores"] = messages, found.Earlier, scores
	return c.done(http.StatusOK, data)
}

func (s *Server) apiAskDraft(c *call) error {
	leadID, err := c.id("l")
	if err != nil {
		return err
	}
	var named string
	if _, err := c.readJSON(object{"draftId": &named}); err != nil {
		return err
	}
	draft, err := optionalID(named)
	if err != nil {
		return err
	}
	asked, err := s.DB.AskDraft(c.ctx(), c.access, leadID, draft)
	if err != nil {
		return err
	}
	return c.doneAsking(leadID, object{"leadId": leadID, "draftId": asked})
}

func (s *Server) apiAskScore(c *call) error {
	leadID, err := c.id("l")
	if err != nil {
		return err
	}
	if _, err := c.readJSON(nil); err != nil {
		return err
	}
	if err := s.DB.AskScore(c.ctx(), c.access, leadID); err != nil {
		return err
	}
	return c.doneAsking(leadID, object{"leadId": leadID})
}

// doneAsking answers that something is on its way, and where it will be.
func (c *call) doneAsking(leadID uuid.UUID, data object) error {
	c.Response().Header().Set(echo.HeaderLocation, apiRoot+c.in("/leads/"+leadID.String()))
	return c.done(http.StatusAccepted, data)
}

func (s *Server) apiSaveDraft(c *call) error    { return s.apiDecideDraft(c, lead.DraftWaiting) }
func (s *Server) apiApproveDraft(c *call) error { return s.apiDecideDraft(c, lead.DraftApproved) }
func (s *Server) apiRejectDraft(c *call) error  { return s.apiDecideDraft(c, lead.DraftRejected) }

// apiDecideDraft keeps what is sent as the draft's words; where none are, they
// stay as they are at the version named.
func (s *Server) apiDecideDraft(c *call, to lead.DraftState) error {
	leadID, err := c.id("l")
	if err != nil {
		return err
	}
	id, err := c.id("d")
	if err != nil {
		return err
	}
	var body string
	var version int
	given, err := c.readJSON(object{"body": &body, "version": &version})
	switch {
	case err != nil:
		return err
	case !given["version"]:
		return noVersion()
	case !given["body"] && to == lead.DraftWaiting:
		return invalid("body", "Send body: what the draft reads now")
	}
	words := &body
	if !given["body"] {
		words = nil
	}
	decided, err := s.DB.DecideDraft(c.ctx(), c.access, leadID, id, version, words, to)
	if err != nil {
		return err
	}
	c.Response().Header().Set("ETag", strconv.Quote(strconv.Itoa(decided.Version)))
	return c.done(http.StatusOK, draftJSON(decided))
}

func leadJSON(l lead.Lead) object {
	return object{"id": l.ID, "externalId": l.ExternalID, "firstName": orNull(l.FirstName), "lastName": orNull(l.LastName), "email": orNull(l.Email),
		"company": orNull(l.Company), "campaign": orNull(l.Campaign), "blacklisted": l.Blacklisted, "optedOut": l.OptedOut,
		"unsubscribed": l.Unsubscribed, "bounced": l.Bounced, "scoring": l.Scoring, "scoreProblem": orNull(l.ScoreProblem)}
}

func draftJSON(d lead.Draft) object {
	data := object{"id": d.ID, "state": d.State, "version": d.Version, "source": orNull(string(d.Source)), "personaId": d.PersonaID, "personaVersion": nil,
		"promptKey": orNull(d.PromptKey), "body": orNull(d.Body), "problem": orNull(d.Problem), "decidedAt": timeOrNull(d.DecidedAt)}
	if d.PersonaAt > 0 {
		data["personaVersion"] = d.PersonaAt
	}
	return data
}

func timeOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC()
}
