import type { QoS } from 'mqtt-packet'
import type { Random } from '../../support/random.ts'

/** Names that begin like one another, the longest there may be, and ones that look like a level of the topics. */
export const DEVICES = ['till-1', 'till-12', 'up', 'x'.repeat(32)] as const

export interface SaidCase {
  readonly topic: string
  readonly qos: QoS
  readonly retain: boolean
}

const CASE = { gw: ['GW', '', '+', '$SYS', '$share', 'gw ', 'vqr'], v1: ['+', 'v2', 'V1', '', 'v1x'] } as const
const SIDES = ['up', 'down', '+', 'Down', 'UP', 'downx', 'upper', '', '..'] as const
const LEAVES = ['order', 'status', 'vend', 'ack', 'announce', 'x', '', '$x', 'Tiền', '..'] as const

/** Topics around what is allowed: each level right most of the time, else one of the ways to be wrong. */
export function topic(random: Random, deviceId: string, side: 'up' | 'down'): string {
  const levels = front(random, deviceId, side).map(level => (level === '+' || level === '#' ? 'plus' : level))
  const depth = random.pick([0, 1, 1, 1, 1, 2, 3])
  for (let level = 0; level < depth; level += 1) levels.push(random.pick(LEAVES))
  return decorated(random, levels)
}

/** The same for filters, with wildcards at each level and shares. */
export function filter(random: Random, deviceId: string): string {
  const levels = front(random, deviceId, 'down')
  const depth = random.pick([0, 1, 1, 1, 2, 3])
  for (let level = 0; level < depth; level += 1) levels.push(random.chance(0.3) ? '+' : random.pick(LEAVES))
  if (random.chance(0.3)) levels.push('#')
  if (random.chance(0.08)) levels.splice(random.int(0, levels.length), levels.length, '#')
  return decorated(random, levels)
}

/** What MQTT has no meaning for. */
export function malformedFilter(random: Random, deviceId: string): string {
  const own = `gw/v1/${deviceId}/down`
  return random.pick([
    `${own}/order#`,
    `${own}/#/order`,
    `${own}/+order`,
    `${own}/or+der/x`,
    `#/${own}/order`,
    `${own}#`,
    `gw/v1+/${deviceId}/down/order`,
    `+gw/v1/${deviceId}/down/#`,
    `${own}/##`,
  ])
}

export function malformedTopic(random: Random, deviceId: string): string {
  const own = `gw/v1/${deviceId}/up`
  return random.pick([
    `${own}/+`,
    `${own}/#`,
    '#',
    '+',
    `+/v1/${deviceId}/up/order`,
    `${own}/or#der`,
    `gw/+/${deviceId}/up/x`,
  ])
}

export function clientId(random: Random, deviceId: string): string {
  const other = random.pick(DEVICES.filter(device => device !== deviceId))
  return random.pick([
    deviceId,
    `${deviceId}.`,
    `${deviceId}.${random.int(0, 99)}`,
    `${deviceId}.a.b/+/#`,
    `${deviceId}${random.int(0, 9)}`,
    `${deviceId}-2`,
    `${deviceId}_x`,
    deviceId.slice(0, -1),
    deviceId.toUpperCase(),
    ` ${deviceId}`,
    other,
    `${other}.${deviceId}`,
    `.${deviceId}`,
    '',
  ])
}

export function said(random: Random, of: string): SaidCase {
  return { topic: of, qos: random.pick([0, 1, 2] as const), retain: random.chance(0.5) }
}

/** A topic a filter would match, or one level beside it, for a message that tells whether it does. */
export function probe(random: Random, of: string): string {
  const levels = of.split('/').map(level => {
    if (level === '+') return random.pick(['order', 'x', ''])
    return level === '#' ? random.pick(['order', 'a/b']) : level
  })
  if (random.chance(0.2)) levels.push('x')
  if (random.chance(0.2)) levels.pop()
  return levels.join('/')
}

function front(random: Random, deviceId: string, side: 'up' | 'down'): string[] {
  const right = (): boolean => random.chance(0.85)
  const other = random.pick(DEVICES)
  return [
    right() ? 'gw' : random.pick(CASE.gw),
    right() ? 'v1' : random.pick(CASE.v1),
    right() ? deviceId : random.pick([other, '+', '', `${deviceId}x`, deviceId.slice(1), deviceId.toUpperCase(), '%u']),
    right() ? side : random.pick(SIDES),
  ]
}

function decorated(random: Random, levels: readonly string[]): string {
  const text = levels.join('/')
  if (random.chance(0.94)) return text
  return random.pick([
    `/${text}`,
    `$share/group/${text}`,
    `$SYS/${text}`,
    `$SYS/broker/clients`,
    `${text} `,
    text.slice(3),
  ])
}
