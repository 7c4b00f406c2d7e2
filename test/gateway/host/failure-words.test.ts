import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failureWords, HOST_PEER, LinkFault, type LinkScene } from '../../../gateway/host/failure-words.ts'

const scene: LinkScene = {
  peer: HOST_PEER,
  address: { hostname: 'broker.example', port: 8883, tls: true },
  phase: 'opening',
  clientId: 'vietqr-gateway-shop',
  now: Date.UTC(2026, 0, 2),
}
const plain = { hostname: 'broker.example', port: 1883, tls: false }

function coded(code: string | number, more: object = {}): Error {
  return Object.assign(new Error('raw library text'), { code }, more)
}

const network: [string, RegExp][] = [
  ['ENOTFOUND', /broker\.example is not known to DNS.*host\.url/],
  ['EAI_AGAIN', /DNS does not answer/],
  ['ECONNREFUSED', /broker\.example:8883 refused the connection: no broker listens/],
  ['ETIMEDOUT', /did not answer in time.*firewall/],
  ['EHOSTUNREACH', /no way to broker\.example:8883/],
  ['ENETUNREACH', /no way to/],
  ['SELF_SIGNED_CERT_IN_CHAIN', /unknown authority.*host\.caFile/],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /unknown authority.*host\.caFile/],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', /unknown authority.*host\.caFile/],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', /self-signed.*host\.caFile/],
  ['CERT_HAS_EXPIRED', /has expired.*2026-01-02/],
  ['CERT_NOT_YET_VALID', /not valid yet.*clock.*2026-01-02/],
  ['ERR_SSL_WRONG_VERSION_NUMBER', /does not speak TLS.*mqtt:\/\//],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', /client certificate.*host\.certFile/],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', /client certificate.*host\.certFile/],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', /which TLS versions/],
]

for (const [code, words] of network) {
  test(`${code} is told with a remedy`, () => {
    const told = failureWords(coded(code), scene)
    assert.match(told, words)
    assert.doesNotMatch(told, /raw library text/)
  })
}

test('a certificate for other names is told with those names', () => {
  const cert = { subjectaltname: 'DNS:mqtt.example, DNS:*.vietqr.example, IP Address:192.0.2.7' }
  const told = failureWords(coded('ERR_TLS_CERT_ALTNAME_INVALID', { cert }), scene)
  assert.match(told, /is for mqtt\.example, \*\.vietqr\.example, 192\.0\.2\.7, not for broker\.example/)
})

test('a certificate without names, or none at all, is told too', () => {
  assert.match(failureWords(coded('ERR_TLS_CERT_ALTNAME_INVALID', { cert: {} }), scene), /is for no DNS name/)
  assert.match(failureWords(coded('ERR_TLS_CERT_ALTNAME_INVALID'), scene), /is for other names/)
})

test('names on a certificate cannot act on a terminal nor fill it', () => {
  const cert = { subjectaltname: `DNS:\u001b[2J${'x'.repeat(5_000)}` }
  const told = failureWords(coded('ERR_TLS_CERT_ALTNAME_INVALID', { cert }), scene)
  assert.match(told, /^[\x20-\x7e]{1,400}$/)
})

const refusals: [number, RegExp][] = [
  [1, /does not speak MQTT 3\.1\.1/],
  [2, /host\.clientId/],
  [3, /not available now/],
  [4, /host\.username.*host\.passwordFile or VIETQR_HOST_PASSWORD/],
  [5, /not allow.*host\.username.*ask VietQR/],
  [6, /code 6/],
]

for (const [code, words] of refusals) {
  test(`CONNACK ${code} is told with a remedy`, () => {
    assert.match(failureWords(coded(code), { ...scene, phase: 'greeting' }), words)
  })
}

test('a connection closed without a word is told by what was going on', () => {
  assert.match(failureWords(undefined, scene), /during the TLS handshake.*mqtt:\/\/.*host\.certFile/)
  assert.match(failureWords(undefined, { ...scene, address: plain }), /closed the connection at once/)
  assert.match(failureWords(undefined, { ...scene, phase: 'greeting' }), /without answering CONNECT/)
  assert.match(
    failureWords(undefined, { ...scene, address: plain, phase: 'greeting' }),
    /perhaps it is a TLS port.*mqtts:\/\//,
  )
  assert.match(failureWords(undefined, { ...scene, phase: 'live' }), /client id vietqr-gateway-shop/)
  assert.equal(failureWords(coded('ECONNRESET'), scene), failureWords(undefined, scene))
})

test('the keepalive, a fault of our own and an unknown error have their words', () => {
  assert.match(
    failureWords(new Error('Keepalive timeout'), { ...scene, phase: 'live' }),
    /did not answer the keepalive/,
  )
  assert.equal(failureWords(new LinkFault('Our own words.'), scene), 'Our own words.')
  assert.match(failureWords(new Error('odd\n\u001bthing'), scene), /broker\.example:8883 failed: odd\?\?thing\.$/)
})
