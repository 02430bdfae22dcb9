package postgres_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/postgres"
	"personae/internal/seal"
	"personae/internal/testing/dbtest"
	"personae/internal/webhook"
)

// sealing opens the database once more, with these keys.
func sealing(t *testing.T, d *dbtest.Database, keys ...string) *postgres.DB {
	t.Helper()
	db := must(postgres.Open(t.Context(), d.ServerSQL.Config().ConnString(), postgres.Options{MaxConns: 8}))(t)
	t.Cleanup(db.Close)
	db.SealWith(must(seal.New(keys...))(t))
	return db
}

// keptSecrets are secrets of each kind, and what reads them.
type keptSecrets struct {
	a                    postgres.Access
	user, hook, delivery uuid.UUID
	inbound, signs, own  string
	app                  []byte
}

func keepSecrets(t *testing.T, d *dbtest.Database, db *postgres.DB, name string) keptSecrets {
	t.Helper()
	k := keptSecrets{a: d.Workspace(t, name), inbound: "whsec_in" + uuid.NewString() + name, delivery: uuid.New(),
		signs: "whsec_out" + uuid.NewString() + name, app: []byte(name + "ABCDEFGHIJKLMNOPQRST")[:20]}
	k.user = d.User(t, access.NewUser{})
	if err := db.MakeInboundSecret(t.Context(), k.a, k.inbound); err != nil {
		t.Fatal(err)
	}
	k.hook = must(db.AddWebhook(t.Context(), k.a, webhook.Choice{URL: "https://example.com/", Events: webhook.Events()}, k.signs))(t)
	d.Exec(t, `insert into webhook_deliveries (id, workspace_id, webhook_id, event, about, data) values ($1, $2, $3, 'ping', 'x', '{}')`,
		k.delivery, k.a.Workspace(), k.hook)
	d.Exec(t, `insert into user_totp (user_id, secret, last_step) values ($1, $2, 0)`, k.user, k.app)
	k.own = string(must(db.Secret(t.Context(), "of "+name, []byte("own secret of "+name)))(t))
	return k
}

// read returns the secrets as db reads them; what it cannot read is empty.
func (k keptSecrets) read(t *testing.T, db *postgres.DB) []string {
	t.Helper()
	var inbound string
	_, err := db.VisitInbox(t.Context(), k.a.Workspace(), func(secret string) bool { inbound = secret; return true })
	if err != nil && !errors.Is(err, seal.ErrUnreadable) {
		t.Error(err)
	}
	task := must(db.DeliveryTask(t.Context(), postgres.DeliverJob{Workspace: k.a.Workspace(), Delivery: k.delivery, Round: 1}))(t)
	f := must(db.Factors(t.Context(), k.user, nil))(t)
	if f.TOTP == nil {
		t.Fatal("the app is gone")
	}
	return []string{inbound, task.Secret, string(f.TOTP.Secret)}
}

func (k keptSecrets) all() []string { return []string{k.inbound, k.signs, string(k.app)} }

func TestACopyOfTheDatabaseHoldsNoSecret(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	before := keepSecrets(t, d, d.DB, "before") // in clear text, as without a key
	db := sealing(t, d, "a key")
	after := keepSecrets(t, d, db, "after")
	same(t, "sealed", must(db.SealSecrets(t.Context()))(t), 5) // and the app that keepSecrets wrote by itself
	copied := d.Dump(t)
	for _, k := range []keptSecrets{before, after} {
		for _, secret := range append(k.all(), k.own) {
			if strings.Contains(copied, secret) || strings.Contains(copied, hex.EncodeToString([]byte(secret))) {
				t.Errorf("the copy holds %q", secret)
			}
		}
		same(t, "read", k.read(t, db), k.all())
		same(t, "read without the key", k.read(t, d.DB), []string{"", "", ""})
		same(t, "read with another", k.read(t, sealing(t, d, "another")), []string{"", "", ""})
	}
	same(t, "own secret", string(must(db.Secret(t.Context(), "of before", []byte("fresh")))(t)), before.own)
	same(t, "of the same form", db.MakeInboundSecret(t.Context(), after.a, after.inbound), nil)

	broken := must(d.HealthOfAll(t.Context()))(t)
	same(t, "findings without the key", len(broken), 5)
	if last := broken[len(broken)-1].Sentence.String(); !strings.Contains(last, "authenticator app, of 2 people") {
		t.Error(last)
	}
	same(t, "findings", len(must(db.HealthOfAll(t.Context()))(t)), 0)
	same(t, "own secret without the key", string(must(d.Secret(t.Context(), "of before", []byte("fresh")))(t)), "fresh")
}

// TestNoSecretIsSealedWhileInstancesOfTheVersionBeforeMayRun reads as they do.
func TestNoSecretIsSealedWhileInstancesOfTheVersionBeforeMayRun(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	d.Exec(t, `insert into secrets (name, value) values ('clear until', convert_to((now() + interval '1 hour')::text, 'UTF8'))`)
	db := sealing(t, d, "a key")
	k := keepSecrets(t, d, db, "Harbor")
	same(t, "sealed", must(db.SealSecrets(t.Context()))(t), 0)
	same(t, "as the version before reads them", k.read(t, d.DB), k.all())
	d.Exec(t, `update secrets set value = convert_to(now()::text, 'UTF8') where name = 'clear until'`)
	later := sealing(t, d, "a key")
	same(t, "sealed", must(later.SealSecrets(t.Context()))(t), 4)
	same(t, "read", k.read(t, later), k.all())
	same(t, "when it began", d.Count(t, `select count(*) from secrets where name = 'clear until' and value not like 'sealed%'`), 1)
}

// TestAKeyIsReplacedUnderUse sends messages all the while.
func TestAKeyIsReplacedUnderUse(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	old := sealing(t, d, "old key", "new key") // knows what others may use by now
	k := keepSecrets(t, d, old, "Harbor")
	must(old.SealSecrets(t.Context()))(t)
	fresh := sealing(t, d, "new key", "old key")
	wait, done := sync.WaitGroup{}, make(chan struct{})
	for _, db := range []*postgres.DB{old, fresh} {
		wait.Go(func() {
			for i := range 20 {
				inbox, err := db.VisitInbox(t.Context(), k.a.Workspace(), func(secret string) bool { return secret == k.inbound })
				if err == nil {
					_, err = db.Receive(t.Context(), inbox, dbtest.Inbound(fmt.Sprintf("%p-%d", db, i)))
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	go func() { wait.Wait(); close(done) }()
	for busy := true; busy; { // back and forth, as when both kinds of instances start
		must(sealing(t, d, "old key", "new key").SealSecrets(t.Context()))(t)
		must(sealing(t, d, "new key", "old key").SealSecrets(t.Context()))(t)
		select {
		case <-done:
			busy = false
		default:
		}
	}
	must(fresh.SealSecrets(t.Context()))(t)
	same(t, "read with the new key alone", k.read(t, sealing(t, d, "new key")), k.all())
}
