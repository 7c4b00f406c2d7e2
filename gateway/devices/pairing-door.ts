import { clientIdOf } from '../../protocol/local/pairing.ts'
import type { DeviceBusOwner } from '../broker/device-bus.ts'
import type { PairingDesk } from './pairing-desk.ts'

/** The bus's owner where devices and those who ask to become one come in by the same listeners: each is passed to its desk. */
export function pairingDoor(devices: DeviceBusOwner, pairing: PairingDesk, trouble: (error: unknown) => void) {
  const owner: DeviceBusOwner = {
    authenticate: (username, password, address) =>
      isAsker(username)
        ? pairing.admit(username, password, address)
        : devices.authenticate(username, password, address),
    message: (id, path, payload, retained) =>
      isAsker(id) ? pairing.hear(id, path, payload) : devices.message(id, path, payload, retained),
    reachable: id => {
      if (isAsker(id)) pairing.listens(id).catch(trouble)
      else devices.reachable(id)
    },
    presence: (id, online) => {
      if (isAsker(id)) return pairing.presence(id, online)
      devices.presence(id, online)
      if (online) pairing.arrived(id)
    },
    takenOver: id => {
      if (!isAsker(id)) devices.takenOver?.(id)
    },
    slowed: id => {
      if (!isAsker(id)) devices.slowed(id)
    },
  }
  return owner
}

function isAsker(id: string): boolean {
  return clientIdOf(id) !== null
}
