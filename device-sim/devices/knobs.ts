/**
 * The fourteen ways in which real devices differ from one as it should be, and the switches that turn them on. This one table
 * makes the options of the command line, refuses values and kinds that do not fit, and stands in the docs.
 */
import { parseAmount } from '../../protocol/money.ts'
import { choice, flag, type Knob, KnobError, number, wrong } from './knob.ts'
import { isBoxKind, type NetworkFault, PULSES, type Quirks, SIMULATED_KINDS, type SimulatedKind } from './quirks.ts'

const NATIVE = SIMULATED_KINDS.filter(kind => !isBoxKind(kind))
const BOXES = SIMULATED_KINDS.filter(isBoxKind)
const SCREENS: readonly SimulatedKind[] = ['paybox', 'vending', 'pos', 'vietqr-vending']
const MACHINES: readonly SimulatedKind[] = ['vending', 'vietqr-vending']
const FAULTS = ['outage', 'half-open', 'address', 'death'] as const

export const KNOBS: readonly Knob[] = [
  {
    number: 1,
    title: 'A buffer of its own size',
    switches: [
      number(
        'buffer',
        'BYTES',
        64,
        65_535,
        'drops a longer packet without a word and without its PUBACK',
        bufferBytes => ({ bufferBytes }),
      ),
    ],
  },
  {
    number: 2,
    title: 'A buffer that is not emptied',
    switches: [
      flag('dirty-buffer', 'reads on into the tail of a longer message before; an empty one runs the last again', {
        dirtyBuffer: true,
      }),
    ],
  },
  {
    number: 3,
    title: 'Search instead of parsing',
    switches: [
      flag('scan-qr-code', 'finds the code by the bytes "qrCode":" up to the next quote; 512 characters are too many', {
        scanQrCode: true,
      }),
    ],
  },
  {
    number: 4,
    title: 'Session, keepalive and will',
    switches: [
      choice('session', ['clean', 'persistent'], 'what it asks the broker for', session => ({
        cleanSession: session === 'clean',
      })),
      number(
        'keepalive',
        'SECONDS',
        1,
        65_535,
        'of silence before it pings; 15, 60 and 300 are met',
        keepaliveSeconds => ({ keepaliveSeconds }),
      ),
      choice('will', ['right', 'none', 'wrong-topic', 'trailing-blank'], 'its last will', will => ({ will }), NATIVE),
    ],
  },
  {
    number: 5,
    title: 'Pairing and client ids',
    switches: [
      choice(
        'pairing',
        ['every-connect', 'once'],
        'when a box asks who it is; it subscribes after the answer',
        pairing => ({ pairing }),
        BOXES,
      ),
      flag('new-client-ids', 'another client id after a reconnect, so that its old connection lingers', {
        newClientIds: true,
      }),
    ],
  },
  {
    number: 6,
    title: 'Says everything retained and at QoS 0',
    switches: [
      flag('publish-retained', 'retained QoS 0 for all it says: whoever subscribes later hears it again', {
        publishRetained: true,
      }),
    ],
  },
  {
    number: 7,
    title: 'Pulses',
    switches: [
      {
        name: 'pulses',
        value: 'ON/OFF',
        words:
          'releases by pulses of ON and OFF milliseconds, deaf meanwhile; of two close payments only the last counts',
        kinds: MACHINES,
        read: text => {
          const [, on, off] =
            /^(\d{1,5})\/(\d{1,5})$/.exec(text) ?? wrong('pulses', text, 'two numbers of milliseconds such as 150/50')
          return { pulses: { ...PULSES, onMs: Number(on), offMs: Number(off) } }
        },
      },
      {
        name: 'pulse-table',
        value: 'AMOUNT=N,…',
        words: 'pulses of each amount instead of one for 5000 VND of the six usual ones; any other amount has none',
        kinds: MACHINES,
        read: text => ({ pulses: { ...PULSES, table: new Map(text.split(',').map(pulsesOf)) } }),
      },
    ],
  },
  {
    number: 8,
    title: 'Acknowledges early, plays late',
    switches: [
      flag('ack-before-effect', 'says done before it has begun', { ackBeforeEffect: true }, NATIVE),
      number(
        'queue',
        'N',
        1,
        1_000,
        'that many messages wait for their turn; one more is lost although acknowledged',
        queue => ({ queue }),
        ['soundbox', 'countercall'],
      ),
      number('word-ms', 'MS', 0, 10_000, 'the time one spoken word takes; 500 is usual', wordMs => ({ wordMs }), [
        'soundbox',
        'countercall',
      ]),
    ],
  },
  {
    number: 9,
    title: 'Forgets what it has done',
    switches: [
      choice('dedup', ['0', '1', '32'], 'how many ids it remembers', dedup => ({ memory: Number(dedup) }), NATIVE),
      number(
        'id-characters',
        'N',
        1,
        64,
        'of an id are kept; longer ids with the same beginning are one to it',
        idCharacters => ({ idCharacters }),
        NATIVE,
      ),
    ],
  },
  {
    number: 10,
    title: 'A screen with its own mind',
    switches: [
      {
        name: 'screen',
        value: 'WAIT/CODE/SUCCESS',
        words: 'seconds until it goes back to its menu by itself, such as 30/60/10, or none',
        kinds: SCREENS,
        read: text => {
          if (text === 'none') return { screen: null }
          const [, wait, code, success] =
            /^(\d{1,4})\/(\d{1,4})\/(\d{1,4})$/.exec(text) ??
            wrong('screen', text, 'three numbers of seconds such as 30/60/10, or none')
          return { screen: { wait: Number(wait), code: Number(code), success: Number(success) } }
        },
      },
    ],
  },
  {
    number: 11,
    title: 'The network and the clock',
    switches: [
      {
        name: 'network',
        value: 'FAULT@AFTER[+FOR]',
        words: `${FAULTS.join(', ')}; AFTER and FOR in seconds, such as outage@30+10`,
        read: text => ({ network: networkFault(text) }),
      },
      number('clock-wrong', 'SECONDS', 1, 86_400, 'after power-on its clock says 1970', clockWrongSeconds => ({
        clockWrongSeconds,
      })),
    ],
  },
  {
    number: 12,
    title: 'What the host does to it',
    switches: [],
    elsewhere: 'the fault switches of `vietqr-sim host`: duplicates, reorder, wrong and late money',
  },
  {
    number: 13,
    title: 'People',
    switches: [],
    elsewhere: '`--person`, with `--control` and `--seed`: the customer in front of the screen',
  },
  {
    number: 14,
    title: 'Effects, not packets',
    switches: [],
    elsewhere: 'always on: every line is something a person sees or hears; `--audio` makes it sound',
  },
]

