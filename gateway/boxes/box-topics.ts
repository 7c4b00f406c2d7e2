/**
 * The topics of a box on the gateway's listener: VietQR's own, as they are compiled into the firmware, whatever templates the
 * host is spoken to with. Before the host has named a box it has its pairing topics and no other.
 */
import { macKey } from '../../protocol/vietqr/mac.ts'
import { HostTopics } from '../../protocol/vietqr/topics.ts'
import type { Box } from '../ledger/model.ts'

const TOPICS = new HostTopics()

/** What these rules are about: the MAC of the connection, and what is registered under it. */
interface Named {
  readonly mac: string
  readonly box: Pick<Box, 'boxId' | 'terminalCode'> | null
}

export type BoxTopic = 'handleBox' | 'request' | 'cash'

/** What a box says on this topic; null where it may say nothing. */
export function saidOn(topic: string, { box }: Named): BoxTopic | null {
  if (topic === TOPICS.handleBox()) return 'handleBox'
  const code = box?.terminalCode ?? null
  if (code === null) return null
  if (topic === TOPICS.request(code)) return 'request'
  return topic === TOPICS.cash(code) ? 'cash' : null
}

/** A box listens for its pairing answer, in whatever form it writes its MAC, and on what is its own by its registration. */
export function mayListenOn(filter: string, { mac, box }: Named): boolean {
  const about = TOPICS.parse(filter)
  if (about?.kind === 'handleBoxResponse') return macKey(about.mac) === mac
  if (box === null) return false
  const { boxId, terminalCode: code } = box
  if (boxId !== null && filter === TOPICS.box(boxId)) return true
  if (code === null) return false
  return [TOPICS.response(code), TOPICS.lookupResponse(code), TOPICS.balanceChange(code)].includes(filter)
}

/** Where the answer to a registration goes; the MAC exactly as the box wrote it, or it would not hear it. */
export function pairingAnswerTopic(macAsSaid: string): string {
  return TOPICS.handleBoxResponses(macAsSaid)[0] ?? ''
}

/** Where a box that serves hears what; undefined for what this kind is not told. */
export function topicOf(path: string, { kind, boxId, terminalCode: code }: Box): string | undefined {
  if (boxId === null || code === null) return undefined
  if (kind === 'vietqr-box') return path === 'down/order' || path === 'down/announce' ? TOPICS.box(boxId) : undefined
  if (path === 'down/order') return TOPICS.response(code)
  return path === 'down/vend' ? TOPICS.balanceChange(code) : undefined
}

/** Where notifications of VietQR's app go. */
export function notificationTopic({ boxId }: Pick<Box, 'boxId'>): string | undefined {
  return boxId === null ? undefined : TOPICS.box(boxId)
}
