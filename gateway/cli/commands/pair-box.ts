import type { Command } from 'commander'
import type { BoxKind } from '../../../protocol/vietqr/box-kinds.ts'
import type { Answers } from '../answers.ts'
import { call, outputOf } from '../call.ts'
import { details } from '../text.ts'

interface PairBoxOptions {
  readonly mac?: string
  readonly terminal?: string
  readonly counter?: string
  readonly id?: string
  readonly name?: string
  readonly wait?: number | true
}

const DEFAULT_WAIT_MS = 120_000

/** `devices pair vietqr-box|vietqr-vending --mac …`: one of VietQR's own boxes, which gets its terminal from the host. */
export async function pairBox(kind: BoxKind, options: PairBoxOptions, command: Command): Promise<void> {
  const { mac, id, name, wait } = options
  if (mac === undefined) command.error(`error: a ${kind} needs --mac, as it is written on the box: AA:BB:CC:DD:EE:FF`)
  for (const option of ['terminal', 'counter'] as const) {
    if (options[option] !== undefined)
      command.error(`error: a ${kind} takes no --${option}: VietQR says where it belongs`)
  }
  const output = outputOf(command)
  const { drawQrWithin } = await import('../qr.ts')
  const shown = (card: Answers['devices pair box']): string => {
    const { qrCertificate, ...rest } = card
    const words = details(Object.entries(rest).map(([title, value]) => [title, value === null ? null : String(value)]))
    if (typeof qrCertificate !== 'string') return words
    return `${words}\n\n${drawQrWithin(qrCertificate, output.width)}\n\n${SCAN}`
  }
  const waitMs = wait === true ? DEFAULT_WAIT_MS : wait
  const box = await call(command, 'devices pair box', { kind, mac, id, name, waitMs }, waiting => {
    output.show(() => shown(waiting))
    output.note('waiting for the merchant to activate it; Ctrl-C ends the waiting, not the registration')
  })
  output.answer(box, () => shown(box))
}

const SCAN = "Let the merchant scan this code in the VietQR app: that binds the box to the merchant's account."
