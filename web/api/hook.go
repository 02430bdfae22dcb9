package api

import (
	"net/http"
	"strconv"

	"github.com/google/uuid"
	"github.com/swaggest/openapi-go"
	"github.com/swaggest/openapi-go/openapi31"

	"personae/internal/lead"
	"personae/internal/persona"
)

// HookRoot is where the addresses start to which other systems send what happened.
const HookRoot = "/hooks"

// hook is where they send messages; no token lets them, but a signature.
var hook = Route{Method: http.MethodPost, Path: HookRoot + "/:ws/messages"}

// SignatureHeader holds the signature of what is sent to a hook.
const SignatureHeader = "X-Personae-Signature"

// InboundMessage is a message as other systems send it. What they send besides is left
// out.
type InboundMessage struct {
	ExternalID         string          `json:"externalId" description:"As you call it, such as the Message-ID of a mail. The same one and channel again make nothing new"`
	Channel            persona.Channel `json:"channel"`
	CampaignExternalID string          `json:"campaignExternalId" required:"false" description:"The campaign; one that is not known is added"`
	CampaignName       string          `json:"campaignName" required:"false" description:"What to call it then"`
	Lead               InboundLead     `json:"lead"`
	Subject            string          `json:"subject" required:"false" description:"Of a mail"`
	Body               string          `json:"body"`
	SentAt             string          `json:"sentAt" format:"date-time" description:"Within the last 24 hours"`
}

// InboundLead is who wrote it. What is empty leaves what is known.
type InboundLead struct {
	ExternalID string `json:"externalId" description:"As you call the lead"`
	FirstName  string `json:"firstName" required:"false"`
	LastName   string `json:"lastName" required:"false"`
	Email      string `json:"email" required:"false"`
	Company    string `json:"company" required:"false"`
	Contact    string `json:"contact" required:"false" description:"Why the lead may not be written to: unsubscribed, opted_out, bounced or blacklisted"`
}

// Accepted is what whoever sent a message is told.
type Accepted struct {
	DraftID uuid.NullUUID `json:"draftId" description:"The draft that answers it, or null"`
	Reason  string        `json:"reason,omitempty" description:"Why none is made"`
	// Warnings are what was left out of a message that was taken all the same.
	Warnings []Warning `json:"warnings,omitempty" description:"What was left out of a message that was taken all the same"`
}

// receive is the operation of hook as people read of it. It is answered elsewhere.
func receive() operation {
	return operation{route: hook.Method + " " + hook.Path, id: "receiveMessage", title: "Send a message that a lead wrote",
		note: "No token is sent, but " + SignatureHeader + ": “sha256=” and the HMAC-SHA256 of the raw body, in hexadecimal. " +
			"Its key is the whole inbound secret, which is made on the page Tokens. Send again what was not answered.",
		status:  http.StatusAccepted,
		handler: handler{request: InboundMessage{}, success: answer[Accepted]{}}}
}

// inboundLimits is how long the texts of a message may be, by key, in characters.
func inboundLimits() map[string]int {
	return map[string]int{"externalId": lead.ExternalIDLimit, "campaignExternalId": lead.ExternalIDLimit,
		"campaignName": persona.CampaignNameLimit, "subject": lead.SubjectLimit, "body": lead.BodyLimit,
		"firstName": lead.NameLimit, "lastName": lead.NameLimit, "email": lead.EmailLimit, "company": lead.CompanyLimit}
}

// addHook writes down how messages come in.
func (d document) addHook() error {
	o := receive()
	path := placeholders(hook.Path)
	context, err := d.NewOperationContext(hook.Method, path)
	if err != nil {
		return err
	}
	context.SetID(o.id)
	context.SetTags(tagOf(hook.Path))
	context.SetSummary(o.title)
	context.SetDescription(o.note)
	context.AddReqStructure(struct {
		Workspace uuid.UUID `path:"workspace"`
		Signature string    `header:"X-Personae-Signature" required:"true" pattern:"^sha256=[0-9a-f]{64}$"`
	}{})
	context.AddReqStructure(o.request)
	d.InlineDefinition(o.success)
	context.AddRespStructure(o.success, openapi.WithHTTPStatus(o.status),
		func(u *openapi.ContentUnit) { u.Description = "Message, lead and draft are stored, or were before" })
	if err := d.AddOperation(context); err != nil {
		return err
	}
	op := d.Spec.Paths.MapOfPathItemValues[path].Post
	op.WithSecurity(map[string][]string{})
	op.RequestBody.RequestBody.WithRequired(true)
	for status, about := range map[int]string{
		http.StatusUnauthorized:          "unauthorized: The signature is not that of the workspace’s secret over this body",
		http.StatusRequestEntityTooLarge: "too_large: More than 256 kilobytes",
		http.StatusUnprocessableEntity:   "invalid: Something is missing, too long or too old",
		http.StatusServiceUnavailable:    "unavailable: Send it again later",
	} {
		op.Responses.WithMapOfResponseOrReferenceValuesItem(strconv.Itoa(status), refused(about))
	}
	for _, p := range op.Parameters {
		p.Parameter.Schema["type"] = "string"
		if p.Parameter.In == openapi31.ParameterInHeader {
			p.Parameter.WithDescription("sha256= and the HMAC-SHA256 of the body")
		}
	}
	return nil
}
