package access

import "errors"

// Why somebody may not do what they ask for. Nothing was changed.
var (
	// ErrSignedOut is the lack of a session that is still good.
	ErrSignedOut = errors.New("signed out")
	// ErrForbidden is an action on what one may only read.
	ErrForbidden = errors.New("forbidden")
	// ErrArchived is a write in a workspace that is archived.
	ErrArchived = errors.New("the workspace is archived")
	// ErrNoFactor is a write in a workspace that asks for a second factor, by
	// somebody who has none.
	ErrNoFactor = errors.New("the workspace asks for a second factor")
)
