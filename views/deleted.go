package views

// comesBack says what restoring a deleted persona does not do.
const comesBack = "Restoring one brings back its words. Where it was the default or campaigns named it, you choose whether it gets these back."
