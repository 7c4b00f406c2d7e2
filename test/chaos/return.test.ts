import { returning } from './return.ts'
import { proves } from './short.ts'

proves('a shop full of devices is back within 30 s of a restart, each with its own messages', returning)
