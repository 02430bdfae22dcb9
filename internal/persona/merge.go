package persona

import (
	"slices"
	"time"

	"personae/internal/i18n"
)

// Conflict is one field that two people changed in different ways.
type Conflict struct {
	Field                   string // form field
	Label                   i18n.Text
	Original, Theirs, Yours string
	TakeTheirs              bool // theirs was chosen; yours otherwise
	Chosen                  bool // one of them was, of these words
}

// StaleError is a write based on an outdated version. Nothing was written.
type StaleError struct {
	Original Content // what the form was opened with
	Theirs   Persona // what is stored now
	Yours    Content // what was typed
}

// Error says so without anybody's words.
func (*StaleError) Error() string { return "somebody else changed this persona first" }

// Overlap is what somebody else changed while a form was open.
type Overlap struct {
	Conflicts  []Conflict  // fields that both changed
	OnlyTheirs []i18n.Text // labels of those that only they changed
}

// Change is who changed something since a form was opened, and when.
type Change struct {
	Who []string // each once; "" is a program outside personae
	At  time.Time
}

// Merge returns yours with every field that only they changed taken from
// theirs, and lists the fields that both changed, which keep yours. A conflict that was
// shown before, and yours was typed into, stays one as long as the two differ; what was
// chosen there counts as long as theirs is what was shown.
func Merge(original, theirs, yours Content, shown []Conflict) (Content, Overlap) {
	m := merge{shown: shown}
	m.field("name", i18n.Say("Name"), original.Name, theirs.Name, &yours.Name)
	for _, f := range Fields() {
		m.field(f.Name, f.Called(), *f.Of(&original.Voice), *f.Of(&theirs.Voice), f.Of(&yours.Voice))
	}
	m.variants(original.Variants, theirs.Variants, &yours.Variants)
	return yours, Overlap{m.conflicts, m.onlyTheirs}
}

// MergeName is Merge for what has nothing but a name, in the field "name".
func MergeName(original, theirs, yours string, shown []Conflict) (string, Overlap) {
	m := merge{shown: shown}
	m.field("name", i18n.Say("Name"), original, theirs, &yours)
	return yours, Overlap{m.conflicts, m.onlyTheirs}
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
func MergeSettings(original, theirs, yours Settings, shown []Conflict) (Settings, Overlap) {
	m := merge{shown: shown}
	for _, f := range Fields() {
		m.field(f.Setting, f.Called(), *f.Of(&original.Voice), *f.Of(&theirs.Voice), f.Of(&yours.Voice))
	}
	m.field("company_name", i18n.Say("Company name"), original.CompanyName, theirs.CompanyName, &yours.CompanyName)
	m.field("qualification_questions", i18n.Say("Qualification questions"),
		original.QualificationQuestions, theirs.QualificationQuestions, &yours.QualificationQuestions)
	if yours.DraftsOff == original.DraftsOff {
		if yours.DraftsOff != theirs.DraftsOff {
			m.onlyTheirs = append(m.onlyTheirs, i18n.Say(DraftGenerationLabel))
		}
		yours.DraftsOff = theirs.DraftsOff
	}
	after := FormMonths(yours.ForgetAfter)
	m.field("forget_leads_after_months", i18n.Say(ForgetAfterLabel), FormMonths(original.ForgetAfter), FormMonths(theirs.ForgetAfter), &after)
	yours.ForgetAfter = MonthsIn(after)
	return yours, Overlap{m.conflicts, m.onlyTheirs}
}

// merge is one merge under way.
type merge struct {
	shown, conflicts []Conflict
	onlyTheirs       []i18n.Text // labels of fields
}

// field merges one field into yours, or notes a conflict.
func (m *merge) field(field string, label i18n.Text, original, theirs string, yours *string) {
	i := slices.IndexFunc(m.shown, func(c Conflict) bool { return c.Field == field })
	switch {
	case theirs == *yours:
	case i >= 0:
		before := m.shown[i]
		m.conflicts = append(m.conflicts, Conflict{field, label, before.Original, theirs, *yours, before.TakeTheirs,
			before.Chosen && before.Theirs == theirs})
	case theirs == original:
	case *yours == original:
		*yours = theirs
		m.onlyTheirs = append(m.onlyTheirs, label)
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
