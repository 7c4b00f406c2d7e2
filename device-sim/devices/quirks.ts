import { DEVICE_KINDS, type DeviceKind } from '../../protocol/local/topics.ts'

const BOX_KINDS = ['vietqr-box', 'vietqr-vending'] as const
/** VietQR's own boxes. */
export type BoxKind = (typeof BOX_KINDS)[number]
export type SimulatedKind = DeviceKind | BoxKind
export const SIMULATED_KINDS: readonly SimulatedKind[] = [...DEVICE_KINDS, ...BOX_KINDS]

export function isBoxKind(kind: SimulatedKind): kind is BoxKind {
  return BOX_KINDS.some(known => known === kind)
}

/** What goes wrong between a device and its broker, once, some time after it was switched on. */
export interface NetworkFault {
  /**
   * `outage`: the link breaks and cannot be made for a while · `half-open`: the device hears and says nothing more, until it
   * notices and connects anew · `address`: it has a new address and connects anew at once, the old connection left open ·
   * `death`: as half-open, but it never notices until its power is cut
   */
  readonly kind: 'outage' | 'half-open' | 'address' | 'death'
  readonly afterMs: number
  readonly forMs?: number | undefined
}

/** One machine's pulses: the line is low for `offMs`, then high for `onMs`, so often as the amount says. */
export interface PulseSettings {
  readonly onMs: number
  readonly offMs: number
  /** Pulses of an amount of whole VND; any other amount has none. */
  readonly table: ReadonlyMap<number, number>
}

/** Seconds a screen stays: waiting for a code, with a code, with a success. */
export interface ScreenSeconds {
  readonly wait: number
  readonly code: number
  readonly success: number
}

/** How a device differs from one as it should be. */
export interface Quirks {
  readonly bufferBytes: number | null
  readonly dirtyBuffer: boolean
  readonly scanQrCode: boolean
  readonly cleanSession: boolean
  readonly keepaliveSeconds: number
  readonly will: 'right' | 'none' | 'wrong-topic' | 'trailing-blank'
  readonly pairing: 'every-connect' | 'once'
  readonly newClientIds: boolean
  readonly publishRetained: boolean
  readonly pulses: PulseSettings | null
  readonly ackBeforeEffect: boolean
  /** Messages that wait for their turn to be heard; one more is dropped. */
  readonly queue: number
  /** Milliseconds one spoken word takes. */
  readonly wordMs: number
  /** How many ids it remembers. */
  readonly memory: number
  /** Characters of an id that it keeps. */
  readonly idCharacters: number
  readonly screen: ScreenSeconds | null
  readonly network: NetworkFault | null
  /** Seconds after power-on during which its clock says 1970. */
  readonly clockWrongSeconds: number
}

/** 1 pulse for 5 000 VND; the six amounts the vending box sells (public firmware). */
export const PULSES: PulseSettings = {
  onMs: 150,
  offMs: 50,
  table: new Map([10_000, 20_000, 50_000, 100_000, 200_000, 500_000].map(amount => [amount, amount / 5_000])),
}
const SCREEN: ScreenSeconds = { wait: 30, code: 60, success: 10 }

/** A device as it should be. */
const NONE: Quirks = {
  bufferBytes: null,
  dirtyBuffer: false,
  scanQrCode: false,
  cleanSession: true,
  keepaliveSeconds: 30,
  will: 'right',
  pairing: 'once',
  newClientIds: false,
  publishRetained: false,
  pulses: null,
  ackBeforeEffect: false,
  queue: Number.POSITIVE_INFINITY,
  wordMs: 0,
  memory: 32,
  idCharacters: Number.POSITIVE_INFINITY,
  screen: null,
  network: null,
  clockWrongSeconds: 0,
}

/** The two boxes as they are sold (public firmware): one loop or one task, PubSubClient, no memory of what they were told. */
const BOX: Quirks = {
  ...NONE,
  bufferBytes: 512,
  dirtyBuffer: true,
  keepaliveSeconds: 15,
  will: 'none',
  publishRetained: false,
  ackBeforeEffect: true,
  memory: 0,
}
const VENDING_BOX: Quirks = {
  ...BOX,
  bufferBytes: 1024,
  scanQrCode: true,
  pairing: 'every-connect',
  newClientIds: true,
  publishRetained: true,
  pulses: PULSES,
  screen: SCREEN,
}

/** How devices of a kind are unless told otherwise. */
export function usualQuirks(kind: SimulatedKind): Quirks {
  if (kind === 'vietqr-box') return BOX
  return kind === 'vietqr-vending' ? VENDING_BOX : NONE
}
