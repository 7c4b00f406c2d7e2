import { z } from 'zod'
import { handleBoxCheckSum, qrCertificateOf } from '../../protocol/vietqr/checksums.ts'
import type { Boxes } from './boxes.ts'
import type { Handler, HostContext } from './context.ts'
import { javaString, readJackson } from './jackson.ts'
import { jacksonJson } from './java-json.ts'
import { Refusal } from './refusal.ts'

const strict = z.strictObject({ macAddr: javaString, checkSum: javaString })

/**
 * `/vqr/handle-box`: a box asks for its id. It is known by its MAC and gets the same answer each time; one whose checksum
 * is wrong hears nothing (VietQR server source).
 */
export class BoxHandler implements Handler {
  readonly topics = /^\/vqr\/handle-box$/
  readonly #host: HostContext
  readonly #boxes: Boxes
  readonly #key: string

  constructor(host: HostContext, boxes: Boxes, key: string) {
    this.#host = host
    this.#boxes = boxes
    this.#key = key
  }

  async handle(_topic: string, payload: Uint8Array): Promise<void> {
    const { traits, faults, publish } = this.#host
    const lenient = traits.boxFields === 'any' || faults.values.unknownFields === 'ignore'
    const request = readJackson(lenient ? strict.strip() : strict, payload)
    if (request?.macAddr == null) throw new Refusal(null, 'macAddr is missing')
    const { macAddr, checkSum } = request
    if (checkSum !== handleBoxCheckSum(macAddr, this.#key)) throw new Refusal(null, 'checkSum is wrong')
    const { boxCode, boxId, mac } = this.#boxes.register(macAddr)
    const certified = faults.values.boxCertificate === 'fresh' ? this.#boxes.freshCode() : boxCode
    const qrCertificate = qrCertificateOf(certified, mac, this.#key)
    const to = faults.values.boxTopic === 'no-colons' ? macAddr.replaceAll(':', '') : macAddr
    await publish('answered', `/vqr/handle-box/response/${to}`, jacksonJson({ qrCertificate, boxId }))
  }
}
