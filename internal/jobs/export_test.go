package jobs

// AddDue is addDue, for tests.
var AddDue = (*Runner).addDue
