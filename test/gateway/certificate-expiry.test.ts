import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { CertificateExpiry } from '../../gateway/certificate-expiry.ts'
import { makeAuthority } from '../support/certificates.ts'
import { Happenings } from '../support/happenings.ts'
import { ManualClock } from '../support/manual-clock.ts'

const DAY = 86_400_000
const START = Date.UTC(2026, 0, 5)

async function scene(t: TestContext, ...certificates: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'expiry-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = join(folder, 'cert.pem')
  await writeFile(file, certificates.join('\n'))
  const clock = new ManualClock(START)
  const said: string[] = []
  const ends: number[] = []
  const happenings = new Happenings()
  let looks = 0
  const looked = (): void => {
    looks += 1
    happenings.happened()
  }
  const expiry = new CertificateExpiry([{ name: 'broker', file, remedy: 'renew it' }], clock, {
    lasts: (_, until) => {
      ends.push(until)
      looked()
    },
    expiring: (_, days, text) => said.push(`${days}: ${text.slice(text.indexOf('runs') + 1 || text.indexOf('ran'))}`),
    trouble: error => {
      said.push(String(error))
      looked()
    },
  })
  t.after(() => expiry.stop())
  /** Half a day each, and what is read from disk meanwhile. */
  const halfDays = async (count: number): Promise<void> => {
    for (let look = 0; look < count; look += 1) {
      const before = looks
      await clock.advance(DAY / 2)
      await happenings.until(() => looks > before, 'the certificate was looked at')
      // What a look has to say of days comes right behind it.
      await Promise.resolve()
    }
  }
  return { ends, expiry, file, halfDays, said }
}

async function lasting(days: number): Promise<string> {
  const authority = await makeAuthority()
  const issued = { names: ['shop.example'], notBefore: new Date(START - DAY), notAfter: new Date(START + days * DAY) }
  return (await authority.issue(issued)).cert
}

test('people are told once at 60, 30 and 7 days and when it has run out, and not before', async t => {
  const { ends, expiry, halfDays, said } = await scene(t, await lasting(61))
  await expiry.start()
  await halfDays(1)
  assert.deepEqual([said, ends[0]], [[], START + 61 * DAY])
  await halfDays(1)
  assert.deepEqual(
    said.map(line => line.split(':')[0]),
    ['60'],
  )
  await halfDays(2 * 29)
  assert.equal(said.length, 1)
  await halfDays(2 * 32)
  assert.deepEqual(
    said.map(line => line.split(':')[0]),
    ['60', '30', '7', '0'],
  )
})

test('a certificate that is nearly over when the gateway starts is told at once, once, with the remedy', async t => {
  const { expiry, halfDays, said } = await scene(t, await lasting(5))
  await expiry.start()
  await halfDays(4)
  assert.deepEqual(said, ['7: uns out on 2026-01-10, in 5 days at most: renew it'])
})

test('a renewed certificate is told of anew; of several in one file the last to run out counts', async t => {
  const { expiry, halfDays, file, said } = await scene(t, await lasting(20))
  await expiry.start()
  await writeFile(file, (await lasting(20)) + (await lasting(400)))
  await halfDays(2)
  await writeFile(file, await lasting(20))
  await halfDays(1)
  assert.equal(said.filter(line => line.startsWith('30')).length, 2)
})

test('a file that is gone or is no certificate is trouble, and the next look is made all the same', async t => {
  const { expiry, halfDays, file, said } = await scene(
    t,
    '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
  )
  await expiry.start()
  await rm(file)
  await halfDays(1)
  await writeFile(file, await lasting(3))
  await halfDays(1)
  assert.equal(said.length, 3)
  assert.match(said[2] ?? '', /^7:/)
})
