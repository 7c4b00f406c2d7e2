import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimulatedHost } from '../../device-sim/host/simulated-host.ts'
import { Plugs } from '../../device-sim/ui/plugs.ts'
import { pageRoutes } from '../../device-sim/ui/routes.ts'
import { ScriptedDevice } from '../device-sim/ui/boxes.ts'
import { page } from './markdown.ts'

test('the page on the simulator’s page names every path of it, and no other', () => {
  const host = new SimulatedHost({ broker: { kind: 'embedded', port: 0 }, accounts: [], build: 5 })
  const shop = { devices: [new ScriptedDevice('vending', 'ID')], host, till: { bankAccount: '', terminalCode: '' } }
  const paths = pageRoutes(shop, new Plugs()).map(({ method, path }) => `${method} ${path}`)
  const named = [...page('docs/simulator-ui.md').matchAll(/^\| `((?:GET|POST) [^`]+)` \|/gm)].map(([, path]) => path)
  assert.deepEqual(named.toSorted(), ['GET /events', ...paths].toSorted())
})
