package access

// Permission is how much somebody may do in a workspace. Each includes those
// before it, but Send, which only those from Write on include.
type Permission int

// The permissions.
const (
	None          Permission = iota
	ReadLeads                // look at leads and their drafts
	Send                     // that, and say what became of drafts that are approved
	Read                     // look at everything
	Propose                  // propose a change, which a client admin decides on
	SwitchDefault            // make another persona the default
	Write                    // everything about personas: a client admin
	Manage                   // let people in and take access away: owners, admins and superadmins, not support
)

// Includes reports whether who may do p may do other.
func (p Permission) Includes(other Permission) bool {
	return p >= other && (other != Send || p == Send || p >= Write)
}
