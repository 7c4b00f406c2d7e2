#!/usr/bin/env node
import { launch } from '../gateway/launch.mjs'

await launch('vietqr-sim', import.meta.url, 'device-sim')
