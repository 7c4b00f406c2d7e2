import type { Card } from './answers.ts'
import { details } from './text.ts'

const ONCE =
  'These credentials are shown once and cannot be shown again: give them to the device now.\nIf they are lost, "devices rotate" makes new ones.'

/** Credentials as a person copies them, and as a QR code with the provisioning address. `draw` makes the picture. */
export function cardInWords(card: Card, draw: (text: string) => string): string {
  const lines = details([
    ['device', card.deviceId],
    ['kind', card.kind],
    ['terminal', card.terminalCode],
    ['username', card.username],
    ['password', card.password],
    ['urls', card.urls.join(', ')],
    ['root', card.root],
    ['caFingerprint', card.caFingerprint],
    ['provisioningUri', card.provisioningUri],
  ])
  return `${lines}\n\n${draw(card.provisioningUri)}\n\n${ONCE}`
}
