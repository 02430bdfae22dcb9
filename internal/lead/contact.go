package lead

// Contact is why a lead may not be written to; empty: it may.
type Contact string

// The reasons, as they are stored.
const (
	MayBeWritten Contact = ""
	Unsubscribed Contact = "unsubscribed" // from mail
	OptedOut     Contact = "opted_out"    // of text messages
	Bounced      Contact = "bounced"      // mail to it came back
	Blacklisted  Contact = "blacklisted"  // by the workspace
)

// Contacts lists what a lead's contact may be.
func Contacts() []Contact {
	return []Contact{MayBeWritten, Unsubscribed, OptedOut, Bounced, Blacklisted}
}

// Contact returns why the lead may not be written to: the weightiest reason, where there
// are several.
func (l Lead) Contact() Contact {
	switch {
	case l.Blacklisted:
		return Blacklisted
	case l.OptedOut:
		return OptedOut
	case l.Unsubscribed:
		return Unsubscribed
	case l.Bounced:
		return Bounced
	}
	return MayBeWritten
}
