package persona

import "slices"

// Conflict is one field that two people changed in different ways.
type Conflict struct {
	Field                   string // form field
	Label                   string
	Original, Theirs, Yours string
	TakeTheirs              bool // theirs was chosen; yours otherwise
}

// StaleError is a write based on an outdated version. Nothing was written.
type StaleError struct {
	Original Content // what the form was opened with
	Theirs   Persona // what is stored now
	Yours    Content // what was typed
}

// Error says so without anybody's words.
func (*StaleError) Error() string { return "somebody else changed this persona first" }

// Merge returns yours with every field that only they changed taken from
// theirs, and lists the fields that both changed, which keep yours. A conflict that was
// shown before, and yours was typed into, stays one as long as the two differ.
func Merge(original, theirs, yours Content, shown []Conflict) (Content, []Conflict) {
	m := merge{shown: shown}
	m.field("name", "Name", original.Name, theirs.Name, &yours.Name)
	for _, f := range Fields() {
		m.field(f.Name, f.Label, *f.Of(&original.Voice), *f.Of(&theirs.Voice), f.Of(&yours.Voice))
	}
	return yours, m.conflicts
}

// StaleSettingsError is a change of settings based on an outdated version.
// Nothing was written.
type StaleSettingsError struct {
	Original, Theirs, Yours Settings
}

// Error says so without anybody's words.
func (*StaleSettingsError) Error() string { return "somebody else changed these settings first" }

// SavedBefore reports whether what was typed is what is stored by now.
func (e *StaleSettingsError) SavedBefore() bool {
	yours := e.Yours
	yours.Version = e.Theirs.Version
	return yours == e.Theirs
}

// MergeSettings is Merge for settings; it names fields by their columns.
func MergeSettings(original, theirs, yours Settings, shown []Conflict) (Settings, []Conflict) {
	m := merge{shown: shown}
	for _, f := range Fields() {
		m.field(f.Setting, f.Label, *f.Of(&original.Voice), *f.Of(&theirs.Voice), f.Of(&yours.Voice))
	}
	m.field("company_name", "Company name", original.CompanyName, theirs.CompanyName, &yours.CompanyName)
	m.field("qualification_questions", "Qualification questions",
		original.QualificationQuestions, theirs.QualificationQuestions, &yours.QualificationQuestions)
	if yours.DraftsOff == original.DraftsOff {
		yours.DraftsOff = theirs.DraftsOff
	}
	return yours, m.conflicts
}

// merge is one merge under way.
type merge struct {
	shown, conflicts []Conflict
}

// field merges one field into yours, or notes a conflict.
func (m *merge) field(field, label, original, theirs string, yours *string) {
	i := slices.IndexFunc(m.shown, func(c Conflict) bool { return c.Field == field })
	switch {
	case theirs == *yours:
	case i >= 0:
		before := m.shown[i]
		m.conflicts = append(m.conflicts, Conflict{field, label, before.Original, theirs, *yours, before.TakeTheirs})
	case theirs == original:
	case *yours == original:
		*yours = theirs
	default:
		m.conflicts = append(m.conflicts, Conflict{
			Field:    field,
			Label:    label,
			Original: original,
			Theirs:   theirs,
			Yours:    *yours,
		})
	}
}
