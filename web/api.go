package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"personae/internal/persona"
	"personae/internal/personafile"
	"personae/internal/postgres"
)

func (s *Server) apiPersonas(c *call) error {
	list, err := s.DB.Personas(c.ctx(), c.access, searchText(c))
	if err != nil {
		return err
	}
	data := make([]object, len(list.Personas))
	for i, p := range list.Personas {
		data[i] = personaJSON(p)
	}
	return c.done(http.StatusOK, data)
}

func (s *Server) apiPersona(c *call) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	p, err := s.DB.Persona(c.ctx(), c.access, id)
	if err != nil {
		return err
	}
	return c.donePersona(http.StatusOK, p)
}

func (s *Server) apiImport(c *call) error {
	if _, err := c.readJSON(nil); err != nil {
		return err
	}
	made, err := s.DB.Import(c.ctx(), c.access)
	if err != nil {
		return err
	}
	return c.donePersona(http.StatusCreated, made)
}

func (s *Server) apiCreate(c *call) error {
	var content persona.Content
	var makeDefault bool
	if _, err := c.readJSON(contentTargets(&content, &makeDefault)); err != nil {
		return err
	}
	saved, err := s.DB.Create(c.ctx(), c.access, content, makeDefault)
	if err != nil {
		return err
	}
	return c.donePersona(http.StatusCreated, saved.Persona)
}

// apiEdit changes the fields that are sent. What is absent is filled in from
// the version that the change names, and from no other.
func (s *Server) apiEdit(c *call) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	p, err := s.DB.Persona(c.ctx(), c.access, id)
	if err != nil {
		return err
	}
	var version int
	content, isDefault := p.Content, p.IsDefault
	targets := contentTargets(&content, &isDefault)
	targets["version"] = &version
	given, err := c.readJSON(targets)
	switch {
	case err != nil:
		return err
	case !given["version"]:
		return noVersion()
	case version != p.Version:
		return &persona.StaleError{Theirs: p}
	}
	choice := persona.KeepDefault
	if given["isDefault"] {
		choice = persona.ClearDefault
		if isDefault {
			choice = persona.MakeDefault
		}
	}
	saved, err := s.DB.Edit(c.ctx(), c.access, id, version, content, choice)
	if err != nil {
		return err
	}
	return c.donePersona(http.StatusOK, saved.Persona)
}

func (s *Server) apiDelete(c *call) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	var version int
	successorID := c.QueryParam("successor")
	given, err := c.readJSON(object{"successor": &successorID, "version": &version})
	if err != nil {
		return err
	}
	if given["version"] && version == 0 {
		version = -1 // no persona is at either, and Delete takes 0 for any
	}
	successor, err := optionalID(successorID)
	if err != nil {
		return err
	}
	done, err := s.DB.Delete(c.ctx(), c.access, id, version, successor)
	if err != nil {
		return err
	}
	data := object{"id": id, "campaignCount": done.Campaigns, "successor": nil}
	if done.Successor != nil {
		data["successor"] = personaJSON(*done.Successor)
	}
	return c.done(http.StatusOK, data)
}

func (s *Server) apiSetDefault(c *call) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	if _, err := c.readJSON(nil); err != nil {
		return err
	}
	done, err := s.DB.SetDefault(c.ctx(), c.access, id)
	if err != nil {
		return err
	}
	return c.donePersona(http.StatusOK, done.To)
}

func (s *Server) apiDuplicate(c *call) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	if _, err := c.readJSON(nil); err != nil {
		return err
	}
	made, err := s.DB.Duplicate(c.ctx(), c.access, id)
	if err != nil {
		return err
	}
	return c.donePersona(http.StatusCreated, made)
}

func (s *Server) apiCampaigns(c *call) error {
	campaigns, _, _, err := s.DB.Campaigns(c.ctx(), c.access)
	if err != nil {
		return err
	}
	data := make([]object, len(campaigns))
	for i, campaign := range campaigns {
		data[i] = campaignJSON(campaign)
	}
	return c.done(http.StatusOK, data)
}

func (s *Server) apiAssign(c *call) error {
	campaign, err := c.id("c")
	if err != nil {
		return err
	}
	var personaID string
	given, err := c.readJSON(object{"personaId": &personaID})
	if err != nil {
		return err
	}
	if !given["personaId"] {
		return noPersonaID()
	}
	chosen, err := optionalID(personaID)
	if err != nil {
		return err
	}
	changed, _, err := s.DB.Assign(c.ctx(), c.access, campaign, chosen)
	if err != nil {
		return err
	}
	return c.done(http.StatusOK, campaignJSON(changed))
}

func (s *Server) apiResolve(c *call) error {
	campaign, err := optionalID(c.QueryParam("campaign"))
	if err != nil {
		return err
	}
	channel := persona.Channel(c.QueryParam("channel"))
	if channel != "" && !slices.Contains(persona.Channels(), channel) {
		return invalid("channel", "The channel must be email, sms or linkedin")
	}
	input, err := s.DB.ResolveInput(c.ctx(), c.access, campaign, channel)
	if err != nil {
		return err
	}
	return c.done(http.StatusOK, personafile.ResolutionOf(persona.Resolve(input)))
}

