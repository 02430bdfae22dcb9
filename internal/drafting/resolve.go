package drafting

import (
	"personae/internal/language"
	"personae/internal/lead"
	"personae/internal/persona"
)

// Resolve decides which persona answers a message, as persona.Resolve does, in the language of
// what the lead wrote: where it matters, that is told from their own words, without what they
// quote or their signature.
func Resolve(in persona.ResolveInput, message string) persona.Resolution {
	if in.AsksLanguage() && in.Language.By == language.Unasked {
		in.Language = language.Tell(lead.Own(message))
	}
	return persona.Resolve(in)
}
