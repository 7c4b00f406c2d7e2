import { z } from 'zod'
import { shown } from '../../../protocol/shown.ts'
import { hostPort, isLoopback } from '../addresses.ts'
import { duration, httpListen, numberBetween, oneOf, path, text, webUrl } from '../fields.ts'
import { rule } from '../rules.ts'

/** Health, metrics, API and dashboard. */
export function httpSection(folder: string) {
  return z
    .strictObject({
      listen: httpListen().prefault('127.0.0.1:8080').meta({
        description: 'Address and port of health, metrics and dashboard. Off loopback a token is required.',
      }),
      tokenFile: path(folder, './secrets/http-token').optional().meta({
        description: 'File (mode 0600) that holds the token callers must show.',
      }),
    })
    .check(
      rule(['listen', 'tokenFile'], ({ listen, tokenFile }, wrong) => {
        if (tokenFile === undefined && !isLoopback(listen.host)) {
          wrong(
            ['tokenFile'],
            `is missing, but other machines can reach http.listen ${hostPort(listen)}; name a file with a random token (mode 0600), or listen on 127.0.0.1`,
          )
        }
      }),
    )
}

export function paymentsSection() {
  return z.strictObject({
    confirm: oneOf(['never', 'release', 'always']).prefault('release').meta({
      description:
        'When the host is asked whether a payment is true: never, before goods are released or a customer is called (release), or before anybody is told (always).',
    }),
    orderTtl: duration('1s', '20d').prefault('5m').meta({ description: 'How long an order can be paid.' }),
    lateGrace: duration('0s', '20d').prefault('10m').meta({
      description: 'How long after its end an order is still looked after, so that late money is found and told.',
    }),
    lookup: lookupSection().prefault({}).meta({ description: 'How often the host is asked about open orders.' }),
  })
}

function lookupSection() {
  return z
    .strictObject({
      first: duration('100ms', '1d').prefault('10s').meta({ description: 'Time to the first question.' }),
      max: duration('100ms', '1d').prefault('60s').meta({ description: 'The longest time between two questions.' }),
      perSecond: numberBetween(0, 1000)
        .prefault(5)
        .meta({ description: 'The most questions in a second, all orders together.' }),
    })
    .check(
      rule(['first', 'max'], ({ first, max }, wrong) => {
        if (max < first) wrong(['max'], 'is shorter than payments.lookup.first; make it equal or longer')
      }),
    )
}

export function voiceSection() {
  return z.strictObject({
    language: oneOf(['vi', 'en']).prefault('vi').meta({ description: 'Language of announcements: vi or en.' }),
    region: oneOf(['north', 'south']).prefault('north').meta({
      description: 'How Vietnamese amounts are read: north (nghìn, linh) or south (ngàn, lẻ).',
    }),
  })
}

export function alarmsSection() {
  return z.strictObject({
    webhook: webUrl('https://chat.example/hook').optional().meta({
      description: 'Web address every alarm is posted to.',
    }),
    command: text('a command', '/usr/local/bin/shop-alarm').optional().meta({
      description: 'Command for the shell, started for every alarm.',
    }),
  })
}

export function retentionSection() {
  return z.strictObject({
    payments: duration('1h', '36500d').prefault('400d').meta({ description: 'How long payments and orders are kept.' }),
    raw: duration('1h', '36500d')
      .prefault('30d')
      .meta({ description: 'How long the messages of the host are kept as they came.' }),
  })
}

export function logSection() {
  return z.strictObject({
    level: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).prefault('info').meta({
      description: 'The least important level that is written: trace, debug, info, warn, error, fatal or silent.',
    }),
    pretty: z
      .literal(['auto', true, false], { error: issue => `is ${shown(issue.input)}; use auto, true or false` })
      .prefault('auto')
      .meta({
        description: 'Coloured lines for people (true) or JSON (false); auto: for people where stderr is a terminal.',
      }),
  })
}
