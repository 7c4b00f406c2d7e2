import assert from 'node:assert/strict'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { HostBroker } from '../../../device-sim/host/broker.ts'
import { makeAuthority } from '../../support/certificates.ts'
import { BOX_ID, CERTIFICATE, KEY, MAC, N16, TO_BOX } from '../devices/counter.ts'
import { Partner } from '../partner.ts'
import { emptyFolder, passwordFile, SimProgram } from './sim-program.ts'

/** A folder with a password and a box key, a broker, and somebody behind it. */
async function scene(filters: readonly string[]) {
  const folder = emptyFolder()
  const broker = new HostBroker({ port: 0 })
  const url = await broker.start()
  const partner = await Partner.connect(url, filters)
  writeFileSync(join(folder, 'key'), `${KEY}\n`, { mode: 0o600 })
  const login = ['--url', url, '--password-file', passwordFile(folder, 'not-a-secret')]
  return {
    folder,
    url,
    partner,
    login,
    async [Symbol.asyncDispose]() {
      await partner[Symbol.asyncDispose]()
      await broker.stop()
    },
  }
}

const announcement = (id: string, text: string) => ({
  id,
  kind: 'test',
  text,
  language: 'vi',
  expiresAt: 4_000_000_000,
  ttl: 60,
})

describe('vietqr-sim device plays', { concurrency: 2 }, () => {
  it("VietQR's vending box, with a customer who pays what is on its screen, and prints no key", async () => {
    await using at = await scene(['/vqr/handle-box', 'vietqr/request/+'])
    const box = ['device', 'vietqr-vending', ...at.login, '--mac', MAC.toLowerCase(), '--box-key-file', 'key']
    const args = [...box, '--pulses', '3/1', '--person', 'leaves', '--control', 'http://127.0.0.1:1']
    await using program = new SimProgram(args, at.folder)
    await at.partner.on('/vqr/handle-box')
    await at.partner.publish(`/vqr/handle-box/response/${MAC}`, { qrCertificate: CERTIFICATE, boxId: BOX_ID })
    await program.says(/connected/)
    await at.partner.publish(TO_BOX, N16)
    await program.prints(({ view }) => view === 'menu', 'its menu')
    program.type('choose 20000')
    assert.equal(JSON.parse((await at.partner.on('vietqr/request/VVB123456')).text).amount, 20_000)
    await at.partner.publish('vietqr/response/VVB123456', '{"qrCode":"QR-1"}')
    const shown = await program.prints(({ view }) => view === 'qr', 'the code')
    assert.equal(shown.secondsLeft, 60)
    await program.says(/the customer left/)
    await at.partner.publish('vietqr/bdsd/VVB123456', { amount: 20000 })
    const { pulses } = await program.prints(({ effect }) => effect === 'pulse', 'it pulses')
    assert.equal(pulses, 4)
    program.type('off')
    program.type('on')
    await at.partner.hear(({ topic }) => topic === '/vqr/handle-box', 'it asks again')
    const { code, stdout, stderr } = await program.stop()
    assert.equal(code, 0)
    assert.doesNotMatch(`${stdout}${stderr}`, new RegExp(`${KEY}|${BOX_ID}|${CERTIFICATE}`))
    assert.match(stdout, /"view":"certificate".*CERT-VVB-… \(61 characters\)/)
  })

  it('sound, where there is an espeak-ng', async () => {
    await using at = await scene(['gw/v1/+/up/#'])
    // Stands in for the program: what it is told to say becomes the file.
    const fake = `#!${process.execPath}\nconst i = process.argv.indexOf('-w')\nif (i > 0) require('node:fs').writeFileSync(process.argv[i + 1], process.argv[i - 1] + ': ' + require('node:fs').readFileSync(0, 'utf8'))\n`
    writeFileSync(join(at.folder, 'espeak-ng'), fake)
    chmodSync(join(at.folder, 'espeak-ng'), 0o755)
    const args = ['device', 'soundbox', ...at.login, '--id', 'soundbox-1', '--audio', 'loa.wav']
    await using program = new SimProgram(args, at.folder, { PATH: at.folder })
    await program.says(/connected/)
    await at.partner.publish('gw/v1/soundbox-1/down/announce', announcement('A', 'Loa hoạt động tốt'))
    await at.partner.publish('gw/v1/soundbox-1/down/announce', announcement('B', '--phoneme'))
    await program.prints(
      ({ effect, id, status }) => effect === 'ack' && id === 'B' && status === 'done',
      'both are spoken',
    )
    assert.equal((await program.stop()).code, 0)
    assert.equal(readFileSync(join(at.folder, 'loa.wav'), 'utf8'), 'vi: Loa hoạt động tốt')
    assert.equal(readFileSync(join(at.folder, 'loa-2.wav'), 'utf8'), 'vi: --phoneme')
  })

  it("another vendor's sound box on its own topic", async () => {
    await using at = await scene(['/ota/#'])
    const args = [
      'device',
      'soundbox',
      ...at.login,
      '--id',
      'sn1',
      '--variant',
      'morefun',
      '--product-key',
      'shop',
      '--word-ms',
      '0',
    ]
    await using program = new SimProgram(args, at.folder)
    await program.says(/connected/)
    await at.partner.publish('/ota/shop/sn1/update', { broadcast_type: 10, money: '25000', ttstext: 'Đã nhận' })
    assert.equal((await program.prints(({ effect }) => effect === 'speak', 'it speaks')).text, 'Đã nhận')
  })
})

