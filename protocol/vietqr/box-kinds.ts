/** VietQR's own boxes, unmodified. They are not `gw/v1` devices: they keep VietQR's topics and messages. */
export const BOX_KINDS = ['vietqr-box', 'vietqr-vending'] as const
/** The display with a voice at the counter, and the one that pulses a machine. */
export type BoxKind = (typeof BOX_KINDS)[number]

export function isBoxKind(kind: string): kind is BoxKind {
  return BOX_KINDS.some(known => known === kind)
}

/** Bytes of a packet the firmware can take in (public firmware). A larger one is dropped without a word. */
const BUFFER: Readonly<Record<BoxKind, number>> = { 'vietqr-box': 512, 'vietqr-vending': 1024 }

/** The longest packet this box is sent: a byte stays free, because the firmware reads on until it finds a NUL. */
export function mostPacketBytes(kind: BoxKind): number {
  return BUFFER[kind] - 1
}
