import { UiServer } from '../ui/ui-server.ts'
import { UiShop } from '../ui/ui-shop.ts'
import type { UiOptions } from './commands/ui.ts'
import { untilStopped } from './until-stopped.ts'

/** Opens a shop and its page until the process is asked to stop. @throws Error when it cannot be opened */
export async function runUi({ port }: UiOptions): Promise<void> {
  const stopped = untilStopped()
  process.stderr.write('Starting a whole shop on this machine …\n')
  await using shop = await UiShop.open()
  const server = new UiServer(shop, port)
  try {
    const page = await server.start()
    process.stdout.write(`${JSON.stringify({ ready: true, page, control: shop.control })}\n`)
    process.stderr.write(`Open ${page} in a browser. Ctrl-C closes the shop.\n`)
    await stopped
  } finally {
    await server.stop()
  }
}
