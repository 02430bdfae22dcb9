// An older program with SQL of its own, by way of node's pg:
// node pg.mjs DATABASE_URL CLIENT_ID
import pg from 'pg'
import { tell, words } from './tell.mjs'

const [url, client] = process.argv.slice(2)
const db = new pg.Client({ connectionString: url })
await db.connect()
let n = 0
await tell(async () => {
  if (n++ % 2) {
    // Settings and default persona as they stood at one moment.
    const { rows } = await db.query(`SELECT s.*, p."personaName", p."tone", p."greeting", p."smsGreeting", p."signature", p."goals"
      FROM "WorkspaceSettings" s JOIN "AiPersona" p ON p."clientId" = s."clientId" AND p."isDefault" = true WHERE s."clientId" = $1`, [client])
    return rows.flatMap(row => [words(row), words({ ...row, personaName: null, tone: null, greeting: null, smsGreeting: null, signature: null, goals: null })])
  }
  const { rows } = await db.query(`SELECT "WorkspaceSettings"."id", "WorkspaceSettings"."clientId", "WorkspaceSettings"."aiPersonaName", "WorkspaceSettings"."aiTone",
      "WorkspaceSettings"."aiGreeting", "WorkspaceSettings"."aiSmsGreeting", "WorkspaceSettings"."aiSignature", "WorkspaceSettings"."aiGoals",
      "WorkspaceSettings"."serviceDescription", "WorkspaceSettings"."idealCustomerProfile"
    FROM "WorkspaceSettings" WHERE ("WorkspaceSettings"."clientId" = $1 AND 1=1) LIMIT $2 OFFSET $3`, [client, 1, 0])
  return rows.map(words)
})
await db.end()
