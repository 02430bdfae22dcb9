package access

// Role is the role in which somebody acts in a workspace.
type Role string

// The roles.
const (
	Owner      Role = "owner"
	Admin      Role = "admin"
	Member     Role = "member"
	Support    Role = "support"    // support staff holding a grant
	Superadmin Role = "superadmin" // may do everything, everywhere
	Operator   Role = "operator"   // the command line, on the server itself
	ByToken    Role = "token"      // a program with a token of the workspace
	Inbound    Role = "inbound"    // a system that signs the messages it sends
	Invited    Role = "invited"    // accepts an invitation, and has no other role yet
	System     Role = "system"     // personae itself, by what the settings say
	Outside    Role = "outside"    // a program with plain SQL, beside this one
)
