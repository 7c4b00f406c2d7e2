import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FleetError, membersOf, parseFleet } from '../../../device-sim/fleet/fleet-file.ts'

function problem(text: string): string {
  try {
    parseFleet(text, 'f.yaml')
  } catch (error) {
    if (error instanceof FleetError) return error.message
    throw error
  }
  assert.fail('it was read without a word')
}

test('devices have names of their own and are spread evenly over the points of sale', () => {
  const members = membersOf(parseFleet('{ terminals: 2, devices: { soundbox: 3, pos: 1 } }', 'f'))
  assert.deepEqual(
    members.map(({ id, terminal }) => `${id}@${terminal}`),
    ['soundbox-1@0', 'soundbox-2@1', 'soundbox-3@0', 'pos-1@0'],
  )
})

test('5000 devices are a fleet, 5001 are refused, and so is none', () => {
  assert.equal(membersOf(parseFleet('devices: { soundbox: 4000, paybox: 1000 }', 'f')).length, 5000)
  assert.match(problem('devices: { soundbox: 4000, paybox: 1001 }'), /f\.yaml: devices: should be 1 to 5000 in all/)
  assert.match(problem('devices: {}'), /f\.yaml: devices: should be 1 to 5000 in all/)
})

test('what cannot be is named with its place and what would be right', () => {
  const devices = 'devices: { soundbox: 1 }\n'
  assert.match(problem(`${devices}for: 60`), /f\.yaml: for: should be a time such as 30s or 5m/)
  assert.match(
    problem(`${devices}payments: { perSecond: 1001 }`),
    /payments\.perSecond: should be a number from 0 to 1000/,
  )
  assert.match(problem(`${devices}orders: { perSecond: 1 }`), /orders: needs a vending machine or a pos/)
  assert.match(problem(''), /devices: should be how many of each kind: paybox, /)
  assert.match(problem('devices: { robot: 1 }'), /devices: Unrecognized key: "robot"/)
})
