package web

import (
	"fmt"
	"net/http"
	"slices"

	"personae/internal/persona"
	"personae/internal/personafile"
	"personae/internal/postgres"
)

// apiUndo takes back a switch of the default by its event.
func (s *Server) apiUndo(c *call) error {
	var named string
	if _, err := c.readJSON(object{"event": &named}); err != nil {
		return err
	}
	if named == "" {
		return invalid("event", "Send event: the id of the switch of the default, as the audit log has it")
	}
	event, err := parseID(named)
	if err != nil {
		return err
	}
	done, err := s.DB.Undo(c.ctx(), c.access, event)
	if err != nil {
		return err
	}
	return c.donePersona(http.StatusOK, done.To)
}

// apiImpact gives what making a persona the default would change.
func (s *Server) apiImpact(c *call) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	i, err := s.DB.Impact(c.ctx(), c.access, id)
	if err != nil {
		return err
	}
	changes := make([]object, len(i.Changes))
	for n, change := range i.Changes {
		changes[n] = object{"field": personafile.Key(change.Name), "before": orNull(change.Before), "after": orNull(change.After)}
	}
	data := object{"persona": personaJSON(i.Target), "default": nil, "campaigns": append([]string{}, i.Campaigns...), "changes": changes}
	if i.Default != nil {
		data["default"] = personaJSON(*i.Default)
	}
	return c.done(http.StatusOK, data)
}

// apiHistory gives a persona's versions. Where there are older ones, a Link
// leads on.
func (s *Server) apiHistory(c *call) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	before, err := optionalNumber(c.QueryParam("before"))
	if err != nil || c.QueryParam("before") != "" && before == 0 {
		return invalid("before", "before must be the number of a version")
	}
	h, err := s.DB.History(c.ctx(), c.access, id, before)
	if err != nil {
		return err
	}
	if len(h.Versions) > postgres.HistoryPageSize {
		h.Versions = h.Versions[:postgres.HistoryPageSize]
		c.Response().Header().Set("Link", fmt.Sprintf("<%s/history?before=%d>; rel=\"next\"", apiRoot+c.personaPath(id), h.Versions[postgres.HistoryPageSize-1].Number))
	}
	data := make([]object, len(h.Versions))
	for i, v := range h.Versions {
		data[i] = object{"version": v.Number, "name": v.Name, "isDefault": v.IsDefault, "deleted": v.Deleted, "at": v.At.UTC(),
			"actorName": orNull(v.Who), "capacity": orNull(string(v.Role)), "action": orNull(string(v.Action))}
		data[i].addVoice(v.Voice)
	}
	return c.done(http.StatusOK, data)
}

// apiRestore gives a persona, deleted or not, the words of one of its versions.
func (s *Server) apiRestore(c *call) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	number, err := optionalNumber(c.Param("version"))
	if err != nil {
		return err
	}
	var now int
	given, err := c.readJSON(object{"version": &now})
	if err != nil {
		return err
	}
	if !given["version"] {
		return noVersion()
	}
	saved, err := s.DB.Restore(c.ctx(), c.access, id, number, now)
	if err != nil {
		return err
	}
	return c.donePersona(http.StatusOK, saved.Persona)
}

func (s *Server) apiDeleted(c *call) error {
	list, err := s.DB.DeletedPersonas(c.ctx(), c.access)
	if err != nil {
		return err
	}
	data := make([]object, len(list))
	for i, p := range list {
		data[i] = object{"id": p.ID, "name": p.Name, "deletedAt": p.At.UTC(), "actorName": orNull(p.Who)}
	}
	return c.done(http.StatusOK, data)
}

// apiAssignMany gives many campaigns the same persona, all of them or none.
func (s *Server) apiAssignMany(c *call) error {
	var campaigns []string
	var personaID string
	given, err := c.readJSON(object{"campaignIds": &campaigns, "personaId": &personaID})
	switch {
	case err != nil:
		return err
	case len(campaigns) == 0:
		return invalid("campaignIds", "Send campaignIds: the ids of the campaigns, at least one")
	case !given["personaId"]:
		return noPersonaID()
	}
	to, err := optionalID(personaID)
	if err != nil {
		return err
	}
	which := persona.CampaignChoice{}
	for _, text := range campaigns {
		id, err := parseID(text)
		if err != nil {
			return err
		}
		which.IDs = append(which.IDs, id)
	}
	done, err := s.DB.AssignMany(c.ctx(), c.access, which, to)
	if err != nil {
		return err
	}
	return c.done(http.StatusOK, object{"personaId": to, "chosen": done.Chosen, "changed": done.Changed})
}

// apiHealth gives the rules that do not hold in this workspace.
func (s *Server) apiHealth(c *call) error {
	findings, err := s.DB.Health(c.ctx(), c.access)
	if err != nil {
		return err
	}
	data := make([]object, len(findings))
	for i, f := range findings {
		data[i] = object{"rule": f.Rule, "sentence": f.Sentence, "repairable": f.Repairable()}
	}
	return c.done(http.StatusOK, data)
}

// apiRepair makes the default and the settings agree, and the history whole.
func (s *Server) apiRepair(c *call) error {
	var right string
	if _, err := c.readJSON(object{"right": &right}); err != nil {
		return err
	}
	if !slices.Contains(postgres.Sides(), persona.Side(right)) {
		return invalid("right", "Say whose words are right where they differ: persona or settings")
	}
	lead, _, err := s.DB.Repair(c.ctx(), c.access, persona.Side(right))
	if err != nil {
		return err
	}
	data := object{"default": nil}
	if lead != nil {
		data["default"] = personaJSON(*lead)
	}
	return c.done(http.StatusOK, data)
}
