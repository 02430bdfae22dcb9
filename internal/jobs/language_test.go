package jobs_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/internal/testing/dbtest"
)

func TestADraftGreetsInTheLanguageOfItsMessage(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	saved, err := d.Create(t.Context(), a, persona.Content{Name: "Nora", Voice: persona.Voice{DisplayName: "Nora", Greeting: "Hello {firstName},",
		Signature: "Kind regards"}, Variants: persona.Pack(
		persona.Variant{Language: "de", Greeting: "Hallo {firstName},", Signature: "Viele Grüße"},
		persona.Variant{Language: "pt-BR", Signature: "Abraços"})}, true)
	if err != nil {
		t.Fatal(err)
	}
	run(t, d, nil, compose)
	in, now := d.Inbox(t, a), atOnce(d, slog.New(slog.DiscardHandler), compose)
	for i, c := range []struct{ body, language, begins, ends string }{
		{"Vielen Dank, das klingt gut. Was kostet es im Monat?", "de", "Hallo Liv,", "Viele Grüße"},
		{"Was kostet das bei Ihnen?\n\nOn Monday Nora wrote:\n> Hello Liv, would you like to see what we do for you this week?", "de", "Hallo Liv,", "Viele Grüße"},
		{"Obrigado pela mensagem. Quanto custa por mês?", "pt-BR", "Hello Liv,", "Abraços"},
		{"Thanks, what does it cost for a team of five?", "", "Hello Liv,", "Kind regards"},
		{"Combien ça coûte par mois ?", "", "Hello Liv,", "Kind regards"},
		{"Demo?", "", "Hello Liv,", "Kind regards"},
	} {
		byJob, atOnce := dbtest.Inbound(uuid.NewString()), dbtest.Inbound(uuid.NewString())
		byJob.Body, atOnce.Body = c.body, c.body
		got, err := now.Receive(t.Context(), in, atOnce)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []uuid.UUID{receive(t, d, in, byJob), got.Draft} {
			d.Until(t, 1, `select count(*) from drafts where id = $1 and state = 'waiting'`, id)
			var language, body, key string
			if err := d.SQL.QueryRow(t.Context(), `select coalesce(d.language, ''), d.body, d.prompt_key from drafts d
				join draft_versions v on v.draft_id = d.id and v.version = 1 and v.language is not distinct from d.language
				where d.id = $1 and d.persona_id = $2`, id, saved.Persona.ID).Scan(&language, &body, &key); err != nil {
				t.Fatal(err)
			}
			if language != c.language || !strings.HasPrefix(body, c.begins) || !strings.HasSuffix(body, c.ends) ||
				!strings.HasSuffix(key, ":persona=default") {
				t.Errorf("%d, %q: %q, %q, %q", i, c.body, language, key, body)
			}
		}
	}
}
