package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/internal/testing/dbtest"
	"personae/internal/testing/origintest"
)

// A voice of the origin is what stands in its columns, in the order of
// persona.Fields; nil is NULL.
type originVoice [8]*string

// originWorkspace is one of its workspaces, as far as its drafts look at it.
type originWorkspace struct {
	id        string
	settings  *originVoice
	personas  []originVoice // by age
	isDefault []bool
	campaigns []*originVoice // of each the persona that it names; nil: none
}

// originDraft is whose words the origin's drafts have, and what they are told.
type originDraft struct {
	source                                          persona.Source
	name, tone, greeting, signature, goals, service string
}

// draft is the oracle: how the origin's drafts find their words. A persona is asked
// that the lead's campaign names, of whichever workspace it is; else the one that is
// the default, the oldest of several; else the settings. Gaps are filled with the
// workspace's name, the usual tone and greeting, and in a text message first with the
// greeting of mails. What is sold is told from the persona and, unless one holds the
// other, from the settings below.
func (w originWorkspace) draft(campaign int, channel persona.Channel) originDraft {
	said := func(v originVoice, i int) string { return strings.TrimSpace(*cmp.Or(v[i], new(string))) }
	var settings originVoice
	if w.settings != nil {
		settings = *w.settings
	}
	words, source := settings, persona.FromSettings
	for i := len(w.personas) - 1; i >= 0; i-- {
		if w.isDefault[i] {
			words, source = w.personas[i], persona.FromDefault
		}
	}
	if campaign >= 0 && w.campaigns[campaign] != nil {
		words, source = *w.campaigns[campaign], persona.FromCampaign
	}
	d := originDraft{
		source:    source,
		name:      cmp.Or(said(words, 0), w.id),
		tone:      cmp.Or(said(words, 1), "friendly-professional"),
		greeting:  cmp.Or(said(words, 2), "Hi {firstName},"),
		signature: said(words, 4),
		goals:     said(words, 5),
		service:   said(words, 6),
	}
	if channel == persona.SMS {
		d.greeting = cmp.Or(said(words, 3), d.greeting)
	}
	plain := func(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }
	switch common := said(settings, 6); {
	case strings.Contains(plain(d.service), plain(common)):
	case strings.Contains(plain(common), plain(d.service)):
		d.service = common
	default:
		d.service += "\n\n" + common
	}
	return d
}

// originWorkspaces makes workspaces by chance as the origin leaves them. Saving or
// choosing a default copies its words into the settings, but for its ideal customer
// profile; creating one, and promoting one where the default is deleted, does not, and
// the settings have a page of their own.
type originWorkspaces struct {
	*rand.Rand
	db *origintest.Database
	t  *testing.T
}

func (r originWorkspaces) oneIn(n int) bool { return r.IntN(n) == 0 }

// words returns a voice of which each field may be empty.
func (r originWorkspaces) words(of string) (v originVoice) {
	for i, f := range persona.Fields() {
		if i != 1 && r.IntN(10) < 3 {
			continue
		}
		v[i] = new(fmt.Sprintf("%s of %s", f.Label, of))
	}
	v[1] = new([]string{"friendly-professional", "friendly-professional", "direct", "casual"}[r.IntN(4)])
	if r.oneIn(3) {
		v[6] = new("We plan crews.")
	}
	return v
}

func (r originWorkspaces) workspace(id string, foreign *originVoice) originWorkspace {
	w := originWorkspace{id: id}
	count := []int{0, 1, 1, 2, 2, 3, 4}[r.IntN(7)]
	chosen := r.IntN(max(count, 1))
	for i := range count {
		w.personas = append(w.personas, r.words(fmt.Sprint(id, " ", i)))
		w.isDefault = append(w.isDefault, i == chosen)
	}
	if count > 0 && r.oneIn(25) {
		w.isDefault[chosen] = false
	}
	if count > 1 && r.oneIn(20) {
		w.isDefault[r.IntN(count)] = true
	}
	switch r.IntN(8) {
	case 0:
	case 1: // a page that was opened, or the row that is made with a workspace
		w.settings = &originVoice{1: new("friendly-professional")}
	case 2:
		w.settings = new(r.words(id + "'s settings"))
	default:
		w.settings = new(r.words(id + "'s settings"))
		if count > 0 {
			profile := w.settings[7]
			*w.settings = w.personas[chosen]
			w.settings[7] = profile
			if r.oneIn(4) {
				w.settings[r.IntN(7)] = new("Edited since")
			}
		}
	}
	if r.oneIn(60) && count > 0 {
		w.personas[chosen][2] = new(strings.Repeat("Good morning ", 60))
	}
	for range 3 {
		var named *originVoice
		switch n := r.IntN(40); {
		case n == 0:
			named = foreign
		case n < 16 && count > 0:
			named = &w.personas[r.IntN(count)]
		}
		w.campaigns = append(w.campaigns, named)
	}
	return w
}

