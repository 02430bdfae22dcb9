package api

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"github.com/swaggest/jsonschema-go"
	"github.com/swaggest/openapi-go"
	"github.com/swaggest/openapi-go/openapi31"

	"personae/internal/access"
	"personae/internal/drafting"
	"personae/internal/lead"
	"personae/internal/leadfile"
	"personae/internal/persona"
	"personae/internal/personafile"
	"personae/internal/postgres"
	"personae/internal/webhook"
	"personae/web/problem"
)

// Route is a line of the table of routes that is for programs.
type Route struct {
	Method, Path string
	Permits      string // what its token must be allowed to do: "look"
	Needs        access.Permission
}

// What says of the API is open to anyone; nothing else below Root is.
const (
	DocumentPath = Root + "/openapi.json"
	DocsPath     = Root + "/docs"
)

// placeholders writes a path of the router as OpenAPI has it.
func placeholders(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		for name, place := range places {
			if s == ":"+place {
				segments[i] = "{" + name + "}"
			}
		}
	}
	return strings.Join(segments, "/")
}

// Document returns the OpenAPI document of these routes, on the server at an
// address. It fails with what is wrong in the table of operations.
func (a *API) Document(server string, routes []Route) (*openapi31.Spec, error) {
	d := document{openapi31.NewReflector()}
	d.describe(server)
	d.reflectAs()
	for _, r := range routes {
		o, found := a.operations[r.Method+" "+strings.TrimPrefix(r.Path, Root)]
		if !found {
			return nil, fmt.Errorf("the table of operations has no %s %s", r.Method, r.Path)
		}
		if err := d.add(o, r); err != nil {
			return nil, err
		}
	}
	if err := d.addHook(); err != nil {
		return nil, err
	}
	if err := d.addShared(); err != nil {
		return nil, err
	}
	if err := d.addWebhooks(); err != nil {
		return nil, err
	}
	return d.Spec, d.addOpen()
}

type document struct{ *openapi31.Reflector }

func (d document) describe(server string) {
	d.Spec.Info.WithTitle("personae").WithVersion("1").WithLicense(*(&openapi31.License{}).WithName("Apache-2.0").WithIdentifier("Apache-2.0")).
		WithContact(*(&openapi31.Contact{}).WithName("Whoever runs this server")).
		WithDescription("What programs can do with the personas of one workspace. A token is made on the workspace’s page Tokens. " +
			"An answer is what is there now, unless a request says by Cache-Control: max-age=1 that it may be a second old.")
	d.Spec.WithServers(openapi31.Server{URL: server})
	d.Spec.SetHTTPBearerTokenSecurity("token", "", "A token that an owner or admin makes on the workspace’s page Tokens")
	d.Spec.WithSecurity(map[string][]string{"token": {}})
	for _, t := range tags() {
		if t.about == "" {
			continue // it is there
		}
		d.Spec.Tags = append(d.Spec.Tags, *(&openapi31.Tag{Name: t.name}).WithDescription(t.about))
	}
	d.Spec.ComponentsEns().WithParameters(map[string]openapi31.ParameterOrReference{
		"IfMatch": header("If-Match", "The version that this is a change of, in quotes",
			object{"type": "string", "examples": []string{`"3"`}}),
		"IfNoneMatch": header("If-None-Match", "The ETag of an answer that is at hand: where that is the answer still, it is 304 and empty",
			object{"type": "string", "examples": []string{`"3"`}}),
		"IdempotencyKey": header(onceHeader, "A name for this request: for 24 hours, the same request under it does nothing and gets the same answer",
			object{"type": "string", "minLength": 1, "maxLength": onceKeyLimit}),
	})
}

type object = map[string]any

func header(name, about string, schema object) openapi31.ParameterOrReference {
	return openapi31.ParameterOrReference{Parameter: (&openapi31.Parameter{Name: name, In: openapi31.ParameterInHeader,
		Schema: schema}).WithDescription(about)}
}

// tag is what a group of operations is about, by the part of the path after the
// workspace.
type tag struct{ path, name, about string }

