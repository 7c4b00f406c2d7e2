import { z } from 'zod'
import type { Clock } from '../../gateway/clock.ts'
import { ANSWER_PATH, ASK_PATH, askerOf, PAIRING_USER } from '../../protocol/local/pairing.ts'
import { type DeviceKind, deviceTopic } from '../../protocol/local/topics.ts'
import { DeviceLink } from './link.ts'

export interface PairingOptions {
  readonly url: string
  readonly ca?: string | Buffer | undefined
  /** Of the open pairing window. */
  readonly code: string
  /** The same until it is paired; the answer is for it alone. */
  readonly clientId: string
  readonly serial: string
  readonly kind: DeviceKind
  readonly clock: Clock
}

const answerShape = z.discriminatedUnion('state', [
  z.object({ state: z.literal('waiting') }),
  z.object({ state: z.literal('paired'), deviceId: z.string(), password: z.string() }),
  z.object({ state: z.literal('refused'), error: z.object({ code: z.string(), message: z.string() }) }),
])

export interface Credentials {
  readonly deviceId: string
  readonly password: string
}

/** Asks for credentials as a device without a keyboard does, until somebody says yes. @throws Error when it is refused */
export async function askForCredentials(options: PairingOptions, say: (words: string) => void): Promise<Credentials> {
  const { url, ca, code, clientId, serial, kind, clock } = options
  const topic = (path: string): string => deviceTopic(askerOf(clientId), path)
  const { promise, resolve, reject } = Promise.withResolvers<Credentials>()
  let isAsking = false
  const ask = async (): Promise<void> => {
    await link.subscribe([topic(ANSWER_PATH)], 1)
    // What was not acknowledged is repeated by the client itself; said twice on one link it would end the link.
    if (isAsking) return
    isAsking = true
    await link.publish(topic(ASK_PATH), JSON.stringify({ serial, kind }), { qos: 1, retain: false })
    isAsking = false
  }
  const login = { url, ca, username: PAIRING_USER, password: code, clean: true, keepaliveSeconds: 30, will: null }
  const link = new DeviceLink(
    { ...login, backoff: { first: 1_000, most: 10_000 }, network: null, clock },
    {
      clientId: () => clientId,
      message: ({ payload }, done) => {
        done(true)
        const answer = answerShape.safeParse(parsed(payload))
        if (!answer.success) say('an answer to the request for credentials cannot be read')
        else if (answer.data.state === 'paired') resolve(answer.data)
        else if (answer.data.state === 'waiting') say('waiting for a person to confirm')
        else reject(new Error(`not paired: ${answer.data.error.message}`))
      },
      connected: () => {
        ask().catch(error => say(error instanceof Error ? error.message : String(error)))
      },
      gone: () => {},
      problem: say,
    },
  )
  link.open()
  try {
    const { deviceId, password } = await promise
    return { deviceId, password }
  } finally {
    await link.close()
  }
}

function parsed(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'))
  } catch {
    return null
  }
}
