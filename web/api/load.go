package api

import (
	"bytes"
	"context"
	"errors"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/internal/personafile"
	"personae/internal/postgres"
)

// exportPersonas answers with the personas as a file that can be loaded.
func (a *API) exportPersonas(ctx context.Context, access postgres.Access, _ Nothing) (personafile.File, error) {
	list, err := a.DB.Export(ctx, access)
	return personafile.FileOf(list), err
}

// sentFile is a personafile.File as it was sent, which its own package reads.
type sentFile struct{ text []byte }

// UnmarshalJSONFrom takes the text as it is.
func (f *sentFile) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	text, err := d.ReadValue()
	f.text = bytes.Clone(text)
	return err
}

// LoadPersonas is a file, and what to do with it.
type LoadPersonas struct {
	File    sentFile         `json:"file" description:"As an export has it"`
	Replace Optional[bool]   `json:"replace" description:"Whether personas of the same name that differ get the file’s words; else they stay as they are"`
	DryRun  Optional[bool]   `json:"dryRun" description:"true: nothing is written"`
	Plan    Optional[string] `json:"plan" description:"The plan of a dry run: refused when loading would do something else by now"`
}

// Loading is what loading did, or would do.
type Loading struct {
	DryRun   bool            `json:"dryRun" description:"true: nothing was written"`
	Plan     string          `json:"plan" description:"A mark of what was done, or would be"`
	Personas []LoadedPersona `json:"personas" description:"In the order of the file"`
	Settings []Change        `json:"settings" description:"What of the settings changes with the default"`
}

// LoadedPersona is one of the file.
type LoadedPersona struct {
	Name      string          `json:"name"`
	Outcome   persona.Outcome `json:"outcome" description:"kept: there is one of the name that differs; unchanged: word for word the same one; proposed: it is the default, and a second person has to approve its words"`
	IsDefault bool            `json:"isDefault" description:"It is the default afterwards"`
	PersonaID uuid.NullUUID   `json:"personaId" description:"null: not created yet"`
	Proposal  uuid.NullUUID   `json:"proposalId" description:"Of one that is proposed: the proposal that waits for a second person; null: not made yet"`
	Warnings  []Warning       `json:"warnings" description:"What looks wrong with the file’s words, which are loaded all the same"`
}

// loadPersonas adds the personas of a file, or says what that would do.
func (a *API) loadPersonas(ctx context.Context, access postgres.Access, r LoadPersonas) (Loading, error) {
	entries, err := personafile.Read(r.File.text)
	if err != nil {
		return Loading{}, inFile(err)
	}
	var plan persona.LoadPlan
	if r.DryRun.Value {
		err = a.asOnce(ctx, access, &plan, func() (err error) {
			plan, err = a.DB.PlanLoad(ctx, access, entries, r.Replace.Value)
			return err
		})
	} else {
		plan, err = a.DB.Load(ctx, access, entries, r.Replace.Value, r.Plan.Value)
	}
	if err != nil {
		return Loading{}, inFile(err)
	}
	personas := each(plan.Steps, func(s persona.LoadStep) LoadedPersona {
		loaded := LoadedPersona{s.Name, s.Outcome, s.BecomesDefault || s.Now.IsDefault, idOrNull(s.ID), uuid.NullUUID{}, warningsOf(s.Warnings())}
		if s.Proposed != nil {
			loaded.Proposal = idOrNull(s.Proposed.ID)
		}
		return loaded
	})
	return Loading{r.DryRun.Value, plan.Mark(), personas, each(plan.Settings, changeOf)}, nil
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
