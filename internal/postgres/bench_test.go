package postgres_test

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// shop is a workspace in which a benchmark writes.
type shop struct {
	access   postgres.Access
	personas []uuid.UUID
	versions []int
	switches atomic.Int64
}

func newShop(b *testing.B, d *dbtest.Database, personas int) *shop {
	b.Helper()
	s := &shop{access: d.Workspace(b, "Harbor"), versions: make([]int, personas)}
	for i := range personas {
		s.personas = append(s.personas, d.NewPersona(b, s.access, fmt.Sprint("Persona ", i)).ID)
	}
	return s
}

// look reads what a person read who is about to change the first personas.
func (s *shop) look(ctx context.Context, d *dbtest.Database, personas int) error {
	for i := range personas {
		p, err := d.Persona(ctx, s.access, s.personas[i])
		if err != nil {
			return err
		}
		s.versions[i] = p.Version
	}
	return nil
}

// BenchmarkWrites has clients write in one workspace, where they take turns, and
// in a thousand. The baseline is the bare protocol: begin, lock the workspace,
// one update, commit.
func BenchmarkWrites(b *testing.B) {
	d := dbtest.New(b)
	const most = 32 // clients
	shops := map[string][]*shop{"hot": {newShop(b, d, most)}}
	for range 1000 {
		shops["many"] = append(shops["many"], newShop(b, d, 2))
	}
	// As many connections as the server keeps for writes.
	config, err := pgxpool.ParseConfig(d.ServerSQL.Config().ConnString())
	if err != nil {
		b.Fatal(err)
	}
	config.MaxConns = 8
	raw, err := pgxpool.NewWithConfig(b.Context(), config)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(raw.Close)
	bare := func(ctx context.Context, workspace uuid.UUID) error {
		return pgx.BeginFunc(ctx, raw, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, `select from workspaces where id = $1 for no key update`, workspace); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `update workspace_revisions set rev = rev + 1 where workspace_id = $1`, workspace)
			return err
		})
	}
	edit := func(ctx context.Context, s *shop, i int) error {
		saved, err := d.Edit(ctx, s.access, s.personas[i], s.versions[i], persona.Content{Name: fmt.Sprint("Persona ", i),
			Voice: persona.Voice{Greeting: "Hello " + uuid.NewString()}}, persona.KeepDefault)
		s.versions[i] = saved.Persona.Version
		return err
	}
	writes := []struct {
		name  string
		write func(ctx context.Context, s *shop, client int) error
	}{
		// In one workspace each client edits a persona of its own, the first of
		// them the default; in many workspaces each one's default is edited.
		{"edit", func(ctx context.Context, s *shop, client int) error { return edit(ctx, s, client) }},
		{"default", func(ctx context.Context, s *shop, _ int) error {
			_, err := d.SetDefault(ctx, s.access, s.personas[int(s.switches.Add(1))%len(s.personas)])
			return err
		}},
		{"create", func(ctx context.Context, s *shop, _ int) error {
			_, err := d.Create(ctx, s.access, persona.Content{Name: uuid.NewString(), Voice: persona.Voice{Greeting: "Hello"}},
				false)
			return err
		}},
	}
	for _, w := range writes {
		for _, where := range []string{"hot", "many"} {
			if w.name == "create" && where == "hot" {
				continue // a workspace is full before it is measured
			}
			for _, clients := range []int{1, 8, most} {
				b.Run(fmt.Sprint(w.name, "/", where, "/", clients), func(b *testing.B) {
					in := shops[where]
					for _, s := range in[:min(len(in), b.N)] {
						if err := s.look(b.Context(), d, len(s.personas)); err != nil {
							b.Fatal(err)
						}
					}
					var trips atomic.Int64
					ctx := postgres.CountTrips(b.Context(), &trips)
					dbtest.Compare(b, clients, "bare", func(_, call int) error {
						return bare(b.Context(), in[call%len(in)].access.Workspace())
					}, func(client, call int) error {
						if where == "many" {
							client = 0
						}
						return w.write(ctx, in[call%len(in)], client)
					})
					b.ReportMetric(float64(trips.Load())/float64(b.N), "trips/op")
				})
			}
		}
	}
}

// BenchmarkHealthOfAll looks for what is wrong anywhere, as doctor does, where there are few
// and where there are many workspaces of two personas and two campaigns.
func BenchmarkHealthOfAll(b *testing.B) {
	for _, workspaces := range []int{100, 10_000} {
		b.Run(strconv.Itoa(workspaces), func(b *testing.B) {
			d := dbtest.New(b)
			d.Exec(b, `with w as (insert into workspaces (name) select 'Client ' || n from generate_series(1, $1) n returning id),
				p as (insert into personas (workspace_id, name, tone, greeting, is_default)
					select id, 'Persona ' || n, 'formal', 'Hello', n = 1 from w, generate_series(1, 2) n),
				c as (insert into campaigns (workspace_id, name) select id, 'Campaign ' || n from w, generate_series(1, 2) n)
				insert into workspace_settings (workspace_id, ai_tone, ai_greeting) select id, 'formal', 'Hello' from w`, workspaces)
			d.Exec(b, `vacuum analyze`)
			for b.Loop() {
				found, err := d.Owner(b).HealthOfAll(b.Context())
				if err != nil || len(found) > 0 {
					b.Fatal(found, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(workspaces), "µs/workspace")
		})
	}
}
