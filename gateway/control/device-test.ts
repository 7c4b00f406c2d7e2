import { on } from 'node:events'
import type { Acknowledgement } from '../../protocol/local/up.ts'
import { TEST_MS } from '../devices/profiles/test-message.ts'
import { EXIT } from '../exit-codes.ts'
import type { Gateway } from '../gateway.ts'
import type { Device } from '../ledger/model.ts'
import { CommandFailure } from './failure.ts'

/** What a device said about its test. */
export interface DeviceTest {
  readonly deviceId: string
  readonly kind: Device['kind']
  readonly answer: 'done' | 'duplicate'
  /** From the message to the end of its effect. */
  readonly ms: number
}

/** A soundbox answers after it has spoken, an instant after the test itself has become too old to begin. */
const ANSWER_MS = TEST_MS + 5_000

/**
 * Has a device show that it works, and waits for its answer.
 * @param limit aborted when there is no time to wait any longer
 * @throws CommandFailure exit 6 without an answer, 1 when the device said that it could not
 */
export async function testDevice(gateway: Gateway, device: Device, limit: AbortSignal): Promise<DeviceTest> {
  const { deviceId, kind } = device
  if (!device.enabled) {
    throw new CommandFailure(EXIT.failed, `device ${deviceId} is disabled: "devices enable ${deviceId}" lets it in`)
  }
  if (!gateway.online.has(deviceId)) {
    throw new CommandFailure(EXIT.timeout, `device ${deviceId} is not connected: switch it on, then try again`)
  }
  const silence = AbortSignal.timeout(ANSWER_MS)
  // Listening begins before anything is sent: the answer may come in the same moment.
  const answers = on(gateway.events, 'answered', { signal: AbortSignal.any([limit, silence]) })
  const began = performance.now()
  const id = await gateway.technician.test(device)
  const seen = new Set<Acknowledgement['status']>()
  try {
    for await (const [from, answer] of answers) {
      if (from !== deviceId || answer.id !== id) continue
      const said: Acknowledgement = answer
      seen.add(said.status)
      if (said.status === 'done' || said.status === 'duplicate') {
        await gateway.technician.testOver(device)
        return { deviceId, kind, answer: said.status, ms: Math.round(performance.now() - began) }
      }
      if (said.status === 'failed' || said.status === 'expired') {
        throw new CommandFailure(EXIT.failed, `device ${deviceId} answered ${said.status}${because(said)}`)
      }
    }
  } catch (error) {
    if (error instanceof CommandFailure) throw error
    throw new CommandFailure(EXIT.timeout, silent(deviceId, seen), { cause: error })
  }
  throw new CommandFailure(EXIT.failed, 'the gateway stopped')
}

function because({ error }: Acknowledgement): string {
  return error === undefined ? '' : `: ${error}`
}

function silent(deviceId: string, seen: ReadonlySet<Acknowledgement['status']>): string {
  if (seen.has('received')) return `device ${deviceId} has received the test, and did not say that it was done`
  if (seen.has('busy')) return `device ${deviceId} was busy all the time`
  return `device ${deviceId} is connected, but did not answer the test; see that it listens below its down/`
}
