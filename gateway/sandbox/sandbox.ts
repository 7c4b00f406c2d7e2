import { once } from 'node:events'
import { drawQrWithin } from '../cli/qr.ts'
import { harmless } from '../cli/text.ts'
import { MERCHANT_TERMINAL, PLAIN_TERMINAL, SandboxShop } from './sandbox-shop.ts'
import { type Step, Walk } from './walk.ts'

export interface SandboxOptions {
  /** Walk the path once and end, instead of staying. */
  readonly once: boolean
  /** The last line is one JSON value. */
  readonly json: boolean
  readonly quiet: boolean
  readonly dataDir: string | undefined
}

/** Runs the whole thing on loopback; the exit code of the program: 1 if any effect is missing. */
export async function runSandbox(options: SandboxOptions): Promise<number> {
  const say = (line: string): void => {
    if (!options.quiet && !options.json) process.stdout.write(`${line}\n`)
  }
  say('Starting a whole shop on this machine …')
  // Heard from the first moment on, so that what is half open is closed again.
  const stopped = stopSignal()
  const shop = await SandboxShop.open(options.dataDir)
  try {
    say(banner(shop))
    const walk = new Walk(shop, step => say(stepLine(step)))
    const draw = (qrCode: string): void => say(`\n${drawQrWithin(qrCode, process.stdout.columns ?? 80)}\n`)
    const outcome = await Promise.race([walk.run(draw), stopped])
    if (outcome === 'stopped') return options.once ? 1 : 0
    if (options.once || !outcome) return finish(walk.steps, outcome, options)
    say(invitation(shop))
    await stopped
    say('\nStopping …')
    return 0
  } finally {
    await shop.stop()
  }
}

async function stopSignal(): Promise<'stopped'> {
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  return 'stopped'
}

function finish(steps: readonly Step[], ok: boolean, { json, quiet }: SandboxOptions): number {
  if (json) {
    const told = steps.map(({ step, ok: happened, ms }) => ({ step, ok: happened, ms }))
    process.stdout.write(`${JSON.stringify({ ok, steps: told })}\n`)
  } else if (!quiet || !ok) {
    const missing = steps.filter(step => !step.ok).map(step => step.step)
    process.stdout.write(ok ? '\nEvery device did what it should.\n' : `\nMissing: ${missing.join(', ')}\n`)
  }
  return ok ? 0 : 1
}

function banner({ places }: SandboxShop): string {
  return [
    '',
    '  VietQR (simulated)      ',
    places.host,
    '\n',
    '  its control port        ',
    places.control,
    '\n',
    '  gateway, for devices    ',
    places.broker.join('  '),
    '\n',
    '  gateway, health         ',
    `${places.http}/readyz`,
    '\n',
    '  the page, for a browser ',
    places.page,
    '\n',
    '  configuration           ',
    places.config,
    '\n',
    `  ${MERCHANT_TERMINAL}: paybox, soundbox, counter call, vending machine · ${PLAIN_TERMINAL}: pos\n`,
  ].join('')
}

function stepLine({ ok, ms, words }: Step): string {
  return `  ${ok ? '✓' : '✗'} ${harmless(words)}  (${ms} ms)`
}

/** What a person can do now, as commands to copy. */
function invitation({ places }: SandboxShop): string {
  const gateway = `npm run -s gateway -- --config ${places.config}`
  return [
    '',
    `The shop stays open. Its devices, and a phone that pays, in a browser: ${places.page}`,
    'In another terminal:',
    `  ${gateway} status`,
    `  ${gateway} orders create --terminal ${MERCHANT_TERMINAL} --amount 45000 --wait`,
    `  curl -X POST ${places.control}/pay -H 'content-type: application/json' -d '{"orderId":"…"}'`,
    `  ${gateway} payments list`,
    'Ctrl-C closes it.',
  ].join('\n')
}
