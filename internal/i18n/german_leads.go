package i18n

var germanLeads = texts{}

var germanLeadsCounted = counted{}
