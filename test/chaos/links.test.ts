import { links } from './links.ts'
import { proves } from './short.ts'

proves('slow, broken, half-open and refused lines end in every message delivered once', links)
