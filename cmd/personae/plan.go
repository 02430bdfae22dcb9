package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/google/uuid"
	"golang.org/x/term"

	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/workspacefile"
)

// filesOf is what plan and apply are told.
type filesOf struct {
	Workspace uuid.NullUUID `help:"Id of the workspace, where the files do not name it." placeholder:"ID"`
	Over      bool          `help:"Also take back what was changed on the pages since the files were made; it stays in the history."`
	Paths     []string      `arg:"" name:"path" help:"A folder of files, or one file in YAML or JSON, for each workspace."`
}

// Validate refuses one workspace for the files of several.
func (p filesOf) Validate() error {
	if p.Workspace.Valid && len(p.Paths) > 1 {
		return errors.New("--workspace goes with one path. Leave it out where the files name their workspaces")
	}
	return nil
}

type planCommand struct {
	filesOf
	JSON bool `name:"json" help:"As JSON."`
}

// Run prints what applying files would change, and changes nothing.
func (p planCommand) Run(e *environment) error {
	return p.plan(e, func(_ *postgres.DB, plans []filesPlan) error {
		if p.JSON {
			if err := e.printJSON(planJSON(plans)); err != nil {
				return err
			}
		} else {
			for _, one := range plans {
				one.print(e.out)
			}
		}
		warn(e, plans)
		if err := p.refuse(e, plans); err != nil {
			return err
		}
		if differ(plans) {
			return errDiffers
		}
		return nil
	})
}

// differ reports whether applying the files of some workspace would change anything.
func differ(plans []filesPlan) bool {
	return slices.ContainsFunc(plans, func(one filesPlan) bool { return len(one.Steps) > 0 })
}

type applyCommand struct {
	filesOf
	Yes bool `help:"Do not ask."`
}

// Run shows what files change, asks, and does it: for each workspace all or nothing.
func (p applyCommand) Run(e *environment) error {
	return p.plan(e, func(db *postgres.DB, plans []filesPlan) error {
		for _, one := range plans {
			one.print(e.out)
		}
		warn(e, plans)
		if err := p.refuse(e, plans); err != nil {
			return err
		}
		if differ(plans) && !p.Yes {
			if err := agreed(e); err != nil {
				return err
			}
		}
		for _, one := range plans {
			if err := one.apply(e, db, p.Over); err != nil {
				return err
			}
		}
		return nil
	})
}

// filesPlan is what applying the files of one workspace does.
type filesPlan struct {
	persona.ApplyPlan
	path   string
	access postgres.Access
	folder *workspacefile.Folder
}

// plan reads the files of all workspaces and looks at what each would do.
func (p filesOf) plan(e *environment, do func(*postgres.DB, []filesPlan) error) error {
	plans := make([]filesPlan, len(p.Paths))
	var wrong []error
	for i, path := range p.Paths {
		folder, err := workspacefile.Read(path)
		if err == nil {
			err = p.settle(folder, path)
		}
		if err != nil {
			wrong = append(wrong, inFiles(err))
			continue
		}
		plans[i] = filesPlan{path: path, folder: folder}
		for _, other := range plans[:i] {
			if other.folder != nil && other.folder.Workspace == folder.Workspace {
				wrong = append(wrong, fmt.Errorf("%s and %s name the same workspace. Put their files into one folder", other.path, path))
			}
		}
	}
	if len(wrong) > 0 {
		return errors.Join(append(wrong, errors.New("nothing was changed"))...)
	}
	return e.withDatabase(func(db *postgres.DB) error {
		for i := range plans {
			one := &plans[i]
			var err error
			if one.access, err = e.operate(db, one.folder.Workspace.UUID); err == nil {
				one.ApplyPlan, err = db.PlanApply(e, one.access, one.folder.Declared)
			}
			if err != nil {
				wrong = append(wrong, fmt.Errorf("%s: %w", one.path, inFiles(err)))
			}
		}
		if len(wrong) > 0 {
			return errors.Join(append(wrong, errors.New("nothing was changed"))...)
		}
		return do(db, plans)
	})
}

