import { disk } from './disk.ts'
import { proves } from './short.ts'

proves('a disk that is full, read-only or failing loses nothing, is told within seconds, and needs no restart', disk)
