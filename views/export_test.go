package views

import "personae/internal/audit"

// HasPhrase reports whether the table has a phrase for an action.
func HasPhrase(a audit.Action) bool { return phrases[a].entry != nil }

// Happened is happened.
var Happened = happened
