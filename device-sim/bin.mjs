#!/usr/bin/env node
import { launch } from '../gateway/launch.mjs'

void launch('vietqr-sim', import.meta.url, 'device-sim')
