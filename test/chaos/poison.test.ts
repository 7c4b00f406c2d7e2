import { poison } from './poison.ts'
import { proves } from './short.ts'

proves(
  'between messages that cannot be used all good ones are delivered, and the bad ones are exactly the dead letters',
  poison,
)
