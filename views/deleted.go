package views

// comesBack says what restoring a deleted persona does not do.
const comesBack = "Restoring one brings back its words. It does not become the default again, unless there is no other persona, and campaigns that named it stay with the default; the page Activity names them, so that you can assign them anew."
