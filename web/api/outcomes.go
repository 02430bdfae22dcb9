package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/lead"
	"personae/internal/persona"
	"personae/internal/postgres"
)

// Outcomes is what became of the drafts that were made in a time.
type Outcomes struct {
	From  string    `json:"from" description:"The first day"`
	To    string    `json:"to" description:"The last day"`
	Total Outcome   `json:"total"`
	Rows  []Outcome `json:"rows" description:"One a persona, version, campaign, channel or week"`
}

// Outcome is what became of the drafts of one group. What it is not grouped by is null.
type Outcome struct {
	PersonaID        uuid.NullUUID `json:"personaId" description:"null, where it is grouped by it: the settings"`
	PersonaName      *string       `json:"personaName"`
	PersonaVersion   *int          `json:"personaVersion"`
	CampaignID       uuid.NullUUID `json:"campaignId" description:"null, where it is grouped by it: no campaign"`
	CampaignName     *string       `json:"campaignName"`
	Channel          *string       `json:"channel"`
	Week             *string       `json:"week" description:"Its Monday"`
	Drafts           int           `json:"drafts" description:"Made in this time; one made anew counts again"`
	Approved         int           `json:"approved" description:"As they were"`
	ApprovedEdited   int           `json:"approvedEdited" description:"With other words"`
	Rejected         int           `json:"rejected"`
	Reasons          []ReasonCount `json:"reasons" description:"Why they were rejected"`
	Withdrawn        int           `json:"withdrawn" description:"Nobody may send them any more"`
	Replaced         int           `json:"replaced" description:"Made anew before anybody decided"`
	Waiting          int           `json:"waiting"`
	Sent             int           `json:"sent" description:"Of those approved"`
	Failed           int           `json:"failed" description:"To be sent, of those approved"`
	WordsAdded       int           `json:"wordsAdded" description:"By all edits"`
	WordsRemoved     int           `json:"wordsRemoved"`
	MedianSeconds    float64       `json:"medianSeconds" description:"From made to approved or rejected"`
	NinetiethSeconds float64       `json:"ninetiethSeconds" description:"Nine of ten took no longer"`
}

// ReasonCount is how often drafts were rejected for a reason.
type ReasonCount struct {
	Reason *string `json:"reason" description:"null: nobody said"`
	Drafts int     `json:"drafts"`
}

// ReadOutcomes says which drafts are counted.
type ReadOutcomes struct {
	From     string            `query:"from" json:"-" description:"The first day, such as 2026-03-31; twelve weeks before the last, if it is not sent"`
	To       string            `query:"to" json:"-" description:"The last day; today, if it is not sent"`
	Zone     string            `query:"zone" json:"-" description:"Whose days and weeks, such as Europe/Stockholm; UTC, if it is not sent"`
	By       lead.OutcomeGroup `query:"by" json:"-" description:"What they are grouped by; persona, if it is not sent"`
	Persona  uuid.NullUUID     `query:"persona" json:"-" description:"Only of this persona"`
	Campaign string            `query:"campaign" json:"-" description:"Only of this campaign, by its id or its external id"`
	Channel  persona.Channel   `query:"channel" json:"-" description:"Only of this channel"`
}

func (a *API) readOutcomes(ctx context.Context, who postgres.Access, r ReadOutcomes) (Outcomes, error) {
	zone, known := time.UTC, true
	if r.Zone != "" {
		zone, known = access.KnownZone(r.Zone)
	}
	if !known {
		return Outcomes{}, invalid("zone", "There is no zone of this name. Send one such as Europe/Stockholm")
	}
	f, wrong := lead.OutcomePeriod(r.From, r.To, time.Now(), zone)
	if len(wrong) > 0 {
		return Outcomes{}, &persona.InvalidError{Fields: wrong}
	}
	var err error
	if f.Campaign, err = a.namedCampaign(ctx, who, r.Campaign); err != nil {
		return Outcomes{}, err
	}
	f.By, f.Persona, f.Channel = r.By, r.Persona, r.Channel
	if f.By == "" {
		f.By = lead.ByPersona
	}
	if !slices.Contains(lead.OutcomeGroups(), f.By) {
		return Outcomes{}, invalid("by", "by must be one of "+strings.Join(texts(lead.OutcomeGroups()), ", "))
	}
	if f.Channel != "" && !slices.Contains(persona.Channels(), f.Channel) {
		return Outcomes{}, invalid("channel", "channel must be one of "+strings.Join(texts(persona.Channels()), ", "))
	}
	all, err := a.DB.Outcomes(ctx, who, f)
	return Outcomes{From: f.From.Format(time.DateOnly), To: f.To.AddDate(0, 0, -1).Format(time.DateOnly),
		Total: outcomeOf("")(all.Total), Rows: each(all.Rows, outcomeOf(f.By))}, err
}

// outcomeOf returns o as programs read it.
func outcomeOf(by lead.OutcomeGroup) func(o lead.Outcome) Outcome {
	return func(o lead.Outcome) Outcome {
		data := Outcome{PersonaID: o.PersonaID, CampaignID: o.CampaignID, Drafts: o.Made, Approved: o.Approved,
			ApprovedEdited: o.Edited, Rejected: o.Rejected, Withdrawn: o.Withdrawn, Replaced: o.Replaced, Waiting: o.Waiting,
			Sent: o.Sent, Failed: o.Failed, WordsAdded: o.WordsAdded, WordsRemoved: o.WordsRemoved,
			MedianSeconds: o.Median.Seconds(), NinetiethSeconds: o.Ninetieth.Seconds(),
			Reasons: each(o.Reasons, func(r lead.ReasonCount) ReasonCount {
				return ReasonCount{textOrNull(string(r.Reason)), r.Drafts}
			})}
		switch {
		case (by == lead.ByPersona || by == lead.ByVersion) && o.PersonaID.Valid:
			data.PersonaName = &o.PersonaName
			if by == lead.ByVersion {
				data.PersonaVersion = &o.PersonaVersion
			}
		case by == lead.ByCampaign && o.CampaignID.Valid:
			data.CampaignName = &o.CampaignName
		case by == lead.ByChannel:
			data.Channel = new(string(o.Channel))
		case by == lead.ByWeek:
			data.Week = new(o.Week.Format(time.DateOnly))
		}
		return data
	}
}
