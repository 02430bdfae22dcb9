package persona

import (
	"time"

	"github.com/google/uuid"

	"personae/internal/i18n"
)

// MaxHousePersonas is how many house personas there may be.
const MaxHousePersonas = 200

// RoomInHouse fails with an InvalidError where there are as many house personas as may be.
func RoomInHouse(has int) error {
	if has < MaxHousePersonas {
		return nil
	}
	return &InvalidError{Fields: []FieldError{{Field: "name", Message: i18n.Say(
		"There are %d house personas, and no more may be. Change one that is withdrawn into this one", MaxHousePersonas)}}}
}

// HousePersona is a persona that superadmins keep for all workspaces, which take copies
// of it.
type HousePersona struct {
	ID uuid.UUID
	Content
	Version   int // grows by one with each change
	UpdatedAt time.Time
	Withdrawn bool // it is offered no more
	Copies    int  // workspaces that have copies of it
	Behind    int  // and those of them that have one which it changed since
}

// HouseVersion is what a house persona said at a version.
type HouseVersion struct {
	Content
	Number    int
	Withdrawn bool
	At        time.Time
	Who       string // empty: a program outside personae
}

// HouseMark is a house persona at a version: of what a copy is taken, or with what a copy
// is merged, which then says which house persona that is. Its zero value is none.
type HouseMark struct {
	ID      uuid.UUID
	Version int
}

// HouseCopy is what a persona was taken from.
type HouseCopy struct {
	House     Named // with its name now
	Version   int   // that the copy was taken from or last merged with
	Newest    int
	Withdrawn bool // the house persona is
	Changed   bool // it is not, and says something else by now than at Version
}

// HouseMerge is what changed in a house persona and in its copy since they were the same.
type HouseMerge struct {
	HouseCopy
	Base, Theirs Content // the words of the house persona at HouseCopy.Version, and now
	Yours        Persona // the copy now
}

// HouseTaken is a persona of a workspace that is a copy.
type HouseTaken struct {
	House uuid.UUID
	Named
	Version int  // of the house persona, that it was taken from or last merged with
	Changed bool // as of HouseCopy
}

// HouseChange is a copy whose house persona changed since.
type HouseChange struct {
	Named
	House string // name of the house persona
}
