import { parseAmount } from '../../protocol/money.ts'
import { shown } from '../../protocol/shown.ts'
import { CALL_KEYS } from './device.ts'
import type { SimulatedDevice } from './simulated-device.ts'

/**
 * One line somebody typed, as the keys of a device; an empty one is nothing. Resolves when it was said, not when it was
 * answered: answers come as effects.
 * @throws Error that says what can be typed
 */
export async function pressKey(device: SimulatedDevice, line: string): Promise<void> {
  const [key = '', ...words] = line.trim().split(/\s+/)
  if (key === '') return
  if (device.kind === 'countercall') return callKey(device, key, words)
  if (device.kind === 'soundbox') throw new Error('a soundbox has no keys')
  return orderKey(device, key, words)
}

async function orderKey(device: SimulatedDevice, key: string, words: readonly string[]): Promise<void> {
  const [first, second, ...more] = words
  if (key === 'order' && first !== undefined && more.length === 0) {
    // The device itself asks again until it is answered; what may fail here is only that it is switched off first.
    device.order({ amount: parseAmount(first), item: second }).catch(() => {})
  } else if (key === 'lookup' && first === 'reference' && second !== undefined && more.length === 0) {
    await device.lookup({ referenceNumber: second })
  } else if (key === 'lookup' && words.length <= 1) await device.lookup(first === undefined ? {} : { orderId: first })
  else if (key === 'cancel' && words.length <= 1) await device.cancel(first)
  else if (key === 'simulate' && words.length <= 1) await device.simulate(first)
  else {
    throw new Error(
      `${shown([key, ...words].join(' '))} is no key of a ${device.kind}; there are order AMOUNT [ITEM], cancel [ORDER], lookup [ORDER], lookup reference REFERENCE and simulate [ORDER]`,
    )
  }
}

async function callKey(device: SimulatedDevice, typed: string, words: readonly string[]): Promise<void> {
  const key = CALL_KEYS.find(known => known === typed)
  const [counter, ticket] = words
  if (key === undefined || words.length > 2) {
    throw new Error(
      `${shown([typed, ...words].join(' '))} is no key of a countercall; there are ${CALL_KEYS.join(', ')}, each with [COUNTER [TICKET]]`,
    )
  }
  await device.press(key, {
    ...(counter === undefined ? {} : { counter }),
    ...(ticket === undefined ? {} : { ticket }),
  })
}
