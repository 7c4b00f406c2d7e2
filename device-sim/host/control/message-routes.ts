import { z } from 'zod'
import type { SimulatedHost } from '../simulated-host.ts'
import { ControlError } from './errors.ts'
import { asks, does, nothing, type Route, text, waiting } from './route.ts'

const LONGEST_WAIT_MS = 60_000
const MOST_ENTRIES = 1_000

const whole = (words: string) =>
  z.coerce.number({ error: words }).pipe(z.int({ error: words }).min(0, { error: words }))
const logSchema = z.strictObject({
  after: whole('should be the number of an entry, or 0').default(0),
  event: z
    .string()
    .transform(words => words.split(',').filter(word => word !== ''))
    .default([]),
  topic: text.optional(),
  most: whole('should be a whole number').default(MOST_ENTRIES),
  wait: waiting.default(0),
})

const BASE64 = 'should be bytes in base64'
const injectSchema = z
  .strictObject({
    topic: text.max(65_535, { error: 'is longer than MQTT allows' }),
    text: z.string({ error: 'should be a text' }).optional(),
    base64: z.base64({ error: BASE64 }).optional(),
    json: z.unknown().optional(),
    qos: z.literal([0, 1, 2], { error: 'should be 0, 1 or 2' }).default(1),
    retain: z.boolean({ error: 'should be true or false' }).default(false),
  })
  .refine(body => [body.text, body.base64, body.json].filter(form => form !== undefined).length === 1, {
    error: 'should have one of text, base64 and json',
  })
const disconnectSchema = z.strictObject({
  who: z.enum(['host', 'partners'], { error: 'should be host or partners' }),
  for: waiting.refine(ms => ms <= 3_600_000, { error: 'should be an hour at most, 3600000' }).default(0),
})

/** What went over the wire, and what is put on it by hand. */
export function messageRoutes(host: SimulatedHost): readonly Route[] {
  return [
    asks('GET', '/state', null, 'what is played, and how far it has come', nothing, () => stateOf(host)),
    asks(
      'GET',
      '/log',
      '?after=N&event=A,B&topic=T&most=N&wait=MS',
      'what was received, answered, told, paid and so on, the oldest first; an empty answer waits up to 60000 ms',
      logSchema,
      ({ event, wait, ...query }) =>
        host.journal.wait(
          { ...query, topic: query.topic, events: event, most: Math.min(query.most, MOST_ENTRIES) },
          Math.min(wait, LONGEST_WAIT_MS),
        ),
    ),
    does(
      'POST',
      '/inject',
      '{topic, text | base64 | json, qos?, retain?}',
      'publishes these bytes as they are, past all faults; json is written compactly',
      injectSchema,
      async ({ topic, qos, retain, ...body }) => {
        const sent = await host.inject({ topic, qos, retain, payload: bytesOf(body) })
        if (!sent) throw new ControlError(503, 'NOT_CONNECTED', 'the host has no link to its broker just now')
        return { sent }
      },
    ),
    does(
      'POST',
      '/disconnect',
      '{who: host | partners, for?}',
      'host: its service is away from the broker for so many ms, and what is sent meanwhile is lost to it; partners: all are cut off',
      disconnectSchema,
      body => disconnect(host, body.who, body.for),
    ),
    does(
      'POST',
      '/reset',
      null,
      'everything as it was at the start; links and retained messages stay',
      nothing,
      async () => {
        await host.reset()
        return stateOf(host)
      },
    ),
  ]
}

function bytesOf(body: {
  readonly text?: string | undefined
  readonly base64?: string | undefined
  readonly json?: unknown
}) {
  if (body.base64 !== undefined) return Buffer.from(body.base64, 'base64')
  return Buffer.from(body.text ?? JSON.stringify(body.json))
}

function disconnect(host: SimulatedHost, who: 'host' | 'partners', milliseconds: number) {
  if (who === 'host') host.leave(milliseconds)
  else if (!host.cutPartners()) {
    throw new ControlError(409, 'NOT_ITS_BROKER', 'only a host with a broker of its own can cut partners off')
  }
  return { disconnected: who }
}

function stateOf(host: SimulatedHost) {
  return {
    build: host.build,
    url: host.url,
    connected: host.connected,
    orders: host.orders().length,
    openOrders: host.openOrders().length,
    boxes: host.boxes.all().length,
    lastLogEntry: host.journal.last,
    faults: host.faults.values,
  }
}