func tags() []tag {
	return []tag{
		{"personas", "Personas", "The voices of a workspace, of which one is the default"},
		{"house-personas", "House personas", "Personas that are kept for all workspaces, which take copies"},
		{"default", "Default", "Which persona is the default"},
		{"campaigns", "Campaigns", "Campaigns, and which persona answers in each"},
		{"proposals", "Proposals", "Changes that somebody proposes and a client admin decides on"},
		{"schedules", "Schedules", "Switches and assignments at a moment"},
		{"resolve", "Resolve", "Which persona answers, and why"},
		{"settings", "Settings", "What older programs read"},
		{"activity", "Activity", "What was done, and by whom"},
		{"outcomes", "Outcomes", "What became of the drafts"},
		{"health", "Health", "Whether the rules hold"},
		{"preview", "Preview", "Trying personas without storing anything"},
		{"leads", "Leads", "Who wrote, and the drafts that answer"},
		{"drafts", "Drafts", "What a sender takes, and what became of it"},
		{"token", "Token", "The token that asks"},
		{"hooks", "Messages", "What leads wrote, from other systems"},
		{"", "Webhooks", "What other programs are told"},
		{"openapi.json", "Document", "What says all this"},
		{"docs", "Document", ""},
	}
}

func tagOf(path string) string {
	below := strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(path, Root), "/"), "workspaces/:ws/")
	first, _, _ := strings.Cut(below, "/")
	for _, t := range tags() {
		if t.path == first {
			return t.name
		}
	}
	return ""
}

// reflectAs says how our types are written down.
func (d document) reflectAs() {
	for of := range enums() {
		d.InlineDefinition(reflect.Zero(of).Interface())
	}
	d.InlineDefinition(uuid.UUID{})
	d.InlineDefinition(uuid.NullUUID{})
	d.InlineDefinition(personafile.Variants{})
	d.InlineDefinition(personafile.Variant{})
	d.AddTypeMapping(Optional[string]{}, "")
	d.AddTypeMapping(Optional[*string]{}, "")
	d.AddTypeMapping(Optional[int]{}, 0)
	d.AddTypeMapping(Optional[*int]{}, 0)
	d.AddTypeMapping(Optional[bool]{}, false)
	d.AddTypeMapping(Optional[persona.Channel]{}, persona.Channel(""))
	d.AddTypeMapping(Optional[lead.RejectReason]{}, lead.RejectReason(""))
	d.AddTypeMapping(Optional[uuid.NullUUID]{}, uuid.NullUUID{})
	d.AddTypeMapping(Optional[[]uuid.UUID]{}, []uuid.UUID{})
	d.AddTypeMapping(Optional[personafile.Variants]{}, personafile.Variants{})
	d.AddTypeMapping(sentFile{}, personafile.File{})
	d.DefaultOptions = append(d.DefaultOptions, jsonschema.InterceptSchema(schemaOf),
		jsonschema.InterceptProp(describeKey),
		jsonschema.InterceptNullability(nullability), jsonschema.InterceptDefName(schemaName),
		func(c *jsonschema.ReflectContext) { c.EnvelopNullability = true })
}

func schemaName(t reflect.Type, _ string) string {
	switch {
	case t == reflect.TypeFor[personafile.Persona]():
		return "FilePersona"
	case t == reflect.TypeFor[leadfile.File]():
		return "LeadFile"
	case t.PkgPath() == reflect.TypeFor[leadfile.File]().PkgPath():
		return "LeadFile" + t.Name()
	}
	return t.Name()
}

// schemaOf writes down the types that are one text or number.
func schemaOf(p jsonschema.InterceptSchemaParams) (stop bool, err error) {
	t := p.Value.Type()
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch values := enums()[t]; {
	case values != nil:
		p.Schema.AddType(jsonschema.String)
		for _, v := range values {
			p.Schema.Enum = append(p.Schema.Enum, v)
		}
		return true, nil
	case t == reflect.TypeFor[uuid.NullUUID]():
		p.Schema.AddType(jsonschema.String)
		p.Schema.AddType(jsonschema.Null)
		p.Schema.WithFormat("uuid")
		return true, nil
	case t == reflect.TypeFor[uuid.UUID]():
		p.Schema.AddType(jsonschema.String)
		p.Schema.WithFormat("uuid")
		return true, nil
	}
	return false, nil
}

// nullability says null only where we do, which is never of a list.
func nullability(p jsonschema.InterceptNullabilityParams) {
	if p.NullAdded && p.Schema.HasType(jsonschema.Array) {
		p.Schema.RemoveType(jsonschema.Null)
	}
}

