import assert from 'node:assert/strict'
import type { ReadmeShop } from './readme-shop.ts'

/** One command README.md shows, and what has to come of it. */
export interface Covered {
  /** The beginning of the command, as the page has it. */
  readonly command: string
  /** What it prints. */
  readonly says: RegExp
  /** It stays open, in a window of its own, which is called this. */
  readonly window?: string
  /** What else happens. */
  readonly effect?: (shop: ReadmeShop) => Promise<void>
}

const GATEWAY = 'npm run -s gateway -- '
const SIM = 'npm run -s sim -- '
const NOTHING = /^$/
const PAY = `curl -s http://127.0.0.1:9090/pay -H 'content-type: application/json' -d `
const POS = 'mosquitto_pub -h 127.0.0.1 -p 1883 -i pos-1.hand -u pos-1 -P PASSWORD -q 1 -t gw/v1/pos-1/'

/** Step 7 of the technician; the other two are sent back to it. */
export const PAY_ORDER = `${PAY}'{"orderId":"ORDER"}'`

/** What the tester types into the vending machine. */
export const VENDING_KEYS = 'order 25000 A1'

export const COVERED: readonly Covered[] = [
  { command: `${SIM}host`, says: /"ready":true/, window: 'host' },
  { command: `${GATEWAY}init`, says: /wrote .*gateway\.yaml/, effect: async shop => shop.editConfig() },
  { command: 'mkdir -m 700 secrets', says: NOTHING },
  { command: 'install -m 600 /dev/null secrets/host-password', says: NOTHING },
  { command: `${GATEWAY}config check`, says: /valid: .*gateway\.yaml/ },
  { command: `${GATEWAY}terminals add QUAY01`, says: /terminal QUAY01 added/ },
  { command: `${GATEWAY}run`, says: /host link is up/, window: 'gateway' },
  { command: `${GATEWAY}status`, says: /^ready: yes$/m },
  { command: 'curl -s http://127.0.0.1:8080/readyz', says: /"ready":true/ },
  { command: `${GATEWAY}devices pair soundbox`, says: /^password: \S{43}$[\s\S]*▀/m },
  { command: `${GATEWAY}devices list`, says: /soundbox-1 +soundbox/ },
  { command: `${GATEWAY}orders create`, says: /▀[\s\S]*^order: [0-9A-Z]{13}$/m },
  {
    command: PAY_ORDER,
    says: /"referenceNumber"/,
    effect: shop => shop.window('gateway').says(/"match":"exact"/),
  },
  { command: `${GATEWAY}payments list`, says: /exact/ },
  { command: `${GATEWAY}orders show ORDER`, says: /^state: paid$/m },

  { command: `${GATEWAY}devices pair pos`, says: /^password: \S{43}$/m },
  { command: 'mosquitto_sub', says: /down\/config [\s\S]*down\/link .*"host":"up"/, window: 'pos' },
  { command: `${POS}up/status`, says: NOTHING },
  {
    command: `${POS}up/order`,
    says: NOTHING,
    async effect(shop) {
      await shop.window('pos').says(/down\/order .*"requestId":"try-1".*"state":"awaiting_payment".*"qrCode"/)
      shop.pendingBefore = await shop.pending()
    },
  },
  {
    command: `${POS}up/ack`,
    says: NOTHING,
    effect: async shop => assert.equal(await shop.pending(), shop.pendingBefore - 1),
  },

  { command: 'curl -s http://127.0.0.1:9090/orders?open=true', says: /^\[/ },
  {
    command: 'curl -s http://127.0.0.1:9090/pay-unmatched',
    says: /"referenceNumber"/,
    effect: shop => shop.window('gateway').says(/"match":"none","amount":7000/),
  },
  { command: `(umask 077; mkdir -p secrets; ${GATEWAY}--json devices pair vending`, says: NOTHING },
  {
    command: `${SIM}device vending`,
    says: /connected/,
    window: 'vending',
    async effect(shop) {
      shop.window('vending').type(VENDING_KEYS)
      await shop.window('vending').says(/"view":"order".*"qrCode"/)
    },
  },
  {
    command: `${PAY}'{"orderId":"ORDER","amount":5000}'`,
    says: /"referenceNumber"/,
    effect: shop => shop.window('vending').says(/"state":"underpaid"/),
  },
  {
    command: `${PAY}'{"orderId":"ORDER","amount":20000}'`,
    says: /"referenceNumber"/,
    effect: shop => shop.window('vending').says(/"effect":"dispense".*"item":"A1"/),
  },
]

/** Not run: each would install, or run the tests or the sandbox within a test. What they name is looked at instead. */
export const KNOWN_BY_NAME: readonly string[] = [
  'npm ci && npm start',
  'npm ci && npm test',
  'npm start -- --once',
  'EVERY_TEST=1 npm test',
  'npm run check',
  'npm run docs',
  'npm run chaos',
  'npm run bench -- relay',
  'apt-get install mosquitto mosquitto-clients',
  'apt-get install chromium',
]
