package jobs_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"personae/internal/drafting"
	"personae/internal/jobs"
	"personae/internal/llm"
	"personae/internal/persona"
	"personae/internal/scoring"
	"personae/internal/testing/dbtest"
	"personae/internal/testing/llmtest"
)

// draftFaults are the faults that a model can have with a draft.
func draftFaults() []llmtest.Fault {
	return append(llmtest.Faults("It depends on how many berths you run."), llmtest.Fault{
		Name: "of no use", Reply: llmtest.Answer(strings.Repeat("a", 20_000)), Want: llm.Error{Fault: llm.TooLong},
	})
}

// scoreFaults are the faults that a model can have with a score, under the same names.
func scoreFaults() []llmtest.Fault {
	return append(llmtest.Faults(`{"fit":3,"intent":4,"overall":4,"reason":"Asks for a price."}`), llmtest.Fault{
		Name: "of no use", Reply: llmtest.Answer(`{"fit":"3","intent":4,"overall":4}`), Want: llm.Error{Fault: llm.WrongForm},
	})
}

// TestEveryFaultOfAModelEndsInASentenceForPeople lets a model draft for and score
// a lead for each fault that it can have. What may pass is tried again and shows
// as being made, what may not says so, and no half of an answer is ever stored.
func TestEveryFaultOfAModelEndsInASentenceForPeople(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	in := d.Inbox(t, a)
	drafts, scores := draftFaults(), scoreFaults()
	model := llmtest.Start(t, func(w http.ResponseWriter, r *http.Request, asked llmtest.Asked) {
		faults, key := drafts, `"message":"`
		if asked.Schema != nil {
			faults, key = scores, `"messagesOldestFirst":["`
		}
		for _, f := range faults {
			if strings.Contains(asked.User, key+f.Name+`"`) {
				f.Reply(w, r, asked)
				return
			}
		}
		t.Errorf("asked for what nobody wrote: %s", asked.User)
	}).LLM()
	model.Timeout = time.Second
	for _, f := range drafts {
		m := dbtest.Inbound(f.Name)
		m.Body, m.Lead.ExternalID = f.Name, f.Name
		receive(t, d, in, m)
	}
	drafter := drafting.New(model)
	r, err := jobs.Start(t.Context(), jobs.Options{
		DB: d.DB, Log: slog.New(slog.DiscardHandler), Try: 10 * time.Second, Poll: 20 * time.Millisecond,
		Score: scoring.New(model).Score,
		Draft: func(ctx context.Context, r persona.Resolution, to persona.Recipient, message string) (drafting.Reply, error) {
			return drafter.Draft(ctx, r, to, message, nil)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	all := 2 * len(drafts)
	faults := map[string][]llmtest.Fault{"draft": drafts, "score": scores}
	d.Until(t, all, `select count(*) from river.river_job where state in ('cancelled', 'retryable') or state = 'scheduled'
		and scheduled_at > now() + interval '20 seconds'`)
	endAsTheyMust(t, d, faults, false)
	// The last try, hours later.
	d.Exec(t, `update river.river_job set state = 'available', scheduled_at = now(), max_attempts = attempt + 1,
		created_at = now() - interval '3 hours' where state in ('retryable', 'scheduled')`)
	d.Until(t, all, `select count(*) from river.river_job where state = 'cancelled'`)
	endAsTheyMust(t, d, faults, true)
	if n := d.Count(t, `select (select count(*) from draft_versions) + (select count(*) from scores)
		+ (select count(*) from drafts where body is not null)`); n != 0 {
		t.Errorf("%d texts and scores are stored", n)
	}
	list, err := d.Leads(t.Context(), a, "", 1)
	failed := list.Failed
	if err != nil || len(failed) != 50 { // the page shows no more
		t.Errorf("%v: %d failures are listed", err, len(failed))
	}
}

// endAsTheyMust fails unless each job ends as its fault must, after the last try or
// before.
func endAsTheyMust(t *testing.T, d *dbtest.Database, faults map[string][]llmtest.Fault, last bool) {
	t.Helper()
	type end struct{ Job, State, Problem string }
	got := map[string]end{}
	rows, _ := d.SQL.Query(t.Context(), `select k.kind || ' ' || l.external_id, coalesce(j.state::text, ''),
			case when k.kind = 'draft' then d.state when l.score_asked_at is null then 'unmade' else 'making' end,
			case k.kind when 'draft' then d.problem else l.score_problem end
		from leads l join messages m on m.lead_id = l.id join drafts d on d.message_id = m.id
		cross join (values ('draft'), ('score')) k(kind)
		left join river.river_job j on j.kind = k.kind and (j.args->>'draft' = d.id::text or j.args->>'lead' = l.id::text)`)
	var what string
	var e end
	if _, err := pgx.ForEachRow(rows, []any{&what, &e.Job, &e.State, &e.Problem}, func() error {
		got[what] = e
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	want := map[string]end{}
	for kind, list := range faults {
		for _, f := range list {
			e := end{"cancelled", "unmade", "No answer of the model could be used: " + f.Want.Error() + "."}
			if !last && f.Want.Retryable() {
				e = end{"retryable", "making", ""}
				if f.Want.RetryAfter > 0 {
					e.Job = "scheduled"
				}
			}
			want[kind+" "+f.Name] = e
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("last try %t (-want +got):\n%s", last, diff)
	}
}
