import type Database from 'better-sqlite3'
import type { Db } from './database.ts'

/**
 * A statement that is compiled once per database, on first use. Named parameters as an object, rows as given by `Row`.
 * The row type is this folder's word for what the SQL selects; STRICT tables keep the database to it.
 */
export function prepared<Parameters extends object, Row = never>(
  sql: string,
): (db: Db) => Database.Statement<[Parameters], Row> {
  const compiled = new WeakMap<Db, Database.Statement<[Parameters], Row>>()
  return db => {
    const known = compiled.get(db)
    if (known !== undefined) return known
    const statement = db.prepare<[Parameters], Row>(sql)
    compiled.set(db, statement)
    return statement
  }
}
