package postgres_test

import (
	"slices"
	"strconv"
	"testing"

	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
	"personae/migrations"
)

// listed returns the names of a workspace's leads, in the order of the list.
func listed(t *testing.T, d *dbtest.Database, a postgres.Access) []string {
	t.Helper()
	list, err := d.Leads(t.Context(), a, "", 1)
	leads := list.Items
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, l := range leads {
		names = append(names, l.FirstName)
	}
	return names
}

// wrote adds messages of the leads of a workspace, in one statement, so many
// hours ago; whoever is not named has no such message.
const wrote = `insert into messages (workspace_id, lead_id, channel, external_id, body, sent_at)
	select l.workspace_id, l.id, 'email', gen_random_uuid(), 'Hello', now() - h * interval '1 hour'
	from leads l join unnest($2::text[], $3::int[]) n (name, h) on n.name = l.first_name where l.workspace_id = $1`

func TestWhoWroteLastIsFirst(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	d.Exec(t, `insert into leads (workspace_id, external_id, first_name) select $1, n, n from unnest(array['Ada', 'Bo', 'Cy', 'Di']) n`, a.Workspace())
	for _, c := range []struct {
		names []string
		hours []int
		want  []string
	}{
		{[]string{"Bo", "Ada", "Bo", "Cy"}, []int{1, 2, 4, 3}, []string{"Bo", "Ada", "Cy", "Di"}}, // Di wrote nothing
		{[]string{"Di"}, []int{0}, []string{"Di", "Bo", "Ada", "Cy"}},
		{[]string{"Di", "Ada"}, []int{9, 9}, []string{"Di", "Bo", "Ada", "Cy"}}, // which came late
	} {
		d.Exec(t, wrote, a.Workspace(), c.names, c.hours)
		if got := listed(t, d, a); !slices.Equal(got, c.want) {
			t.Fatalf("after messages of %v, %v hours ago, the list reads %v", c.names, c.hours, got)
		}
	}

	// The same where the messages were there before the column, and where that
	// migration was cut short.
	d.Exec(t, `drop trigger lead_wrote on messages`)
	d.Exec(t, `alter table leads drop column last_at cascade`) // and views that show it
	migration, err := migrations.FS.ReadFile("00018_last_written.sql")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		d.Exec(t, string(migration))
		if got, want := listed(t, d, a), []string{"Di", "Bo", "Ada", "Cy"}; !slices.Equal(got, want) {
			t.Fatalf("after the migration the list reads %v", got)
		}
	}
}

func TestAConversationHoldsTheLastVersionsOfEachDraftAndNoneWhereNoneAreAskedFor(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	d.Exec(t, `insert into leads (workspace_id, external_id, first_name) values ($1, 'liv', 'Liv')`, a.Workspace())
	d.Exec(t, wrote, a.Workspace(), []string{"Liv", "Liv"}, []int{1, 2})
	d.Exec(t, `insert into drafts (workspace_id, message_id, channel) select workspace_id, id, channel from messages`)
	for version := range 14 {
		d.Exec(t, `update drafts set state = 'waiting', version = version + 1, source = 'settings', prompt_key = 'x:persona=settings', made_at = now(), body = $1`, strconv.Itoa(version+1))
	}
	list, err := d.Leads(t.Context(), a, "", 1)
	leads := list.Items
	if err != nil {
		t.Fatal(err)
	}
	for asked, want := range map[int][]string{0: nil, 3: {"13", "12", "11"}} {
		c, err := d.Conversation(t.Context(), a, leads[0].ID, asked)
		if err != nil || len(c.Messages) != 2 {
			t.Fatal(c, err)
		}
		for _, m := range c.Messages {
			var got []string
			for _, v := range m.Draft.Earlier {
				got = append(got, v.Body)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%d are asked for: %v", asked, got)
			}
		}
	}
}
