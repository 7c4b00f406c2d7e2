import { proves } from './short.ts'
import { storm } from './storm.ts'

proves(
  'events told many times, mixed up and with other amounts, have one effect each; every conflict is a dead letter',
  storm,
)
