package api

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/swaggest/openapi-go/openapi31"

	"personae/views"
	"personae/web/problem"
)

// Guide returns what the page for people says of the API: the document, in the
// order of the routes and of the keys in our structs, and then the hook.
func (a *API) Guide(document *openapi31.Spec, routes []Route) (views.API, error) {
	g := guide{document, map[string]bool{}, views.API{Root: Root, Server: document.Servers[0].URL}}
	for _, r := range routes {
		o := a.operations[r.Method+" "+strings.TrimPrefix(r.Path, Root)]
		item := document.Paths.MapOfPathItemValues[placeholders(r.Path)]
		op, err := item.Operation(r.Method)
		if err != nil || op == nil {
			return views.API{}, fmt.Errorf("the document has no %s %s: %w", r.Method, r.Path, err)
		}
		g.add(o, r, op)
	}
	g.add(receive(), hook, document.Paths.MapOfPathItemValues[placeholders(hook.Path)].Post)
	for _, p := range problem.Coded() {
		g.Problems = append(g.Problems, views.APIProblem{Status: p.Status, Code: p.Code, Meaning: p.Meaning})
	}
	return g.API, nil
}

type guide struct {
	document *openapi31.Spec
	shown    map[string]bool // shapes by name
	views.API
}

func (g *guide) add(o operation, r Route, op *openapi31.Operation) {
	data := reflect.TypeOf(o.success).Field(1).Type
	shown := views.APIOperation{Method: r.Method, Path: placeholders(r.Path), Part: op.Tags[0], Title: o.title,
		Note: o.note, Permits: r.Permits, Status: o.status,
		Codes: o.codes, Body: g.keys(reflect.TypeOf(o.request))}
	success := op.Responses.MapOfResponseOrReferenceValues[strconv.Itoa(o.status)].Response.Content["application/json"].Schema
	shown.Data = kind(property(success, "data"))
	for _, p := range op.Parameters {
		if p.Parameter != nil && p.Parameter.In == openapi31.ParameterInQuery {
			shown.Query = append(shown.Query, key(p.Parameter.Name, p.Parameter.Schema, *p.Parameter.Description, true))
		}
	}
	g.Operations = append(g.Operations, shown)
	g.addShapes(data)
}

// addShapes adds the structs that a type consists of.
func (g *guide) addShapes(t reflect.Type) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	name := schemaName(t, "")
	if t.Kind() != reflect.Struct || g.document.Components.Schemas[name] == nil || g.shown[name] {
		return
	}
	g.shown[name] = true
	g.Shapes = append(g.Shapes, views.APIShape{Name: name, Keys: g.keys(t)})
	for _, field := range reflect.VisibleFields(t) {
		if !field.Anonymous {
			g.addShapes(field.Type)
		}
	}
}

// keys returns those of a struct in its order, as the document has them.
func (g *guide) keys(t reflect.Type) []views.APIKey {
	schema := g.document.Components.Schemas[schemaName(t, "")]
	var keys []views.APIKey
	for _, field := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if of := property(schema, name); of != nil {
			about, _ := of["description"].(string)
			keys = append(keys, key(name, of, about, !slices.Contains(list(schema["required"]), any(name))))
		}
	}
	return keys
}

func key(name string, schema object, about string, optional bool) views.APIKey {
	k := views.APIKey{Name: name, Kind: kind(schema), Note: about, Optional: optional}
	for _, one := range list(schema["enum"]) {
		k.OneOf = append(k.OneOf, fmt.Sprint(one))
	}
	number := func(name string) int {
		n, _ := schema[name].(float64)
		return int(n)
	}
	k.Min, k.Max = number("minimum"), max(number("maximum"), number("maxLength"))
	return k
}

func property(schema object, name string) object {
	properties, _ := schema["properties"].(object)
	of, _ := properties[name].(object)
	return of
}

func list(v any) []any {
	all, _ := v.([]any)
	return all
}

// kind says in words what a schema allows: "id or null", "list of Persona".
func kind(schema object) string {
	if ref, is := schema["$ref"].(string); is {
		return strings.TrimPrefix(ref, "#/components/schemas/")
	}
	types := list(schema["type"])
	if one, is := schema["type"].(string); is {
		types = []any{one}
	}
	for _, one := range list(schema["anyOf"]) {
		of, _ := one.(object)
		if of["type"] == "null" {
			types = append(types, "null")
		} else {
			types = append(types, kind(of))
		}
	}
	var words []string
	for _, t := range types {
		if word := word(fmt.Sprint(t), schema); t != "null" {
			words = append(words, word)
		}
	}
	if slices.Contains(types, any("null")) {
		words = append(words, "null")
	}
	return strings.Join(words, " or ")
}

func word(kindOf string, schema object) string {
	switch {
	case kindOf == "array":
		items, _ := schema["items"].(object)
		return "list of " + kind(items)
	case kindOf == "string" && schema["format"] == "uuid":
		return "id"
	case kindOf == "string" && schema["format"] == "date-time":
		return "time"
	}
	if word := map[string]string{"string": "text", "integer": "whole number",
		"boolean": "true or false"}[kindOf]; word != "" {
		return word
	}
	return kindOf
}
