import { z } from 'zod'
import { type Address, isLoopback, parseMqttUrl } from '../addresses.ts'
import { brokerUrl, flag, hostName, mqttListen, oneOf, path, text } from '../fields.ts'
import { rule } from '../rules.ts'

const CLEAR_TEXT =
  'is mqtt:// where other machines can reach it, so passwords would cross the network readable; use mqtts://, a loopback address, or set broker.allowInsecure: true'
const BOXES_LISTEN = 'mqtt://192.168.10.1:1883'

/**
 * The local broker of the shop's devices, and the listener of VietQR's own boxes. Keys of the mode that is not in use may
 * stay in the file: they are checked one by one, but not against each other.
 */
export function brokerSection(folder: string) {
  return z
    .strictObject({
      mode: oneOf(['embedded', 'external']).prefault('embedded').meta({
        description:
          'embedded: the gateway is the broker. external: the devices meet at another one, such as Mosquitto.',
      }),
      listen: z
        .array(mqttListen('mqtt://127.0.0.1:1883'), {
          error: 'is not a list; write it in brackets, such as [mqtt://127.0.0.1:1883]',
        })
        .min(1, { error: 'is an empty list; name at least one address, such as mqtt://127.0.0.1:1883' })
        .prefault(['mqtt://127.0.0.1:1883', 'mqtts://0.0.0.0:8883'])
        .meta({ description: 'embedded: where devices connect. mqtt:// off loopback needs allowInsecure: true.' }),
      allowInsecure: flag().prefault(false).meta({
        description: 'Permits mqtt:// off loopback in listen and url, for a network that only the devices are on.',
      }),
      advertise: hostName('192.168.1.10').optional().meta({
        description: 'The address devices are told to connect to. Empty: the name of this machine.',
      }),
      url: brokerUrl('mqtt://127.0.0.1:1883').optional().meta({
        description: 'external: the broker to connect to.',
      }),
      username: text('the user name of the gateway at that broker', 'gateway').optional().meta({
        description: 'external: the user name of the gateway at that broker.',
      }),
      passwordFile: path(folder, './secrets/broker-password').optional().meta({
        description: 'external: file (mode 0600) that holds its password.',
      }),
      reload: reloadSection(folder).prefault({}).meta({
        description:
          'external: how that broker is made to read its password and access files again. One of the two, or neither.',
      }),
      vietqrBoxes: boxesSection(folder).optional().meta({
        description:
          'Unmodified VietQR boxes, always on a listener of the gateway itself. Empty: they are refused. Whoever has their login can pose as a box, so give them a network of their own.',
      }),
    })
    .check(
      rule(['mode', 'url', 'allowInsecure'], ({ mode, url, allowInsecure }, wrong) => {
        if (mode !== 'external') return
        if (url === undefined) {
          wrong(['url'], 'is missing, but broker.mode is external; name that broker, such as mqtt://127.0.0.1:1883')
        } else if (!allowInsecure && crossesInClear(parseMqttUrl(url))) wrong(['url'], CLEAR_TEXT)
      }),
      rule(['mode', 'listen', 'allowInsecure'], ({ mode, listen, allowInsecure }, wrong) => {
        if (mode !== 'embedded' || allowInsecure) return
        for (const [index, address] of listen.entries())
          if (crossesInClear(address)) wrong(['listen', index], CLEAR_TEXT)
      }),
      rule(['mode', 'username', 'passwordFile'], ({ mode, username, passwordFile }, wrong) => {
        // MQTT 3.1.1 [MQTT-3.1.2-22]
        if (mode === 'external' && passwordFile !== undefined && username === undefined) {
          wrong(
            ['username'],
            'is missing, but broker.passwordFile is given; MQTT knows no password without a user name, so add it',
          )
        }
      }),
      rule(['mode', 'listen', 'vietqrBoxes'], ({ mode, listen, vietqrBoxes }, wrong) => {
        if (vietqrBoxes === undefined || vietqrBoxes.listen !== undefined) return
        const place = ['vietqrBoxes', 'listen']
        if (mode === 'external') {
          wrong(
            place,
            `is missing; with an external broker the boxes need a listener of the gateway, such as ${BOXES_LISTEN}`,
          )
        } else if (!listen.some(({ protocol }) => protocol === 'mqtt')) {
          wrong(
            place,
            `is missing, and broker.listen has no mqtt:// listener the boxes could share; write for example ${BOXES_LISTEN}`,
          )
        }
      }),
    )
}

function crossesInClear({ protocol, host }: Address): boolean {
  return protocol === 'mqtt' && !isLoopback(host)
}

function reloadSection(folder: string) {
  return z
    .strictObject({
      pidFile: path(folder, '/run/mosquitto/mosquitto.pid').optional().meta({
        description: 'File with the process id to send SIGHUP to.',
      }),
      command: text('a command', 'systemctl reload mosquitto').optional().meta({
        description: 'Command for the shell.',
      }),
    })
    .check(
      rule(['pidFile', 'command'], ({ pidFile, command }, wrong) => {
        if (pidFile !== undefined && command !== undefined) {
          wrong(['command'], 'is given together with broker.reload.pidFile; keep one of the two')
        }
      }),
    )
}

function boxesSection(folder: string) {
  return z
    .strictObject({
      listen: mqttListen(BOXES_LISTEN).optional().meta({
        description:
          'A listener of their own (mqtt:// only: the boxes know no TLS). embedded and empty: they share the first mqtt:// listener.',
      }),
      username: text('the user name burnt into the boxes', 'box').meta({
        description: 'The user name burnt into the boxes.',
      }),
      passwordFile: path(folder, './secrets/box-password').meta({
        description: 'File (mode 0600) that holds the password burnt into the boxes.',
      }),
    })
    .check(
      rule(['listen'], ({ listen }, wrong) => {
        if (listen?.protocol === 'mqtts')
          wrong(['listen'], `is mqtts://, but the boxes know no TLS; write for example ${BOXES_LISTEN}`)
      }),
    )
}
