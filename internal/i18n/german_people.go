package i18n

var germanPeople = texts{}

var germanPeopleCounted = counted{}
