package i18n

var germanChanges = texts{}

var germanChangesCounted = counted{}
