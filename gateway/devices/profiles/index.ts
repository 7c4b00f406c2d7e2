import type { AnyKind, Device, NewDelivery } from '../../ledger/model.ts'
import { countercall } from './countercall.ts'
import { paybox } from './paybox.ts'
import { pos } from './pos.ts'
import type { Profile, ShopEvent, Telling } from './profile.ts'
import { soundbox } from './soundbox.ts'
import { vending } from './vending.ts'
import { vietqrBox } from './vietqr-box.ts'
import { vietqrVending } from './vietqr-vending.ts'

const PROFILES: Record<AnyKind, Profile> = {
  paybox,
  soundbox,
  countercall,
  vending,
  pos,
  'vietqr-box': vietqrBox,
  'vietqr-vending': vietqrVending,
}

export function profileOf(kind: AnyKind): Profile {
  return PROFILES[kind]
}

/** How this device is spoken to: in its own language, if somebody set one. */
export function inVoiceOf({ settings }: Device, telling: Telling): Telling {
  const language = settings.language ?? telling.voice.language
  return { ...telling, voice: { ...telling.voice, language } }
}

/** What the devices of one shop have to be told about one event, in the order they are given. */
export function tellAll(event: ShopEvent, devices: readonly Device[], telling: Telling): readonly NewDelivery[] {
  return devices.flatMap(device => profileOf(device.kind).tell(event, device, inVoiceOf(device, telling)))
}
