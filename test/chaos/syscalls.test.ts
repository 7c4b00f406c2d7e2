import { proves } from './short.ts'
import { syscalls } from './syscalls.ts'

proves('no PUBACK leaves for the host before the flush that covers its payment has ended', syscalls)
