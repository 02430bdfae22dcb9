package main

import (
	"cmp"
	"fmt"
	"sync"
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

// batchesAtOnce is how many batches are imported at once: two keep two processors busy, of which one
// would wait while PostgreSQL works.
const batchesAtOnce = 2

func (c importCommand) importAll(e *environment, source *origin.Source, importer *postgres.Importer) error {
	t := tally{e: e, size: source.Size(), told: time.Now(), under: map[chan struct{}]postgres.Imported{}}
	places := make(chan struct{}, batchesAtOnce)
	turn := make(chan struct{}) // is closed when all batches before were counted
	close(turn)
	err := source.Each(e, func(list []origin.Workspace) error {
		places <- struct{}{}
		if err := t.failed(); err != nil {
			return err
		}
		before, after := turn, make(chan struct{})
		turn = after
		go func() {
			done, err := importer.ImportBatch(e, source, list, func(so postgres.Imported) { t.progress(after, so) })
			<-before
			t.count(after, len(list), done, err)
			close(after)
			<-places
		}()
		return nil
	})
	<-turn
	err = cmp.Or(t.failed(), err)
	if err == nil {
		var strays []origin.Repair
		if strays, err = source.Strays(e); err == nil {
			strays, err = importer.News(e, strays)
		}
		t.tell(strays)
	}
	if err != nil && c.DryRun {
		return err
	}
	if err != nil {
		return fmt.Errorf("the import stopped after %d of %d workspaces, which are kept; run it again to go on: %w", t.seen,
			t.size, err)
	}
	c.summarize(e, t.all, importer.NewUsers(), t.seen, t.repairs)
	return nil
}

// tally is how far an import is.
type tally struct {
	e             *environment
	mu            sync.Mutex
	all           postgres.Imported
	seen, repairs int                                 // workspaces
	size          int                                 // how many there are
	under         map[chan struct{}]postgres.Imported // of batches that are under way
	told          time.Time
	err           error
}

// progress notes how far a batch is, and tells now and then how far all is.
func (t *tally) progress(batch chan struct{}, so postgres.Imported) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.under[batch] = so
	t.tellProgress()
}

func (t *tally) tellProgress() {
	if time.Since(t.told) < time.Second {
		return
	}
	t.told = time.Now()
	so := t.all
	for _, one := range t.under {
		so.Add(one)
	}
	fmt.Fprintln(t.e.err, soFar(t.seen, t.size, so))
}

// count counts a batch of so many workspaces that is done.
func (t *tally) count(batch chan struct{}, workspaces int, done postgres.Imported, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.under, batch)
	if err != nil {
		t.err = cmp.Or(t.err, err)
		return
	}
	t.tell(done.Repairs)
	t.all.Add(done)
	if t.seen += workspaces; t.seen < t.size {
		t.tellProgress()
	}
}

// failed returns why a batch was not imported; nil: each was.
func (t *tally) failed() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

// tell prints repairs.
func (t *tally) tell(list []origin.Repair) {
	for _, r := range list {
		fmt.Fprintf(t.e.out, "%s %s: %s: %s\n", r.Workspace, r.Rule, r.Name, r.Sentence)
	}
	t.repairs += len(list)
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
