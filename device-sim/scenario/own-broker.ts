import { faultsSchema } from '../host/faults.ts'
import type { Scenario } from './scenario-file.ts'

/** Why a story cannot be played where VietQR's broker is not the simulated host's own, or null. */
export function whyOwnBroker({ shop, story }: Scenario): string | null {
  const faults = [shop.host.faults, ...story.filter(({ said }) => said === 'has faults').map(({ value }) => value)]
  const cuts = faults.some(given => (faultsSchema.safeParse(given).data?.disconnects ?? 0) > 0)
  return cuts ? 'its fault disconnects: only a broker of the simulated host itself can cut the gateway off' : null
}
