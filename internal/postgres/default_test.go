package postgres_test

import (
	"testing"

	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// TestEveryMoveOfTheDefaultTellsFromWhomToWhomAndHowManyCampaignsFollow holds
// for a switch and its undoing, an edit, a new persona and a delete, where two
// campaigns name no persona.
func TestEveryMoveOfTheDefaultTellsFromWhomToWhomAndHowManyCampaignsFollow(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	imported := must(d.Import(t.Context(), a))(t)
	other := d.NewPersona(t, a, "Other")
	d.NewCampaign(t, a, "Spring")
	d.NewCampaign(t, a, "Autumn")
	assign(t, d, a, d.NewCampaign(t, a, "Its own"), other.ID)
	tells := func(action string, about uuid.UUID, from, to uuid.NullUUID) {
		t.Helper()
		var last string
		var p, f, g uuid.NullUUID
		err := d.SQL.QueryRow(t.Context(), `select action, persona_id, (details->>'from')::uuid, (details->>'to')::uuid
			from audit_events where workspace_id = $1 and action = $2 order by rev desc limit 1`, a.Workspace(), action).Scan(&last, &p, &f, &g)
		if err != nil {
			t.Fatal(err)
		}
		same(t, action+": about", p.UUID, about)
		same(t, action+": from", f, from)
		same(t, action+": to", g, to)
	}
	id := func(p persona.Persona) uuid.NullUUID { return uuid.NullUUID{UUID: p.ID, Valid: true} }
	tells("persona.imported", imported.ID, uuid.NullUUID{}, uuid.NullUUID{})

	edited := must(d.Edit(t.Context(), a, other.ID, other.Version, persona.Content{Name: "Other"}, persona.MakeDefault))(t)
	same(t, "edit: moved", edited.Moved, 2)
	tells("persona.edited", other.ID, id(imported), id(other))

	made := must(d.Create(t.Context(), a, persona.Content{Name: "Made"}, true))(t)
	same(t, "create: moved", made.Moved, 2)
	same(t, "create: before", made.Switched.ID, other.ID)
	tells("persona.created", made.Persona.ID, id(other), id(made.Persona))

	switched := must(d.SetDefault(t.Context(), a, imported.ID))(t)
	same(t, "switch: moved", switched.Moved, 2)
	tells("persona.default_set", imported.ID, id(made.Persona), id(imported))

	undone := must(d.Undo(t.Context(), a, switched.Event))(t)
	same(t, "undo: moved", undone.Moved, 2)
	same(t, "undo: from", undone.From.ID, imported.ID)
	tells("persona.default_undone", made.Persona.ID, id(imported), id(made.Persona))

	kept := must(d.Edit(t.Context(), a, other.ID, edited.Persona.Version+1, persona.Content{Name: "Others"},
		persona.KeepDefault))(t)
	same(t, "another edit: moved", kept.Moved, 0)
	tells("persona.edited", other.ID, uuid.NullUUID{}, uuid.NullUUID{})

	deleted := must(d.Delete(t.Context(), a, made.Persona.ID, 0, id(imported)))(t)
	same(t, "delete: moved", deleted.Moved, 2)
	tells("persona.deleted", made.Persona.ID, id(made.Persona), id(imported))
}

func TestAListCountsWhatIsInItsOwnWorkspace(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a, other := d.Workspace(t, "Harbor"), d.Workspace(t, "Northwind")
	for _, ws := range []postgres.Access{other, other, a} {
		d.NewPersona(t, ws, uuid.NewString())
		gone := d.NewPersona(t, ws, uuid.NewString())
		must(d.Delete(t.Context(), ws, gone.ID, 0, uuid.NullUUID{}))(t)
		d.NewCampaign(t, ws, "Spring")
	}
	for want, ws := range map[int]postgres.Access{1: a, 2: other} {
		list := must(d.PersonasPage(t.Context(), ws, "", 1))(t)
		same(t, "personas", []int{len(list.Personas), list.Total, list.Deleted, list.Campaigns},
			[]int{want, want, want, want})
	}
}
