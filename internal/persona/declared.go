package persona

import "github.com/google/uuid"

// Declared is what files say a workspace is to hold. Where says of each part the file and
// the line, for a person.
type Declared struct {
	Revision  int    // of the workspace that the files were made from; 0: they do not say
	Default   string // name of the persona that is to be the default; empty: they do not say
	Where     string // of that
	Complete  bool   // personas that are not in the files are to go
	Personas  []DeclaredPersona
	Campaigns []DeclaredCampaign
	Settings  DeclaredSettings
}

// DeclaredPersona is a persona of files. Its words are all that it is to have.
type DeclaredPersona struct {
	ID uuid.NullUUID // not valid: it is known by its name
	Content
	Where string
}

// DeclaredCampaign is a campaign of files, which its external id names.
type DeclaredCampaign struct {
	CampaignContent        // Name is empty where the files leave it as it is
	Persona         string // name of who answers; empty: the workspace default
	Where           string
}

// DeclaredSettings is the settings of files. Only those that Says lists, by the names of
// SettingParts, are to be as it has them.
type DeclaredSettings struct {
	Settings
	Says  []string
	Where string
}

// SettingPart is one of the settings that people edit.
type SettingPart struct {
	Name  string // form field and column
	Key   string // in files and in the API
	Label string
	Voice bool                  // it follows the default persona
	Read  func(Settings) string // as people read it
	Copy  func(to *Settings, from Settings)
}

// SettingParts lists all of them, the eight that follow the default persona last.
func SettingParts() []SettingPart {
	parts := []SettingPart{
		{"company_name", "companyName", "Company name", false, func(s Settings) string { return s.CompanyName },
			func(to *Settings, from Settings) { to.CompanyName = from.CompanyName }},
		{"qualification_questions", "qualificationQuestions", "Qualification questions", false,
			func(s Settings) string { return s.QualificationQuestions },
			func(to *Settings, from Settings) { to.QualificationQuestions = from.QualificationQuestions }},
		{"draft_generation_enabled", "draftGenerationEnabled", DraftGenerationLabel, false,
			func(s Settings) string {
				if s.DraftsOff {
					return "no"
				}
				return "yes"
			},
			func(to *Settings, from Settings) { to.DraftsOff = from.DraftsOff }},
		{"forget_leads_after_months", "forgetLeadsAfterMonths", ForgetAfterLabel, false,
			func(s Settings) string { return SayForgetAfter(s.ForgetAfter).String() },
			func(to *Settings, from Settings) { to.ForgetAfter = from.ForgetAfter }},
	}
	for i, f := range Fields() {
		parts = append(parts, SettingPart{f.Setting, FieldKeys()[i], f.Label, true,
			func(s Settings) string { return *f.Of(&s.Voice) },
			func(to *Settings, from Settings) { *f.Of(&to.Voice) = *f.Of(&from.Voice) }})
	}
	return parts
}

// FieldKeys lists what files and the API call the eight fields, in the order of Fields.
func FieldKeys() []string {
	return []string{"personaName", "tone", "greeting", "smsGreeting", "signature", "goals", "serviceDescription",
		"idealCustomerProfile"}
}

// Present is what a workspace holds, and what it held at the revision that files were made
// from.
type Present struct {
	Personas  []Persona  // the oldest first
	Campaigns []Campaign // those with an external id, archived ones too
	Settings  Settings
	Revision  int                 // of the last change of any of it
	Unnamed   int                 // campaigns without an external id
	Two       bool                // a second person approves what changes the default or its words
	Keys      func(string) string // what a name is compared by

	Known    bool                        // the revision of the files is one of this workspace's
	Then     map[uuid.UUID]Persona       // personas of that revision
	Was      Settings                    // its settings
	Gone     map[uuid.UUID]bool          // ids of the files that are of personas deleted
	Answered map[uuid.UUID]uuid.NullUUID // who answered then for campaigns that were given another since
	Called   map[uuid.UUID]string        // what campaigns were called then that were renamed since
	Imported bool                        // an import came since, which does not say what it did to campaigns
}
