package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
)

func TestACampaignIsCreatedRenamedArchivedAndPutBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	coach := s.NewPersona(t, ws, "Coach")
	b, reader := s.as(t, ws.Workspace(), access.Admin), s.as(t, ws.Workspace(), access.Member)

	form := b.get(b.get(at(ws, "campaigns")).link("Create campaign")).is(http.StatusOK)
	typed := url.Values{"name": {"  Spring fairs "}, "external_id": {"HA-7"}, "persona": {coach.ID.String()}}
	for range 2 { // a double click
		same(t, "rows", form.submit("Create campaign", typed).is(http.StatusOK).says("“Spring fairs” was created").rows(),
			[]string{"Spring fairs"})
	}
	same(t, "stored once", s.words(t, `select concat_ws('|', name, external_id, persona_id, version) from campaigns`),
		"Spring fairs|HA-7|"+coach.ID.String()+"|1")
	id := s.words(t, `select id::text from campaigns`)

	page := b.get(b.get(at(ws, "campaigns")).link("Open Spring fairs")).is(http.StatusOK).says("Answered by Coach")
	for range 2 {
		page.submit("Save changes", url.Values{"name": {"Autumn fairs"}}).is(http.StatusOK).says("“Autumn fairs” was saved")
	}
	same(t, "renamed", s.words(t, `select concat_ws('|', name, external_id, version) from campaigns`), "Autumn fairs|HA-7|2")
	same(t, "kept", s.words(t, `select concat_ws('|', name, version) from campaign_versions`), "Spring fairs|1")

	for range 2 {
		b.get(at(ws, "campaigns", id)).says("Autumn fairs")
		b.post(at(ws, "campaigns", id, "archive"), nil).is(http.StatusOK).says("“Autumn fairs” is archived",
			"There are no campaigns but archived ones.")
	}
	archived := reader.get(reader.get(at(ws, "campaigns")).link("Archived campaigns (1)")).is(http.StatusOK)
	same(t, "archived", archived.rows(), []string{"Autumn fairs"})
	reader.get(archived.link("Autumn fairs")).is(http.StatusOK).says("Archived", "Answered by Coach", "HA-7")
	b.get(at(ws, "campaigns", id)).submit("Put back", nil).is(http.StatusOK).says("is back among the campaigns")
	same(t, "rows", b.get(at(ws, "campaigns")).rows(), []string{"Autumn fairs"})
	same(t, "each is recorded once", s.words(t, `select string_agg(concat_ws('|', action, details->>'fields'), ' ' order by rev)
		from audit_events where campaign_id = '`+id+`'`),
		`campaign.created campaign.edited|["name"] campaign.archived campaign.unarchived`)
	b.get(at(ws, "activity?action=campaign")).says("Added the campaign “Autumn fairs” with the persona “Coach”",
		"Changed the campaign “Autumn fairs”: name", "Archived the campaign", "Put the campaign “Autumn fairs” back")
}

func TestACampaignThatIsRefusedChangesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, other := s.Workspace(t, "Harbor"), s.Workspace(t, "Cedar")
	s.NewPersona(t, ws, "Default")
	foreign := s.NewPersona(t, other, "Foreign")
	mine, gone, theirs := s.NewCampaign(t, ws, "Spring"), s.NewCampaign(t, ws, "Gone"), s.NewCampaign(t, other, "Theirs")
	s.Exec(t, `update campaigns set external_id = name, archived_at = case when name = 'Gone' then now() end`)
	b, reader := s.as(t, ws.Workspace(), access.Admin), s.as(t, ws.Workspace(), access.Member)
	stranger := s.as(t, other.Workspace(), access.Owner)
	form := b.get(at(ws, "campaigns/new")).is(http.StatusOK)
	edit := b.get(at(ws, "campaigns", mine.String())).is(http.StatusOK)
	before := s.Snapshot(t)
	const create, save = "Create campaign", "Save changes"
	for _, c := range []struct {
		page   *page
		button string
		typed  url.Values
		status int
		says   string
	}{
		{form, create, url.Values{"name": {" "}, "external_id": {"kept"}}, 422, "Enter a name for this campaign"},
		{form, create, url.Values{"name": {strings.Repeat("x", 201)}}, 422, "Name must be 200 characters or fewer"},
		{form, create, url.Values{"name": {"x"}, "external_id": {strings.Repeat("x", 201)}}, 422, "External id must be 200"},
		{form, create, url.Values{"name": {"x"}, "external_id": {"Spring"}}, 409, "Another campaign here, “Spring”, has this"},
		{form, create, url.Values{"name": {"x"}, "external_id": {"Gone"}}, 409, "An archived campaign here, “Gone”, has this"},
		{edit, save, url.Values{"name": {"x"}, "external_id": {"Gone"}}, 409, "An archived campaign here"},
		{edit, save, url.Values{"name": {"a\x01b"}}, 422, "invisible control character"},
		{edit, save, url.Values{"version": {"x"}, "name": {"kept"}}, 422, "The form did not say which version"},
	} {
		got := c.page.submit(c.button, c.typed).is(c.status).says(c.says)
		if !strings.HasPrefix(got.title(), "Error: ") {
			t.Error(got.title())
		}
		for name, want := range c.typed {
			if name != "version" && formFields(got.button(c.button)).Get(name) != strings.TrimSpace(want[0]) &&
				formFields(got.button(c.button)).Get(name) != want[0] {
				t.Errorf("%v: %s is lost", c.typed, name)
			}
		}
	}
	form.submit(create, url.Values{"name": {"x"}, "persona": {foreign.ID.String()}}).is(http.StatusNotFound)
	form.submit(create, url.Values{"name": {"x"}, "persona": {"Coach"}}).is(http.StatusNotFound)
	right := url.Values{"name": {"x"}, "version": {"1"}}
	for _, path := range []string{theirs.String(), uuid.NewString(), "1"} {
		b.get(at(ws, "campaigns", path)).is(http.StatusNotFound)
		for _, action := range []string{"", "/archive", "/unarchive"} {
			b.post(at(ws, "campaigns", path+action), right).is(http.StatusNotFound)
		}
	}
	reader.get(at(ws, "campaigns/new")).is(http.StatusForbidden)
	for _, path := range []string{"campaigns", "campaigns/" + mine.String(), "campaigns/" + mine.String() + "/archive",
		"campaigns/" + gone.String() + "/unarchive"} {
		reader.post(at(ws, path), right).is(http.StatusForbidden)
		stranger.post(at(ws, path), right).is(http.StatusNotFound)
		s.client(t).post(at(ws, path), right)
	}
	same(t, "tables", s.Snapshot(t), before)
	b.get(at(ws, "campaigns", mine.String())).submit(save, nil).is(http.StatusOK)
	same(t, "saved without a change", s.Snapshot(t), before)
	if reader.get(at(ws, "campaigns", mine.String())).button(save) != nil {
		t.Error("a member is offered what they may not do")
	}
}

func TestAnOutdatedCampaignShowsAllThreeSides(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	id := s.NewCampaign(t, ws, "Spring").String()
	b := s.as(t, ws.Workspace(), access.Admin)
	const save = "Save changes"
	mine := b.get(at(ws, "campaigns", id))
	b.get(at(ws, "campaigns", id)).submit(save, url.Values{"name": {"Theirs"}}).is(http.StatusOK)
	conflict := mine.submit(save, url.Values{"name": {"Mine"}, "external_id": {"X-1"}}).is(http.StatusConflict).
		says("Name was changed by both of you", "Spring", "Theirs", "Theirs, saved by Ada Morgan",
			"Ada Morgan changed this while you were editing, last on ")
	same(t, "nothing is chosen for them", formFields(conflict.button(save)).Has("choose_name"), false)
	unchosen := conflict.submit(save, nil).is(http.StatusUnprocessableEntity).
		says("Choose theirs or yours for Name", "Theirs, saved by Ada Morgan")
	same(t, "typed, unchosen", formFields(unchosen.button(save)).Get("name"), "Mine")
	same(t, "typed", formFields(conflict.button(save)).Get("name"), "Mine")
	same(t, "stored", s.words(t, `select concat_ws('|', name, external_id) from campaigns`), "Theirs")
	conflict.submit(save, url.Values{"choose_name": {"theirs"}}).is(http.StatusOK)
	same(t, "as chosen", s.words(t, `select concat_ws('|', name, external_id) from campaigns`), "Theirs|X-1")

	// Where each changed something else, saving again keeps both.
	mine = b.get(at(ws, "campaigns", id))
	b.get(at(ws, "campaigns", id)).submit(save, url.Values{"external_id": {"X-2"}}).is(http.StatusOK)
	mine.submit(save, url.Values{"name": {"Mine"}}).is(http.StatusConflict).
		says("and so is what only they changed: External id. Save again to keep both").
		submit(save, nil).is(http.StatusOK)
	same(t, "both", s.words(t, `select concat_ws('|', name, external_id) from campaigns`), "Mine|X-2")

	// Who writes with plain SQL is nobody we know.
	mine = b.get(at(ws, "campaigns", id))
	s.Exec(t, `update campaigns set name = 'Plain' where id = $1`, id)
	mine.submit(save, url.Values{"name": {"Mine, too"}}).is(http.StatusConflict).
		says("A program outside personae changed this while you were editing")
}

