// Package localpg runs a PostgreSQL of our own under a data folder, so that
// personae works on a machine where nobody has set a database up.
//
// The folder holds
//
//	postgres/              the cluster and its socket, open to its account only
//	postgres.log           what PostgreSQL says
//	postgres.start.lock    held while somebody starts or stops the server
//	postgres.users.lock    shared by everybody who uses the server
//	postgres.server.lock   inherited by PostgreSQL and held while any process of it lives
//
// The locks are the kernel's (flock), so a killed process lets go of them, and
// the last one tells a living server from a stale pid file for certain.
package localpg
