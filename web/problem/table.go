package problem

import (
	"context"
	"fmt"
	"net/http"

	"personae/internal/access"
	"personae/internal/auth"
	"personae/internal/drafting"
	"personae/internal/i18n"
	"personae/internal/lead"
	"personae/internal/persona"
	"personae/internal/seal"
)

// row is a line of the table: what has this problem, and how it is told.
type row struct {
	cause
	Problem
}

// draftStates are the states of drafts, inside a sentence.
var draftStates = map[lead.DraftState]string{
	lead.DraftMaking: i18n.N("making"), lead.DraftUnmade: i18n.N("unmade"), lead.DraftWaiting: i18n.N("waiting"),
	lead.DraftApproved: i18n.N("approved"), lead.DraftSent: i18n.N("sent"), lead.DraftFailed: i18n.N("failed"),
	lead.DraftRejected: i18n.N("rejected"), lead.DraftWithdrawn: i18n.N("withdrawn"),
}

// toSignIn leads back to where a sign-in began.
var toSignIn = Link{"/login", i18n.Say("Go to the sign-in page")}

// table is THE table of errors. The first line that matches counts.
var table = []row{
	// Signing in at the OpenID provider.
	{is(auth.ErrProvider), Problem{Status: http.StatusServiceUnavailable, Back: toSignIn, RetryAfter: 2, Words: Words{
		"Single sign-on does not work at the moment",
		"You are not signed in. The service that signs you in is away, or does not accept us. It has been noted.",
		[]string{"Try again in a few minutes. If it stays so, tell whoever runs personae for you."}}}},
	{is(auth.ErrAnswer), Problem{Status: http.StatusUnprocessableEntity, Back: toSignIn, Words: Words{
		"This sign-in could not be finished",
		"Nothing was changed. It may have taken longer than ten minutes, have been finished before, " +
			"or have begun in another browser.",
		[]string{"Go back to the sign-in page and start again."}}}},
	{is(auth.ErrDenied), Problem{Status: http.StatusForbidden, Back: toSignIn, Words: Words{
		"You were not signed in",
		"Nothing was changed. You stopped at single sign-on, or it did not let you through.",
		[]string{"You can start again. If it does not let you through, " +
			"ask whoever looks after single sign-on in your company."}}}},
	{is(auth.ErrUnverified), Problem{Status: http.StatusForbidden, Back: toSignIn, Words: Words{
		"Your email address is not confirmed",
		"You are not signed in, and nothing was changed. Single sign-on gave no email address that it has " +
			"confirmed as yours.",
		[]string{"Confirm your address there, then sign in again."}}}},
	{as(func(p *Problem, e *access.AddressError) {
		p.keeps("You are not signed in, and nothing was changed. %s.", e.Text())
	}),
		Problem{Status: http.StatusForbidden, Back: toSignIn, Words: Words{
			Title: "Single sign-on gave an address that cannot be right",
			Next:  []string{"Have whoever looks after single sign-on in your company correct your address, then sign in again."}}}},
	{as(func(p *Problem, e *NoAccountError) {
		p.keeps("Single sign-on knows you as %s, and nobody here has that address. Nothing was created.", e.Email)
	}), Problem{Status: http.StatusForbidden, Back: toSignIn, Words: Words{
		Title: "There is no account with your address",
		Next:  []string{"Ask an admin of your workspace for an invitation to that address, then sign in again."}}}},
	{as(func(p *Problem, e *LinkedAccountError) {
		p.keeps("The account with the address %s is linked to somebody else at single sign-on, "+
			"perhaps to who had this address before you. Nothing was changed.", e.Email)
	}), Problem{Status: http.StatusForbidden, Back: toSignIn, Words: Words{
		Title: "This account belongs to another sign-in",
		Next:  []string{"If it is your account, ask whoever runs personae for you to undo that link, then sign in again."}}}},
	{is(ErrSignInOver), Problem{Status: http.StatusUnprocessableEntity, Back: toSignIn, Words: Words{
		"This sign-in took too long",
		"You are not signed in, and nothing was changed. It may have taken longer than ten minutes, or have been " +
			"finished already.",
		[]string{"Go to the sign-in page and start again."}}}},

	// Who may. Pages lead those who are signed out to the sign-in page.
	{is(access.ErrSignedOut), Problem{Status: http.StatusUnauthorized,
		Code: "unauthorized", Meaning: "No token, or one that does not work",
		Sentence: "Send a token that works, as Authorization: Bearer TOKEN."}},
	{is(ErrSignature), Problem{Status: http.StatusUnauthorized, Code: "unauthorized",
		Sentence: "The signature is not that of this workspace’s secret over this body. Nothing was stored."}},
	{is(ErrSupportForbidden), Problem{Status: http.StatusForbidden, Words: Words{
		"You may look at this, not change it",
		mayOnlySwitch,
		[]string{GoBack}}, Reading: &Words{
		Title: "Only an owner or admin can open this",
		Kept:  mayOnlySwitch}}},
	{is(access.ErrForbidden), Problem{Status: http.StatusForbidden,
		Code: "forbidden", Meaning: "The token may not do that",
		Sentence: "This token may not do that. Nothing was changed.", Words: Words{
			"You may look at this, not change it",
			"Nothing was changed. Ask an owner or admin to do this, or to make you an admin.",
			[]string{GoBack}}, Reading: &Words{
			Title: "Only an owner or admin can open this",
			Kept:  "Nothing was changed. Ask an owner or admin to do this, or to make you an admin."}}},
	{is(access.ErrArchived), Problem{Status: http.StatusForbidden,
		Code: "archived", Meaning: "The workspace is archived: it can only be read",
		Sentence: "This workspace is archived, so it can only be read. Nothing was changed.", Words: Words{
			"This workspace is archived",
			"Nothing was changed. Until an owner or admin puts it back, it can only be read.",
			[]string{GoBack}}}},
	{is(access.ErrNoFactor), Problem{Status: http.StatusForbidden, Code: "forbidden",
		Back: Link{"/account#factors", i18n.Say("Go to your account")}, Words: Words{
			"You need a second factor first",
			"Nothing was changed. This takes an authenticator app or a passkey beside the password, and you have none yet.",
			[]string{"Add one on the page of your account, then do this again.", GoBack}}}},
	{inForm(persona.ErrSecondPerson), Problem{Status: http.StatusForbidden,
		Code: "second_person", Meaning: "A second person has to approve it: propose it", Words: Words{
			"A second person has to approve this",
			"Nothing was changed. This workspace asks for a second person where the default, or its words, would change.",
			[]string{"Propose it: make the persona the default, or change the words of the default, from the persona’s own page. " +
				"Somebody else approves it under Proposals.", GoBack}}}},
	{inForm(persona.ErrOwnProposal), Problem{Status: http.StatusForbidden, Code: "second_person", Words: Words{
		"Somebody else has to approve this",
		"Nothing was changed. You proposed it, and this workspace asks for a second person here.",
		[]string{"Ask another owner or admin, or a superadmin, to approve it."}}}},
	{as(func(p *Problem, e *OtherHostError) { p.Back = Link{e.BaseURL, i18n.Say("Go to %s", e.BaseURL)} }),
		Problem{Status: http.StatusMisdirectedRequest, Words: Words{
			"This is not the address of personae",
			"Nothing was changed. You came here under another address, so what you sent was not read.",
			[]string{GoBack, proxyHidesHost}}, Reading: &Words{
			"This is not the address of personae",
			"Nothing was changed. You came here under another address.",
			[]string{proxyHidesHost}}}},
	{is(ErrForeignOrigin), Problem{Status: http.StatusForbidden,
		Code: "foreign_origin", Meaning: "A page of another site sent it", Words: Words{
			"This came from another site",
			"Nothing was changed. A page of another site, or an address other than the usual one, sent this request.",
			[]string{"Open personae under its usual address and do it again there."}}}},
	{as(func(p *Problem, e *access.WrongPersonError) {
		p.keeps("Nothing was changed. It is for %s, and you are signed in under another address.", e.Invited)
	}), Problem{Status: http.StatusForbidden, Words: Words{
		Title: "This invitation is for somebody else",
		Next:  []string{"Sign out, open the link again and sign in with that address."}}}},

	// What is not there.
	{either(is(persona.ErrNotFound), status(http.StatusNotFound)), Problem{Status: http.StatusNotFound,
		Code: "not_found", Meaning: "Not there, or not in the token’s workspace", Words: Words{
			Title: "There is nothing here",
			Kept:  "Nothing was changed. It never existed, was deleted, or is not open to you."}}},
	{is(ErrLinkOver), Problem{Status: http.StatusNotFound, Words: Words{
		"This link does not work any more",
		"It was used, it is too old, or it was taken back. Nothing was changed.",
		[]string{"Ask whoever sent it for a new one."}}}},
	{status(http.StatusMethodNotAllowed), Problem{Status: http.StatusMethodNotAllowed,
		Code: "method_not_allowed", Meaning: "The address does not do that", Words: Words{
			Title: "This address does not do that",
			Kept:  "Nothing was changed."}}},

	// What others did meanwhile.
	{as(func(p *Problem, e *persona.NameTakenError) { p.say([]persona.FieldError{e.Field()}) }),
		Problem{Status: http.StatusConflict, Code: "name_taken", Meaning: "Another persona has the name", Words: Words{
			"Another persona has this name", "Nothing was changed.",
			[]string{"Choose another name, then do this again.", GoBack}}}},
	{as(func(p *Problem, e *persona.ExternalIDTakenError) { p.say([]persona.FieldError{e.Field()}) }),
		Problem{Status: http.StatusConflict, Code: "external_id_taken", Meaning: "Another campaign has the external id",
			Words: Words{"Another campaign has this external id", "Nothing was changed.",
				[]string{"Choose another, then do this again.", GoBack}}}},
	{is(persona.ErrPersonaExists), Problem{Status: http.StatusConflict,
		Code: "persona_exists", Meaning: "There is a persona already",
		Sentence: "There is a persona already, so nothing was imported.", Words: Words{
			Title: "There is a persona already",
			Kept:  "Nothing was changed."}}},
	{as[*persona.PlanChangedError](nil), Problem{Status: http.StatusConflict,
		Code: "plan_changed", Meaning: "Loading would do something else by now",
		Sentence: "The personas here changed meanwhile, or you changed what to load. Nothing was loaded. " +
			"Ask what it would do now, with dryRun.", Words: Words{
			"This is no longer what you were shown", "Nothing was loaded.", []string{GoBack}}}},
	{either(
		as(func(p *Problem, e *persona.StaleError) { p.staleAt(e.Theirs.Version) }),
		as(func(p *Problem, e *persona.StaleSettingsError) { p.staleAt(e.Theirs.Version) }),
		as(func(p *Problem, e *persona.StaleCampaignError) { p.staleAt(e.Theirs.Version) }),
		waiting(as(func(p *Problem, e *lead.StaleDraftError) { p.staleAt(e.Theirs.Version) })),
		as[*persona.ShownOtherDefaultError](nil),
	), Problem{Status: http.StatusConflict,
		Code: "stale_version", Meaning: "Somebody changed it meanwhile; version is its version now", Words: Words{
			Title: "Somebody changed this meanwhile",
			Kept:  "Nothing was changed by you. Look at it as it is now, then decide again."}}},
	{either(
		as(func(p *Problem, e *persona.TooLateError) {
			p.keeps("Nothing was changed. %s", e.Reason)
			p.Sentence = e.Reason.String() + " Nothing was changed."
		}),
		as(func(p *Problem, e *lead.StaleDraftError) {
			p.keeps("This draft needs no decision any more: its state is %s. Nothing was changed by you.",
				i18n.Say(draftStates[e.Theirs.State]))
			p.Sentence = i18n.Say(p.Kept, p.Args...).String()
		}),
	), Problem{Status: http.StatusConflict,
		Code: "too_late", Meaning: "Something newer has overtaken it, or it is there already; error says why", Words: Words{
			Title: "This cannot be done any more"}}},

	// What was sent.
	{as[*MessageTooLargeError](func(p *Problem, e *MessageTooLargeError) {
		p.Sentence = fmt.Sprintf("Nothing was stored. A message may hold %d KB.", e.KB)
	}), Problem{Status: http.StatusRequestEntityTooLarge, Code: "too_large"}},
	{status(http.StatusRequestEntityTooLarge), Problem{Status: http.StatusRequestEntityTooLarge,
		Code: "too_large", Meaning: "More than a megabyte", Words: Words{
			"This is too much at once",
			"Nothing was changed. A request may hold one megabyte.",
			[]string{"Go back in your browser, shorten what you typed or choose a smaller file, and send it again."}}}},
	{is(ErrNotJSON), Problem{Status: http.StatusUnsupportedMediaType,
		Code: "unsupported_media_type", Meaning: "Not JSON",
		Sentence: "Send JSON, with Content-Type: application/json. Nothing was changed."}},
	{status(http.StatusUnsupportedMediaType), Problem{Status: http.StatusUnsupportedMediaType, Words: Words{
		Title: "This is not a form",
		Kept:  "Nothing was changed. Pages take forms only; programs use the JSON interface under /api/v1."}}},
	{as(func(p *Problem, e *persona.InvalidError) { p.say(e.Fields) }), Problem{Status: http.StatusUnprocessableEntity,
		Code: "invalid", Meaning: "Something sent is wrong; fields says what", Words: Words{
			"This could not be read",
			"Nothing was changed. What arrived was not a complete form.",
			[]string{"Go back in your browser: what you typed is still there. Then send it again."}}}},
	{status(http.StatusBadRequest), Problem{Status: http.StatusUnprocessableEntity, Code: "invalid", Words: Words{
		Title: "This could not be read",
		Kept:  "Nothing was changed."}}},
	{is(persona.ErrKeyReused), Problem{Status: http.StatusUnprocessableEntity,
		Code: "idempotency_mismatch", Meaning: "The Idempotency-Key was used for another request",
		Sentence: "This Idempotency-Key was used for another request. Nothing was changed. " +
			"Send a new key with a new request."}},

	// What is too much, or away for a while.
	{as[*ThrottledError](nil), Problem{Status: http.StatusTooManyRequests, Words: Words{
		Title: "Too many tries",
		Kept:  "Nothing was changed. Wait a quarter of an hour, then try again."}}},
	{is(drafting.ErrBusy), Problem{Status: http.StatusTooManyRequests, RetryAfter: 5,
		Code: "busy", Meaning: "As many previews are being written as may be at once; look at Retry-After",
		Sentence: "The model writes as many previews as it may at once. Nothing was asked of it. " +
			"Wait a few seconds, then ask again."}},
	{is(ErrCrowded), Problem{Status: http.StatusServiceUnavailable, RetryAfter: 2, Code: "crowded",
		Meaning: "The workspace or the token has as many requests under way as it may; look at Retry-After. " +
			"Nothing was done", Words: Words{
			"Try again in a moment",
			"Very many requests of this workspace, or of you, are under way, so this one was not begun.",
			[]string{GoBack, "Nothing was changed."}}}},
	{is(ErrNotSetUp), Problem{Status: http.StatusServiceUnavailable, RetryAfter: 60, Code: "unavailable",
		Sentence: "Nobody has set personae up yet, at /setup. Nothing was done; send it again later."}},
	{is(seal.ErrUnreadable), Problem{Status: http.StatusServiceUnavailable, RetryAfter: 60, Code: "unavailable",
		Sentence: "The secret of this workspace cannot be read: this server lacks the key that it was sealed with. " +
			"Nothing was stored; send it again later. Whoever runs personae has to give the key back, or an admin " +
			"makes a new secret on the page Tokens."}},
	{is(persona.ErrUnavailable, context.DeadlineExceeded), Problem{Status: http.StatusServiceUnavailable, RetryAfter: 2,
		Code:    "unavailable",
		Meaning: "The database is busy or away: look at Retry-After. Whether it was done is not certain", Words: Words{
			"Try again in a moment",
			"The database is busy or away for a moment, so it is not certain that this was done.",
			[]string{GoBack, "Look whether it was saved before you send it again."}}, Reading: &Words{
			"Try again in a moment",
			"The database is busy or away for a moment.",
			[]string{"Nothing was changed. Load the page again."}}}},
}

// internal is what no line of the table names: our fault.
var internal = Problem{Status: http.StatusInternalServerError,
	Code: "internal", Meaning: "Our fault; it has been noted", Words: Words{
		"Something went wrong on our side",
		"Nothing was changed. It is our fault, and it has been noted.",
		[]string{GoBack}}}

var proxyHidesHost = i18n.N("If the right address brings you here again, tell whoever runs personae for you: " +
	"a proxy in front of it must pass on the host that it was asked for.")

var mayOnlySwitch = i18n.N("Nothing was changed. You may switch the default here; " +
	"an owner or admin can let you do more for a while, on their page Support access.")
