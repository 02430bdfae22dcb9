package views

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/lead"
	"personae/internal/persona"
)

// Drafts is a page of a list of drafts: of those that wait, if nothing else is asked for.
type Drafts struct {
	lead.DraftList
	Filter lead.DraftFilter
	Page   int // from 1
}

// The orders of a list of drafts, as its address names them.
const (
	OldestFirst = "oldest"
	NewestFirst = "newest"
)

// DraftStates lists the states by which drafts are listed, the usual one first.
func DraftStates() []lead.DraftState {
	return []lead.DraftState{lead.DraftWaiting, lead.DraftApproved, lead.DraftSent, lead.DraftRejected, lead.DraftFailed,
		lead.DraftWithdrawn}
}

// NewestByItself reports whether a list of drafts in a state begins with the newest
// where nobody says otherwise: what waits is worked off in the order in which it came.
func NewestByItself(state lead.DraftState) bool { return state != lead.DraftWaiting }

// draftQuery returns a filter as the address of a list says it.
func draftQuery(f lead.DraftFilter) url.Values {
	q := url.Values{}
	if f.State != lead.DraftWaiting {
		q.Set("state", string(f.State))
	}
	if f.Persona.Valid {
		q.Set("persona", f.Persona.UUID.String())
	}
	if f.Campaign.Valid {
		q.Set("campaign", f.Campaign.UUID.String())
	}
	if f.Channel != "" {
		q.Set("channel", string(f.Channel))
	}
	if f.Newest != NewestByItself(f.State) {
		q.Set("sort", sortName(f))
	}
	return q
}

func sortName(f lead.DraftFilter) string {
	if f.Newest {
		return NewestFirst
	}
	return OldestFirst
}

// DraftsPath returns base with what f asks for.
func DraftsPath(base string, f lead.DraftFilter) string {
	if q := draftQuery(f); len(q) > 0 {
		return base + "?" + q.Encode()
	}
	return base
}

func draftsPath(s Shell, f lead.DraftFilter) templ.SafeURL {
	return templ.SafeURL(DraftsPath(string(at(s, "drafts")), f))
}

func draftPath(s Shell, id uuid.UUID, f lead.DraftFilter) templ.SafeURL {
	return templ.SafeURL(DraftsPath(string(at(s, "drafts", id.String())), f))
}

// page returns the address of another page of the list.
func (m Drafts) page(s Shell, page int) templ.SafeURL {
	q := draftQuery(m.Filter)
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	if len(q) == 0 {
		return at(s, "drafts")
	}
	return at(s, "drafts?"+q.Encode())
}

// filtered reports whether some of the drafts in the state are left out.
func (m Drafts) filtered() bool {
	return m.Filter.Persona.Valid || m.Filter.Campaign.Valid || m.Filter.Channel != ""
}

// usual reports whether the list is the one that the side column leads to.
func (m Drafts) usual() bool { return len(draftQuery(m.Filter)) == 0 }

// withFirst makes of s the frame of the list, whose main action is to begin with it.
func withFirst(ctx context.Context, s Shell, m Drafts) frame {
	f := frame{Shell: s}
	if s.MayWrite && m.Filter.State == lead.DraftWaiting && m.Page == 1 && len(m.Drafts) > 0 {
		f.Action, f.ActionPath = tr(ctx, "Start with the first"), draftPath(s, m.Drafts[0].ID, m.Filter)
	}
	return f
}

// caption names the list.
func (m Drafts) caption(ctx context.Context) string {
	if m.Filter.Newest {
		return tr(ctx, "%s drafts, the newest first", stateName(ctx, m.Filter.State))
	}
	return tr(ctx, "%s drafts, the oldest first", stateName(ctx, m.Filter.State))
}

// stateName names a state for people who look for drafts in it.
func stateName(ctx context.Context, state lead.DraftState) string {
	switch state {
	case lead.DraftWaiting:
		return tr(ctx, "Waiting")
	case lead.DraftApproved:
		return tr(ctx, "Approved")
	case lead.DraftRejected:
		return tr(ctx, "Rejected")
	case lead.DraftSent:
		return tr(ctx, "Sent")
	case lead.DraftFailed:
		return tr(ctx, "Could not be sent")
	case lead.DraftWithdrawn:
		return tr(ctx, "Withdrawn")
	}
	return string(state)
}

// sinceName heads the column that says since when drafts are in a state.
func sinceName(ctx context.Context, state lead.DraftState) string {
	if state == lead.DraftWaiting {
		return tr(ctx, "Waits since")
	}
	return stateName(ctx, state)
}

func draftStateOptions(ctx context.Context) []option {
	var options []option
	for _, state := range DraftStates() {
		options = append(options, option{string(state), stateName(ctx, state)})
	}
	return options
}

// channelName names a channel.
func channelName(ctx context.Context, c persona.Channel) string {
	switch c {
	case persona.Email:
		return tr(ctx, "Email")
	case persona.SMS:
		return tr(ctx, "SMS")
	case persona.LinkedIn:
		return tr(ctx, "LinkedIn")
	}
	return string(c)
}

func draftOrders(ctx context.Context) []option {
	return []option{{OldestFirst, tr(ctx, "The oldest first")}, {NewestFirst, tr(ctx, "The newest first")}}
}

// speaker names whose voice a draft has.
func speaker(ctx context.Context, d lead.Draft) string {
	switch {
	case d.Source == persona.FromSettings:
		return tr(ctx, "The workspace settings")
	case d.PersonaName == "":
		return tr(ctx, "A persona that is not known any more")
	}
	return persona.Isolate(d.PersonaName)
}

// ago says how long ago t was.
func ago(ctx context.Context, t time.Time) string {
	passed := time.Since(t)
	minutes, hours := int(passed.Minutes()), int(passed.Hours())
	switch {
	case minutes < 1:
		return tr(ctx, "just now")
	case minutes < 60:
		return tr(ctx, "%d minutes ago", minutes)
	case hours < 48:
		return tr(ctx, "%d hours ago", hours)
	}
	return tr(ctx, "%d days ago", hours/24)
}
