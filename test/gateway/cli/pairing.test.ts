import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { SimProgram } from '../../device-sim/cli/sim-program.ts'
import { ADD_TERMINAL, cli, gatewayIn, json, type Program, shop } from './support.ts'

const REQUEST = '{"serial":"SN-0001","kind":"pos"}'

describe('pairing windows, with a running gateway and a device that knows MQTT only', () => {
  let folder: string
  let gateway: Program
  let url: string
  before(async () => {
    folder = shop()
    gateway = await gatewayIn(folder)
    const [, port] = await gateway.says(/mqtt:\/\/127\.0\.0\.1:(\d+)/)
    url = `mqtt://127.0.0.1:${port}`
    await json(folder, ADD_TERMINAL)
  })
  after(async () => {
    gateway.kill('SIGTERM')
    await gateway.end()
  })

  function connect(password: string, clientId: string, more: IClientOptions = {}): Promise<MqttClient> {
    return connectAsync(url, { username: 'pair', password, clientId, protocolVersion: 4, reconnectPeriod: 0, ...more })
  }

  /** The first message on its answer topic in this state. */
  async function answerOf(
    client: MqttClient,
    state: string,
    act: () => Promise<unknown>,
  ): Promise<Record<string, string>> {
    const answer = new Promise<Record<string, string>>(resolve => {
      client.on('message', (_topic, payload) => {
        const said: Record<string, string> = JSON.parse(String(payload))
        if (said.state === state) resolve(said)
      })
    })
    await act()
    return answer
  }

  it('while no window is open, user pair is refused as a wrong password is, and nothing can be confirmed', async () => {
    const refusal = { message: /Connection refused: Bad username or password/ }
    await assert.rejects(connect('12345678', 'box-0001-abc'), refusal)
    await assert.rejects(connect('12345678', 'box-0001-abc', { username: 'nobody', clientId: 'nobody' }), refusal)
    const { code, stderr } = await cli(folder, ['pairing', 'confirm', '12345678', '--terminal', 'T1'])
    assert.equal(code, 5)
    assert.match(stderr, /no pairing window has this code/)
    assert.equal((await cli(folder, ['pairing', 'show'])).code, 5)
    assert.equal((await cli(folder, ['pairing', 'open', '--terminal', 'T9'])).code, 5)
    for (const time of ['9s', '16m', '2']) {
      assert.equal((await cli(folder, ['pairing', 'open', '--for', time])).code, 2, time)
    }
    assert.equal((await cli(folder, ['devices', 'pair', 'pos', '--terminal', 'T1', '--id', 'pair'])).code, 2)
  })

  it('a device asks, is confirmed, gets its credentials and connects with them', async () => {
    const { code, terminalCode } = await json(folder, ['pairing', 'open'])
    assert.equal(terminalCode, null)
    assert.equal((await cli(folder, ['pairing', 'confirm', code, '--terminal', 'T1'])).code, 5, 'nobody has asked')
    await assert.rejects(connect(code, 'short'), /Connection refused: Identifier rejected/)
    const will = { topic: 'gw/v1/pair/box-0001-abc/up/request', payload: Buffer.from(REQUEST) }
    await assert.rejects(connect(code, 'box-0001-abc', { will }), /Connection refused: Not authorized/)

    const asker = await connect(code, 'box-0001-abc')
    const granted = await asker
      .subscribeAsync(
        ['gw/v1/pair/box-0001-abc/down/answer', 'gw/v1/pair/+/down/answer', 'gw/v1/pair/box-0002-def/down/answer', '#'],
        { qos: 1 },
      )
      .catch((error: { packet?: { granted?: number[] } }) => error.packet?.granted)
    assert.deepEqual(
      Array.isArray(granted) ? granted.map(each => (typeof each === 'number' ? each : each.qos)) : null,
      [1, 128, 128, 128],
    )
    const ask = () => asker.publishAsync('gw/v1/pair/box-0001-abc/up/request', REQUEST, { qos: 1 })
    await answerOf(asker, 'waiting', ask)
    const window = await json(folder, ['pairing', 'show'])
    assert.deepEqual(
      [window.state, window.serial, window.kind, window.address],
      ['asked', 'SN-0001', 'pos', '127.0.0.1'],
    )

    assert.equal((await cli(folder, ['pairing', 'confirm', code])).code, 2, 'no terminal was named')
    const confirm = ['pairing', 'confirm', code, '--terminal', 'T1', '--id', 'till-1', '--counter', '2']
    assert.equal((await cli(folder, [...confirm, '--serial', 'SN-0002'])).code, 7)
    let printed = ''
    const card = await answerOf(asker, 'paired', async () => {
      printed = (await cli(folder, confirm)).stdout
    })
    assert.match(printed, /^serial: SN-0001$/m)
    assert.match(printed, /^kind: pos$/m)
    const { deviceId = '', password = '', root, provisioningUri } = card
    assert.deepEqual([deviceId, root], ['till-1', 'gw/v1/till-1'])
    assert.equal(provisioningUri, `${url.replace('//', `//till-1:${password}@`)}/gw/v1/till-1`)
    assert.ok(!printed.includes(password))

    const left = new Promise<void>(resolve => asker.once('close', () => resolve()))
    const till = await connect(password, deviceId, { username: deviceId })
    await left
    const { online, counter, kind } = await json(folder, ['devices', 'show', 'till-1'])
    assert.deepEqual({ online, counter, kind }, { online: true, counter: '2', kind: 'pos' })
    await assert.rejects(connect(code, 'box-0001-abc'), /Connection refused: Bad username or password/)
    assert.equal((await cli(folder, ['pairing', 'confirm', code, '--terminal', 'T1'])).code, 5)
    await till.endAsync(true)
  })

  it('the simulated device does it, keeps its credentials in a file, and uses them again', async () => {
    const { code } = await json(folder, ['pairing', 'open', '--terminal', 'T1'])
    const device = ['device', 'pos', '--url', url, '--credentials', 'kept.json']
    {
      await using sim = new SimProgram([...device, '--pair-code', code, '--serial', 'SN-0009'], folder)
      await sim.says(/waiting for a person to confirm/)
      await json(folder, ['pairing', 'confirm', code, '--id', 'till-9', '--serial', 'SN-0009'])
      await sim.says(/paired as till-9[\s\S]*connected/)
    }
    assert.equal(statSync(join(folder, 'kept.json')).mode & 0o777, 0o600)
    await using again = new SimProgram(device, folder)
    await again.says(/connected/)
    assert.equal((await json(folder, ['devices', 'show', 'till-9'])).online, true)
  })

  it('two with one code cannot speak or listen for each other, and spoil the window', async () => {
    const { code } = await json(folder, ['pairing', 'open', '--terminal', 'T1'])
    const [one, other] = [await connect(code, 'box-0001-abc'), await connect(code, 'box-0002-def')]
    for (const [client, id] of [
      [one, 'box-0001-abc'],
      [other, 'box-0002-def'],
    ] as const) {
      await client.subscribeAsync(`gw/v1/pair/${id}/down/#`, { qos: 1 })
    }
    await answerOf(one, 'waiting', () => one.publishAsync('gw/v1/pair/box-0001-abc/up/request', REQUEST, { qos: 1 }))
    const cut = new Promise<void>(resolve => other.once('close', () => resolve()))
    other.publish('gw/v1/pair/box-0001-abc/up/request', REQUEST, { qos: 1 })
    await cut
    const again = await connect(code, 'box-0002-def')
    const rival = REQUEST.replace('0001', '0002')
    await answerOf(one, 'refused', () => again.publishAsync('gw/v1/pair/box-0002-def/up/request', rival, { qos: 1 }))
    const { code: exit, stderr } = await cli(folder, ['pairing', 'confirm', code])
    assert.equal(exit, 7)
    assert.match(stderr, /SN-0001 from 127\.0\.0\.1, then SN-0002 from 127\.0\.0\.1; nobody is paired/)
    await Promise.all([one.endAsync(true), again.endAsync(true)])
  })
})

it('without a gateway pairing exits 4; with an external broker no window opens', async () => {
  const folder = shop()
  for (const args of [['open'], ['show'], ['confirm', '12345678', '--terminal', 'T1']]) {
    assert.equal((await cli(folder, ['pairing', ...args])).code, 4, args.join(' '))
  }
  const file = join(folder, 'gateway.yaml')
  const external = 'broker: { mode: external, url: "mqtt://127.0.0.1:1", username: gateway, passwordFile: ./password }'
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^broker: .*$/m, external))
  writeFileSync(join(folder, 'password'), 'for-tests', { mode: 0o600 })
  const gateway = await gatewayIn(folder)
  const { code, stdout, stderr } = await cli(folder, ['pairing', 'open'])
  assert.deepEqual({ code, stdout }, { code: 7, stdout: '' })
  assert.match(stderr, /with broker\.mode external no pairing window can be opened/)
  gateway.kill('SIGTERM')
  await gateway.end()
})