func TestOfTwoCampaignsWithOneExternalIDAtOnceThereIsOne(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	token := s.token(t, ws, "write")
	statuses := make([]int, 8)
	var all sync.WaitGroup
	for i := range statuses {
		all.Go(func() {
			statuses[i] = s.send(t, token, "POST", api(ws, "campaigns"), fmt.Sprintf(`{"name": "C%d", "externalId": "X"}`, i)).status
		})
	}
	all.Wait()
	made := 0
	for _, status := range statuses {
		if status == http.StatusCreated {
			made++
		} else if status != http.StatusConflict {
			t.Errorf("status %d", status)
		}
	}
	same(t, "made, stored, recorded", []int{made, s.Count(t, `select count(*) from campaigns`),
		s.Count(t, `select count(*) from audit_events where action = 'campaign.created'`)}, []int{1, 1, 1})
}

func TestAnArchivedCampaignIsInNoListAndAnsweredAsBefore(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	def, coach := s.NewPersona(t, ws, "Default"), s.NewPersona(t, ws, "Coach")
	id, plain := s.NewCampaign(t, ws, "Winterrest").String(), s.NewCampaign(t, ws, "Winterplain").String()
	s.NewCampaign(t, ws, "Spring")
	b := s.as(t, ws.Workspace(), access.Admin)
	token := s.token(t, ws, "write")
	s.ask(t, token, "PUT", api(ws, "campaigns", id, "persona"), `{"personaId": "`+coach.ID.String()+`"}`).is(http.StatusOK)
	for _, c := range []string{id, plain} {
		s.ask(t, token, "POST", api(ws, "campaigns", c, "archive"), "").is(http.StatusOK)
	}
	for _, path := range []string{"campaigns", "campaigns?q=Winter", "why", "why.csv", "preview", "personas",
		"personas/" + def.ID.String() + "/impact", "personas/" + coach.ID.String() + "/impact",
		"personas/" + coach.ID.String() + "/delete"} {
		if strings.Contains(b.get(at(ws, path)).is(http.StatusOK).body, "Winterrest") {
			t.Errorf("%s names an archived campaign", path)
		}
	}
	list := s.ask(t, token, "GET", api(ws, "personas"), "").is(http.StatusOK).data.([]any)
	for i, want := range []float64{1, 0} {
		same(t, "campaignCount", list[i].(map[string]any)["campaignCount"], any(want))
	}
	b.get(at(ws, "why?campaign="+id)).is(http.StatusOK).says("Coach", "Winterrest (archived)")
	same(t, "source", s.ask(t, token, "GET", api(ws, "resolve?campaign="+id), "").is(http.StatusOK).object()["source"],
		any("campaign"))
	b.post(at(ws, "campaigns/persona"), url.Values{"campaign": {id}, "persona": {""}}).is(http.StatusNotFound)
	b.post(at(ws, "campaigns/persona"), url.Values{"all": {"1"}, "persona": {coach.ID.String()}}).is(http.StatusOK).
		says("1 campaign is now answered by “Coach”")
	same(t, "left alone", s.Count(t, `select count(*) from campaigns where name = 'Winterplain' and persona_id is null`), 1)
	same(t, "older programs see all", s.Count(t, `select count(*) from legacy."EmailCampaign"`), 3)
}

