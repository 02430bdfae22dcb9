// What the programs of the origin ask for, by way of Prisma, each as a line of
// JSON: node reads.mjs DATABASE_URL SCHEMA CLIENT_ID LEAD_ID
import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from './node_modules/legacy-client/index.js'

const [url, schema, client, lead] = process.argv.slice(2)
const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: url, max: 1 }, { schema }) })
const pick = (...names) => Object.fromEntries(names.map(name => [name, true]))
const voice = pick('id', 'name', 'personaName', 'tone', 'greeting', 'smsGreeting', 'signature', 'goals', 'serviceDescription', 'idealCustomerProfile')
const trigger = (await prisma.message.findFirst({ where: { leadId: lead }, orderBy: { sentAt: 'asc' } }))?.id ?? ''

const reads = {
  // Scoring.
  scoredLead: () => prisma.lead.findUnique({
    where: { id: lead },
    select: {
      ...pick('id', 'clientId', 'sentimentTag', 'companyName', 'industry', 'employeeHeadcount'),
      client: { select: { settings: { select: pick('serviceDescription', 'qualificationQuestions', 'idealCustomerProfile', 'companyName') } } },
    },
  }),
  scoredMessages: () => prisma.message.findMany({
    where: { leadId: lead }, orderBy: { sentAt: 'asc' }, take: 60, select: pick('sentAt', 'channel', 'direction', 'body', 'subject'),
  }),
  scores: () => prisma.lead.findMany({
    where: { clientId: client, overallScore: { gte: 3 } }, orderBy: [{ overallScore: 'desc' }, { updatedAt: 'desc' }],
    select: pick('id', 'fitScore', 'intentScore', 'overallScore', 'scoreReasoning', 'scoredAt'),
  }),

  // Drafts.
  draftedLead: () => prisma.lead.findUnique({
    where: { id: lead },
    select: {
      ...pick('id', 'firstName', 'lastName', 'email', 'phone', 'currentReplierEmail', 'currentReplierName', 'currentReplierSince', 'companyName',
        'companyWebsite', 'companyState', 'industry', 'employeeHeadcount', 'linkedinUrl', 'clientId', 'offeredSlots', 'externalSchedulingLink',
        'sentimentTag', 'snoozedUntil'),
      client: {
        select: {
          name: true,
          settings: { include: { knowledgeAssets: { orderBy: { updatedAt: 'desc' }, take: 10, select: pick('name', 'type', 'textContent') } } },
          aiPersonas: { where: { isDefault: true }, take: 1, select: voice },
        },
      },
      emailCampaign: { select: { id: true, aiPersona: { select: voice } } },
    },
  }),
  trigger: () => prisma.message.findUnique({ where: { id: trigger }, select: pick('leadId', 'direction', 'channel', 'body', 'subject') }),
  triggerOfLead: () => prisma.message.findFirst({ where: { id: trigger, leadId: lead }, select: pick('body', 'subject', 'rawText', 'rawHtml', 'sentAt') }),
  latest: () => prisma.message.findFirst({
    where: { leadId: lead, direction: 'inbound', channel: 'email' }, orderBy: [{ sentAt: 'desc' }, { createdAt: 'desc' }], select: pick('body', 'subject'),
  }),
  draft: () => prisma.aIDraft.findUnique({
    where: { triggerMessageId_channel: { triggerMessageId: trigger, channel: 'email' } }, select: pick('id', 'status', 'leadId', 'content'),
  }),
  verifier: () => prisma.workspaceSettings.findUnique({ where: { clientId: client }, select: pick('emailDraftVerificationModel', 'draftGenerationEnabled') }),

  // Settings, personas and campaigns.
  settings: () => prisma.workspaceSettings.findUnique({ where: { clientId: client } }),
  personas: () => prisma.aiPersona.findMany({
    where: { clientId: client }, include: { _count: { select: { campaigns: true } } }, orderBy: [{ isDefault: 'desc' }, { name: 'asc' }],
  }),
  defaultPersona: () => prisma.aiPersona.findFirst({ where: { clientId: client, isDefault: true } }),
  campaigns: () => prisma.emailCampaign.findMany({
    where: { clientId: { in: [client] } }, orderBy: { name: 'asc' },
    include: {
      client: { select: { name: true } }, bookingProcess: { select: pick('id', 'name') }, aiPersona: { select: pick('id', 'name') },
      _count: { select: { leads: true } },
    },
  }),
  byHand: () => prisma.emailCampaign.count({ where: { clientId: client, responseMode: 'SETTER_MANAGED' } }),
  byItself: () => prisma.emailCampaign.findMany({ where: { clientId: client, responseMode: { in: ['AI_AUTO_SEND'] } }, select: pick('id') }),

  // People, and whole rows.
  setters: () => prisma.clientMember.findMany({ where: { clientId: client, role: 'SETTER' }, orderBy: { createdAt: 'asc' }, select: pick('userId') }),
  member: () => prisma.clientMember.findFirst({ where: { clientId: client, role: 'ADMIN' } }),
  client: () => prisma.client.findUnique({ where: { id: client }, include: { settings: true, emailBisonBaseHost: { select: { host: true } } } }),
  lead: () => prisma.lead.findUnique({
    where: { id: lead },
    include: {
      client: { include: { settings: true } }, messages: { orderBy: { sentAt: 'desc' } }, aiDrafts: { where: { status: 'pending' } },
      emailCampaign: { include: { aiPersona: true } }, smsCampaign: { select: { name: true } }, campaign: true, preferredCalendarLink: true,
    },
  }),
  unread: () => prisma.message.count({ where: { lead: { clientId: client }, direction: 'inbound', isRead: false } }),
  statuses: () => prisma.lead.groupBy({ by: ['status'], where: { clientId: client }, _count: true }),
  wanted: () => prisma.lead.findMany({
    where: { clientId: client, status: { notIn: ['blacklisted', 'unqualified'] }, sentimentTag: { in: ['Interested', 'Call Requested'] } }, select: pick('id'),
  }),
}
for (const model of ['client', 'clientMember', 'workspaceSettings', 'aiPersona', 'emailCampaign', 'lead', 'message', 'aIDraft', 'knowledgeAsset',
  'calendarLink', 'bookingProcess', 'emailBisonBaseHost', 'campaign', 'smsCampaign']) {
  reads['all of ' + model] = () => prisma[model].findMany({ take: 1000 })
}
for (const [name, read] of Object.entries(reads)) {
  try {
    console.log(JSON.stringify({ name, got: await read() }))
  } catch (error) {
    console.log(JSON.stringify({ name, error: error.message }))
  }
}
await prisma.$disconnect()
