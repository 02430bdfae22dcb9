package persona

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/google/uuid"

	"personae/internal/i18n"
)

// Limits of a file of personas: how many it may hold, and how much that is wrong with
// it is told at once. Reading stops there, so that no file costs more than it may.
const (
	LoadLimit   = MaxPersonas
	FaultsShown = 20
)

// FileError returns one InvalidError of what is wrong with a file; nil: nothing is.
func FileError(wrong []FieldError) error {
	if len(wrong) == 0 {
		return nil
	}
	if len(wrong) >= FaultsShown {
		wrong = append(wrong[:FaultsShown:FaultsShown], FieldError{"text", i18n.Say("There may be more. Repair these first")})
	}
	return &InvalidError{wrong}
}

// Entry is one persona of a file.
type Entry struct {
	Content
	IsDefault bool
}

// Outcome is what loading a file does with one of its personas.
type Outcome string

// The outcomes.
const (
	LoadCreates  Outcome = "created"   // none of this name exists
	LoadReplaces Outcome = "replaced"  // one exists that differs, and replacing was asked for
	LoadProposes Outcome = "proposed"  // that is the default, and a second person has to approve its other words
	LoadKeeps    Outcome = "kept"      // one exists that differs, which stays as it is
	LoadFinds    Outcome = "unchanged" // the same one exists, word for word
)

// LoadStep is what loading does with one persona of a file.
type LoadStep struct {
	Entry
	Outcome        Outcome
	BecomesDefault bool
	ID             uuid.UUID // of the persona; uuid.Nil: it is still to be created
	Now            Persona   // the one that exists; none for LoadCreates
	Proposed       *Proposal // of LoadProposes: what waits for a second person; nil: it is still to be proposed
}

// LoadPlan is what loading a file does, in its order.
type LoadPlan struct {
	Steps    []LoadStep
	Default  *Persona      // the default, which stays it; nil: there is none
	Settings []FieldChange // of the workspace settings, which follow the default
}

// Follow returns what of the workspace settings, which read now, loading changes.
func (p LoadPlan) Follow(now Voice) []FieldChange {
	for _, s := range p.Steps {
		if s.BecomesDefault || s.Now.IsDefault && s.Outcome == LoadReplaces {
			return Diff(now, s.Voice)
		}
	}
	return nil
}

// PlanLoad returns what loading entries does. keys are their names as names are
// compared, by how they look, and existing the personas of the same name, nil
// where there is none; current is the default, nil where there is none. A persona
// that differs is replaced only when replace says so, or proposed where it is the default
// and two says that a second person approves its words. The default stays as it is;
// where there is none, the file's becomes it, or its first persona. It fails with
// an *InvalidError when two entries share a name.
func PlanLoad(
	entries []Entry, keys []string, existing []*Persona, current *Persona, replace, two bool,
) (LoadPlan, error) {
	plan := LoadPlan{Default: current}
	seen := map[string]int{}
	heir := -1
	var wrong []FieldError
	for i, e := range entries {
		if len(wrong) == FaultsShown {
			break
		}
		if first, twice := seen[keys[i]]; twice {
			wrong = append(wrong, FieldError{"text", i18n.Say("Personas %d and %d have the same name, “%s”. "+
				"Each name may be there once", first+1, i+1, e.Name)})
			continue
		}
		seen[keys[i]] = i
		if e.IsDefault || heir < 0 {
			heir = i
		}
		step := LoadStep{Entry: e, Outcome: LoadCreates}
		if p := existing[i]; p != nil {
			step.ID, step.Now = p.ID, *p
			switch {
			case p.Content == e.Content:
				step.Outcome = LoadFinds
			case replace && two && p.IsDefault && len(DiffContent(p.Content, e.Content)) > 0:
				step.Outcome = LoadProposes
			case replace:
				step.Outcome = LoadReplaces
			default:
				step.Outcome = LoadKeeps
			}
		}
		plan.Steps = append(plan.Steps, step)
	}
	if err := FileError(wrong); err != nil {
		return LoadPlan{}, err
	}
	if current == nil && heir >= 0 {
		plan.Steps[heir].BecomesDefault = true
	}
	return plan, nil
}

// Names lists the names of the steps with an outcome.
func (p LoadPlan) Names(o Outcome) []string {
	var names []string
	for _, s := range p.Steps {
		if s.Outcome == o {
			names = append(names, s.Name)
		}
	}
	return names
}

// Proposed returns what waits for a second person; nil: nothing, or nothing yet.
func (p LoadPlan) Proposed() *Proposal {
	for _, s := range p.Steps {
		if s.Proposed != nil {
			return s.Proposed
		}
	}
	return nil
}

// Creates returns how many personas loading adds.
func (p LoadPlan) Creates() int { return len(p.Names(LoadCreates)) }

// Writes returns how many personas loading writes, or proposes to.
func (p LoadPlan) Writes() int {
	return len(p.Names(LoadCreates)) + len(p.Names(LoadReplaces)) + len(p.Names(LoadProposes))
}

// Mark returns a text that is the same for plans that write the same words in place of the same, so
// that what is done is what was shown.
func (p LoadPlan) Mark() string {
	h := sha256.New()
	for _, s := range p.Steps {
		fmt.Fprintf(h, "%q %s %t %s", s.Content, s.Outcome, s.BecomesDefault, s.Now.ID)
		if s.Outcome == LoadReplaces || s.Outcome == LoadProposes {
			fmt.Fprintf(h, " %d", s.Now.Version)
		}
	}
	for _, c := range p.Settings {
		fmt.Fprintf(h, "%s %q", c.Name, c.Before)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// PlanChangedError is a load that would no longer do what was shown. Nothing
// was written.
type PlanChangedError struct {
	Plan LoadPlan // what it would do now
}

// Error says so in general.
func (*PlanChangedError) Error() string {
	return "something changed since it was shown what loading would do"
}