func TestCampaignsAreFilteredAndAssignedBeyondThePage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	coach, guide := s.NewPersona(t, ws, "Coach"), s.NewPersona(t, ws, "Guide")
	s.Exec(t, `insert into campaigns (workspace_id, name, persona_id) select $1,
		case when n % 2 = 0 then 'Even ' else 'Odd ' end || n, case when n <= 212 then $2::uuid end from generate_series(1, 1000) n`,
		ws.Workspace(), coach.ID)
	b := s.as(t, ws.Workspace(), access.Admin)
	b.get(at(ws, "campaigns?persona=default&q=odd")).is(http.StatusOK).
		says("394 of 1,000 campaigns match “odd” and name no persona", "All 394 campaigns whose name holds “odd” and that name no persona")
	b.get(at(ws, "campaigns?persona="+guide.ID.String())).is(http.StatusOK).says("No campaigns name “Guide”.")
	b.get(at(ws, "campaigns?persona="+uuid.NewString())).is(http.StatusOK).says("No campaigns name a persona that is gone.")
	list := b.get(at(ws, "campaigns?persona="+coach.ID.String()+"&page=2")).is(http.StatusOK).
		says("212 of 1,000 campaigns name “Coach”", "All 212 campaigns that name “Coach”")
	same(t, "rows", len(list.rows()), 50)
	const button = "Assign to the chosen campaigns"
	done := list.submit(button, url.Values{"all": {"212"}, "persona": {guide.ID.String()}}).is(http.StatusOK).
		says("212 campaigns are now answered by “Guide”")
	same(t, "assigned", []int{len(s.holding(t, guide)), len(s.holding(t, coach))}, []int{212, 0})
	done.says("No campaigns name “Coach”.")
	// It was shown 212, and another took some away meanwhile: nothing is assigned that nobody saw.
	list.submit(button, url.Values{"all": {"212"}, "persona": {""}}).is(http.StatusConflict).says("now there are 0")
	b.get(at(ws, "campaigns?persona=x&sort=persona")).is(http.StatusOK).says("Campaigns")

	token, seen := s.token(t, ws, "read"), 0
	for path := api(ws, "campaigns?limit=100&persona="+guide.ID.String()); path != ""; {
		answer := s.ask(t, token, "GET", path, "").is(http.StatusOK)
		seen += len(answer.data.([]any))
		path, _, _ = strings.Cut(strings.TrimPrefix(answer.header.Get("Link"), "<"), ">")
	}
	same(t, "in parts", seen, 212)
	for query, says := range map[string]string{"persona=x": "persona must be", "archived=maybe": "archived must be"} {
		if got := s.ask(t, token, "GET", api(ws, "campaigns?"+query), "").is(http.StatusUnprocessableEntity); !strings.Contains(got.Error, says) {
			t.Error(got.Error)
		}
	}
}

