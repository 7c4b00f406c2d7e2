import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Partner } from '../partner.ts'
import { SimProgram } from './sim-program.ts'

const refused = {
  expired: /certificate has expired/,
  'wrong-name': /does not match certificate's altnames/,
  'self-signed': /self-signed certificate/,
}

describe('vietqr-sim host --certificate', { concurrency: 2 }, () => {
  it('good is trusted by who trusts its authority', async () => {
    await using program = new SimProgram(['host', '--certificate', 'good'])
    const { url, ca } = await program.prints(line => line.ready === true, 'it is ready')
    await using _partner = await Partner.connect(String(url), [], { ca: readFileSync(String(ca), 'utf8') })
  })

  for (const [kind, words] of Object.entries(refused)) {
    it(`${kind} is refused by who trusts its authority`, async () => {
      await using program = new SimProgram(['host', '--certificate', kind])
      const { url, ca } = await program.prints(line => line.ready === true, 'it is ready')
      await assert.rejects(Partner.connect(String(url), [], { ca: readFileSync(String(ca), 'utf8') }), words)
    })
  }
})
