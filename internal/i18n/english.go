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
}