// store writes a workspace into the origin's database. A persona is known by the
// address of its words.
func (r originWorkspaces) store(w originWorkspace, ids map[*originVoice]string) {
	r.db.Client(r.t, w.id)
	if w.settings != nil {
		r.db.Exec(r.t, `insert into "WorkspaceSettings" ("clientId", "aiPersonaName", "aiTone", "aiGreeting", "aiSmsGreeting",
			"aiSignature", "aiGoals", "serviceDescription", "idealCustomerProfile")
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, append([]any{w.id}, w.settings.columns()...)...)
	}
	for i := range w.personas {
		id := fmt.Sprint(w.id, "-", i)
		ids[&w.personas[i]] = id
		r.db.Exec(r.t, `insert into "AiPersona" ("id", "clientId", "name", "isDefault", "createdAt", "personaName", "tone",
			"greeting", "smsGreeting", "signature", "goals", "serviceDescription", "idealCustomerProfile")
			values ($1, $2, $1, $3, timestamp '2025-01-01' + interval '1 day' * $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			append([]any{id, w.id, w.isDefault[i], i}, w.personas[i].columns()...)...)
	}
	for i, named := range w.campaigns {
		var p *string
		if named != nil {
			p = new(ids[named])
		}
		r.db.Exec(r.t, `insert into "EmailCampaign" ("clientId", "bisonCampaignId", "name", "aiPersonaId")
			values ($1, $2, $2, $3)`, w.id, strconv.Itoa(i), p)
	}
}

func (v originVoice) columns() []any {
	list := make([]any, len(v))
	for i, text := range v {
		list[i] = text
	}
	return list
}

// resolved returns what our drafts are told.
func resolved(t *testing.T, d *dbtest.Database, workspace string, campaign int, channel persona.Channel) originDraft {
	t.Helper()
	var id uuid.UUID
	var named string
	if err := d.SQL.QueryRow(t.Context(), `select w.id, coalesce(c.id::text, '') from workspaces w
		left join campaigns c on c.workspace_id = w.id and c.external_id = $2 where w.origin_id = $1`,
		workspace, strconv.Itoa(campaign)).Scan(&id, &named); err != nil {
		t.Fatal(err)
	}
	access, err := d.Operate(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	in, err := d.ResolveInput(t.Context(), access, named, channel)
	if err != nil {
		t.Fatal(err)
	}
	r := persona.Resolve(in)
	return originDraft{r.Source, r.Voice.DisplayName, r.Voice.Tone, r.Opening, r.Voice.Signature, r.Voice.Goals,
		r.Voice.ServiceDescription}
}

// TestDraftsSayAfterTheImportWhatTheySaidInTheOrigin compares the words of drafts
// there and here, by workspace, campaign (or none) and channel. Where they differ,
// the import has said so.
func TestDraftsSayAfterTheImportWhatTheySaidInTheOrigin(t *testing.T) {
	t.Parallel()
	d, o := dbtest.New(t), origintest.New(t)
	r := originWorkspaces{rand.New(rand.NewPCG(8, 2320)), o, t}
	ids := map[*originVoice]string{}
	var all []originWorkspace
	var foreign *originVoice
	for i := range 290 {
		w := r.workspace(fmt.Sprintf("w%03d", i), foreign)
		r.store(w, ids)
		if all = append(all, w); len(w.personas) > 0 {
			foreign = &w.personas[0]
		}
	}
	said := bring(t, d, o)
	if broken := d.Broken(t); len(broken) > 0 {
		t.Errorf("broken: %v", broken)
	}
	cases, same := 0, 0
	why := map[string]int{}
	for i, w := range all {
		written := []persona.Channel{persona.Email, persona.LinkedIn}[i%2]
		for campaign := -1; campaign < len(w.campaigns); campaign++ {
			for _, channel := range []persona.Channel{written, persona.SMS} {
				there, here := w.draft(campaign, channel), resolved(t, d, w.id, campaign, channel)
				cases++
				if there.source == persona.FromSettings && here.source == persona.FromDefault {
					there.source = here.source // whose words they are is what counts
				}
				if there == here {
					same++
					continue
				}
				rule := ""
				for _, r := range []string{"foreign_persona", "no_default", "two_defaults", "text", "service_description"} {
					if strings.Contains(said, w.id+" "+r+": ") {
						rule = cmp.Or(rule, r)
					}
				}
				if why[rule]++; rule == "" {
					t.Errorf("nothing is said of %s, campaign %d by %s:\n%+v\n%+v", w.id, campaign, channel, there, here)
				}
			}
		}
	}
	const wantCases, wantSame = 2320, 2230
	if cases != wantCases || same != wantSame {
		t.Errorf("%d of %d are the same, want %d of %d; the others by what was said of them: %v", same, cases, wantSame,
			wantCases, why)
	}
}
