import { readFileSync } from 'node:fs'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { isDeviceId } from '../../protocol/ids.ts'
import type { DeviceKind } from '../../protocol/local/topics.ts'
import { shown } from '../../protocol/shown.ts'
import { KnobError } from '../devices/knob.ts'
import { readKnobs } from '../devices/knobs.ts'
import { type BoxKind, isBoxKind, type Quirks, SIMULATED_KINDS, type SimulatedKind } from '../devices/quirks.ts'
import { BUILDS } from '../host/builds.ts'
import { faultsSchema } from '../host/faults.ts'
import { type Line, readLine } from './lines.ts'
import { SHOP_ACCOUNTS, type ShopAccount } from './shop-accounts.ts'

/**
 * A scenario as testers write it: who is in the shop, and a story of lines that are done or must be noticed, in this order.
 *
 * ```yaml
 * name: A short payment is warned of and releases nothing
 * covers: [F16]
 * shop:
 *   devices: [vending, soundbox]
 * story:
 *   - vending orders: 25000
 *   - customer pays: 20000
 *   - soundbox says: Chú ý
 *   - vending does not dispense: 2s
 * ```
 */

/** Nothing a scenario file says can be used; every line names a place in the file, what is wrong and what would be right. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError'
  readonly code = 'SCENARIO_INVALID'
}

const shopAccount = z.enum(SHOP_ACCOUNTS, { error: `should be one of ${SHOP_ACCOUNTS.join(', ')}` })
const deviceId = z
  .string({ error: 'should be 1 to 32 of a-z, 0-9 and -' })
  .refine(isDeviceId, { error: 'should be 1 to 32 of a-z, 0-9 and -' })
const kind = z.enum(SIMULATED_KINDS, {
  error: issue => `is ${shown(issue.input)}; use ${SIMULATED_KINDS.join(', ')}`,
})
const mac = z
  .string({ error: 'should be a MAC such as AA:BB:CC:DD:EE:01' })
  .regex(/^([0-9A-F]{2}:){5}[0-9A-F]{2}$/, { error: 'should be a MAC such as AA:BB:CC:DD:EE:01' })
const knobs = z.record(z.string(), z.union([z.string(), z.number(), z.literal(true)]))
const device = z.preprocess(
  // A union of the two forms would not say what is wrong with either.
  written => (typeof written === 'string' ? { kind: written } : written),
  z
    .looseObject(
      {
        kind,
        id: deviceId.optional(),
        counter: z.string({ error: 'should be a text such as "3"' }).optional(),
        account: shopAccount.optional(),
        mac: mac.optional(),
        shopName: z.string({ error: 'should be a text' }).min(1, { error: 'is empty' }).optional(),
        activated: z.boolean({ error: 'should be true or false' }).optional(),
      },
      { error: 'should be a kind, or {kind, id, counter, account} with quirks' },
    )
    .transform((written, context) => {
      const { kind: name, id, counter, account, mac: address, shopName, activated, ...rest } = written
      const given = knobs.safeParse(rest)
      try {
        const ofBox = address ?? shopName ?? activated
        if (!isBoxKind(name) && ofBox !== undefined)
          throw new KnobError('mac, shopName and activated are for vietqr-box and vietqr-vending')
        if (isBoxKind(name) && counter !== undefined) throw new KnobError('a box of VietQR has no counter')
        if (!given.success) throw new KnobError('a quirk has a value or true; docs/simulator-devices.md names them')
        const texts = Object.entries(given.data).map(([knob, value]) => [knob, value === true ? value : String(value)])
        const quirks = readKnobs(name, Object.fromEntries(texts))
        return deviceOf({ kind: name, id, counter, account, mac: address, shopName, activated, quirks })
      } catch (error) {
        if (!(error instanceof KnobError)) throw error
        context.addIssue(error.message)
        return z.NEVER
      }
    }),
)

interface Member<Kind extends SimulatedKind> {
  readonly kind: Kind
  readonly id: string
  readonly account: ShopAccount | undefined
  readonly quirks: Partial<Quirks>
}

export interface ScenarioDevice extends Member<DeviceKind> {
  readonly counter: string | undefined
}

/** One of VietQR's own, paired before the story begins. */
export interface ScenarioBox extends Member<BoxKind> {
  /** One of its own when left out. */
  readonly mac: string | undefined
  /** What the merchant calls the point of sale in VietQR's app. */
  readonly shopName: string
  /** Whether the merchant has scanned its certificate already. */
  readonly activated: boolean
}

