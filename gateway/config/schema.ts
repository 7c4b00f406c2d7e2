import { hostname } from 'node:os'
import { z } from 'zod'
import { dataFiles } from '../data-dir.ts'
import { type Address, addressUrl, collide } from './addresses.ts'
import { path, text } from './fields.ts'
import { rule } from './rules.ts'
import { brokerSection } from './sections/broker.ts'
import { hostSection } from './sections/host.ts'
import {
  alarmsSection,
  httpSection,
  logSection,
  paymentsSection,
  retentionSection,
  voiceSection,
} from './sections/others.ts'

/** Bytes the path of a socket may have: 108 on Linux, 104 on macOS and the BSDs. */
const LONGEST_SOCKET = process.platform === 'linux' ? 108 : 104

/** The gateway and its commands meet at a socket in this folder, which is of no use where it cannot be opened. */
function dataDir(folder: string) {
  return path(folder, './data').refine(
    chosen => process.platform === 'win32' || Buffer.byteLength(dataFiles(chosen).controlSocket) <= LONGEST_SOCKET,
    {
      error: ({ input }) => {
        const { controlSocket } = dataFiles(String(input))
        const most = LONGEST_SOCKET - Buffer.byteLength(controlSocket) + Buffer.byteLength(String(input))
        return `is ${Buffer.byteLength(String(input))} bytes long as a path from the root; its socket needs one of at most ${most}, so choose a shorter folder`
      },
    },
  )
}

/**
 * gateway.yaml as it is written. Every key has a description: the JSON Schema and the file that `init` writes are made
 * from them.
 * @param folder absolute; relative paths in the file count from it
 */
export function fileSchema(folder: string) {
  return z
    .strictObject({
      site: text('1 to 32 of a-z, 0-9 and -', 'cua-hang-01', /^[a-z0-9-]{1,32}$/).meta({
        description: 'The name of this shop: 1 to 32 of a-z, 0-9 and -. Different for every gateway.',
      }),
      dataDir: dataDir(folder).prefault('./data').meta({
        description: 'Folder of the database, the certificates and the keys. Created with mode 0700.',
      }),
      host: hostSection(folder).meta({ description: 'The link to VietQR.' }),
      broker: brokerSection(folder)
        .prefault({})
        .meta({ description: 'The local broker, where the devices of the shop connect.' }),
      http: httpSection(folder).prefault({}).meta({ description: 'Health, metrics and dashboard.' }),
      payments: paymentsSection().prefault({}).meta({ description: 'Orders and payments.' }),
      voice: voiceSection().prefault({}).meta({ description: 'What the devices say.' }),
      alarms: alarmsSection().prefault({}).meta({
        description:
          'Who is told when the host link is down for 60 s, an order is held or unknown, payments conflict, a device is silent, the disk fills or a certificate runs out (60, 30 and 7 days ahead).',
      }),
      retention: retentionSection().prefault({}).meta({ description: 'How long records are kept.' }),
      log: logSection().prefault({}).meta({ description: 'The log on stderr.' }),
    })
    .check(
      rule(['broker', 'http'], ({ broker, http }, wrong) => {
        const taken: Listener[] = broker.mode === 'embedded' ? broker.listen.map(inBroker) : []
        if (broker.vietqrBoxes?.listen !== undefined) {
          taken.push({ path: ['broker', 'vietqrBoxes', 'listen'], address: broker.vietqrBoxes.listen })
        }
        taken.push({ path: ['http', 'listen'], address: http.listen })
        for (const [index, { path, address }] of taken.entries()) {
          const first = taken.slice(0, index).find(other => collide(other.address, address))
          if (first !== undefined) {
            wrong(
              path,
              `wants the port of ${addressUrl(first.address)} (${first.path.slice(0, 2).join('.')}); choose another port`,
            )
          }
        }
      }),
    )
}

interface Listener {
  readonly path: readonly (string | number)[]
  readonly address: Address
}

function inBroker(address: Address, index: number): Listener {
  return { path: ['broker', 'listen', index], address }
}

/** As {@link fileSchema}, with the defaults that depend on other keys or on the machine filled in. */
export function settingsSchema(folder: string) {
  return fileSchema(folder).transform(file => ({
    ...file,
    host: { ...file.host, clientId: file.host.clientId ?? `vietqr-gateway-${file.site}` },
    broker: { ...file.broker, advertise: file.broker.advertise ?? hostname() },
  }))
}

/**
 * The configuration as the rest of the gateway reads it: checked, with every default filled in. Durations are
 * milliseconds, files and folders absolute paths, listeners `{protocol, host, port}`, URLs of brokers have their port.
 * Holds the paths of secrets, never a secret.
 */
export type Settings = z.output<ReturnType<typeof settingsSchema>>
