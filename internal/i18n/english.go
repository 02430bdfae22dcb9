package i18n

// englishCounted is what English says of none and of one.
var englishCounted = counted{
	"%d campaigns":        {"no campaigns", "1 campaign", "%d campaigns"},
	"%d characters":       {"no characters", "1 character", "%d characters"},
	"%d chosen campaigns": {"no chosen campaigns", "1 chosen campaign", "%d chosen campaigns"},
	"%d codes":            {"no codes", "1 code", "%d codes"},
	"%d days":             {"no days", "1 day", "%d days"},
	"%d drafts":           {"no drafts", "1 draft", "%d drafts"},
	"%d fields":           {"no fields", "1 field", "%d fields"},
	"%d hours":            {"no hours", "1 hour", "%d hours"},
	"%d leads":            {"no leads", "1 lead", "%d leads"},
	"%d messages":         {"no messages", "1 message", "%d messages"},
	"%d minutes":          {"no minutes", "1 minute", "%d minutes"},
	"%d more campaigns":   {"no more campaigns", "1 more campaign", "%d more campaigns"},
	"%d others":           {"no others", "1 other", "%d others"},
	"%d other workspaces": {"no other workspaces", "1 other workspace", "%d other workspaces"},
	"%d personas":         {"no personas", "1 persona", "%d personas"},
	"%d requests":         {"no requests", "1 request", "%d requests"},
	"%d results":          {"no results", "1 result", "%d results"},
	"%d settings fields":  {"no settings fields", "1 settings field", "%d settings fields"},

	"%d words":      {"no words", "1 word", "%d words"},
	"%d workspaces": {"no workspaces", "1 workspace", "%d workspaces"},

	" (in %d minutes)":       {" (in no minutes)", " (in 1 minute)", " (in %d minutes)"},
	" (in %d hours)":         {" (in no hours)", " (in 1 hour)", " (in %d hours)"},
	" (in %d days)":          {" (in no days)", " (in 1 day)", " (in %d days)"},
	"%d characters left":     {"No characters left", "1 character left", "%d characters left"},
	"%d characters too many": {"no characters too many", "1 character too many", "%d characters too many"},
	"%d personas are loaded": {"no personas are loaded", "1 persona is loaded", "%d personas are loaded"},
	"%d personas are here already, word for word.": {"no personas are here already, word for word.",
		"1 persona is here already, word for word.", "%d personas are here already, word for word."},
	"Load %d personas": {"Load no personas", "Load 1 persona", "Load %d personas"},
	"%[2]s changed this while you were editing": {"%[2]s changed this while you were editing",
		"%[2]s changed this while you were editing", "%[2]s changed this while you were editing"},
	"%[2]s changed this while you were editing, last on %[3]s": {"%[2]s changed this while you were editing, last on %[3]s",
		"%[2]s changed this while you were editing, last on %[3]s", "%[2]s changed this while you were editing, last on %[3]s"},
	"Only %[2]s changed these, and the form has them now: %[3]s.": {"Only %[2]s changed these, and the form has them now: %[3]s.",
		"Only %[2]s changed these, and the form has them now: %[3]s.", "Only %[2]s changed these, and the form has them now: %[3]s."},

	"%d codes left. Each signs you in once, when you have neither app nor passkey.": {
		"No codes left. Each signs you in once, when you have neither app nor passkey.",
		"1 code left. Each signs you in once, when you have neither app nor passkey.",
		"%d codes left. Each signs you in once, when you have neither app nor passkey."},
}
