export { freePort } from '../../device-sim/stage/free-port.ts'