// settle decides which workspace files are for.
func (p filesOf) settle(folder *workspacefile.Folder, path string) error {
	switch named := folder.Workspace; {
	case !named.Valid && !p.Workspace.Valid:
		return fmt.Errorf("%s: no file names the workspace. Write workspace: ID into it, or say --workspace ID; "+
			"personae workspace list shows the ids", path)
	case named.Valid && p.Workspace.Valid && named != p.Workspace:
		return fmt.Errorf("%s: the files are for the workspace %s, and --workspace says %s", path, named.UUID, p.Workspace.UUID)
	}
	if p.Workspace.Valid {
		folder.Workspace = p.Workspace
	}
	return nil
}

// inFiles lists all that is wrong with files, a line each.
func inFiles(err error) error {
	var wrong *persona.InvalidError
	if !errors.As(err, &wrong) {
		return err
	}
	lines := []error{errors.New("these files cannot be applied:")}
	for _, f := range wrong.Fields {
		lines = append(lines, errors.New(f.Message.String()))
	}
	return errors.Join(lines...)
}

// refuse fails where somebody changed something since the files were made.
func (p filesOf) refuse(e *environment, plans []filesPlan) error {
	refused := false
	for _, one := range plans {
		what := one.Overtaken()
		if len(what) == 0 || p.Over {
			continue
		}
		refused = true
		fmt.Fprintf(e.err, "personae: %s would take back what was changed on the pages:\n", one.path)
		for _, sentence := range what {
			fmt.Fprintf(e.err, "  %s.\n", sentence)
		}
	}
	if refused {
		fmt.Fprintln(e.err, "Nothing was changed. personae export --to PATH brings the files up to date; --over writes over what was changed.")
		return errDiffers
	}
	return nil
}

// agreed asks at a terminal whether to go on.
func agreed(e *environment) error {
	in, is := e.in.(*os.File)
	if !is || !term.IsTerminal(int(in.Fd())) {
		return errors.New("nothing was changed: say --yes where nobody can be asked")
	}
	fmt.Fprint(e.err, "Apply this? Only yes does: ")
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if strings.TrimSpace(strings.ToLower(line)) != "yes" {
		return errors.New("nothing was changed")
	}
	return nil
}

// apply applies the files of one workspace and brings what they were made from up to date.
func (one filesPlan) apply(e *environment, db *postgres.DB, over bool) error {
	proposed, err := db.Apply(e, one.access, one.folder.Declared, over, one.Mark())
	var overtaken *persona.OvertakenError
	if errors.As(err, new(*persona.ApplyChangedError)) || errors.As(err, &overtaken) {
		return fmt.Errorf("%s: somebody changed the workspace meanwhile, so it was not applied. Run this again", one.path)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", one.path, inFiles(err))
	}
	if one.Does() {
		fmt.Fprintf(e.out, "Applied %s.\n", one.path)
	}
	if proposed != nil {
		fmt.Fprintf(e.out, "%s: what a second person has to approve waits as the proposal %s. Apply again once it is approved.\n", one.path, proposed.ID)
	}
	now, err := db.Present(e, one.access, one.folder.Declared)
	if err == nil {
		one.folder.Mark(now, one.access.Workspace())
		var written []string
		written, _, err = one.folder.Write()
		if len(written) > 0 {
			fmt.Fprintf(e.err, "%s brought up to date in %s, to be kept with the others\n", counted(len(written), "file was", "files were"), one.path)
		}
	}
	if err != nil {
		return fmt.Errorf("%s was applied, but its files still say what they were made from before: %w. "+
			"Once that is put right, apply again", one.path, err)
	}
	return nil
}

// warn prints what looks wrong with words that would be written.
func warn(e *environment, plans []filesPlan) {
	for _, one := range plans {
		for _, s := range one.Steps {
			name := s.Content.Name
			if s.Kind == persona.ApplySettings {
				name = "settings"
			}
			for _, warning := range s.Warnings() {
				fmt.Fprintf(e.err, "%s: %s: %s\n", s.Where, name, warning.Message)
			}
		}
	}
}

