package persona

// Conflict is one field that two people changed in different ways.
type Conflict struct {
	Field                   string // form field
	Label                   string
	Original, Theirs, Yours string
}

// StaleError is a write based on an outdated version. Nothing was written.
type StaleError struct {
	Original Content // what the form was opened with
	Theirs   Persona // what is stored now
	Yours    Content // what was typed
}

func (*StaleError) Error() string { return "somebody else changed this persona first" }

// Merge gives yours with every field that only they changed taken from
// theirs, and lists the fields that both changed, which keep yours.
func Merge(original, theirs, yours Content) (Content, []Conflict) {
	var conflicts []Conflict
	mergeField(&conflicts, "name", "Name", original.Name, theirs.Name, &yours.Name)
	for _, f := range Fields() {
		mergeField(&conflicts, f.Name, f.Label, *f.Of(&original.Voice), *f.Of(&theirs.Voice), f.Of(&yours.Voice))
	}
	return yours, conflicts
}

// StaleSettingsError is a change of settings based on an outdated version.
// Nothing was written.
type StaleSettingsError struct {
	Original, Theirs, Yours Settings
}

func (*StaleSettingsError) Error() string { return "somebody else changed these settings first" }

// MergeSettings is Merge for settings; it names fields by their columns.
func MergeSettings(original, theirs, yours Settings) (Settings, []Conflict) {
	var conflicts []Conflict
	for _, f := range Fields() {
		mergeField(&conflicts, f.Setting, f.Label, *f.Of(&original.Voice), *f.Of(&theirs.Voice), f.Of(&yours.Voice))
	}
	mergeField(&conflicts, "company_name", "Company name", original.CompanyName, theirs.CompanyName, &yours.CompanyName)
	mergeField(&conflicts, "qualification_questions", "Qualification questions",
		original.QualificationQuestions, theirs.QualificationQuestions, &yours.QualificationQuestions)
	return yours, conflicts
}

func mergeField(conflicts *[]Conflict, field, label, original, theirs string, yours *string) {
	switch {
	case theirs == original || theirs == *yours:
	case *yours == original:
		*yours = theirs
	default:
		*conflicts = append(*conflicts, Conflict{field, label, original, theirs, *yours})
	}
}
