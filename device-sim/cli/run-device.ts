import { createInterface } from 'node:readline'
import { harmless, harmlessJson } from '../../gateway/cli/text.ts'
import { systemClock } from '../../gateway/clock.ts'
import type { Device } from '../devices/device.ts'
import type { Effect } from '../devices/effects.ts'
import type { SimulatedKind } from '../devices/quirks.ts'
import { ControlClient } from '../people/control-client.ts'
import { Person, seeded } from '../people/person.ts'
import type { DeviceOptions } from './commands/device.ts'
import { usage } from './failure.ts'
import { makeDevice } from './make-device.ts'
import { pairedCredentials } from './paired.ts'
import { untilStopped } from './until-stopped.ts'
import { Voice } from './voice.ts'

/** Plays a device until the process is asked to stop. @throws SimFailure */
export async function runDevice(kind: SimulatedKind, options: DeviceOptions): Promise<void> {
  const person = personOf(kind, options)
  const paired = await pairedCredentials(kind, options, say)
  const device = makeDevice(kind, options, paired)
  const voice = options.audio === undefined ? null : await Voice.open(options.audio)
  const stopped = untilStopped()
  device.events.on('effect', effect => process.stdout.write(`${harmlessJson(printed(effect))}\n`))
  if (voice !== null) device.events.on('effect', effect => sound(voice, effect))
  tellOfTheLink(device)
  const customer = person?.(device)
  device.powerOn()
  const keys = createInterface({ input: process.stdin })
  keys.on('line', line => {
    pressed(device, line, customer).catch(error => say(error instanceof Error ? error.message : String(error)))
  })
  await stopped
  keys.close()
  process.stdin.destroy()
  customer?.goes()
  await device.stop()
  await voice?.idle()
}

/** Somebody who stands before the device; what they do is told on stderr. */
function personOf(
  kind: SimulatedKind,
  { person: habit, control, seed }: DeviceOptions,
): ((device: Device) => Person) | null {
  if (habit === undefined && control === undefined) return null
  if (habit === undefined || control === undefined) throw usage('--person and --control go together')
  if (kind === 'soundbox' || kind === 'countercall') throw usage(`a ${kind} has no screen anybody could pay from`)
  return device => {
    const bank = new ControlClient(control)
    const person = new Person({ habit, device, bank, clock: systemClock, random: seeded(seed) })
    person.events.on('did', deed =>
      say(`the customer ${deed.did} ${'amount' in deed ? (deed.amount ?? '') : ''}`.trimEnd()),
    )
    person.events.on('problem', reason => say(reason))
    person.comes()
    return person
  }
}

/** The certificate of a box holds the key of all boxes: it is for the phone in front of the screen, not for a log. */
function printed(effect: Effect): Effect {
  if (effect.effect !== 'screen' || effect.view !== 'certificate') return effect
  return { ...effect, qrCode: `${effect.qrCode.slice(0, 9)}… (${effect.qrCode.length} characters)` }
}

function sound(voice: Voice, effect: Effect): void {
  if (effect.effect !== 'speak' && effect.effect !== 'call') return
  const language = effect.effect === 'speak' && 'language' in effect ? effect.language : 'vi'
  voice.speak(effect.text, language).catch(error => say(error instanceof Error ? error.message : String(error)))
}

async function pressed(device: Device, line: string, customer: Person | undefined): Promise<void> {
  const key = line.trim()
  const [, amount, another] = /^choose (\d{1,10})(?: (\d{1,10}))?$/.exec(key) ?? []
  if (customer !== undefined && amount !== undefined) {
    customer.chooses({ amount: Number(amount) }, { amount: Number(another ?? amount) })
    return
  }
  if (key === 'off') await device.powerOff()
  else if (key !== 'on') await device.key(line)
  else if (!device.online) {
    await device.powerOff()
    device.powerOn()
  }
}

function tellOfTheLink(device: Device): void {
  let last = ''
  const once = (line: string): void => {
    // A broker that is away is tried again and again, and the reason is always the same.
    if (line !== last) say(line)
    last = line
  }
  device.events.on('reachable', () => once('connected'))
  device.events.on('problem', reason => once(reason))
}

function say(line: string): void {
  process.stderr.write(`vietqr-sim: ${harmless(line)}\n`)
}