type Written = Partial<{ readonly [Key in keyof Member<SimulatedKind>]: Member<SimulatedKind>[Key] | undefined }> & {
  readonly kind: SimulatedKind
  readonly counter?: string | undefined
  readonly mac?: string | undefined
  readonly shopName?: string | undefined
  readonly activated?: boolean | undefined
}

function deviceOf({ kind: name, id = name, account, quirks = {}, ...rest }: Written): ScenarioDevice | ScenarioBox {
  const member = { id, account, quirks }
  if (!isBoxKind(name)) return { kind: name, ...member, counter: rest.counter }
  const { mac: address, shopName = 'Quán mẫu', activated = true } = rest
  return { kind: name, ...member, mac: address, shopName, activated }
}

const section = z.record(z.string(), z.unknown())

const SENTENCE = 'should be one sentence that says what is right'
const STORY = 'should be a list of at least one line, such as - customer pays: 20000'
const FILE = 'should have name, shop and story, and may have covers, about and slow; docs/scenarios.md explains them'

const fileShape = z.strictObject({
  name: z.string({ error: SENTENCE }).min(1, { error: SENTENCE }),
  /** Which traps of the field it shows to be avoided, such as T10 or F16. */
  covers: z.array(z.string().regex(/^[TF]\d{1,2}$/, { error: 'should be T or F and a number' })).default([]),
  about: z.string().optional(),
  /** Takes longer than a minute; left out unless asked for. */
  slow: z.boolean().default(false),
  shop: z
    .strictObject({
      account: shopAccount.default('merchant'),
      devices: z.array(device).default([]),
      gateway: z.record(z.string(), section).default({}),
      host: z
        .strictObject({
          build: z.literal(BUILDS, { error: 'should be 3, 4 or 5' }).default(5),
          faults: faultsSchema.default({}),
        })
        .prefault({}),
    })
    .prefault({}),
  story: z
    .array(
      z.union([z.string(), z.record(z.string(), z.unknown())], {
        error: 'should be a line such as customer pays: 20000',
      }),
      {
        error: STORY,
      },
    )
    .min(1, { error: STORY }),
})

type FileShape = z.output<typeof fileShape>

export interface Scenario extends Omit<FileShape, 'story'> {
  readonly file: string
  readonly story: readonly Line[]
}

/** @throws ScenarioError */
export function readScenario(file: string): Scenario {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new ScenarioError(`${file}: cannot be read (${why}); name a scenario file`, { cause: error })
  }
  return parseScenario(text, file)
}

/** @throws ScenarioError; `file` is named in it */
export function parseScenario(text: string, file: string): Scenario {
  const document = parseDocument(text)
  const [broken] = document.errors
  if (broken !== undefined) throw new ScenarioError(`${file}: ${broken.message}`)
  const written: unknown = document.toJS()
  if (typeof written !== 'object' || written === null || Array.isArray(written)) {
    throw new ScenarioError(`${file}: it ${FILE}`)
  }
  const result = fileShape.safeParse(written)
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => `${file}: ${path.join('.') || 'it'}: ${message}`)
    throw new ScenarioError(problems.join('\n'))
  }
  const { story, ...about } = result.data
  const ids = about.shop.devices.map(({ id }) => id)
  const twice = ids.find((id, index) => ids.indexOf(id) !== index)
  if (twice !== undefined) throw new ScenarioError(`${file}: shop.devices: ${twice} is there twice; give each an id`)
  const lines = story.map((written, index) => {
    const read = readLine(written, ids)
    if ('problem' in read) throw new ScenarioError(`${file}: story[${index}]: ${read.problem}`)
    return read
  })
  return { file, ...about, story: lines }
}
