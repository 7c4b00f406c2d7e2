import type { DeviceStatus } from '../../protocol/local/up.ts'
import type { Actor } from './audit-trail.ts'
import type { Told } from './ledger.ts'
import type { Delivery, Device, DeviceSettings, Order, Terminal } from './model.ts'

/** Every change takes who made it, for the audit trail. */
export interface Registry {
  /** @throws RegistryError when the code is taken */
  addTerminal(terminal: Omit<Terminal, 'hostHolder'>, by?: Actor): Promise<void>
  terminal(terminalCode: string): Promise<Terminal | null>
  terminals(): Promise<readonly Terminal[]>
  /** @throws RegistryError while devices or open orders still need it */
  removeTerminal(terminalCode: string, now: number, by?: Actor): Promise<boolean>
  /** @throws RegistryError when the id is taken or the terminal does not exist */
  addDevice(device: NewDevice, by?: Actor): Promise<void>
  device(deviceId: string): Promise<Device | null>
  devices(): Promise<readonly Device[]>
  /** Null: no such device. @throws RegistryError when there is no such terminal */
  changeDevice(deviceId: string, change: DeviceChange, now: number, by?: Actor): Promise<ChangedDevice | null>
  /** New credentials instead of the old ones; false: no such device. */
  rotateDevice(deviceId: string, credentials: StoredCredentials, now: number, by?: Actor): Promise<boolean>
  /** Null: no such device. One that gets its id later inherits nothing of it. */
  removeDevice(deviceId: string, now: number, by?: Actor): Promise<ChangedDevice | null>
  /**
   * Makes the registry as declared, all of it or nothing; what is not declared stays as it is. `dryRun` only tells.
   * @throws RegistryError that names the entry
   */
  apply(fleet: Fleet, now: number, dryRun: boolean, by?: Actor): Promise<FleetChanges>
  /** SHA-256 of the password of an enabled device; null for all others. */
  secretOf(deviceId: string): Promise<Uint8Array | null>
  /** The enabled devices, by their ids, as another broker has to know them. */
  logins(): Promise<readonly DeviceLogin[]>
  /**
   * `listener` is called after each stored change of who may log in, until the function returned here is called. The change resolves
   * after it, so that a device that was paired is let in; a listener never rejects.
   */
  onLoginsChanged(listener: () => Promise<void>): () => void
  /** Settings that are not named stay. Null: no such device. */
  setDevice(deviceId: string, settings: Partial<DeviceSettings>, now: number, by?: Actor): Promise<Device | null>
  noteStatus(deviceId: string, status: DeviceStatus | null, now: number): Promise<void>
}

/** What is kept of a device's secret. */
export type StoredCredentials = Pick<NewDevice, 'secretSha256' | 'mosquittoHash'>

export interface NewDevice {
  readonly deviceId: string
  readonly kind: Device['kind']
  readonly name: string
  readonly terminalCode: string
  readonly counter: string | null
  readonly secretSha256: Uint8Array
  /** The secret as Mosquitto stores it, `$7$…`. Absent, an external broker cannot let the device in. */
  readonly mosquittoHash?: string
  readonly createdAt: number
}

export interface DeviceLogin {
  readonly deviceId: string
  /** null: paired before these were kept. */
  readonly mosquittoHash: string | null
}

/** Each by the name of its command. */
export type DeviceChange =
  | { readonly action: 'rename'; readonly name: string }
  /** Without `counter` it keeps the one it has. */
  | { readonly action: 'move'; readonly terminalCode: string; readonly counter?: string | undefined }
  | { readonly action: 'disable' }
  | { readonly action: 'enable' }

/** What ended with a device that left its place: deliveries without their effect, orders nobody can fulfil any more. */
export interface LeftBehind extends Told {
  readonly ended: readonly Delivery[]
  readonly orders: readonly Order[]
}

/** Terminals and devices as a file declares them. Absent: as it is; for something new, as its command would have it. */
export interface Fleet {
  readonly terminals: readonly DeclaredTerminal[]
  readonly devices: readonly DeclaredDevice[]
}

export type DeclaredTerminal =
  | { readonly terminalCode: string; readonly removed: true }
  | {
      readonly terminalCode: string
      readonly removed: false
      readonly bankCode: string
      readonly bankAccount: string
      readonly holder: string
      readonly name?: string | undefined
      readonly serviceCode?: string | undefined
    }

export type DeclaredDevice =
  | { readonly deviceId: string; readonly removed: true }
  | {
      readonly deviceId: string
      readonly removed: false
      readonly kind: Device['kind']
      readonly terminalCode: string
      readonly name?: string | undefined
      readonly counter?: string | undefined
      readonly enabled?: boolean | undefined
      /** For a device that is new. */
      readonly credentials: StoredCredentials
    }

export interface FleetChange {
  readonly change: 'add' | 'change' | 'remove'
  readonly what: 'terminal' | 'device'
  readonly id: string
  /** What is or would be different, by the file's keys; of something new or removed nothing is said. */
  readonly fields: Readonly<Record<string, { readonly from: unknown; readonly to: unknown }>>
}

export interface FleetChanges {
  readonly changes: readonly FleetChange[]
  /** Declared, and so already. */
  readonly unchanged: number
  /** Devices that left their place, as `changeDevice` and `removeDevice` tell it. */
  readonly left: readonly ChangedDevice[]
}

export interface ChangedDevice extends LeftBehind {
  /** As it is now; a removed one as it was. */
  readonly device: Device
  /** False: it was so already. */
  readonly changed: boolean
}
