package views

import (
	"context"
	"fmt"

	"personae/internal/access"
	"personae/internal/persona"
)

// Workspaces is the list of workspaces that one may open.
type Workspaces struct {
	Listing
	Items     []access.Workspace
	MayCreate bool   // who looks may add one
	To        string // the page of each that the list leads to, such as "/personas"
}

// frame returns what surrounds the list.
func (m Workspaces) frame(s Shell) frame {
	f := frame{Shell: s}
	if m.MayCreate && !m.Archived {
		f.Action, f.ActionPath = "Create workspace", "/workspaces/new"
	}
	return f
}

// SortByChange sorts workspaces, the one changed last first.
const SortByChange = "change"

func workspaceOrders() []option {
	return []option{{Value: "", Label: "name"}, {Value: SortByChange, Label: "last change"}}
}

// requestsWait says that requests of support staff wait for an answer.
func requestsWait(n int) string {
	if n == 1 {
		return "1 request waits for support access"
	}
	return persona.Thousands(n) + " requests wait for support access"
}

// openAs says in what role one may open a workspace, and as support staff for what and
// how long.
func openAs(ctx context.Context, w access.Workspace) string {
	switch w.Role {
	case access.Owner:
		return "You own this workspace."
	case access.Admin:
		return "You are an admin."
	case access.Member:
		return "You are a member and may read."
	case access.Support:
		return "You are support staff here and may " + heldWords(w.Scope) + " until " + moment(ctx, w.Until) + ahead(ctx, w.Until) + "."
	case access.Superadmin:
		return "Open to you as superadmin."
	}
	return ""
}

// defaultWords says who speaks in a workspace of the list.
func defaultWords(w access.Workspace) string {
	switch {
	case w.Default == "":
		return "No persona yet."
	case w.Personas == 1:
		return persona.Isolate(w.Default) + " speaks, the only persona."
	}
	return fmt.Sprintf("%s speaks by default, one of %s.", persona.Isolate(w.Default), count(w.Personas, "persona"))
}