func TestProgramsCreateChangeAndArchiveCampaigns(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	def, coach := s.NewPersona(t, ws, "Default"), s.NewPersona(t, ws, "Coach")
	token := s.token(t, ws, "write")
	body := `{"name": "Spring", "externalId": "HA-1", "personaId": "` + coach.ID.String() + `"}`
	made := s.ask(t, token, "POST", api(ws, "campaigns"), body, key+"one").is(http.StatusCreated)
	again := s.ask(t, token, "POST", api(ws, "campaigns"), body, key+"one").is(http.StatusCreated)
	same(t, "the same answer", again.data, made.data)
	path := api(ws, "campaigns", made.object()["id"].(string))
	same(t, "location", made.header.Get("Location"), path)
	read := s.ask(t, token, "GET", path, "").is(http.StatusOK)
	same(t, "read", read.data, made.data)
	same(t, "etag", read.header.Get("ETag"), `"1-`+coach.ID.String()+`"`)
	found := s.ask(t, token, "GET", api(ws, "campaigns?externalId=HA-1"), "").is(http.StatusOK)
	same(t, "found", found.data, any([]any{made.data}))
	same(t, "nothing", s.ask(t, token, "GET", api(ws, "campaigns?externalId=HA"), "").is(http.StatusOK).data, any([]any{}))

	edited := s.ask(t, token, "PATCH", path, `{"name": "Summer", "personaId": null}`, `If-Match: "1"`).is(http.StatusOK).object()
	same(t, "edited", []any{edited["name"], edited["externalId"], edited["personaId"], edited["version"]},
		[]any{"Summer", "HA-1", nil, 2.0})
	stale := s.ask(t, token, "PATCH", path, `{"name": "Late", "version": 1}`).is(http.StatusConflict)
	same(t, "stale", []any{stale.Code, stale.Version}, []any{"stale_version", 2.0})
	s.ask(t, token, "PATCH", path, `{"name": "Late"}`).is(http.StatusUnprocessableEntity)
	s.ask(t, token, "PATCH", path, `{"externalId": null, "version": 2}`).is(http.StatusOK)
	s.ask(t, token, "POST", api(ws, "campaigns"), `{"name": "", "externalId": "x"}`).is(http.StatusUnprocessableEntity)
	s.ask(t, token, "POST", api(ws, "campaigns"), `{"name": "x", "personaId": "`+uuid.NewString()+`"}`).is(http.StatusNotFound)
	s.ask(t, token, "POST", api(ws, "campaigns"), `{"name": "Autumn", "externalId": "HA-1"}`).is(http.StatusCreated)
	taken := s.ask(t, token, "PATCH", path, `{"externalId": "HA-1", "version": 3}`).is(http.StatusConflict)
	same(t, "taken", taken.Code, "external_id_taken")
	if !strings.Contains(taken.Fields["externalId"], "“Autumn”") {
		t.Error(taken.Fields)
	}
	for range 2 {
		if s.ask(t, token, "POST", path+"/archive", "").is(http.StatusOK).object()["archivedAt"] == nil {
			t.Error("it is not archived")
		}
	}
	same(t, "archived", len(s.ask(t, token, "GET", api(ws, "campaigns?archived=true"), "").data.([]any)), 1)
	same(t, "listed", len(s.ask(t, token, "GET", api(ws, "campaigns"), "").data.([]any)), 1)
	same(t, "back", s.ask(t, token, "POST", path+"/unarchive", "").is(http.StatusOK).object()["archivedAt"], nil)

	// A rename does not stand in the way of an undo; an assignment does.
	many, err := s.AssignMany(t.Context(), ws, persona.CampaignChoice{All: true}, uuid.NullUUID{UUID: coach.ID, Valid: true})
	if err != nil {
		t.Fatal(err)
	}
	s.ask(t, token, "PATCH", path, `{"name": "Renamed", "version": 3}`).is(http.StatusOK)
	if _, err := s.UndoAssignment(t.Context(), ws, many.Event); err != nil {
		t.Error(err)
	}
	if many, err = s.AssignMany(t.Context(), ws, persona.CampaignChoice{All: true},
		uuid.NullUUID{UUID: coach.ID, Valid: true}); err != nil {
		t.Fatal(err)
	}
	for _, to := range []persona.Persona{def, coach} {
		s.ask(t, token, "PATCH", path, `{"personaId": "`+to.ID.String()+`", "version": 4}`).is(http.StatusOK)
	}
	if _, err := s.UndoAssignment(t.Context(), ws, many.Event); err == nil {
		t.Error("an assignment by a change is overlooked")
	}
}

// naming returns a message that names a campaign, from a lead of its own.
func naming(id, campaign, name string) string {
	return fmt.Sprintf(`{"externalId": %q, "channel": "email", "campaignExternalId": %q, "campaignName": %q,
		"body": "What does it cost?", "sentAt": %q, "lead": {"externalId": %q, "firstName": "Liv"}}`, id, campaign, name,
		time.Now().Format(time.RFC3339), id)
}

