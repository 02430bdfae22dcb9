package persona

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// Trial is what somebody thought of the answers of another voice, beside those of the one
// that answers now. It holds nobody's words.
type Trial struct {
	From    VoiceAt `json:"from"` // who answers now
	To      VoiceAt `json:"to"`   // who was tried
	Better  int     `json:"better"`
	Same    int     `json:"same"`
	Worse   int     `json:"worse"`
	Skipped int     `json:"skipped"`

	Who string    `json:"-"` // judged; empty: not known
	At  time.Time `json:"-"` // when it was kept
}

// VoiceAt is a persona at one of its versions.
type VoiceAt struct {
	ID      uuid.UUID `json:"id"`
	Version int       `json:"version"`
	Name    string    `json:"-"` // at that version
}

// At returns which persona it is, as it stands.
func (p Persona) At() VoiceAt { return VoiceAt{p.ID, p.Version, p.Name} }

// Messages is on how many messages it was tried.
func (t Trial) Messages() int { return t.Better + t.Same + t.Worse + t.Skipped }

// Judge counts one more verdict, and reports whether it is one.
func (t *Trial) Judge(v Verdict) bool {
	switch v {
	case Better:
		t.Better++
	case Same:
		t.Same++
	case Worse:
		t.Worse++
	case Skipped:
		t.Skipped++
	default:
		return false
	}
	return true
}

// Kept returns the trial, or nil where no message was judged, which is none.
func (t Trial) Kept() *Trial {
	if t.Messages() == 0 {
		return nil
	}
	return &t
}

// OfEdit returns the trial as one of the next version of a persona beside the present one.
func (t Trial) OfEdit(now Persona) *Trial {
	t.From, t.To = now.At(), now.At()
	t.To.Version++
	return &t
}

// Of reports whether the trial compared just these versions.
func (t Trial) Of(from, to Persona) bool {
	return t.From.ID == from.ID && t.From.Version == from.Version && t.To.ID == to.ID && t.To.Version == to.Version
}

// Verdict is what somebody thinks of an answer beside the present one.
type Verdict string

// The verdicts.
const (
	Better  Verdict = "better"
	Same    Verdict = "same"
	Worse   Verdict = "worse"
	Skipped Verdict = "skipped"
)

// Verdicts lists every verdict, as they are offered.
func Verdicts() []Verdict { return []Verdict{Better, Same, Worse, Skipped} }

// TrialSizes lists on how many messages a voice can be tried.
func TrialSizes() []int { return []int{10, 25, 50} }

// MostTried is the largest of TrialSizes.
const MostTried = 50

// TrialFilter says on which messages a voice is tried: the last ones that it would answer
// and that would get a draft by themselves.
type TrialFilter struct {
	Size      int         // one of TrialSizes
	Campaigns []uuid.UUID // none: whatever the campaign
	Channels  []Channel   // none: whatever the channel
}

// Tidy returns the filter with the usual size where it has none that is offered, and
// without channels that are none.
func (f TrialFilter) Tidy() TrialFilter {
	if !slices.Contains(TrialSizes(), f.Size) {
		f.Size = TrialSizes()[0]
	}
	f.Channels = slices.DeleteFunc(slices.Clone(f.Channels), func(c Channel) bool { return !slices.Contains(Channels(), c) })
	return f
}