// describeKey says of a key whether it is required, how long its text may be, and
// what a field of a voice is called. A key of a request that is Optional, or in
// the address as well, is not required.
func describeKey(p jsonschema.InterceptPropParams) error {
	if !p.Processed {
		return nil
	}
	optional := strings.HasPrefix(p.Field.Type.Name(), "Optional[")
	operation, is := openapi.OperationCtx(p.Context)
	inFile := p.ParentSchema.ReflectType == reflect.TypeFor[personafile.Persona]()
	if most := limitOf(p); most > 0 && (inFile || is && !operation.IsProcessingResponse()) {
		p.PropertySchema.WithMaxLength(int64(most))
	}
	if len(p.PropertySchema.AnyOf) > 0 { // of null or something: it has the type of neither
		p.PropertySchema.Type = nil
		for _, one := range p.PropertySchema.AnyOf {
			if one.TypeObject.Ref != nil {
				one.TypeObject.Type = nil
			}
		}
	}
	if label := labels()[p.Name]; label != "" && p.PropertySchema.Description == nil && p.PropertySchema.Ref == nil &&
		len(p.PropertySchema.AnyOf) == 0 {
		p.PropertySchema.WithDescription(label)
	}
	required := !optional && (!inFile || p.Name == "name") && !strings.Contains(p.Field.Tag.Get("json"), ",omit")
	if _, inAddress := p.Field.Tag.Lookup("query"); inAddress {
		required = false
	}
	if said := p.Field.Tag.Get("required"); said != "" {
		required = said == "true"
	}
	if required && !slices.Contains(p.ParentSchema.Required, p.Name) {
		p.ParentSchema.Required = append(p.ParentSchema.Required, p.Name)
	}
	return nil
}

// limitOf is how long the text of a key may be that is sent, in characters; 0: it has no limit.
func limitOf(p jsonschema.InterceptPropParams) int {
	of := p.ParentSchema.ReflectType
	if of == reflect.TypeFor[InboundMessage]() || of == reflect.TypeFor[InboundLead]() {
		return inboundLimits()[p.Name]
	}
	if p.Name == "name" && (of == reflect.TypeFor[CreateCampaign]() || of == reflect.TypeFor[EditCampaign]()) {
		return persona.CampaignNameLimit
	}
	return limits()[p.Name]
}

// labels names the fields of a voice as pages do.
func labels() map[string]string {
	all := map[string]string{}
	for _, f := range persona.Fields() {
		all[Key(f.Name)] = f.Label
	}
	return all
}

// enums are the texts that a type may have.
func enums() map[reflect.Type][]string {
	return map[reflect.Type][]string{
		reflect.TypeFor[persona.Channel](): texts(persona.Channels()),
		reflect.TypeFor[persona.Source](): texts([]persona.Source{persona.FromCampaign, persona.FromDefault,
			persona.FromSettings}),
		reflect.TypeFor[persona.Side](): texts(postgres.Sides()),
		reflect.TypeFor[persona.Outcome](): texts([]persona.Outcome{persona.LoadCreates, persona.LoadReplaces,
			persona.LoadKeeps, persona.LoadFinds}),
		reflect.TypeFor[lead.DraftState]():   texts(lead.DraftStates()),
		reflect.TypeFor[lead.RejectReason](): texts(lead.RejectReasons()),
		reflect.TypeFor[lead.CheckKind](): texts([]lead.CheckKind{lead.CheckAmount, lead.CheckPercentage, lead.CheckDate,
			lead.CheckAddress, lead.CheckLink, lead.CheckPhone}),
		reflect.TypeFor[access.TokenScope]():     texts(access.TokenScopes()),
		reflect.TypeFor[persona.ProposalKind]():  texts(persona.ProposalKinds()),
		reflect.TypeFor[persona.ProposalState](): texts(persona.ProposalStates()),
		reflect.TypeFor[persona.ScheduleState](): texts(persona.ScheduleStates()),
		reflect.TypeFor[rule]():                  postgres.Rules(),
		reflect.TypeFor[lead.OutcomeGroup]():     texts(lead.OutcomeGroups()),
	}
}

func texts[T ~string](list []T) []string {
	return each(list, func(t T) string { return string(t) })
}

