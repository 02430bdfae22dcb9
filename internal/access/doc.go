// Package access holds who may do what: roles and permissions, the people of a
// workspace, what lets others in (invitations, support grants) and the tokens of
// programs. Whether somebody has access is the database's word (postgres.Access).
package access
