import { FAULT_NAMES, FAULTS, type FaultValues, faultsSchema, switchOf } from '../faults.ts'
import type { SimulatedHost } from '../simulated-host.ts'
import { asks, does, nothing, type Route } from './route.ts'

/** What is to go wrong, from the next message on. */
export function faultRoutes({ faults }: SimulatedHost): readonly Route[] {
  const after = (change: () => void): FaultValues => {
    change()
    return faults.values
  }
  return [
    asks('GET', '/faults', null, 'the faults as they are set', nothing, () => faults.values),
    asks('GET', '/faults/list', null, 'what faults there are and what they do', nothing, () =>
      FAULT_NAMES.map(described),
    ),
    does(
      'PUT',
      '/faults',
      '{NAME: VALUE, …}',
      'exactly these faults; what is left out is in good health',
      faultsSchema,
      body => after(() => faults.replace(body)),
    ),
    does('PATCH', '/faults', '{NAME: VALUE, …}', 'changes these faults and no others', faultsSchema, body =>
      after(() => faults.change(body)),
    ),
    asks('DELETE', '/faults', null, 'everything in good health', nothing, () => after(() => faults.replace({}))),
  ]
}

function described(name: keyof FaultValues) {
  const { takes, healthy, words } = FAULTS[name]
  return { name, switch: switchOf(name), takes: takes ?? 'true or false', healthy, words }
}
