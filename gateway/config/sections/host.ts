import { z } from 'zod'
import {
  HostTopics,
  TOPIC_NAMES,
  TopicError,
  type TopicName,
  type TopicOverrides,
} from '../../../protocol/vietqr/topics.ts'
import { brokerUrl, duration, flag, oneOf, path, text } from '../fields.ts'
import { rule } from '../rules.ts'

/** The link to VietQR. */
export function hostSection(folder: string) {
  return z
    .strictObject({
      url: brokerUrl('mqtts://broker.example:8883').meta({
        description: 'The broker VietQR named to you. mqtt:// (no encryption) needs allowInsecure: true.',
      }),
      allowInsecure: flag().prefault(false).meta({
        description: 'Permits mqtt:// in url. Never relaxes the checks of certificates.',
      }),
      username: text('the user name VietQR gave you', 'partner').optional().meta({
        description: 'The user name VietQR gave you. The password comes from passwordFile or VIETQR_HOST_PASSWORD.',
      }),
      passwordFile: path(folder, './secrets/host-password').optional().meta({
        description:
          'File (mode 0600) that holds the password. It goes before the environment variable VIETQR_HOST_PASSWORD.',
      }),
      caFile: path(folder, './ca.pem').optional().meta({
        description:
          'Certificates (PEM) to trust instead of the well-known authorities, for a broker with a private one.',
      }),
      certFile: path(folder, './client.pem').optional().meta({
        description: 'Client certificate (PEM), where the broker asks for one. Goes together with keyFile.',
      }),
      keyFile: path(folder, './secrets/client-key.pem').optional().meta({
        description: 'Private key (PEM, mode 0600) of the client certificate.',
      }),
      environment: oneOf(['sandbox', 'production']).prefault('sandbox').meta({
        description: 'sandbox or production: simulated payments are refused in production.',
      }),
      session: oneOf(['persistent', 'clean']).prefault('persistent').meta({
        description: 'persistent: the host keeps messages for this gateway while it is away. clean: it does not.',
      }),
      clientId: text('1 to 128 printable characters without spaces', 'gateway-1', /^[!-~]{1,128}$/)
        .optional()
        .meta({ description: 'MQTT client id, unique at the host. Empty: vietqr-gateway-<site>.' }),
      keepalive: duration('1s', '12h').prefault('60s').meta({
        description: 'How long the link may be quiet before it is tested. Whole seconds.',
      }),
      requestTimeout: duration('100ms', '1h').prefault('30s').meta({
        description: 'How long to wait for a QR code; then the order fails with HOST_SILENT.',
      }),
      additionalDataKey: text('a JSON key of letters, digits and _', 'additionalData1', /^[A-Za-z_]\w{0,63}$/)
        .prefault('additionalData1')
        .meta({ description: 'The key of the one element in additionalData of a QR request.' }),
      lookupSuffix: oneOf(['terminal', 'unique']).prefault('terminal').meta({
        description:
          'Last part of the topic a lookup is asked on: the terminal, or unique for each lookup (if the host allows it).',
      }),
      topics: topicTemplates()
        .prefault({})
        .meta({
          description: `Other templates for single topics of the host, by name: ${TOPIC_NAMES.join(', ')}.`,
          examples: [{ request: 'vietqr/request/{terminalCode}' }],
        }),
      boxKeyFile: path(folder, './secrets/box-key').optional().meta({
        description:
          'File (mode 0600) that holds the key VietQR issues for the onboarding of boxes. It goes before the environment variable VIETQR_BOX_KEY.',
      }),
      qrCheck: oneOf(['warn', 'strict']).prefault('warn').meta({
        description: 'A malformed QR code from the host is shown with a warning (warn) or refused (strict).',
      }),
    })
    .check(
      rule(['url', 'allowInsecure'], ({ url, allowInsecure }, wrong) => {
        if (url.startsWith('mqtt://') && !allowInsecure) {
          wrong(
            ['url'],
            'is mqtt://, which sends password and payments readable by anybody on the way; use mqtts://, or set host.allowInsecure: true',
          )
        }
      }),
      rule(['certFile', 'keyFile'], ({ certFile, keyFile }, wrong) => {
        if (certFile !== undefined && keyFile === undefined) {
          wrong(['keyFile'], 'is missing, but host.certFile is given; name the private key of that certificate too')
        }
        if (keyFile !== undefined && certFile === undefined) {
          wrong(['certFile'], 'is missing, but host.keyFile is given; name the certificate of that key too')
        }
      }),
      rule(['username', 'passwordFile'], ({ username, passwordFile }, wrong) => {
        // MQTT 3.1.1 [MQTT-3.1.2-22]
        if (passwordFile !== undefined && username === undefined) {
          wrong(
            ['username'],
            'is missing, but host.passwordFile is given; MQTT knows no password without a user name, so add it',
          )
        }
      }),
      rule(['keepalive'], ({ keepalive }, wrong) => {
        if (keepalive % 1000 !== 0)
          wrong(['keepalive'], 'is not a whole number of seconds, as MQTT counts here; write for example 60s')
      }),
      rule(['topics'], ({ topics }, wrong) => {
        const refusal = refusalOf(topics)
        if (refusal === undefined) return
        // Two templates may be right only together, when they change places; so the whole was asked first.
        const culprits = TOPIC_NAMES.filter(
          name => topics[name] !== undefined && refusalOf({ [name]: topics[name] }) !== undefined,
        )
        for (const name of culprits) wrong(['topics', name], refusalOf({ [name]: topics[name] }) ?? refusal)
        if (culprits.length === 0) wrong(['topics'], refusal)
      }),
    )
}

function topicTemplates() {
  const template = text('a topic template', 'vietqr/request/{terminalCode}').optional()
  const templates = Object.fromEntries(TOPIC_NAMES.map(name => [name, template]))
  return z.strictObject(templates as Record<TopicName, typeof template>)
}

function refusalOf(templates: TopicOverrides): string | undefined {
  try {
    new HostTopics(templates)
    return undefined
  } catch (error) {
    if (error instanceof TopicError) return error.message
    throw error
  }
}
