import { crashPoints } from './crash-points.ts'
import { proves } from './short.ts'

proves(
  'killed before and after each step of a payment, and again while it recovers, it goes on where it was',
  crashPoints,
)
