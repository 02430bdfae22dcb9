package i18n

import "maps"

// germanParts are the German catalogue, a part for each part of the interface.
var germanParts = []struct {
	texts
	counted
}{
	{germanShared, germanSharedCounted},
	{germanLanguages, nil},
	{germanPeople, germanPeopleCounted},
	{germanLeads, germanLeadsCounted},
	{germanChanges, germanChangesCounted},
	{germanPersonas, germanPersonasCounted},
}

func germanTexts() texts {
	all := texts{}
	for _, part := range germanParts {
		maps.Copy(all, part.texts)
	}
	return all
}

func germanCounted() counted {
	all := counted{}
	for _, part := range germanParts {
		maps.Copy(all, part.counted)
	}
	return all
}
