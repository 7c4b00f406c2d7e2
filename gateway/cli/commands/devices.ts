import type { Command } from 'commander'
import type { DeviceView } from '../../control/views.ts'
import type { Answers, ChangeAnswer, DeviceRow } from '../answers.ts'
import { call, outputOf } from '../call.ts'
import { type ListOptions, limitOption, percentArgument } from '../options.ts'
import type { Column } from '../table.ts'
import { details, moment } from '../text.ts'
import { addPair } from './pair.ts'

export function addDevices(devices: Command): void {
  addPair(devices)
  devices
    .command('list')
    .description('all devices')
    .addOption(limitOption())
    .action(async ({ limit }: ListOptions, command: Command) => {
      const found = await call(command, 'devices list', { limit })
      const views = found.map(({ view }) => view)
      outputOf(command).list(found, COLUMNS, 'no devices yet; "devices pair" registers one', views)
    })
  devices
    .command('show')
    .description('one device')
    .argument('<id>', 'its id')
    .action(async (id: string, _options: object, command: Command) => {
      const device = await call(command, 'devices show', { id })
      outputOf(command).answer(device, () => details(Object.entries({ ...device, ...timesOf(device) })))
    })
  addChanges(devices)
  devices
    .command('set')
    .description('how loud, in which language and how bright it is; told to it at once, or at its return')
    .argument('<id>', 'its id')
    .option('--volume <percent>', '0 to 100', percentArgument)
    .option('--language <vi|en>', 'what a soundbox or a counter call speaks')
    .option('--brightness <percent>', '0 to 100', percentArgument)
    .action(async (id: string, settings: object, command: Command) => {
      const set = await call(command, 'devices set', { id, ...settings })
      outputOf(command).done(set, `device ${id} set`)
    })
  devices
    .command('remove')
    .description('forget a device; its credentials are worth nothing from then on')
    .argument('<id>', 'its id')
    .action(async (id: string, _options: object, command: Command) => {
      const removed = await call(command, 'devices remove', { id })
      outputOf(command).done(removed, `device ${id} removed${lost(removed)}`)
    })
  devices
    .command('test')
    .description('have a device speak, call or show something, and wait for its answer')
    .argument('<id>', 'its id')
    .action(async (id: string, _options: object, command: Command) => {
      const test = await call(command, 'devices test', { id })
      outputOf(command).done(test, `device ${id} answered: ${test.answer}, after ${test.ms} ms`)
    })
}

function addChanges(devices: Command): void {
  devices
    .command('rename')
    .description('change what people call a device')
    .argument('<id>', 'its id')
    .argument('<name>', 'its new name')
    .action(async (id: string, name: string, _options: object, command: Command) => {
      const device = await call(command, 'devices rename', { id, name })
      outputOf(command).done(device, `device ${id} is called ${device.name}`)
    })
  devices
    .command('move')
    .description('give a device to another point of sale; what it still had to do there ends')
    .argument('<id>', 'its id')
    .requiredOption('--terminal <code>', 'the point of sale it belongs to from now on')
    .option('--counter <text>', 'the counter it stands at from now on (default: as before)')
    .action(async (id: string, options: { terminal: string; counter?: string }, command: Command) => {
      const device = await call(command, 'devices move', { id, ...options })
      outputOf(command).done(device, `device ${id} belongs to terminal ${device.terminalCode}${lost(device)}`)
    })
  devices
    .command('disable')
    .description('lock a device out without forgetting it; what it still had to do ends')
    .argument('<id>', 'its id')
    .action(async (id: string, _options: object, command: Command) => {
      const device = await call(command, 'devices disable', { id })
      outputOf(command).done(device, `device ${id} is disabled${lost(device)}`)
    })
  devices
    .command('enable')
    .description('let a disabled device in again, with the credentials it had')
    .argument('<id>', 'its id')
    .action(async (id: string, _options: object, command: Command) => {
      const device = await call(command, 'devices enable', { id })
      outputOf(command).done(device, `device ${id} is enabled`)
    })
}

/** What a change ended, for somebody who may not have thought of it. */
function lost({ deliveriesEnded, ordersEnded }: Pick<ChangeAnswer, 'deliveriesEnded' | 'ordersEnded'>): string {
  const parts = [
    ...(deliveriesEnded === 0 ? [] : [`messages it will not get: ${deliveriesEnded}`]),
    ...(ordersEnded.length === 0 ? [] : [`orders it cannot fulfil: ${ordersEnded.join(', ')}`]),
  ]
  return parts.length === 0 ? '' : `; ${parts.join('; ')}`
}

/** Its times as people read them. */
function timesOf(device: Answers['devices show']) {
  const { lastSeenAt, pairedAt, since, lastEffectAt } = device
  return {
    lastSeenAt: moment(lastSeenAt),
    pairedAt: moment(pairedAt),
    since: moment(since),
    lastEffectAt: moment(lastEffectAt),
  }
}

const COLUMNS: readonly Column<DeviceRow>[] = [
  { title: 'DEVICE', value: ({ view }) => view.deviceId },
  { title: 'KIND', value: ({ view }) => view.kind },
  { title: 'NAME', value: ({ view }) => view.name, spare: 3, free: true },
  { title: 'TERMINAL', value: ({ view }) => view.terminalCode, spare: 1 },
  { title: 'COUNTER', value: ({ view }) => view.counter ?? '-', spare: 6 },
  { title: 'ONLINE', value: ({ view, details }) => details.trouble ?? stateOf(view) },
  { title: 'SINCE', value: ({ details }) => moment(details.since), spare: 5 },
  { title: 'LAST SEEN', value: ({ view }) => moment(view.lastSeenAt), spare: 4 },
  { title: 'BATTERY', value: ({ view }) => unit(view.battery, '%'), align: 'right', spare: 7 },
  { title: 'SIGNAL', value: ({ view }) => unit(view.rssi, ' dBm'), align: 'right', spare: 8 },
  { title: 'FIRMWARE', value: ({ view }) => view.firmware ?? '-', spare: 9, free: true },
  { title: 'LAST EFFECT', value: ({ details }) => effectOf(details), spare: 2 },
]

function stateOf({ enabled, online }: DeviceView): string {
  if (!enabled) return 'disabled'
  return online ? 'yes' : 'no'
}

function unit(value: number | null, text: string): string {
  return value === null ? '-' : `${value}${text}`
}

function effectOf({ lastEffect, lastEffectAt }: DeviceRow['details']): string {
  return lastEffect === null ? '-' : `${lastEffect} ${moment(lastEffectAt)}`
}