/**
 * The quirks of the switches that were given.
 * @throws KnobError
 */
export function readKnobs(kind: SimulatedKind, given: Readonly<Record<string, string | true>>): Partial<Quirks> {
  const switches = KNOBS.flatMap(knob => knob.switches)
  const known = switches.map(({ name }) => name)
  const unknown = Object.keys(given).find(name => !known.includes(name))
  if (unknown !== undefined) throw new KnobError(`${unknown} is no quirk; there are ${known.join(', ')}`)
  let quirks: Partial<Quirks> = {}
  for (const { name, kinds, read } of switches) {
    const value = given[name]
    if (value === undefined) continue
    if (kinds !== undefined && !kinds.includes(kind)) {
      throw new KnobError(`--${name} is for ${kinds.join(', ')}; a ${kind} has no such part`)
    }
    const before = quirks.pulses
    quirks = { ...quirks, ...read(value === true ? '' : value) }
    // The two halves of a machine's pulses are two switches.
    if (name === 'pulse-table' && before && quirks.pulses)
      quirks = { ...quirks, pulses: { ...before, table: quirks.pulses.table } }
  }
  return quirks
}

function pulsesOf(entry: string): [amount: number, pulses: number] {
  const [, amount = '', pulses] =
    /^(\d{1,10})=(\d{1,3})$/.exec(entry) ?? wrong('pulse-table', entry, 'entries such as 10000=2,20000=4')
  return [parseAmount(amount), Number(pulses)]
}

function networkFault(text: string): NetworkFault {
  const [, name, after, length] = /^([a-z-]+)@(\d{1,6})(?:\+(\d{1,6}))?$/.exec(text) ?? []
  const kind = FAULTS.find(known => known === name)
  if (kind === undefined || after === undefined) {
    return wrong('network', text, `one of ${FAULTS.join(', ')} with its seconds, such as outage@30+10`)
  }
  return { kind, afterMs: Number(after) * 1_000, forMs: length === undefined ? undefined : Number(length) * 1_000 }
}
