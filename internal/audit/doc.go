// Package audit holds what is recorded of a workspace: the actions, the entries of
// the audit log and the versions that they made.
package audit