// print writes a plan as a person reads it.
func (one filesPlan) print(w io.Writer) {
	fmt.Fprintf(w, "%s → %s (%s)\n", one.path, persona.Isolate(one.access.Name()), one.access.Workspace())
	for _, s := range one.Steps {
		printStep(w, s)
	}
	if n := len(one.Left); n > 0 {
		names := make([]string, min(n, 10))
		for i := range names {
			names[i] = "“" + persona.Isolate(one.Left[i].Name) + "”"
		}
		more := ""
		if n > len(names) {
			more = fmt.Sprintf(" and %d more", n-len(names))
		}
		fmt.Fprintf(w, "\nNot in the files, and left as %s: %s%s\n", theyAre(n), strings.Join(names, ", "), more)
	}
	if n := len(one.LeftCampaigns); n > 0 {
		fmt.Fprintf(w, "\n%s not in the files, and left as %s\n", counted(n, "campaign is", "campaigns are"), theyAre(n))
	}
	if len(one.Steps) == 0 {
		fmt.Fprint(w, "\nThe files and the workspace are the same.\n\n")
		return
	}
	if one.Proposes() != nil {
		fmt.Fprint(w, "\nA second person approves changes of the default here: apply proposes it, and an owner or admin decides on the page Proposals.\n")
	}
	fmt.Fprintf(w, "\n%d to add, %d to change, %d to remove.\n\n", one.Count(persona.ApplyAdds), one.Count(persona.ApplyChanges),
		one.Count(persona.ApplyRemoves))
}

func theyAre(n int) string {
	if n == 1 {
		return "it is"
	}
	return "they are"
}

func counted(n int, one, several string) string {
	if n == 1 {
		return "1 " + one
	}
	return persona.Thousands(n) + " " + several
}

func printStep(w io.Writer, s persona.ApplyStep) {
	sign := map[persona.ApplyAction]string{persona.ApplyAdds: "+", persona.ApplyChanges: "~", persona.ApplyRemoves: "-"}[s.Action]
	name := "“" + persona.Isolate(s.Name) + "”"
	verb := map[persona.ApplyAction]string{persona.ApplyAdds: "add", persona.ApplyChanges: "change", persona.ApplyRemoves: "remove"}[s.Action]
	switch s.Kind {
	case persona.ApplySettings:
		fmt.Fprintf(w, "\n~ change the settings\n")
	case persona.ApplyDefault:
		instead := ""
		if before := s.Changes[0].Before; before != "" {
			instead = " instead of “" + persona.Isolate(before) + "”"
		}
		fmt.Fprintf(w, "\n~ make %s the default%s\n", name, instead)
	case persona.ApplyCampaign:
		fmt.Fprintf(w, "\n%s %s campaign %s (%s)\n", sign, verb, name, s.External.ExternalID)
	case persona.ApplyPersona:
		fmt.Fprintf(w, "\n%s %s persona %s\n", sign, verb, name)
	}
	if s.Overtaken != "" {
		fmt.Fprintf(w, "  ! %s\n", s.Overtaken)
	}
	switch s.Approval {
	case persona.ApplyProposes:
		fmt.Fprint(w, "  ? is proposed: a second person has to approve it\n")
	case persona.ApplyAwaits:
		fmt.Fprint(w, "  ? waits until another is the default: apply again then\n")
	}
	if s.Action == persona.ApplyRemoves {
		if !s.Persona.IsDefault && s.Persona.Campaigns > 0 {
			fmt.Fprintf(w, "    the %s it answers for go back to the default, unless the files name another\n",
				counted(s.Persona.Campaigns, "campaign", "campaigns"))
		}
		return
	}
	changes := s.Changes
	if s.Kind == persona.ApplyDefault {
		changes = changes[1:] // the first is who becomes it
	}
	for _, c := range changes {
		printChange(w, c)
	}
}

// around is how many lines that are the same stand beside those that differ.
const around = 1

// printChange writes a text before and after, as far as it differs.
func printChange(w io.Writer, c persona.ApplyChange) {
	before, after := lines(c.Before), lines(c.After)
	if len(before) <= 1 && len(after) <= 1 {
		was, is := strings.Join(before, ""), strings.Join(after, "")
		switch {
		case was == "":
			fmt.Fprintf(w, "    %s: %s\n", c.Label, is)
		case is == "":
			fmt.Fprintf(w, "    %s: %s → (nothing)\n", c.Label, was)
		case len(was)+len(is) < 70:
			fmt.Fprintf(w, "    %s: %s → %s\n", c.Label, was, is)
		default:
			fmt.Fprintf(w, "    %s:\n    - %s\n    + %s\n", c.Label, was, is)
		}
		return
	}
	fmt.Fprintf(w, "    %s:\n", c.Label)
	same := 0
	for same < min(len(before), len(after)) && before[same] == after[same] {
		same++
	}
	tail := 0
	for tail < min(len(before), len(after))-same && before[len(before)-1-tail] == after[len(after)-1-tail] {
		tail++
	}
	if hidden := same - around; hidden > 0 {
		fmt.Fprintf(w, "      … %s the same\n", counted(hidden, "line", "lines"))
	}
	write := func(sign string, list []string) {
		for _, line := range list {
			fmt.Fprintln(w, strings.TrimRight("    "+sign+" "+line, " "))
		}
	}
	write(" ", before[max(0, same-around):same])
	write("-", before[same:len(before)-tail])
	write("+", after[same:len(after)-tail])
	write(" ", before[len(before)-tail:len(before)-max(0, tail-around)])
	if hidden := tail - around; hidden > 0 {
		fmt.Fprintf(w, "      … %s the same\n", counted(hidden, "line", "lines"))
	}
}

