import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { cli, gatewayIn, json, type Program, shop } from '../../gateway/cli/support.ts'
import { SimProgram } from './sim-program.ts'

const MERCHANT = '9990000001'
const PLAIN = '9990000002'

/** One step of the report, as a script reads it. */
interface Step {
  readonly step: string
  readonly outcome: string
  readonly details: readonly string[]
}

describe('vietqr-sim acceptance', () => {
  let host: SimProgram
  let control: string
  let folder: string
  let gateway: Program
  before(async () => {
    host = new SimProgram(['host', '--seed', '7'])
    const ready = await host.prints(line => line.ready === true, 'the host is ready')
    control = String(ready.control)
    folder = shop({ url: String(ready.url), more: 'payments: { lookup: { first: 1s, max: 1s } }' })
    gateway = await gatewayIn(folder)
    await gateway.says(/the host link is up/)
    await addTerminal('QUAY01', MERCHANT, 'NGUYEN VAN THU')
  })
  after(async () => {
    gateway.kill('SIGTERM')
    await gateway.end()
    await host[Symbol.asyncDispose]()
  })

  async function addTerminal(code: string, account: string, holder: string): Promise<void> {
    const bank = ['--bank-code', 'MB', '--bank-account', account]
    const { code: exit, stderr } = await cli(folder, ['terminals', 'add', code, ...bank, '--holder', holder])
    assert.equal(exit, 0, stderr)
  }

  async function payShown(program: SimProgram): Promise<void> {
    await program.says(/Pay this code now: order \S+,/)
    const [order] = await json(folder, ['orders', 'list', '--limit', '1'])
    const init = { method: 'POST', headers: { 'content-type': 'application/json' } }
    const paid = await fetch(`${control}/pay`, { ...init, body: JSON.stringify({ orderId: order.orderId }) })
    assert.equal(paid.status, 200)
  }

  it('passes with an account of the merchant service: all steps, and a report to send', async () => {
    await using program = new SimProgram(['acceptance', '--gateway', 'gateway.yaml', '--report', 'report.md'], folder)
    await payShown(program)
    const { code, stdout, stderr } = await program.end()
    assert.equal(code, 0, stderr)
    const marks = stdout.split('\n').filter(line => line.startsWith('['))
    assert.deepEqual(
      marks.map(line => line.replace(/, \d+ ms$/, '')),
      [
        '[x] Connect and subscribe: ok',
        '[x] Create a code (vietqr/request/QUAY01): ok',
        '[x] Receive the code (vietqr/response/QUAY01): ok',
        '[x] Look up a transaction (vietqr/request-status): ok',
        '[-] Simulate a payment: skipped',
        '[x] Receive a balance change (vietqr/bdsd): ok',
      ],
    )
    assert.match(stdout, /account: \*{6}0001$/m)
    assert.ok(!stdout.includes(MERCHANT))
    assert.match(stdout, /Every step that applies was passed\./)
    assert.equal(readFileSync(join(folder, 'report.md'), 'utf8'), stdout)
  })

  it('trace tells the way of its payment, by order and by reference, in the order of time', async () => {
    const [{ orderId, referenceNumber }] = await json(folder, ['payments', 'list', '--limit', '1'])
    const [byOrder, byReference] = await Promise.all([
      json(folder, ['trace', orderId]),
      json(folder, ['trace', referenceNumber]),
    ])
    assert.deepEqual(byOrder, byReference)
    const steps: readonly { ms: number; step: string }[] = byOrder.steps
    assert.deepEqual(
      steps.map(({ step }) => step),
      ['ordered', 'payment', 'paid', 'confirmed'],
    )
    assert.deepEqual(
      steps.map(({ ms }) => ms),
      steps.map(({ ms }) => ms).toSorted((one, other) => one - other),
    )
    assert.equal((await cli(folder, ['trace', 'NOWHERE'])).code, 5)
    assert.match((await cli(folder, ['trace', orderId])).stdout, /^ +\+0 ms {2}ordered {4}order \S+ of 2000 VND$/m)
  })

  it('says of an account without balance changes what is missing, and exits 1', async () => {
    await addTerminal('QUAY02', PLAIN, 'TRAN THI NGHIEM')
    const args = ['acceptance', '--gateway', 'gateway.yaml', '--terminal', 'QUAY02', '--json']
    await using program = new SimProgram(args, folder)
    await payShown(program)
    const { code, stdout, stderr } = await program.end()
    assert.equal(code, 1)
    assert.match(stderr, /not passed: balance-change/)
    const report: { ok: boolean; steps: readonly Step[] } = JSON.parse(stdout)
    assert.equal(report.ok, false)
    const outcomes = Object.fromEntries(report.steps.map(({ step, outcome }) => [step, outcome]))
    assert.equal(outcomes.simulate, 'ok')
    assert.equal(outcomes['balance-change'], 'failed')
    assert.match(report.steps.at(-1)?.details.join(' ') ?? '', /found by lookup; no balance change came/)
  })

  it('nobody pays: the order is cancelled and the step says so', async () => {
    const args = ['acceptance', '--gateway', 'gateway.yaml', '--terminal', 'QUAY01', '--wait', '1s']
    await using program = new SimProgram(args, folder)
    const { code, stdout } = await program.end()
    assert.equal(code, 1)
    assert.match(stdout, /was not paid within 1 s/)
    const [order] = await json(folder, ['orders', 'list', '--limit', '1'])
    assert.equal(order.state, 'cancelled')
  })

  it('what cannot begin says what would be right', async () => {
    const ends = await Promise.all(
      [
        ['acceptance'],
        ['acceptance', '--gateway', 'nowhere.yaml'],
        ['acceptance', '--gateway', 'gateway.yaml', '--terminal', 'QUAY99', '--wait', '0'],
        ['acceptance', '--gateway', 'gateway.yaml', '--wait', '5'],
      ].map(args => new SimProgram(args, folder).end()),
    )
    assert.deepEqual(
      ends.map(({ code }) => code),
      [2, 3, 5, 2],
    )
    const nobody = await new SimProgram(['acceptance', '--gateway', 'gateway.yaml'], shop()).end()
    assert.equal(nobody.code, 4)
    assert.match(nobody.stderr, /the gateway is not running; start it with "vietqr-gateway run"/)
  })
})
