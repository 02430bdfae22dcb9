package i18n

var germanPersonas = texts{}

var germanPersonasCounted = counted{}
