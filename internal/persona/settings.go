package persona

import (
	"strconv"

	"personae/internal/i18n"
)

// Longest texts of the settings besides the eight fields, in characters.
const (
	CompanyNameLimit            = 200
	QualificationQuestionsLimit = 8000
)

// DraftGenerationLabel is what people read of the setting that has drafts made of themselves.
var DraftGenerationLabel = i18n.N("Draft replies automatically")

// ForgetAfterLimit is the longest time after which leads may be forgotten, in months.
const ForgetAfterLimit = 120

// ForgetAfterLabel is what people read of the setting that has leads forgotten.
var ForgetAfterLabel = i18n.N("Forget leads who have been silent")

// SayForgetAfter says how long leads must have been silent to be forgotten.
func SayForgetAfter(months int) i18n.Text {
	switch {
	case months <= 0:
		return i18n.Say("Never")
	case months == 1:
		return i18n.Say("For a month")
	}
	return i18n.Say("For %d months", months)
}

// FormMonths returns a number of months as a form has it: empty for never.
func FormMonths(months int) string {
	if months == 0 {
		return ""
	}
	return strconv.Itoa(months)
}

// MonthsIn returns the number of months that a form says: 0 for never, and -1 for what is
// no number.
func MonthsIn(form string) int {
	if form == "" {
		return 0
	}
	months, err := strconv.Atoi(form)
	if err != nil {
		return -1
	}
	return months
}

// Settings is a workspace's legacy row. Its Voice follows the default persona
// while there is one.
type Settings struct {
	Voice
	CompanyName            string
	QualificationQuestions string // a line each
	DraftsOff              bool   // drafts are made only when somebody asks for them
	ForgetAfter            int    // months without a message after which a lead is erased; 0: never
	Version                int    // 0 while the workspace has no row
}

// Clean returns s with each text cleaned, and with questions as lines.
func (s Settings) Clean() Settings {
	s.Voice = s.Voice.Clean()
	s.CompanyName = CleanLine(s.CompanyName)
	s.QualificationQuestions = Clean(QuestionLines(s.QualificationQuestions))
	return s
}

// CheckRest reports each of a clean s besides its Voice that breaks its limit.
func (s Settings) CheckRest() []FieldError {
	errs := CheckText(nil, "company_name", i18n.N("Company name"), s.CompanyName, CompanyNameLimit, true)
	errs = CheckText(errs, "qualification_questions", i18n.N("Qualification questions"), s.QualificationQuestions,
		QualificationQuestionsLimit, false)
	if s.ForgetAfter < 0 || s.ForgetAfter > ForgetAfterLimit {
		errs = append(errs, FieldError{"forget_leads_after_months",
			i18n.Say("Choose a time from the list; it is at most %d months", ForgetAfterLimit)})
	}
	return errs
}

// InSettings returns errors of a voice under the names of the settings columns.
func InSettings(errs []FieldError) []FieldError {
	columns := map[string]string{}
	for _, f := range Fields() {
		columns[f.Name] = f.Setting
	}
	renamed := make([]FieldError, len(errs))
	for i, e := range errs {
		renamed[i] = FieldError{Field: columns[e.Field], Message: e.Message}
	}
	return renamed
}
