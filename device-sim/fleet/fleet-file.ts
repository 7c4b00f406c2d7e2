import { readFileSync } from 'node:fs'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { DEVICE_KINDS, type DeviceKind } from '../../protocol/local/topics.ts'

/** A fleet cannot be put together; each line names a place in the file, what is wrong and what would be right. */
export class FleetError extends Error {
  override readonly name = 'FleetError'
  readonly code = 'FLEET_INVALID'
}

const MOST_DEVICES = 5000
const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60 }

const time = z
  .string({ error: 'should be a time such as 30s or 5m' })
  .regex(/^[1-9]\d{0,3}[sm]$/, { error: 'should be a time such as 30s or 5m' })
  .transform(text => Number(text.slice(0, -1)) * (UNIT_SECONDS[text.slice(-1)] ?? 1))
const RATE = 'should be a number from 0 to 1000'
const rate = z.number({ error: RATE }).min(0, { error: RATE }).max(1000, { error: RATE })
const SHARE = 'should be a number from 0 (none) to 1 (all)'
const share = z.number({ error: SHARE }).min(0, { error: SHARE }).max(1, { error: SHARE })
const howMany = z.int({ error: 'should be a whole number' }).min(0).max(MOST_DEVICES)

const fleetShape = z
  .strictObject({
    /** How long customers come; what they began is waited for afterwards. */
    for: time.prefault('30s'),
    /** Everything that happens by chance is the same in every run. */
    seed: z.int().min(0).default(1),
    /** Points of sale; the devices are spread over them evenly. */
    terminals: z.int().min(1).max(1000).default(10),
    devices: z.strictObject(Object.fromEntries(DEVICE_KINDS.map(kind => [kind, howMany.default(0)])), {
      error: ({ code }) =>
        code === 'invalid_type' ? `should be how many of each kind: ${DEVICE_KINDS.join(', ')}` : undefined,
    }),
    /** Money that nobody ordered, to any of the points of sale. */
    payments: z.strictObject({ perSecond: rate }).default({ perSecond: 0 }),
    /** What vending machines and tills ask for, and how much of it is paid. */
    orders: z.strictObject({ perSecond: rate, paid: share.default(1) }).default({ perSecond: 0, paid: 1 }),
    /** Sections of the gateway's configuration. */
    gateway: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  })
  .refine(({ devices }) => count(devices) >= 1 && count(devices) <= MOST_DEVICES, {
    path: ['devices'],
    error: `should be 1 to ${MOST_DEVICES} in all, by kind: ${DEVICE_KINDS.join(', ')}`,
  })
  .refine(({ orders, devices }) => orders.perSecond === 0 || (devices.vending ?? 0) + (devices.pos ?? 0) > 0, {
    path: ['orders'],
    error: 'needs a vending machine or a pos that orders',
  })

export type FleetPlan = z.output<typeof fleetShape>

function count(devices: Readonly<Record<string, number>>): number {
  return Object.values(devices).reduce((sum, number) => sum + number, 0)
}

/** Every device of the plan, with a name of its own and the number of its point of sale. */
export function membersOf({
  devices,
  terminals,
}: FleetPlan): readonly { readonly kind: DeviceKind; readonly id: string; readonly terminal: number }[] {
  return DEVICE_KINDS.flatMap(kind =>
    Array.from({ length: devices[kind] ?? 0 }, (_, index) => ({
      kind,
      id: `${kind}-${index + 1}`,
      terminal: index % terminals,
    })),
  )
}

/** @throws FleetError */
export function readFleet(file: string): FleetPlan {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new FleetError(`${file}: cannot be read (${why}); name a fleet file`, { cause: error })
  }
  return parseFleet(text, file)
}

/** @throws FleetError; `file` is named in it */
export function parseFleet(text: string, file: string): FleetPlan {
  const document = parseDocument(text)
  const [broken] = document.errors
  if (broken !== undefined) throw new FleetError(`${file}: ${broken.message}`)
  const result = fleetShape.safeParse(document.toJS() ?? {})
  if (result.success) return result.data
  const problems = result.error.issues.map(({ path, message }) => `${file}: ${path.join('.') || 'it'}: ${message}`)
  throw new FleetError(problems.join('\n'))
}