// limits is how long the texts may be that are sent, by key, in characters.
func limits() map[string]int {
	all := map[string]int{"name": persona.NameLimit, "companyName": persona.CompanyNameLimit,
		"qualificationQuestions": persona.QualificationQuestionsLimit,
		"externalId":             persona.CampaignExternalIDLimit,
		"body":                   lead.DraftLimit, "message": drafting.SampleMessageLimit,
		"firstName": drafting.SampleNameLimit,
		"note":      persona.NoteLimit, "answer": persona.NoteLimit,
		"lastName": drafting.SampleNameLimit,
		"company":  drafting.SampleNameLimit}
	for _, f := range persona.Fields() {
		all[Key(f.Name)] = f.Limit
	}
	return all
}

// add writes down an operation.
func (d document) add(o operation, r Route) error {
	context, err := d.NewOperationContext(r.Method, placeholders(r.Path))
	if err != nil {
		return err
	}
	context.SetID(o.id)
	context.SetTags(tagOf(r.Path))
	context.SetSummary(o.title)
	if o.proposable {
		// Said in words: another success would change the type of what generated clients get.
		o.note += " Where the workspace asks that a second person approves it, it is proposed: the answer is 202 with the proposal, as readProposal has it."
	}
	context.SetDescription(strings.TrimSpace(o.note + " The token must be one that may " + r.Permits + "."))
	if strings.Contains(r.Path, "/:ws/") {
		context.AddReqStructure(struct {
			Workspace uuid.UUID `path:"workspace"`
		}{})
	}
	context.AddReqStructure(o.request)
	d.InlineDefinition(o.success)
	context.AddRespStructure(o.success, openapi.WithHTTPStatus(o.status),
		func(u *openapi.ContentUnit) { u.Description = "Done" })
	if err := d.AddOperation(context); err != nil {
		return err
	}
	item := d.Spec.PathsEns().MapOfPathItemValues[placeholders(r.Path)]
	op, err := item.Operation(r.Method)
	if err != nil {
		return err
	}
	d.complete(op, o, r.Method)
	return nil
}

// complete writes down what follows from the types of an operation.
func (d document) complete(op *openapi31.Operation, o operation, method string) {
	parameter := func(name string) {
		op.Parameters = append(op.Parameters, openapi31.ParameterOrReference{Reference: &openapi31.Reference{Ref: "#/components/parameters/" + name}})
	}
	headers := map[string]openapi31.HeaderOrReference{}
	answers := func(name, about string) {
		headers[name] = openapi31.HeaderOrReference{Header: (&openapi31.Header{Schema: object{"type": "string"}}).WithDescription(about)}
	}
	for _, p := range op.Parameters {
		if p.Parameter != nil { // which has its own description, and is a text or not there
			delete(p.Parameter.Schema, "description")
			if p.Parameter.Schema["format"] == "uuid" {
				p.Parameter.Schema["type"] = "string"
			}
		}
	}
	responses := op.Responses.MapOfResponseOrReferenceValues
	data := reflect.TypeOf(o.success).Field(1).Type
	if data.Implements(reflect.TypeFor[versioned]()) {
		answers("ETag", "The version, in quotes; where the answer says more than that grows with, something stands behind it, after a dash")
		if method == http.MethodGet {
			parameter("IfNoneMatch")
			responses["304"] = openapi31.ResponseOrReference{Response: &openapi31.Response{Description: "It is what If-None-Match names"}}
		}
	}
	if data.Implements(reflect.TypeFor[located]()) && o.status != http.StatusOK {
		answers(echo.HeaderLocation, "Where it is, or will be")
	}
	if o.parts {
		answers("Link", "Where there is more: the next part, as rel=\"next\"")
	}
	if _, is := reflect.TypeOf(o.request).FieldByName("OfVersion"); is {
		parameter("IfMatch")
	}
	if method == http.MethodPost {
		parameter("IdempotencyKey")
		answers(replayedHeader, "true: the request under this key was answered before, with this")
	}
	if len(headers) > 0 {
		responses[strconv.Itoa(o.status)].Response.WithHeaders(headers)
	}
	for status, about := range o.problems(method) {
		responses[strconv.Itoa(status)] = refused(about)
	}
	if op.RequestBody != nil {
		d.shut(op.RequestBody.RequestBody)
	}
}

