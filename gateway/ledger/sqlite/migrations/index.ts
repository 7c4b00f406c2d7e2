import { first } from './0001-first.ts'
import { decisions } from './0002-decisions.ts'
import { rawOfOrders } from './0003-raw-of-orders.ts'

/** All migrations in order; the database's `user_version` counts how many it has had. */
export const MIGRATIONS: readonly string[] = [first, decisions, rawOfOrders]
