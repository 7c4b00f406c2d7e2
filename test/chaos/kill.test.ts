import { kill } from './kill.ts'
import { proves } from './short.ts'

proves('killed at any moment under load, the gateway loses no acknowledged payment and doubles no effect', kill)
