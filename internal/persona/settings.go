package persona

// Longest texts of the settings besides the eight fields, in characters.
const (
	CompanyNameLimit            = 200
	QualificationQuestionsLimit = 8000
)

// DraftGenerationLabel is what people read of the setting that has drafts made of themselves.
const DraftGenerationLabel = "Draft replies automatically"

// Settings is a workspace's legacy row. Its Voice follows the default persona
// while there is one.
type Settings struct {
	Voice
	CompanyName            string
	QualificationQuestions string // a line each
	DraftsOff              bool   // drafts are made only when somebody asks for them
	Version                int    // 0 while the workspace has no row
}

// Clean returns s with each text cleaned, and with questions as lines.
func (s Settings) Clean() Settings {
	s.Voice = s.Voice.Clean()
	s.CompanyName = CleanLine(s.CompanyName)
	s.QualificationQuestions = Clean(QuestionLines(s.QualificationQuestions))
	return s
}