describe('vietqr-sim device says what is wrong with', { concurrency: 3 }, () => {
  it('mqtt:// to a TLS port, mqtts:// to one without, and a name it does not trust', async () => {
    const folder = emptyFolder()
    const authority = await makeAuthority()
    const { cert, key } = await authority.issue({ names: ['127.0.0.1'] })
    const secure = new HostBroker({ port: 0, tls: { cert, key } })
    const plain = new HostBroker({ port: 0 })
    const [tls, tcp] = [await secure.start(), await plain.start()]
    const rest = ['--id', 'pos-1', '--password-file', passwordFile(folder, 'x')]
    const says = async (url: string, pattern: RegExp): Promise<void> => {
      await using program = new SimProgram(['device', 'pos', '--url', url, ...rest], folder)
      await program.says(pattern)
    }
    await Promise.all([
      says(tls.replace('mqtts', 'mqtt'), /should begin with mqtts:\/\/|--url begins with mqtts:\/\//),
      says(tcp.replace('mqtt', 'mqtts'), /mqtt:\/\//),
      says(tls, /authority this device does not know .*--ca/),
    ])
    await secure.stop()
    await plain.stop()
  })

  const pos = ['device', 'pos', '--id', 'pos-1', '--password-file', 'password', '--url']
  const tls = 'mqtts://127.0.0.1:1'
  const box = ['device', 'vietqr-box', '--password-file', 'password', '--url', 'mqtt://127.0.0.1:1']
  const refused: readonly (readonly [readonly string[], RegExp])[] = [
    [[...pos, tls, '--ca', 'notes.txt'], /--ca.*BEGIN/],
    [[...pos, tls, '--ca', 'nowhere'], /--ca: there is no file nowhere/],
    [[...pos, 'mqtt://127.0.0.1:1', '--ca', 'notes.txt'], /--ca is for a broker behind TLS/],
    [[...pos, tls, '--buffer', '10'], /--buffer: "10" cannot be/],
    [[...pos, tls, '--pulses', '150/50'], /a pos has no such part/],
    [[...pos, tls, '--person', 'pays'], /go together/],
    [[...pos, tls, '--variant', 'morefun'], /--variant is for a soundbox/],
    [[...pos, tls, '--product-key', 'x'], /--variant morefun/],
    [['device', 'pos', '--password-file', 'password', '--url', tls], /a pos needs --id/],
    [box, /needs --mac and --box-key-file/],
    [[...box, '--mac', '11.78.36.89.21', '--box-key-file', 'password'], /AA:BB:CC:DD:EE:FF/],
    [[...box, '--mac', MAC, '--box-key-file', 'notes.txt'], /--box-key-file: notes.txt has mode/],
    [[...box, '--id', 'box-1', '--mac', MAC, '--box-key-file', 'password'], /has no deviceId/],
  ]
  for (const [args, words] of refused) {
    it(args.join(' '), async () => {
      const folder = emptyFolder()
      passwordFile(folder, 'not-a-secret')
      writeFileSync(join(folder, 'notes.txt'), 'not a certificate', { mode: 0o644 })
      const { code, stdout, stderr } = await new SimProgram(args, folder).end()
      assert.match(stderr, words)
      assert.deepEqual([code, stdout], [2, ''])
    })
  }

  it('--audio without espeak-ng', async () => {
    const folder = emptyFolder()
    const file = passwordFile(folder, 'x')
    const args = [
      'device',
      'pos',
      '--id',
      'pos-1',
      '--password-file',
      file,
      '--url',
      'mqtt://127.0.0.1:1',
      '--audio',
      'loa.wav',
    ]
    const { code, stderr } = await new SimProgram(args, folder, { PATH: folder }).end()
    assert.equal(code, 1)
    assert.match(stderr, /--audio: there is no espeak-ng on this machine; install it/)
    assert.equal(existsSync(join(folder, 'loa.wav')), false)
  })
})
