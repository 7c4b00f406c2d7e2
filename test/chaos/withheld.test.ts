import { proves } from './short.ts'
import { withheld } from './withheld.ts'

proves('what the host stored in silence during an outage is found afterwards, and nothing else', withheld)
