package web

import (
	"net/http"
	"strings"

	"personae/views"
	"personae/web/api"
)

// isAPI reports whether an answer from this path is JSON.
func isAPI(path string) bool {
	return strings.HasPrefix(path, "/api/") || path == api.MCPPath || strings.HasPrefix(path, api.HookRoot+"/")
}

// program answers a program.
func (s *Server) program(c *call) error {
	return s.api.Serve(api.Call{Context: c.Context, Access: c.access, Patience: c.patience()})
}

// assistant answers a program that speaks the Model Context Protocol.
func (s *Server) assistant(c *call) error {
	document, err := s.document()
	if err != nil {
		return err
	}
	return document.tools.Serve(api.Call{Context: c.Context, Access: c.access, Patience: c.patience()})
}

// apiDocument is what says of the API: to programs, to people and to assistants.
type apiDocument struct {
	text  []byte
	guide views.API
	tools *api.MCP
}

func (s *Server) makeDocument() (apiDocument, error) {
	permits := map[audience]string{anyToken: "look", leadToken: "look, or send", sendToken: "send", readToken: "look", proposeToken: "propose", switchToken: "switch the default",
		writeToken: "write"}
	var routes []api.Route
	for _, r := range s.routes() {
		if r.audience.byToken() && r.path != api.MCPPath {
			routes = append(routes, api.Route{Method: r.method, Path: r.path, Permits: permits[r.audience],
				Needs: needs[r.audience]})
		}
	}
	server := s.BaseURL
	if server == "" {
		server = "/"
	}
	document, err := s.api.Document(server, routes)
	if err != nil {
		return apiDocument{}, err
	}
	text, err := document.MarshalJSON()
	if err != nil {
		return apiDocument{}, err
	}
	guide, err := s.api.Guide(document, routes)
	if err != nil {
		return apiDocument{}, err
	}
	tools, err := s.api.MCP(document, routes)
	return apiDocument{text, guide, tools}, err
}

// openAPI tells programs what programs can do.
func (s *Server) openAPI(c *call) error {
	document, err := s.document()
	if err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, document.text)
}

// apiDocs shows it to people. Whoever comes from a workspace finds the way back to
// it; the rest is the same for everybody, also where nobody can be asked who it is.
func (s *Server) apiDocs(c *call) error {
	document, err := s.document()
	if err != nil {
		return err
	}
	workspace, _ := optionalID(c.QueryParam("workspace"))
	if s.sessions.visit(c, workspace.UUID) == nil {
		c.access = c.visit.Access
		c.speak()
	}
	return s.page(c, http.StatusOK, views.APIPage(s.shell(c, "The API for programs", "api"), document.guide))
}
