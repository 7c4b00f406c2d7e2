import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { Alarms } from '../../gateway/alarms.ts'
import { createLogger } from '../../gateway/log.ts'
import { Happenings } from '../support/happenings.ts'
import { ManualClock } from '../support/manual-clock.ts'

const silent = createLogger({ level: 'silent', pretty: false })
const HELD = { kind: 'order-held', subject: 'ORDER1', text: 'a person decides' } as const

test('an alarm is posted to the webhook and given to the command, as one JSON object', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vietqr-alarm-'))
  const file = join(folder, 'alarm.json')
  const { promise: posted, resolve } = Promise.withResolvers<string>()
  const server = createServer((request, response) => {
    void text(request).then(body => {
      response.end()
      resolve(body)
    })
  }).listen(0, '127.0.0.1')
  await new Promise(listening => server.once('listening', listening))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const targets = {
    webhook: `http://127.0.0.1:${port}/hook`,
    command: `cat > '${file}.new' && mv '${file}.new' '${file}'`,
  }
  new Alarms('shop-1', targets, new ManualClock(), silent).raise(HELD)

  const said = JSON.parse(await posted)
  assert.deepEqual([said.site, said.kind, said.subject, said.text], ['shop-1', 'order-held', 'ORDER1', HELD.text])
  const happenings = new Happenings()
  const look = setInterval(happenings.happened, 20)
  const written = (): boolean => {
    try {
      return JSON.parse(readFileSync(file, 'utf8')).subject === 'ORDER1'
    } catch {
      return false
    }
  }
  await happenings.until(written, 'the command to be told')
  clearInterval(look)
  server.closeAllConnections()
  server.close()
  rmSync(folder, { recursive: true })
})

test('the same alarm is not told again for ten minutes; another one is', async () => {
  const told: string[] = []
  const log = { ...silent, error: (_: unknown, words: string) => told.push(words) }
  const clock = new ManualClock()
  const alarms = new Alarms('shop-1', {}, clock, Object.assign(Object.create(silent), log))
  alarms.raise(HELD)
  alarms.raise(HELD)
  alarms.raise({ ...HELD, subject: 'ORDER2' })
  assert.equal(told.length, 2)
  await clock.advance(600_000)
  alarms.raise(HELD)
  assert.equal(told.length, 3)
})
