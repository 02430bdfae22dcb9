package audit

// Actions of changes that left no event.
const (
	OutsideAdded    = "outside.added"
	OutsideChanged  = "outside.changed"
	OutsideDeleted  = "outside.deleted"
	OutsideSettings = "outside.settings"
)
