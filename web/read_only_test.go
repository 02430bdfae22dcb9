package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"personae/internal/access"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// TestWhereTheHostWantsNoWritesAllWritesWait has the database's host forbid writes, as some do
// when its disk is full: whatever writes answers so, and who only reads goes on.
func TestWhereTheHostWantsNoWritesAllWritesWait(t *testing.T) {
	t.Parallel()
	for _, pooler := range []postgres.Pooler{postgres.PoolerNone, postgres.PoolerTransaction} {
		t.Run(string(pooler), func(t *testing.T) {
			t.Parallel()
			d := dbtest.New(t)
			s := siteOn(t, d)
			ws := s.Workspace(t, "Harbor")
			b := s.as(t, ws.Workspace(), access.Owner)
			token := s.token(t, ws, "write")
			b.post(at(ws, "personas"), url.Values{"name": {"Ada"}}).is(http.StatusOK)
			secret := s.secret(t, ws)
			before := s.Snapshot(t)

			d.Exec(t, `do $$ begin execute format('alter database %I set default_transaction_read_only = on', current_database()); end $$`)
			d.Through(t, d.ServerSQL.Config().ConnString(), postgres.Options{Pooler: pooler, MaxConns: 8})
			s = siteOn(t, d)
			b.site = s

			b.get("/readyz").is(http.StatusServiceUnavailable)
			if !strings.Contains(s.log.String(), "default_transaction_read_only") {
				t.Error("the log does not say why")
			}
			b.get(at(ws, "personas")).is(http.StatusOK).says("Ada")
			b.post(at(ws, "personas"), url.Values{"name": {"Mary"}}).is(http.StatusServiceUnavailable).says("Mary")
			same(t, "by a program", s.ask(t, token, "POST", api(ws, "personas"), `{"name": "Mary"}`).status, http.StatusServiceUnavailable)
			message := messageJSON(time.Now())
			s.hook(t, ws.Workspace().String(), message, sign(secret, message)).is(http.StatusServiceUnavailable)
			s.client(t).post("/login", url.Values{"email": {"olga@example.com"}, "password": {password}}).is(http.StatusServiceUnavailable)
			same(t, "rows", s.Snapshot(t), before)
		})
	}
}
