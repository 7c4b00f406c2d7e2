import { checkpoint } from './checkpoint.ts'
import { proves } from './short.ts'

proves('killed in the middle of a checkpoint, it has a sound database with every payment', checkpoint)
