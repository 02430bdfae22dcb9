// An older program by way of Prisma: node prisma.mjs DATABASE_URL CLIENT_ID SCHEMA
import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from './node_modules/legacy-client/index.js'
import { tell, words } from './tell.mjs'

const [url, client, schema] = process.argv.slice(2)
const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: url, max: 1 }, { schema }) })
let n = 0
await tell(async () => {
  switch (n++ % 3) {
    case 0: return [words(await prisma.workspaceSettings.findUnique({ where: { clientId: client } }))]
    case 1: return (await prisma.workspaceSettings.findMany({ where: { client: { id: client } }, orderBy: { updatedAt: 'desc' }, take: 1 })).map(words)
    default: return [words(await prisma.aiPersona.findFirst({ where: { clientId: client, isDefault: true } }))]
  }
})
await prisma.$disconnect()
