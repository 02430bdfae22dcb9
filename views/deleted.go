package views

// comesBack says what restoring a deleted persona does not do.
const comesBack = "Restoring one brings back its words. It does not become the default again, unless there is no other persona, and the campaigns it used to answer stay with the default. The page Activity lists them, so that you can reassign them."
