// One life with the API, through the client that openapi-fetch makes of the
// document's types: life.js ADDRESS TOKEN.
import createClient from "openapi-fetch";
import type { components, paths } from "./openapi.js";

declare const process: { argv: [string, string, string, string] };

type Persona = components["schemas"]["Persona"];

const [, , baseUrl, token] = process.argv;
const api = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });

// done returns what was answered, or fails with what was refused.
function done<T>(answer: { data?: { data: T }; error?: components["schemas"]["Error"] }): T {
  if (answer.data === undefined) {
    throw new Error(`${answer.error?.code}: ${answer.error?.error}`);
  }
  return answer.data.data;
}

function same(what: string, got: unknown, want: unknown) {
  if (JSON.stringify(got) !== JSON.stringify(want)) {
    throw new Error(`${what}: ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
  }
}

const base = "/api/v1/workspaces/{workspace}" as const;
const me = done(await api.GET("/api/v1/token"));
same("scope", me.scope, "write");
const path = { workspace: me.workspaceId };

const first: Persona = done(await api.POST(`${base}/personas`, { params: { path }, body: { name: "Elena", greeting: "Dear {firstName}," } }));
const header = { "Idempotency-Key": "maya" };
const second = done(await api.POST(`${base}/personas`, { params: { path, header }, body: { name: "Maya", greeting: "Hey", tone: null } }));
const again = done(await api.POST(`${base}/personas`, { params: { path, header }, body: { name: "Maya", greeting: "Hey", tone: null } }));
same("sent again", again, second);
same("created", [first.isDefault, second.isDefault, second.tone], [true, false, null]);

const of = { ...path, persona: second.id };
const edited = await api.PATCH(`${base}/personas/{persona}`, { params: { path: of, header: { "If-Match": '"1"' } }, body: { goals: "Book a call" } });
same("edited", [done(edited).goals, done(edited).greeting, edited.response.headers.get("ETag")], ["Book a call", "Hey", '"2"']);
const stale = await api.PATCH(`${base}/personas/{persona}`, { params: { path: of, header: { "If-Match": '"1"' } }, body: { goals: "x" } });
same("an outdated version", [stale.error?.code, stale.error?.version], ["stale_version", 2]);
const unchanged = await api.GET(`${base}/personas/{persona}`, { params: { path: of, header: { "If-None-Match": '"2"' } } });
same("what is at hand", unchanged.response.status, 304);

const switched = done(await api.POST(`${base}/personas/{persona}/default`, { params: { path: of } }));
same("switched", [switched.id, switched.isDefault, switched.previous?.id], [second.id, true, first.id]);
const answering = done(await api.GET(`${base}/resolve`, { params: { path, query: { channel: "sms" } } }));
same("resolved", [answering.source, answering.personaId, answering.opening], ["default", second.id, "Hey"]);

const settings = done(await api.GET(`${base}/settings`, { params: { path } }));
same("settings", settings.greeting, "Hey");
const saved = done(await api.PATCH(`${base}/settings`, { params: { path }, body: { companyName: "Northwind", version: settings.version } }));
same("saved", saved.companyName, "Northwind");

const part = await api.GET(`${base}/personas`, { params: { path, query: { limit: 1 } } });
same("a part", [done(part).map((p) => p.name), part.response.headers.get("Link")?.includes("page=2")], [["Maya"], true]);
const whole = done(await api.GET(`${base}/personas`, { params: { path } }));
same("the whole", whole.map((p) => p.name), ["Maya", "Elena"]);

const gone = done(await api.DELETE(`${base}/personas/{persona}`, { params: { path: of }, body: { successor: first.id } }));
same("deleted", [gone.id, gone.successor?.id], [second.id, first.id]);
const nothing = await api.GET(`${base}/personas/{persona}`, { params: { path: of } });
same("what is gone", nothing.error?.code, "not_found");
console.log("lived");
