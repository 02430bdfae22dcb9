package web

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"personae/internal/language"
	"personae/internal/persona"
	"personae/views"
)

// resolver is what a page about who answers knows.
type resolver struct {
	workspace string
	language  language.Told // of the message
	campaigns []persona.Campaign
	personas  []persona.Persona
	settings  persona.Voice
}

func (s *Server) resolver(c *call) (resolver, error) {
	campaigns, personas, settings, err := s.DB.Campaigns(c.ctx(), c.access)
	return resolver{workspace: c.access.Name(), campaigns: campaigns, personas: personas, settings: settings}, err
}

func (r resolver) resolve(campaign *persona.Campaign, channel persona.Channel) persona.Resolution {
	in := persona.NewResolveInput(r.workspace, campaign, r.personas, r.settings, channel)
	in.Language = r.language
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
	a, err := s.resolver(c)
	if err != nil {
		return err
	}
	channel := persona.Channel(c.QueryParam("channel"))
	status := http.StatusOK
	var wrong []persona.FieldError
	if !slices.Contains(persona.Channels(), channel) {
		if channel != "" {
			status, wrong = http.StatusUnprocessableEntity,
				oneError("channel", "There is no such channel. Choose another; what stands here is for email")
		}
		channel = persona.Email
	}
	if of := a.asked(c.QueryParam("language")); len(of) > 0 {
		status, wrong = http.StatusUnprocessableEntity, append(wrong, of...)
	}
	m := views.Resolution{Channel: channel, Typed: c.QueryParam("at"), Language: a.language.Tag, Languages: persona.LanguagesOf(a.personas)}
	foreseen, of, err := s.foresee(c, a, &m)
	if err != nil {
		return err
	}
	if len(of) > 0 {
		status, wrong = http.StatusUnprocessableEntity, append(wrong, of...)
	}
	m.Campaigns = a.campaigns
	var about *persona.Campaign
	if text := c.QueryParam("campaign"); text != "" {
		id, err := parseID(text)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(a.campaigns, func(x persona.Campaign) bool { return x.ID == id })
		if i < 0 { // it is archived, or not there
			archived, _, err := s.DB.Campaign(c.ctx(), c.access, id)
			if err != nil {
				return err
			}
			m.Archived, about = &archived, &archived
		} else {
			about = &a.campaigns[i]
		}
		m.Campaign = id
	}
	m.Answer = a.resolve(about, channel)
	m.Because = foreseen.Steps(m.Campaign, m.Answer.Source)
	for _, campaign := range a.campaigns {
		m.All = append(m.All, a.resolve(&campaign, channel))
	}
	shell := s.shell(c, c.tr("Who answers"), "why")
	shell.Errors = wrong
	return s.page(c, status, views.ResolutionPage(shell, m))
}

// foresee brings what decides up to the moment that was typed, if one was, and returns what is
// wrong with that.
func (s *Server) foresee(
	c *call, a resolver, m *views.Resolution,
) (then persona.Foreseen, wrong []persona.FieldError, err error) {
	if m.Typed == "" {
		return then, nil, nil
	}
	if m.At, wrong = s.momentAhead(c, m.Typed); len(wrong) > 0 {
		return then, wrong, nil
	}
	schedules, err := s.DB.OpenSchedules(c.ctx(), c.access)
	return persona.ForeseeIn(a.personas, a.campaigns, schedules, m.At), nil, err
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
	a, err := s.resolver(c)
	if err != nil {
		return err
	}
	body := bytes.NewBufferString(csvStart)
	w := csv.NewWriter(body)
	rows := [][]string{{"campaign id", "external id", "campaign", "source", "persona id", "persona", "version"}}
	for _, campaign := range a.campaigns {
		r := a.resolve(&campaign, persona.Email)
		id, version := "", ""
		if r.PersonaID.Valid {
			id, version = r.PersonaID.UUID.String(), strconv.Itoa(r.Version)
		}
		rows = append(rows, []string{campaign.ID.String(), safeCell(campaign.ExternalID), safeCell(campaign.Name),
			string(r.Source), id, safeCell(r.PersonaName), version})
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
