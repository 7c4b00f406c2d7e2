import { first } from './0001-first.ts'
import { decisions } from './0002-decisions.ts'
import { rawOfOrders } from './0003-raw-of-orders.ts'
import { paymentsByReference } from './0004-payments-by-reference.ts'
import { upkeep } from './0005-upkeep.ts'
import { openDeliveries } from './0006-open-deliveries.ts'
import { firstWords } from './0007-first-words.ts'
import { tickets } from './0008-tickets.ts'
import { heardAt } from './0009-heard-at.ts'
import { deviceSettings } from './0010-device-settings.ts'
import { ordersForPeople } from './0011-orders-for-people.ts'
import { mosquittoLogins } from './0012-mosquitto-logins.ts'
import { audit } from './0013-audit.ts'
import { formerDevices } from './0014-former-devices.ts'
import { boxes } from './0015-boxes.ts'
import { pairing } from './0016-pairing.ts'
import { boxUpkeep } from './0017-box-upkeep.ts'
import { checks } from './0018-checks.ts'
import { rawByNumber } from './0019-raw-by-number.ts'
import { paymentsWithRaw } from './0020-payments-with-raw.ts'

/** All migrations in order; the database's `user_version` counts how many it has had. */
export const MIGRATIONS: readonly string[] = [
  first,
  decisions,
  rawOfOrders,
  paymentsByReference,
  upkeep,
  openDeliveries,
  firstWords,
  tickets,
  heardAt,
  deviceSettings,
  ordersForPeople,
  mosquittoLogins,
  audit,
  formerDevices,
  boxes,
  pairing,
  boxUpkeep,
  checks,
  rawByNumber,
  paymentsWithRaw,
]
