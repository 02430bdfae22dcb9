package api

import (
	"context"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/postgres"
)

// Token is what a program may do, where, and until when.
type Token struct {
	WorkspaceID   uuid.UUID         `json:"workspaceId"`
	WorkspaceName string            `json:"workspaceName"`
	Scope         access.TokenScope `json:"scope" description:"What it may do: look, propose changes as well, switch the default as well, send (read leads and drafts, and say what was sent), or all that a token may"`
	ExpiresAt     time.Time         `json:"expiresAt"`
}

func (a *API) readToken(ctx context.Context, by postgres.Access, _ Nothing) (Token, error) {
	t, err := a.DB.OwnToken(ctx, by)
	return Token{by.Workspace(), by.Name(), t.Scope, t.ExpiresAt.UTC()}, err
}
