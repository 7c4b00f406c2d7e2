/** Topics of native devices: `gw/v1/{deviceId}/{path}`. A path is the part after the device's root, such as `up/order`. */

export const DEVICE_KINDS = ['paybox', 'soundbox', 'countercall', 'vending', 'pos'] as const
/** What a native device is; each has a profile of what it is told. */
export type DeviceKind = (typeof DEVICE_KINDS)[number]

export const UP_PATHS = [
  'up/status',
  'up/order',
  'up/cancel',
  'up/lookup',
  'up/simulate',
  'up/result',
  'up/event',
  'up/ack',
] as const
export type UpPath = (typeof UP_PATHS)[number]

/** Every path a device can be told something on. */
export const ALL_DOWN_PATHS = [
  'down/order',
  'down/payment',
  'down/announce',
  'down/call',
  'down/vend',
  'down/lookup',
  'down/error',
  'down/link',
  'down/config',
] as const
export type DownPath = (typeof ALL_DOWN_PATHS)[number]

const ROOT = 'gw/v1'

/** The root below which one device speaks and listens. */
export function deviceRoot(deviceId: string): string {
  return `${ROOT}/${deviceId}`
}

export function deviceTopic(deviceId: string, path: string): string {
  return `${ROOT}/${deviceId}/${path}`
}

/** Bytes of a whole QoS 1 packet with this topic and payload, as the contract counts them: payload + topic + 7. */
export function packetBytes(topic: string, payload: string): number {
  return Buffer.byteLength(payload) + Buffer.byteLength(topic) + 7
}

export function isUpPath(path: string): path is UpPath {
  return UP_PATHS.some(known => known === path)
}
