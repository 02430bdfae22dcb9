package access

import (
	"errors"
	"time"

	"github.com/google/uuid"
)

// ReasonLimit is the longest reason for a grant, in characters.
const ReasonLimit = 500

// GrantHours lists for how long support may be let in, in hours.
func GrantHours() []int { return []int{1, 24, 168} }

// Scope is what a support grant lets one do.
type Scope string

// The scopes.
const (
	SwitchOnly Scope = "switch"
	FullAccess Scope = "full"
)

// Grant lets one of the support staff into a workspace for a while.
type Grant struct {
	ID                 uuid.UUID
	Workspace          uuid.UUID
	WorkspaceName      string
	User               uuid.UUID
	Person             string
	Scope              Scope
	Reason             string
	GrantedBy          string
	CreatedAt, Expires time.Time
	Revoked            *time.Time // nil: it was not
	Orphaned           bool       // who gave it is no owner, admin or superadmin any more, so it does not work
}

// GrantRequest is support staff's wish for a grant.
type GrantRequest struct {
	ID            uuid.UUID
	Asked         string // for what workspace, as it was typed: there may be none
	WorkspaceName string // empty until it is granted
	Person        string
	Scope         Scope
	Hours         int
	Reason        string
	CreatedAt     time.Time
	Decided       bool
	Granted       bool
	Withdrawn     bool // by whoever asked
	RanOut        bool // a week went by without an answer
}

// Open reports whether the request still waits for an answer.
func (r GrantRequest) Open() bool { return !r.Decided && !r.RanOut }

// ErrRequestOver is an answer to a request that was answered or withdrawn already or ran
// out. It changes nothing.
var ErrRequestOver = errors.New("the request is not open any more")

// Grants is what a workspace's page about support staff shows.
type Grants struct {
	Current  []Grant // all of them, the latest first
	Past     []Grant // the last 20 that ended
	Requests []GrantRequest
}
