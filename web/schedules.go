package web

import (
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/views"
)

func (s *Server) schedules(c *call) error {
	m := views.Schedules{Page: c.listing().Page}
	var err error
	if m.Open, err = s.DB.OpenSchedules(c.ctx(), c.access); err != nil {
		return err
	}
	m.Closed, m.More, err = s.DB.ClosedSchedules(c.ctx(), c.access,
		postgres.Rows{Limit: postgres.SchedulesPageSize, Skip: (m.Page - 1) * postgres.SchedulesPageSize})
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, views.SchedulesPage(s.shell(c, c.tr("Schedules"), "schedules"), m))
}

func (s *Server) cancelSchedule(c *call) error {
	id, err := c.id("schedule")
	if err != nil {
		return err
	}
	if err := c.buttonOnce(); err != nil {
		return err
	}
	cancelled, err := s.DB.CancelSchedule(c.ctx(), c.access, id)
	if err != nil {
		return err
	}
	return s.redirect(c, c.in("/schedules"), views.ScheduleCancelled(s.zoned(c), cancelled))
}

func (s *Server) scheduleForm(c *call) error {
	return s.schedulingPage(c, http.StatusOK, views.ScheduleForm{}, nil)
}

func (s *Server) scheduleKept(c *call) error {
	form, err := decode[views.ScheduleForm](c)
	if err != nil {
		return err
	}
	return s.schedulingPage(c, http.StatusOK, form, keptErrors())
}

// schedulingPage shows the form that schedules a switch to the persona in the path, or who
// answers for the campaign in it.
func (s *Server) schedulingPage(c *call, status int, form views.ScheduleForm, wrong []persona.FieldError) error {
	zone := s.typedZone(c, form)
	form.Zone = zone.String()
	m := views.Scheduling{Form: form, AtTwice: twoMoments(zone, form.At), UntilTwice: twoMoments(zone, form.Until)}
	var shell views.Shell
	if c.Param("p") != "" {
		id, err := c.id("p")
		if err != nil {
			return err
		}
		i, err := s.DB.Impact(c.ctx(), c.access, id)
		if err != nil {
			return err
		}
		m.Impact = &i
		shell = s.shell(c, c.tr("Schedule %s as the default", persona.Isolate(i.Target.Name)), "personas")
	} else {
		id, err := c.id("c")
		if err != nil {
			return err
		}
		if m.Campaign, err = s.campaignView(c, id); err != nil {
			return err
		}
		shell = s.shell(c, c.tr("Schedule who answers for %s", persona.Isolate(m.Campaign.Name)), "campaigns")
	}
	shell.Errors = wrong
	return s.page(c, status, views.SchedulingPage(shell, m))
}

// typedZone returns the zone in which the moments of a form were typed.
func (s *Server) typedZone(c *call, form views.ScheduleForm) *time.Location {
	if zone, known := access.KnownZone(form.Zone); known {
		return zone
	}
	return s.zone(c)
}

func twoMoments(zone *time.Location, typed string) []time.Time {
	if found, err := access.Moments(zone, typed); err == nil && len(found) == 2 {
		return []time.Time{found[0].In(zone), found[1].In(zone)}
	}
	return nil
}

// chosenMoment returns the moment that was typed in a field, and what is wrong with it.
func chosenMoment(zone *time.Location, field, typed, which string) (time.Time, []persona.FieldError) {
	found, err := access.Moments(zone, typed)
	if err != nil {
		return time.Time{}, oneError(field, "Enter a day and a time, such as 2026-12-24 18:00")
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) == 0:
		return time.Time{}, oneError(field, "Clocks in %s are put forward over this time, so there is none. "+
			"Choose an earlier or a later one", zone.String())
	case which == views.FirstMoment:
		return found[0], nil
	case which == views.SecondMoment:
		return found[1], nil
	}
	return time.Time{}, oneError(field+"_twice", "Clocks in %s are put back over this time, so it comes twice. "+
		"Choose which of the two you mean", zone.String())
}

func (s *Server) schedule(c *call) error {
	form, err := decode[views.ScheduleForm](c)
	if err != nil {
		return err
	}
	r, wrong, err := s.scheduleRequest(c, form)
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		return s.schedulingPage(c, http.StatusUnprocessableEntity, form, wrong)
	}
	c.formOnce()
	made, err := s.DB.AddSchedule(c.ctx(), c.access, r)
	status, wrong := formErrors(err)
	var late *persona.TooLateError
	if errors.As(err, &late) {
		wrong = oneError("", "%s Nothing was scheduled", late.Reason)
	}
	if wrong != nil {
		if r.Kind == persona.ProposedSwitch {
			for i := range wrong {
				if wrong[i].Field == "persona" { // of no field on this page
					wrong[i].Field = ""
				}
			}
		}
		return s.schedulingPage(c, status, form, wrong)
	}
	if err != nil {
		return err
	}
	if made.Proposed != nil {
		return s.proposed(c, *made.Proposed)
	}
	return s.redirect(c, c.in("/schedules"), views.Scheduled(s.zoned(c), made.Schedule))
}

// scheduleRequest returns what a form asks for, and what is wrong with its moments.
func (s *Server) scheduleRequest(
	c *call, form views.ScheduleForm,
) (r persona.ScheduleRequest, wrong []persona.FieldError, err error) {
	if c.Param("p") != "" {
		r.Kind = persona.ProposedSwitch
		var id uuid.UUID
		id, err = c.id("p")
		r.Persona = uuid.NullUUID{UUID: id, Valid: true}
	} else {
		r.Kind = persona.ProposedAssignment
		if r.Campaign, err = c.id("c"); err == nil {
			r.Persona, err = optionalID(form.Persona)
		}
	}
	zone := s.typedZone(c, form)
	r.Start, wrong = chosenMoment(zone, "at", form.At, form.AtTwice)
	if form.Until != "" {
		end, of := chosenMoment(zone, "until", form.Until, form.UntilTwice)
		r.End, wrong = end, append(wrong, of...)
	}
	return r, wrong, err
}
