package main

import (
	"fmt"
	"time"

	"personae/internal/origin"
	"personae/internal/persona"
	"personae/internal/postgres"
)

type importCommand struct {
	From   string       `required:"" help:"Database of the system before personae; it is only read." placeholder:"URL"`
	DryRun bool         `help:"Tell what would come over and be repaired, and change nothing."`
	Prefer persona.Side `enum:"settings,persona," default:"" help:"Whose service description goes on where a default persona and the workspace settings describe different services: that of the settings, or of the persona (default: both)." placeholder:"settings|persona"`
}

// Run brings over what is not here yet, and prints one line for each repair.
func (c importCommand) Run(e *environment) error {
	source, err := origin.Open(e, c.From)
	if err != nil {
		return err
	}
	defer source.Close()
	people, err := source.People(e)
	if err != nil {
		return err
	}
	with := e.withMigrated
	if c.DryRun {
		with = e.withDatabase
	}
	return with(func(db *postgres.DB) error {
		importer, err := db.NewImporter(e, people, c.Prefer, c.DryRun)
		if err != nil {
			return err
		}
		defer importer.Close()
		if err := c.importAll(e, source, importer); err != nil || c.DryRun {
			return err
		}
		return db.Analyze(e)
	})
}

func (c importCommand) importAll(e *environment, source *origin.Source, importer *postgres.Importer) error {
	var all postgres.Imported
	seen, repairs := 0, 0
	told := time.Now()
	progress := func(so postgres.Imported) {
		if time.Since(told) > time.Second {
			told = time.Now()
			so.Add(all)
			fmt.Fprintln(e.err, soFar(seen, source.Size(), so))
		}
	}
	tell := func(list []origin.Repair) {
		for _, r := range list {
			fmt.Fprintf(e.out, "%s %s: %s: %s\n", r.Workspace, r.Rule, r.Name, r.Sentence)
		}
		repairs += len(list)
	}
	err := source.Each(e, func(list []origin.Workspace) error {
		done, err := importer.ImportBatch(e, source, list, progress)
		if err != nil {
			return err
		}
		tell(done.Repairs)
		all.Add(done)
		seen += len(list)
		if seen < source.Size() {
			progress(postgres.Imported{})
		}
		return nil
	})
	if err == nil {
		var strays []origin.Repair
		if strays, err = source.Strays(e); err == nil {
			strays, err = importer.News(e, strays)
		}
		tell(strays)
	}
	if err != nil && c.DryRun {
		return err
	}
	if err != nil {
		return fmt.Errorf("the import stopped after %d of %d workspaces, which are kept; run it again to go on: %w", seen,
			source.Size(), err)
	}
	c.summarize(e, all, importer.NewUsers(), seen, repairs)
	return nil
}

// summarize prints what came over, or would.
func (c importCommand) summarize(e *environment, all postgres.Imported, accounts, seen, repairs int) {
	if all.Erased > 0 {
		fmt.Fprintf(e.out, "left there, with what they wrote: %d of the leads, erased here\n", all.Erased)
	}
	switch {
	case !all.Any() && accounts == 0:
		fmt.Fprintf(e.out, "nothing to bring over: all %d workspaces are here already\n", seen)
		return
	case c.DryRun:
		fmt.Fprint(e.out, "nothing was changed; this would come over: ")
	default:
		fmt.Fprint(e.out, "brought over: ")
	}
	fmt.Fprintf(e.out, "%d workspaces, %d personas, %d campaigns, %d members, %d leads, %d messages; %d new accounts, %d repairs\n",
		all.Workspaces, all.Personas, all.Campaigns, all.Members, all.Leads, all.Messages, accounts, repairs)
	if all.Outbound > 0 {
		fmt.Fprintf(e.out, "left there: %d messages that were sent to these leads\n", all.Outbound)
	}
	if all.Followed > 0 {
		fmt.Fprintf(e.out, "%d leads and messages that came over before were closed or answered there since\n", all.Followed)
	}
}

// soFar tells of an import that is under way, also of one that finds everything
// here already.
func soFar(seen, of int, so postgres.Imported) string {
	return fmt.Sprintf("%d of %d workspaces, %d leads (%d new), %d messages (%d new)", seen, of, so.LeadsSeen, so.Leads,
		so.MessagesSeen, so.Messages)
}
