#!/usr/bin/env node
import { launch } from './launch.mjs'

void launch('vietqr-gateway', import.meta.url, 'gateway')