func lines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// What plan prints as JSON.
type (
	plansJSON struct {
		Workspaces []workspaceJSON `json:"workspaces"`
	}
	workspaceJSON struct {
		Path        string     `json:"path"`
		Workspace   uuid.UUID  `json:"workspace"`
		Name        string     `json:"name"`
		Revision    int        `json:"revision"` // of the workspace
		MadeFrom    int        `json:"madeFrom"` // revision that the files were made from; 0: they do not say
		Same        bool       `json:"same"`
		Overtaken   bool       `json:"overtaken"` // it would take back what was changed since
		Steps       []stepJSON `json:"steps"`
		NotInFiles  []string   `json:"personasNotInFiles"`
		NoCampaigns int        `json:"campaignsNotInFiles"`
	}
	stepJSON struct {
		Kind       persona.ApplyKind      `json:"kind"`
		Action     persona.ApplyAction    `json:"action"`
		Name       string                 `json:"name"`
		ID         *uuid.UUID             `json:"id"`
		ExternalID *string                `json:"externalId,omitempty"`
		Where      string                 `json:"where"`
		Overtaken  *string                `json:"overtaken"`
		Approval   *persona.ApplyApproval `json:"approval"` // what keeps it from being done at once; null: nothing
		Changes    []changeJSON           `json:"changes"`
		Warnings   []warningJSON          `json:"warnings"`
	}
	changeJSON struct {
		Field     string `json:"field"`
		Before    string `json:"before"`
		After     string `json:"after"`
		Overtaken bool   `json:"overtaken"`
	}
	warningJSON struct {
		Field   string `json:"field"`
		Message string `json:"message"`
	}
)

func planJSON(plans []filesPlan) plansJSON {
	var all plansJSON
	for _, one := range plans {
		w := workspaceJSON{Path: one.path, Workspace: one.access.Workspace(), Name: one.access.Name(), Revision: one.Revision,
			MadeFrom: one.folder.Declared.Revision, Same: len(one.Steps) == 0, Overtaken: len(one.Overtaken()) > 0,
			Steps: []stepJSON{}, NotInFiles: []string{}, NoCampaigns: len(one.LeftCampaigns)}
		for _, p := range one.Left {
			w.NotInFiles = append(w.NotInFiles, p.Name)
		}
		for _, s := range one.Steps {
			w.Steps = append(w.Steps, stepAsJSON(s))
		}
		all.Workspaces = append(all.Workspaces, w)
	}
	return all
}

func stepAsJSON(s persona.ApplyStep) stepJSON {
	step := stepJSON{Kind: s.Kind, Action: s.Action, Name: s.Name, Where: s.Where, Changes: []changeJSON{}, Warnings: []warningJSON{}}
	if id := cmp.Or(s.Persona.ID, s.Campaign.ID); id != uuid.Nil {
		step.ID = &id
	}
	if s.Kind == persona.ApplyCampaign {
		step.ExternalID = &s.External.ExternalID
	}
	if s.Overtaken != "" {
		step.Overtaken = &s.Overtaken
	}
	if s.Approval != "" {
		step.Approval = &s.Approval
	}
	if s.Action != persona.ApplyRemoves {
		for _, c := range s.Changes {
			step.Changes = append(step.Changes, changeJSON{c.Key, c.Before, c.After, c.Overtaken})
		}
		for _, warning := range s.Warnings() {
			step.Warnings = append(step.Warnings, warningJSON{warning.Field, warning.Message.String()})
		}
	}
	return step
}