func TestAMessageAddsTheCampaignThatItNames(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	secret := s.secret(t, ws)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			body := naming(fmt.Sprint("m-", i), "C-9", "Spring\u200b fairs")
			if got := s.hook(t, ws.Workspace().String(), body, sign(secret, body)); got.status != http.StatusAccepted {
				t.Errorf("status %d: %s", got.status, got.body)
			}
		})
	}
	all.Wait()
	same(t, "one campaign", s.words(t, `select concat_ws('|', external_id, name, persona_id) from campaigns`), "C-9|Spring fairs")
	same(t, "all belong to it", s.Count(t, `select count(*) from messages m join leads l on l.id = m.lead_id
		join campaigns c on c.id = m.campaign_id and c.id = l.campaign_id`), 8)
	same(t, "one event", s.words(t, `select concat_ws('|', capacity, actor_id, details) from audit_events
		where action = 'campaign.created'`), "inbound|{}")
	unnamed := naming("m-9", "C-10", "")
	s.hook(t, ws.Workspace().String(), unnamed, sign(secret, unnamed)).is(http.StatusAccepted)
	same(t, "called by its id", s.Count(t, `select count(*) from campaigns where name = 'C-10'`), 1)
	b := s.as(t, ws.Workspace(), access.Admin)
	same(t, "rows", b.get(at(ws, "campaigns")).rows(), []string{"C-10", "Spring fairs"})
	b.get(at(ws, "activity")).says("Added the campaign “Spring fairs”", "A message that named it")

	before := s.Snapshot(t)
	for body, says := range map[string]string{
		naming("m-11", "C-11", strings.Repeat("x", 201)):                           "campaignName",
		strings.Replace(naming("m-11", "C-11", ""), `"email"`, `"pigeon"`, 1):      "channel",
		strings.Replace(naming("m-11", "C-11", ""), `"2026-`, `"2024-`, 1):         "24 hours",
		strings.Replace(naming("m-11", "C-11", ""), `"sentAt": "2`, `"at": "2`, 1): "sentAt",
	} {
		if got := s.hook(t, ws.Workspace().String(), body, sign(secret, body)).is(http.StatusUnprocessableEntity); !strings.Contains(got.body, says) {
			t.Errorf("%s: %s", says, got.body)
		}
	}
	same(t, "what is refused adds none", s.Snapshot(t), before)
}

func TestTheCampaignOfAMessageIsAssignedTheSameMinuteAndStaysArchived(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	coach := s.NewPersona(t, ws, "Coach")
	secret := s.secret(t, ws)
	send := func(id string) *page {
		body := naming(id, "C-9", "")
		return s.hook(t, ws.Workspace().String(), body, sign(secret, body)).is(http.StatusAccepted)
	}
	draft := uuid.MustParse(send("m-1").draftID())
	b := s.as(t, ws.Workspace(), access.Admin)
	campaign := s.words(t, `select id::text from campaigns`)
	b.get(at(ws, "campaigns")).submit("Save the persona for C-9", url.Values{"persona": {coach.ID.String()}}).is(http.StatusOK)
	answers := func(draft uuid.UUID) string {
		task, err := s.DraftTask(t.Context(), postgres.DraftJob{Workspace: ws.Workspace(), Draft: draft})
		if err != nil {
			t.Fatal(err)
		}
		return persona.Resolve(task.Input).PersonaName
	}
	same(t, "who answers", answers(draft), "Coach")
	b.post(at(ws, "campaigns", campaign, "archive"), nil).is(http.StatusOK)
	same(t, "who answers when it is archived", answers(uuid.MustParse(send("m-2").draftID())), "Coach")
	same(t, "one campaign, archived", s.Count(t, `select count(*) from campaigns where archived_at is not null`), 1)
}

func TestAMessageBeyondAllCampaignsIsTakenWithoutOne(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	secret := s.secret(t, ws)
	s.Exec(t, `insert into campaigns (workspace_id, name, external_id) select $1, 'C' || n, 'C' || n
		from generate_series(1, $2::integer) n`, ws.Workspace(), persona.MaxCampaigns)
	body := naming("m-1", "one more", "")
	got := s.hook(t, ws.Workspace().String(), body, sign(secret, body)).is(http.StatusAccepted)
	got.draftID()
	if !strings.Contains(got.body, `"warnings":[{"field":"campaignExternalId","message":"This campaign is not known`) {
		t.Error(got.body)
	}
	body = naming("m-2", "C7", "")
	if got := s.hook(t, ws.Workspace().String(), body, sign(secret, body)).is(http.StatusAccepted); strings.Contains(got.body, "warnings") {
		t.Error(got.body)
	}
	same(t, "without one", s.Count(t, `select count(*) from messages where campaign_id is null and campaign_named = 'one more'`), 1)
	s.as(t, ws.Workspace(), access.Admin).post(at(ws, "campaigns"), url.Values{"name": {"x"}}).
		is(http.StatusUnprocessableEntity).says("This workspace has 50,000 campaigns")
	same(t, "campaigns", s.Count(t, `select count(*) from campaigns`), persona.MaxCampaigns)
}
