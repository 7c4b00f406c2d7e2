import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseScenario, ScenarioError } from '../../../device-sim/scenario/scenario-file.ts'

const SHOP = 'name: x\nshop: { devices: [vending] }\nstory:\n'

function problem(text: string): string {
  try {
    parseScenario(text, 'a.yaml')
  } catch (error) {
    if (error instanceof ScenarioError) return error.message
    throw error
  }
  assert.fail('it was read without a word')
}

test('a line that cannot be understood is named, with what could be said', () => {
  const wrong: readonly (readonly [line: string, words: RegExp])[] = [
    ['machine orders: 5', /story\[0\]: nobody is called machine; there are vending, customer,/],
    ['vending flies', /story\[0\]: vending cannot “flies”; it can: orders,/],
    ['vending orders: much', /story\[0\]: vending orders: /],
    ['customer pays: { sum: 5 }', /story\[0\]: customer pays: /],
    ['time passes: 5', /should be a time such as 500ms or 2s|expected string/],
    ['vending goes off: now', /takes no value/],
  ]
  for (const [line, words] of wrong) assert.match(problem(`${SHOP}  - ${line}\n`), words)
})

test('a shop that cannot be is refused with its place in the file', () => {
  assert.match(
    problem('name: x\nshop: { devices: [robot] }\nstory: [customer pays twice]'),
    /a\.yaml: shop\.devices\.0\.kind: is "?robot"?; use paybox, /,
  )
  assert.match(problem('name: x\nshop: { devices: [pos, pos] }\nstory: [customer pays twice]'), /pos is there twice/)
  assert.match(
    problem('name: x\ncovers: [Z1]\nstory: [customer pays twice]'),
    /covers\.0: should be T or F and a number/,
  )
  assert.match(problem('name: x\nstory: []'), /a\.yaml: story: should be a list of at least one line/)
  assert.match(problem('name: x\nstory: [5]'), /a\.yaml: story\.0: should be a line such as/)
  assert.match(problem('story: [customer pays twice]'), /a\.yaml: name: should be one sentence/)
  assert.match(problem(''), /a\.yaml: it should have name, shop and story/)
  assert.match(
    problem('name: x\nshop: { devices: [5] }\nstory: [customer pays twice]'),
    /devices\.0: should be a kind, or/,
  )
  assert.match(
    problem('name: x\nshop: { devices: [{ kind: pos, bufer: 5 }] }\nstory: [customer pays twice]'),
    /devices\.0: bufer is no quirk; there are buffer, /,
  )
  assert.match(problem('name: [\n'), /^a\.yaml: /)
})

test('a device has its kind for a name unless it is given another', () => {
  const { shop } = parseScenario(
    `name: x\nshop: { devices: [pos, { kind: pos, id: till-2 }] }\nstory: [till-2 cancels]`,
    'a',
  )
  assert.deepEqual(
    shop.devices.map(({ id }) => id),
    ['pos', 'till-2'],
  )
})

test('a box of VietQR is activated unless it says otherwise, and what only boxes have is refused elsewhere', () => {
  const shop = (device: string): string => `name: x\nshop: { devices: [${device}] }\nstory: [customer pays twice]`
  const [first] = parseScenario(shop('vietqr-box'), 'a').shop.devices
  assert.deepEqual(first, {
    kind: 'vietqr-box',
    id: 'vietqr-box',
    account: undefined,
    quirks: {},
    mac: undefined,
    shopName: 'Quán mẫu',
    activated: true,
  })
  assert.match(problem(shop('{ kind: vending, activated: false }')), /activated are for vietqr-box/)
  assert.match(problem(shop('{ kind: vietqr-box, counter: "2" }')), /has no counter/)
  assert.match(problem(shop('{ kind: vietqr-box, mac: aabb }')), /should be a MAC such as/)
})
