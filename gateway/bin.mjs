#!/usr/bin/env node
import { launch } from './launch.mjs'

await launch('vietqr-gateway', import.meta.url, 'gateway')
