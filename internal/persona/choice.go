package persona

// ChoicesShown is how many personas a page offers to choose one from, and CampaignChoices how many
// campaigns, beside those that it has to offer: all that a workspace of the usual size has.
const (
	ChoicesShown    = 100
	CampaignChoices = 500
)

// CountLimit is as far as a page counts what may be many, and NamesShown how many of them it names.
const (
	CountLimit = 1000
	NamesShown = 500
)

// CountedTo returns up to how many things are counted for a page of a list of them, each of
// whose pages holds size: as many as its pages hold up to that one, and CountLimit at least.
func CountedTo(page, size int) int { return max(CountLimit, page*size) }

// Offer says which of what can be chosen a page offers.
type Offer struct {
	Find string // part of the name of those that are offered first, whatever its case
	More bool   // there are others, which can be found
}

// Some reports whether there is more to choose from than is offered.
func (o Offer) Some() bool { return o.More || o.Find != "" }
