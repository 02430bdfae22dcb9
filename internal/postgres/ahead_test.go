package postgres_test

import (
	"crypto/sha256"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// visitor is somebody with a session.
type visitor struct {
	user uuid.UUID
	hash []byte
}

func newVisitor(t *testing.T, d *dbtest.Database) visitor {
	t.Helper()
	v := visitor{user: d.User(t, access.NewUser{})}
	hash := sha256.Sum256([]byte(v.user.String()))
	v.hash = hash[:]
	if err := d.StartSession(t.Context(), v.hash, v.user, time.Now().Add(time.Hour), "", "", ""); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestWhatAVisitReadsAnswersThatQuestionAlone asks for the list that a visit read, and for others.
func TestWhatAVisitReadsAnswersThatQuestionAlone(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	for _, name := range []string{"Ada", "Bea"} {
		d.NewPersona(t, a, name)
	}
	somebody := newVisitor(t, d)
	d.Member(t, a.Workspace(), somebody.user, access.Member)
	var trips atomic.Int64
	ctx := postgres.CountTrips(t.Context(), &trips)
	visit := must(d.VisitToRead(ctx, somebody.hash, a.Workspace(), postgres.PersonasAhead("ada", 1)))(t)
	list := func(search string, page int, names string, taken int64) {
		t.Helper()
		before := trips.Load()
		found := must(d.PersonasPage(ctx, visit.Access, search, page))(t)
		var got strings.Builder
		for _, p := range found.Personas {
			got.WriteString(p.Name)
		}
		same(t, "those found", got.String(), names)
		same(t, "round trips", trips.Load()-before, taken)
	}
	list("ada", 1, "Ada", 0)
	list("bea", 1, "Bea", 1)
	list("ada", 2, "", 1)
	list("", 1, "AdaBea", 1)
	_, speaker, err := d.Settings(ctx, visit.Access)
	if err != nil || speaker == nil {
		t.Fatalf("the settings, of which nothing was read: %v, %v", speaker, err)
	}
	same(t, "who speaks", speaker.Name, "Ada")
}

// TestWhatAVisitReadsIsNobodysWhoMayNotRead asks as a stranger, and by a session that there is not.
func TestWhatAVisitReadsIsNobodysWhoMayNotRead(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	d.NewPersona(t, a, "Ada")
	stranger := newVisitor(t, d)
	for what, ahead := range map[string]postgres.Ahead{"personas": postgres.PersonasAhead("", 1),
		"settings": postgres.SettingsAhead(), "members": postgres.MembersAhead(), "activity": postgres.ActivityAhead()} {
		for _, workspace := range []uuid.UUID{a.Workspace(), uuid.New()} {
			visit := must(d.VisitToRead(t.Context(), stranger.hash, workspace, ahead))(t)
			_, list := d.PersonasPage(t.Context(), visit.Access, "", 1)
			_, _, settings := d.Settings(t.Context(), visit.Access)
			_, _, _, members := d.Members(t.Context(), visit.Access)
			_, activity := d.Activities(t.Context(), visit.Access, audit.Filter{})
			for _, err := range []error{list, settings, members, activity} {
				if !errors.Is(err, persona.ErrNotFound) {
					t.Errorf("a stranger for whom %s were read: %v", what, err)
				}
			}
			if _, err := d.VisitToRead(t.Context(), []byte("none"), workspace, ahead); !errors.Is(err, access.ErrSignedOut) {
				t.Errorf("nobody for whom %s were read: %v", what, err)
			}
		}
	}
}

// TestWhoAsksIsKnownWhereThePageCannotBeRead takes away the right to read what the page shows.
func TestWhoAsksIsKnownWhereThePageCannotBeRead(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	somebody, stranger := newVisitor(t, d), newVisitor(t, d)
	d.Member(t, a.Workspace(), somebody.user, access.Member)
	visit := func(v visitor) (postgres.Visit, error) {
		return d.VisitToRead(t.Context(), v.hash, a.Workspace(), postgres.PersonasAhead("", 1))
	}
	d.Exec(t, `revoke select on personas from `+postgres.ServerRole)
	known := must(visit(somebody))(t)
	same(t, "who asks", known.User(), somebody.user)
	if _, err := d.PersonasPage(t.Context(), known.Access, "", 1); err == nil || errors.Is(err, persona.ErrNotFound) {
		t.Errorf("a page that cannot be read: %v", err)
	}
	unknown := must(visit(stranger))(t)
	if _, err := d.PersonasPage(t.Context(), unknown.Access, "", 1); !errors.Is(err, persona.ErrNotFound) {
		t.Errorf("a stranger is told %v", err)
	}
}
