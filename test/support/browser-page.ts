import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { Chromium } from './chromium.ts'
import { type Picture, readPng } from './png.ts'

const DEADLINE_MS = 15_000
const LOOK_AGAIN_MS = 25
const KEYS = {
  Tab: { code: 'Tab', windowsVirtualKeyCode: 9 },
  Enter: { code: 'Enter', windowsVirtualKeyCode: 13, text: '\r' },
} as const

const created = z.looseObject({ targetId: z.string() })
const attached = z.looseObject({ sessionId: z.string() })
const evaluated = z.looseObject({
  result: z.looseObject({ value: z.unknown().optional() }),
  exceptionDetails: z.looseObject({ text: z.string(), exception: z.unknown().optional() }).optional(),
})
const named = z.looseObject({ value: z.string().optional() }).optional()
const accessible = z.looseObject({ nodes: z.array(z.looseObject({ role: named, name: named })) })
const CONTROLS = ['button', 'textbox', 'spinbutton', 'combobox', 'checkbox', 'link']
const shot = z.looseObject({ data: z.string() })
const rectangle = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() })

/** One page of a browser, as somebody with a keyboard has it before them. */
export class BrowserPage {
  readonly #chromium: Chromium
  readonly #session: string
  /** What the page has complained of: exceptions, and what its policy or the network refused. */
  readonly complaints: string[] = []

  private constructor(chromium: Chromium, session: string) {
    this.#chromium = chromium
    this.#session = session
    chromium.listen(session, (method, params) => {
      if (method === 'Runtime.exceptionThrown' || method === 'Log.entryAdded')
        this.complaints.push(JSON.stringify(params))
    })
  }

  /** @param before a script that runs before those of the page */
  static async open(
    chromium: Chromium,
    url: string,
    { width, before = '' }: { readonly width: number; readonly before?: string },
  ): Promise<BrowserPage> {
    const { targetId } = created.parse(await chromium.send('Target.createTarget', { url: 'about:blank' }))
    const flat = { targetId, flatten: true }
    const { sessionId } = attached.parse(await chromium.send('Target.attachToTarget', flat))
    const page = new BrowserPage(chromium, sessionId)
    for (const domain of ['Page', 'Runtime', 'Log']) await page.#send(`${domain}.enable`)
    await page.resize(width)
    await page.#send('Page.addScriptToEvaluateOnNewDocument', { source: before })
    await page.#send('Page.navigate', { url })
    return page
  }

  resize(width: number, mobile = false): Promise<unknown> {
    return this.#send('Emulation.setDeviceMetricsOverride', { width, height: 900, deviceScaleFactor: 1, mobile })
  }

  /** `light` or `dark`, as the system of the person has it. */
  prefer(scheme: 'light' | 'dark'): Promise<unknown> {
    return this.#send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] })
  }

  /** The value of an expression. @throws Error when it throws */
  async value(expression: string): Promise<unknown> {
    const asked = { expression, returnByValue: true, awaitPromise: true }
    const { result, exceptionDetails } = evaluated.parse(await this.#send('Runtime.evaluate', asked))
    if (exceptionDetails !== undefined) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`)
    return result.value
  }

  /** What is to be read in an element; empty when there is none. */
  async text(selector: string): Promise<string> {
    return String(await this.value(`document.querySelector(${JSON.stringify(selector)})?.innerText ?? ''`))
  }

  /** Resolves when the expression is true. @throws Error when it does not become so in time */
  async until(expression: string): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS
    while ((await this.value(`Boolean(${expression})`)) !== true) {
      if (performance.now() > deadline) {
        throw new Error(`not within ${DEADLINE_MS} ms: ${expression}; the page says: ${await this.text('body')}`)
      }
      await delay(LOOK_AGAIN_MS)
    }
  }

  async untilText(selector: string, words: string): Promise<void> {
    const [element, wanted] = [JSON.stringify(selector), JSON.stringify(words)]
    await this.until(`document.querySelector(${element})?.innerText.includes(${wanted})`)
  }

  async press(key: keyof typeof KEYS): Promise<void> {
    await this.#send('Input.dispatchKeyEvent', { type: 'keyDown', key, ...KEYS[key] })
    await this.#send('Input.dispatchKeyEvent', { type: 'keyUp', key, ...KEYS[key] })
  }

  /** Tabs on until the element has the focus. @throws Error when it never gets it */
  async tabTo(selector: string): Promise<void> {
    for (let presses = 0; presses < 60; presses += 1) {
      await this.press('Tab')
      if ((await this.value(`document.activeElement.matches(${JSON.stringify(selector)})`)) === true) return
    }
    throw new Error(`the focus never comes to ${selector}`)
  }

  /** Presses a button as a person does who has only a keyboard. */
  async push(selector: string): Promise<void> {
    await this.tabTo(selector)
    await this.press('Enter')
  }

  /** What somebody who listens to the page is told of its controls: role and name of each. */
  async controls(): Promise<{ readonly role: string; readonly name: string }[]> {
    const { nodes } = accessible.parse(await this.#send('Accessibility.getFullAXTree'))
    return nodes
      .map(({ role, name }) => ({ role: role?.value ?? '', name: name?.value ?? '' }))
      .filter(({ role }) => CONTROLS.includes(role))
  }

  /** A photograph of an element, as it is on the screen. */
  async photograph(selector: string): Promise<Picture> {
    const expression = `(() => {
      const { x, y, width, height } = document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect()
      return { x: x + scrollX, y: y + scrollY, width, height }
    })()`
    const clip = { ...rectangle.parse(await this.value(expression)), scale: 1 }
    const params = { format: 'png', clip, captureBeyondViewport: true }
    return readPng(Buffer.from(shot.parse(await this.#send('Page.captureScreenshot', params)).data, 'base64'))
  }

  #send(method: string, params: object = {}): Promise<unknown> {
    return this.#chromium.send(method, params, this.#session)
  }
}
