package api

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/google/uuid"

	"personae/internal/audit"
	"personae/internal/persona"
	"personae/internal/personafile"
	"personae/internal/postgres"
)

// Version is a persona as it stood from one change to the next.
type Version struct {
	Version   int       `json:"version"`
	Name      string    `json:"name"`
	IsDefault bool      `json:"isDefault"`
	Deleted   bool      `json:"deleted" description:"It was deleted with these words"`
	At        time.Time `json:"at"`
	ActorName *string   `json:"actorName" description:"null: nobody who is known"`
	Capacity  *string   `json:"capacity" description:"In which role they did it"`
	Action    *string   `json:"action" description:"Such as persona.edited"`
	personafile.Voice
	Variants personafile.Variants `json:"variants" description:"Words in other languages, by their tags"`
}

// ListVersions asks for the versions of a persona.
type ListVersions struct {
	OfPersona
	Before int `query:"before" json:"-" minimum:"1" description:"Only versions before this one"`
}

func (a *API) listVersions(ctx context.Context, access postgres.Access, r ListVersions) ([]Version, url.Values, error) {
	h, err := a.DB.History(ctx, access, r.Persona, r.Before)
	var next url.Values
	if older := h.Older(); older > 0 {
		h.Versions = h.Versions[:audit.HistoryPageSize]
		next = url.Values{"before": {strconv.Itoa(older)}}
	}
	return each(h.Versions, versionOf), next, err
}

func versionOf(v audit.Version) Version {
	return Version{Version: v.Number, Name: v.Name, IsDefault: v.IsDefault, Deleted: v.Deleted, At: v.At.UTC(),
		ActorName: textOrNull(v.Who), Capacity: textOrNull(string(v.Role)), Action: textOrNull(string(v.Action)),
		Voice: personafile.VoiceOf(v.Voice), Variants: personafile.VariantsOf(v.Variants)}
}

// RestoreVersion names a version that comes back.
type RestoreVersion struct {
	OfPersona
	Number int `path:"version" json:"-"`
	OfVersion
}

// restoreVersion gives a persona, deleted or not, the words of one of its
// versions.
func (a *API) restoreVersion(
	ctx context.Context, access postgres.Access, r RestoreVersion,
) (SavedPersona, *persona.Proposal, error) {
	now, err := r.asked()
	if err != nil {
		return SavedPersona{}, nil, err
	}
	saved, err := a.DB.Restore(ctx, access, r.Persona, r.Number, now)
	return savedBeside(saved), insteadOf(saved), err
}

// DeletedPersona is one that can be restored.
type DeletedPersona struct {
	ID        uuid.UUID `json:"id"`
	Name      string    `json:"name"`
	DeletedAt time.Time `json:"deletedAt"`
	ActorName *string   `json:"actorName"`
}

func (a *API) listDeleted(ctx context.Context, access postgres.Access, _ Nothing) ([]DeletedPersona, error) {
	list, err := a.DB.DeletedPersonas(ctx, access)
	return each(list, func(p audit.Restorable) DeletedPersona {
		return DeletedPersona{p.ID, p.Name, p.At.UTC(), textOrNull(p.Who)}
	}), err
}
