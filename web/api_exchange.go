package web

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/internal/personafile"
)

// apiExport gives the personas as a file that can be loaded.
func (s *Server) apiExport(c *call) error {
	file, err := s.exported(c)
	if err != nil {
		return err
	}
	return c.done(http.StatusOK, json.RawMessage(file))
}

// apiLoad adds the personas of a file, or tells what that would do.
func (s *Server) apiLoad(c *call) error {
	var file json.RawMessage
	var replace, dryRun bool
	var mark string
	if _, err := c.readJSON(object{"file": &file, "replace": &replace, "dryRun": &dryRun, "plan": &mark}); err != nil {
		return err
	}
	entries, err := personafile.Read(file)
	if err != nil {
		return inFile(err)
	}
	var plan persona.LoadPlan
	if dryRun {
		err = s.asOnce(c, &plan, func() (err error) {
			plan, err = s.DB.PlanLoad(c.ctx(), c.access, entries, replace)
			return err
		})
	} else {
		plan, err = s.DB.Load(c.ctx(), c.access, entries, replace, mark)
	}
	if err != nil {
		return inFile(err)
	}
	loaded := make([]object, len(plan.Steps))
	for i, step := range plan.Steps {
		loaded[i] = object{"name": step.Name, "outcome": step.Outcome, "isDefault": step.BecomesDefault || step.Now.IsDefault,
			"personaId": uuid.NullUUID{UUID: step.ID, Valid: step.ID != uuid.Nil}}
	}
	return c.done(http.StatusOK, object{"dryRun": dryRun, "plan": plan.Mark(), "personas": loaded})
}

// inFile names what is wrong with a file by its key.
func inFile(err error) error {
	var wrong *persona.InvalidError
	if !errors.As(err, &wrong) {
		return err
	}
	renamed := &persona.InvalidError{}
	for _, f := range wrong.Fields {
		if f.Field == personafile.TextField {
			f.Field = "file"
		}
		renamed.Fields = append(renamed.Fields, f)
	}
	return renamed
}