func (s *Server) apiSettings(c *call) error {
	settings, _, err := s.DB.Settings(c.ctx(), c.access)
	if err != nil {
		return err
	}
	return c.doneSettings(settings)
}

// apiSaveSettings changes the settings that are sent, in the terms of apiEdit.
func (s *Server) apiSaveSettings(c *call) error {
	settings, speaker, err := s.DB.Settings(c.ctx(), c.access)
	if err != nil {
		return err
	}
	typed := settings
	targets := voiceTargets(&typed.Voice)
	targets["companyName"], targets["qualificationQuestions"] = &typed.CompanyName, &typed.QualificationQuestions
	targets["version"] = &typed.Version
	given, err := c.readJSON(targets)
	if err != nil {
		return err
	}
	if !given["version"] {
		return noVersion()
	}
	if typed.Version != settings.Version {
		return &persona.StaleSettingsError{Theirs: settings}
	}
	withVoice, mirrored := false, persona.InvalidError{}
	for _, f := range persona.Fields() {
		if given[personafile.Key(f.Name)] {
			withVoice = true
			mirrored.Fields = append(mirrored.Fields, persona.FieldError{Field: f.Name, Message: f.Label + " follows the default persona. Change it there"})
		}
	}
	if withVoice && speaker != nil {
		return &mirrored
	}
	if _, err := s.DB.SaveSettings(c.ctx(), c.access, typed, withVoice); err != nil {
		return err
	}
	return s.apiSettings(c)
}

// activityLimit is how many events one answer holds at most; without a limit,
// it holds postgres.ActivityPageSize.
const activityLimit = 100

// apiActivity gives the audit log. Where there is more, a Link leads on.
func (s *Server) apiActivity(c *call) error {
	before, err := optionalNumber(c.QueryParam("before"))
	if err != nil || c.QueryParam("before") != "" && before == 0 {
		return invalid("before", "before must be the rev of an event")
	}
	limit := postgres.ActivityPageSize
	if text := c.QueryParam("limit"); text != "" {
		if limit, err = optionalNumber(text); err != nil || limit == 0 || limit > activityLimit {
			return invalid("limit", fmt.Sprintf("limit must be a number from 1 to %d", activityLimit))
		}
	}
	events, err := s.DB.Events(c.ctx(), c.access, before, limit+1)
	if err != nil {
		return err
	}
	if len(events) > limit {
		events = events[:limit]
		c.Response().Header().Set("Link", fmt.Sprintf("<%s?before=%d&limit=%d>; rel=\"next\"", apiRoot+c.in("/activity"), events[limit-1].Rev, limit))
	}
	for i := range events {
		events[i].At = events[i].At.UTC()
		for j, name := range events[i].Fields {
			events[i].Fields[j] = personafile.Key(name)
		}
	}
	return c.done(http.StatusOK, events)
}

// donePersona answers with a persona. Its version is what the next change says
// it was made from.
func (c *call) donePersona(status int, p persona.Persona) error {
	c.Response().Header().Set("ETag", strconv.Quote(strconv.Itoa(p.Version)))
	if status == http.StatusCreated {
		c.Response().Header().Set(echo.HeaderLocation, apiRoot+c.personaPath(p.ID))
	}
	return c.done(status, personaJSON(p))
}

func (c *call) doneSettings(s persona.Settings) error {
	c.Response().Header().Set("ETag", strconv.Quote(strconv.Itoa(s.Version)))
	data := object{"companyName": orNull(s.CompanyName), "qualificationQuestions": orNull(s.QualificationQuestions), "version": s.Version}
	data.addVoice(s.Voice)
	return c.done(http.StatusOK, data)
}

func personaJSON(p persona.Persona) object {
	data := object{"id": p.ID, "name": p.Name, "isDefault": p.IsDefault, "version": p.Version, "campaignCount": p.Campaigns,
		"createdAt": p.CreatedAt.UTC(), "updatedAt": p.UpdatedAt.UTC()}
	data.addVoice(p.Voice)
	return data
}

func campaignJSON(c persona.Campaign) object {
	return object{"id": c.ID, "externalId": orNull(c.ExternalID), "name": c.Name, "personaId": c.PersonaID}
}

func (o object) addVoice(v persona.Voice) {
	for _, f := range persona.Fields() {
		o[personafile.Key(f.Name)] = orNull(*f.Of(&v))
	}
}

// contentTargets says where the keys of a persona are read to.
func contentTargets(content *persona.Content, isDefault *bool) object {
	targets := voiceTargets(&content.Voice)
	targets["name"], targets["isDefault"] = &content.Name, isDefault
	return targets
}

func voiceTargets(v *persona.Voice) object {
	targets := object{}
	for _, f := range persona.Fields() {
		targets[personafile.Key(f.Name)] = f.Of(v)
	}
	return targets
}
