package access

// Permission is how much somebody may do in a workspace. Each includes those
// before it.
type Permission int

// The permissions.
const (
	None          Permission = iota
	Read                     // look at everything
	SwitchDefault            // make another persona the default
	Write                    // everything about personas: a client admin
	Manage                   // let people in and take access away: owners, admins and superadmins, not support
)
