package web

// RouteLine is a line of the table of routes, for the test of who may use it.
type RouteLine struct {
	Method, Path string
	Who          string
	FormPage     string // the page that holds the form of a POST
}

// Routes lists the table of routes.
func (s *Server) Routes() []RouteLine {
	names := map[audience]string{anyone: "anyone", signedIn: "signed in", supportStaff: "support staff", superadmin: "superadmin", keeper: "keeper",
		member: "member", proposer: "proposer", switcher: "switcher", clientAdmin: "client admin", manager: "manager", anyToken: "any token",
		leadToken: "lead token", sendToken: "send token", readToken: "read token", proposeToken: "propose token", switchToken: "switch token", writeToken: "write token", sender: "sender"}
	var lines []RouteLine
	for _, r := range s.routes() {
		lines = append(lines, RouteLine{r.method, r.path, names[r.audience], s.shown[r.path]})
	}
	return lines
}

// GuardUnruled returns what guard says of a route without a rule.
func GuardUnruled(s *Server) error {
	_, err := s.guard(route{method: "GET", path: "/secret"})
	return err
}

// Unheld returns what the start says of a POST that no page holds the form of.
func Unheld() error {
	_, err := formPages([]route{{method: "GET", path: "/account"},
		{method: "POST", path: "/elsewhere/:p/do", audience: signedIn}})
	return err
}

// Network is network.
func Network(address string) string { return network(address) }

// RequestTime is requestTime.
const RequestTime = requestTime

// AloneAfter is aloneAfter.
const AloneAfter = aloneAfter
