// Command goclient lives one life with the API, through the client that
// oapi-codegen makes of its document: goclient ADDRESS TOKEN.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"reflect"
	"strings"

	"github.com/google/uuid"
)

func main() {
	log.SetFlags(0)
	address, token := os.Args[1], os.Args[2]
	client, err := NewClientWithResponses(address, WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+token)
		return nil
	}))
	if err != nil {
		log.Fatal(err)
	}
	live(context.Background(), client)
	fmt.Println("lived")
}

// must returns what was answered, where it was answered.
func must[T any](answer T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return answer
}

func same(what string, got, want any) {
	if !reflect.DeepEqual(got, want) {
		log.Fatalf("%s: %v, want %v", what, got, want)
	}
}

func text(s *string) string {
	if s == nil {
		return "null"
	}
	return *s
}

func to[T any](v T) *T { return &v }

func live(ctx context.Context, c *ClientWithResponses) {
	me := must(c.ReadTokenWithResponse(ctx)).JSON200.Data
	same("scope", string(me.Scope), "write")
	ws := me.WorkspaceId

	first := must(c.CreatePersonaWithResponse(ctx, ws, nil,
		CreatePersona{Name: "Elena", Greeting: to("Dear {firstName},")})).JSON201.Data
	once := &CreatePersonaParams{IdempotencyKey: to("maya")}
	second := must(c.CreatePersonaWithResponse(ctx, ws, once,
		CreatePersona{Name: "Maya", Greeting: to("Hey")})).JSON201.Data
	again := must(c.CreatePersonaWithResponse(ctx, ws, once, CreatePersona{Name: "Maya", Greeting: to("Hey")}))
	same("sent again", again.JSON201.Data, second)
	same("and known as such", again.HTTPResponse.Header.Get("Idempotent-Replayed"), "true")
	same("created", []any{first.IsDefault, second.IsDefault, text(second.Tone)}, []any{true, false, "null"})

	from := &EditPersonaParams{IfMatch: to(`"1"`)}
	edited := must(c.EditPersonaWithResponse(ctx, ws, second.Id, from, EditPersona{Goals: to("Book a call")}))
	same("edited", []any{text(edited.JSON200.Data.Goals), text(edited.JSON200.Data.Greeting),
		edited.HTTPResponse.Header.Get("ETag")},
		[]any{"Book a call", "Hey", `"2"`})
	stale := must(c.EditPersonaWithResponse(ctx, ws, second.Id, from, EditPersona{Goals: to("x")})).JSON409
	same("an outdated version", []any{string(stale.Code), *stale.Version}, []any{"stale_version", 2})
	same("what is at hand", must(c.ReadPersonaWithResponse(ctx, ws, second.Id,
		&ReadPersonaParams{IfNoneMatch: to(`"2"`)})).StatusCode(), http.StatusNotModified)

	switched := must(c.SetDefaultWithResponse(ctx, ws, second.Id, nil)).JSON200.Data
	same("switched", []any{switched.Id, switched.IsDefault, switched.Previous.Id}, []any{second.Id, true, first.Id})
	answering := must(c.ResolveWithResponse(ctx, ws, &ResolveParams{Channel: to(ResolveParamsChannel("sms"))})).JSON200.Data
	same("resolved", []any{string(answering.Source), *answering.PersonaId, answering.Opening},
		[]any{"default", second.Id, "Hey"})

	settings := must(c.ReadSettingsWithResponse(ctx, ws, nil)).JSON200.Data
	same("settings", text(settings.Greeting), "Hey")
	saved := must(c.EditSettingsWithResponse(ctx, ws, nil,
		EditSettings{CompanyName: to("Northwind"), Version: &settings.Version})).JSON200.Data
	same("saved", text(saved.CompanyName), "Northwind")

	part := must(c.ListPersonasWithResponse(ctx, ws, &ListPersonasParams{Limit: to(1)}))
	same("a part", names(part.JSON200.Data), []string{"Maya"})
	same("leads on", strings.Contains(part.HTTPResponse.Header.Get("Link"), "page=2"), true)
	same("the whole", names(must(c.ListPersonasWithResponse(ctx, ws, nil)).JSON200.Data), []string{"Maya", "Elena"})

	gone := must(c.DeletePersonaWithResponse(ctx, ws, second.Id, nil, DeletePersona{Successor: &first.Id})).JSON200.Data
	same("deleted", []uuid.UUID{gone.Id, gone.Successor.Id}, []uuid.UUID{second.Id, first.Id})
	same("what is gone", string(must(c.ReadPersonaWithResponse(ctx, ws, second.Id, nil)).JSON404.Code), "not_found")
}

func names(personas []Persona) []string {
	var all []string
	for _, p := range personas {
		all = append(all, p.Name)
	}
	return all
}
