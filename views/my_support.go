package views

import "personae/internal/access"

// MySupport is support staff's own page.
type MySupport struct {
	Grants   []access.Grant
	Requests []access.GrantRequest
	Form     GrantForm
}

// requestState says what became of a request.
func requestState(r access.GrantRequest) string {
	switch {
	case r.Granted:
		return "Approved."
	case r.Withdrawn:
		return "Taken back."
	case r.Decided:
		return "Declined."
	case r.RanOut:
		return "Not answered within 7 days."
	}
	return "No answer yet."
}

// Withdrawn says that a request was taken back, and not whether there is such a
// workspace.
func Withdrawn() *Receipt {
	return &Receipt{Title: "Your request is taken back",
		Lines: []string{"Nobody can approve it any more. You can ask again at any time."}}
}

// Asked says that a request was sent, and not whether there is such a workspace.
func Asked() *Receipt {
	return &Receipt{Title: "Your request is on its way", Lines: []string{
		"If there is such a workspace, its admins see the request now, for 7 days. When one approves it, the workspace appears below."}}
}