func refused(about string) openapi31.ResponseOrReference {
	return openapi31.ResponseOrReference{Response: (&openapi31.Response{Description: about}).
		WithContentItem(echo.MIMEApplicationJSON, openapi31.MediaType{Schema: object{"$ref": "#/components/schemas/Error"}})}
}

// shut says that what is sent has no other keys, and whether it must be sent.
func (d document) shut(body *openapi31.RequestBody) {
	ref, _ := body.Content[echo.MIMEApplicationJSON].Schema["$ref"].(string)
	schema := d.Spec.Components.Schemas[strings.TrimPrefix(ref, "#/components/schemas/")]
	schema["additionalProperties"] = false
	required, _ := schema["required"].([]any)
	body.WithRequired(len(required) > 0)
}

// problems returns what may be refused, by status: the codes of every route that
// this one is, and its own.
func (o operation) problems(method string) map[int]string {
	codes := append([]string{"unauthorized", "forbidden", "not_found", "invalid", "internal", "unavailable"}, o.codes...)
	if method != http.MethodGet {
		codes = append(codes, "archived", "foreign_origin", "too_large", "unsupported_media_type")
	}
	if method == http.MethodPost {
		codes = append(codes, "idempotency_mismatch")
	}
	all := map[int]string{}
	for _, p := range problem.Coded() {
		if !slices.Contains(codes, p.Code) {
			continue
		}
		if all[p.Status] != "" {
			all[p.Status] += ". "
		}
		all[p.Status] += p.Code + ": " + p.Meaning
	}
	return all
}

// addShared writes down how every problem is told.
func (d document) addShared() error {
	schema, err := d.Reflect(Error{}, jsonschema.InlineRefs)
	if err != nil {
		return err
	}
	for _, p := range problem.Coded() {
		schema.Properties["code"].TypeObject.Enum = append(schema.Properties["code"].TypeObject.Enum, p.Code)
	}
	simple, err := schema.ToSchemaOrBool().ToSimpleMap()
	d.Spec.Components.WithSchemasItem("Error", simple)
	return err
}

// Notice is what a webhook is sent.
type Notice struct {
	ID          uuid.UUID      `json:"id" description:"The same in every try"`
	Event       string         `json:"event"`
	OccurredAt  time.Time      `json:"occurredAt"`
	WorkspaceID uuid.UUID      `json:"workspaceId"`
	Data        map[string]any `json:"data" nullable:"false" description:"Ids and versions"`
}

// addWebhooks writes down what other programs are told.
func (d document) addWebhooks() error {
	d.InlineDefinition(Notice{}) // generators of clients leave out what only webhooks refer to
	for _, event := range append(webhook.Events(), webhook.Ping) {
		context, err := d.NewOperationContext(http.MethodPost, event)
		if err != nil {
			return err
		}
		name := strings.ReplaceAll(event, ".", "_")
		context.SetID("on_" + name)
		context.SetTags("Webhooks")
		context.SetSummary("Sent for " + event)
		context.SetDescription("Sent to a webhook that asks for it, signed in X-Personae-Signature. Any answer of 200 to 299 takes it.")
		context.AddReqStructure(Notice{})
		context.AddRespStructure(nil, openapi.WithHTTPStatus(http.StatusNoContent))
		if err := d.AddWebhook(context); err != nil {
			return err
		}
	}
	return nil
}

// addOpen writes down what says of the API.
func (d document) addOpen() error {
	for _, o := range []struct{ id, path, title, kind, format string }{
		{"openapi", DocumentPath, "This document", echo.MIMEApplicationJSON, "object"},
		{"docs", DocsPath, "This document as a page for people", echo.MIMETextHTML, "string"},
	} {
		response := (&openapi31.Response{Description: o.title}).WithContentItem(o.kind,
			openapi31.MediaType{Schema: object{"type": o.format}})
		op := (&openapi31.Operation{}).WithID(o.id).WithSummary(o.title).WithDescription(o.title +
			". It is open to anyone.").WithTags(tagOf(o.path)).
			WithSecurity(map[string][]string{})
		op.ResponsesEns().WithMapOfResponseOrReferenceValuesItem("200", openapi31.ResponseOrReference{Response: response})
		op.Responses.WithMapOfResponseOrReferenceValuesItem("413", refused("too_large: More than a megabyte"))
		if err := d.Spec.AddOperation(http.MethodGet, o.path, *op); err != nil {
			return err
		}
	}
	return nil
}
