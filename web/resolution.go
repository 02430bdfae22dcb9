package web

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"

	"personae/internal/language"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/views"
)

// resolver is what a page about who answers knows.
type resolver struct {
	workspace string
	language  language.Told // of the message
	settings  persona.Voice
	byDefault *persona.Persona // nil: there is none
	personas  map[uuid.UUID]*persona.Persona
}

func newResolver(c *call, personas []persona.Persona, settings persona.Voice) resolver {
	r := resolver{workspace: c.access.Name(), settings: settings, personas: make(map[uuid.UUID]*persona.Persona, len(personas))}
	for i := range personas {
		p := &personas[i]
		if r.personas[p.ID] = p; p.IsDefault {
			r.byDefault = p
		}
	}
	return r
}

func (r resolver) resolve(campaign *persona.Campaign, channel persona.Channel) persona.Resolution {
	in := persona.ResolveInput{Workspace: r.workspace, Campaign: campaign, Default: r.byDefault, Settings: r.settings,
		Channel: channel, Language: r.language}
	if campaign != nil && campaign.PersonaID.Valid {
		in.CampaignPersona = r.personas[campaign.PersonaID.UUID]
	}
	return persona.Resolve(in)
}

// asked notes the language of the message that is asked about, if one is, and returns what is
// wrong with it.
func (r *resolver) asked(text string) []persona.FieldError {
	if text == "" {
		return nil
	}
	tag, err := language.Parse(text)
	if err != nil {
		return oneError("language", "This is no language that is known here. Choose another; what stands here is for main words")
	}
	r.language = language.Told{Tag: tag, By: language.Given}
	return nil
}

func (s *Server) resolution(c *call) error {
	m, q := views.Resolution{Typed: c.QueryParam("at"), Listing: c.listing()}, postgres.WhoAnswersFor{Offer: c.offer()}
	var err error
	if q.Campaign, err = optionalID(c.QueryParam("campaign")); err != nil {
		return err
	}
	var r resolver
	wrong := s.askedOf(c, &m, &r)
	q.At, q.Page = m.At, m.Page
	who, err := s.DB.WhoAnswers(c.ctx(), c.access, q)
	if err != nil {
		return err
	}
	told := r.language
	r = newResolver(c, who.Personas, who.Settings)
	r.language = told
	m.Language, m.Languages = told.Tag, persona.LanguagesOf(who.Personas)
	m.Campaigns, m.Choices, m.Offer = who.Campaigns, who.Choices, who.Offer
	m.Listing = m.Counted(who.Total, postgres.CampaignsPageSize, "campaign")
	if who.Campaign != nil {
		if m.Campaign = who.Campaign.ID; who.Campaign.Archived() {
			m.Archived = who.Campaign
		}
	}
	m.Answer = r.resolve(who.Campaign, m.Channel)
	m.Because = who.Foreseen.Steps(m.Campaign, m.Answer.Source)
	for _, campaign := range who.Campaigns {
		m.All = append(m.All, r.resolve(&campaign, m.Channel))
	}
	shell, status := s.shell(c, c.tr("Who answers"), "why"), http.StatusOK
	if shell.Errors = wrong; len(wrong) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return s.page(c, status, views.ResolutionPage(shell, m))
}

// askedOf reads for which channel, in which language and at which moment, and returns what is
// wrong with that.
func (s *Server) askedOf(c *call, m *views.Resolution, r *resolver) (wrong []persona.FieldError) {
	m.Channel = persona.Channel(c.QueryParam("channel"))
	if !slices.Contains(persona.Channels(), m.Channel) {
		if m.Channel != "" {
			wrong = oneError("channel", "There is no such channel. Choose another; what stands here is for email")
		}
		m.Channel = persona.Email
	}
	wrong = append(wrong, r.asked(c.QueryParam("language"))...)
	if m.Typed == "" {
		return wrong
	}
	var of []persona.FieldError
	m.At, of = s.momentAhead(c, m.Typed)
	return append(wrong, of...)
}

// momentAhead returns the moment that was typed in the reader's zone, and what is wrong with
// it. Of two at which clocks show the same it is the first.
func (s *Server) momentAhead(c *call, typed string) (time.Time, []persona.FieldError) {
	at, wrong := chosenMoment(s.zone(c), "at", typed, views.FirstMoment)
	if len(wrong) == 0 && !at.After(time.Now()) {
		wrong = oneError("at", "This moment is over. Choose one that is to come; what stands here is for now")
	}
	if len(wrong) > 0 {
		return time.Time{}, wrong
	}
	return at, nil
}

// resolutionCSV says who answers for each campaign, for a spreadsheet.
func (s *Server) resolutionCSV(c *call) error {
	campaigns, personas, settings, err := s.DB.Campaigns(c.ctx(), c.access)
	if err != nil {
		return err
	}
	r := newResolver(c, personas, settings)
	body := bytes.NewBufferString(csvStart)
	w := csv.NewWriter(body)
	rows := [][]string{{"campaign id", "external id", "campaign", "source", "persona id", "persona", "version"}}
	for _, campaign := range campaigns {
		answer := r.resolve(&campaign, persona.Email)
		id, version := "", ""
		if answer.PersonaID.Valid {
			id, version = answer.PersonaID.UUID.String(), strconv.Itoa(answer.Version)
		}
		rows = append(rows, []string{campaign.ID.String(), safeCell(campaign.ExternalID), safeCell(campaign.Name),
			string(answer.Source), id, safeCell(answer.PersonaName), version})
	}
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	return attachment(c, "answers-"+c.access.Workspace().String()+".csv", body.Bytes())
}

// attachment answers with a CSV file.
func attachment(c *call, name string, body []byte) error {
	attach(c, name)
	return c.Blob(http.StatusOK, csvType, body)
}

const csvType = "text/csv; charset=utf-8"

// csvStart is the byte order mark by which Excel knows UTF-8. It takes all else for
// the code page of the country.
const csvStart = "\ufeff"

// attach says that a CSV file follows.
func attach(c *call, name string) {
	c.Response().Header().Set("Content-Type", csvType)
	c.Response().Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}

// safeCell keeps a spreadsheet from taking somebody's words for a formula. Excel takes
// marks of full width for their narrow ones.
func safeCell(text string) string {
	if plain := norm.NFKC.String(text); plain != "" && strings.ContainsRune("=+-@\t\r\n", rune(plain[0])) {
		return "'" + text
	}
	return text
}
