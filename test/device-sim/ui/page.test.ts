import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import jsqr from 'jsqr'
import type { Effect } from '../../../device-sim/devices/effects.ts'
import { UiServer } from '../../../device-sim/ui/ui-server.ts'
import { UiShop } from '../../../device-sim/ui/ui-shop.ts'
import { BrowserPage } from '../../support/browser-page.ts'
import { Chromium } from '../../support/chromium.ts'
import { needsChromium } from '../../support/needs.ts'

/** The browser's voice, written down in place of being heard. */
const LISTEN = `
globalThis.spoken = []
SpeechSynthesis.prototype.speak = ({ text, lang }) => spoken.push(lang + ' ' + text)`
const WIDTHS = [1280, 360]

describe('the page of the simulator, in a browser', { skip: needsChromium() }, () => {
  const effects: (Effect & { readonly deviceId: string })[] = []
  const parts = new AsyncDisposableStack()
  let shop: UiShop
  let server: UiServer
  let chromium: Chromium
  let address = ''
  let page: BrowserPage

  before(async () => {
    const [opened, started] = await Promise.all([UiShop.open(), Chromium.start()])
    shop = parts.use(opened)
    chromium = parts.use(started)
    for (const { deviceId, events } of shop.devices)
      events.on('effect', effect => effects.push({ ...effect, deviceId }))
    server = new UiServer(shop, 0)
    address = await server.start()
    parts.defer(() => server.stop())
    page = await BrowserPage.open(chromium, address, { width: 1280, before: LISTEN })
    await page.until(`document.querySelectorAll('[data-box]').length === 6`)
  })
  after(() => parts.disposeAsync())

  /** The text of the code the machine was last told to show, as the gateway wrote it. */
  function codeOf(deviceId: string): string {
    const shown = effects.findLast(effect => effect.deviceId === deviceId && 'qrCode' in effect)
    return shown !== undefined && 'qrCode' in shown ? (shown.qrCode ?? '') : ''
  }

  /** What a phone reads from a photograph of the screen. */
  async function scan(screen: string): Promise<string | undefined> {
    const { pixels, width, height } = await page.photograph(screen)
    return jsqr.default(pixels, width, height)?.data
  }

  async function assertFits(width: number, what: string): Promise<void> {
    assert.ok(Number(await page.value('document.documentElement.scrollWidth')) <= width, `${what} scrolls sideways`)
  }

  function typeAmount(selector: string, amount: number): Promise<unknown> {
    return page.value(`document.querySelector(${JSON.stringify(selector)}).value = ${amount}`)
  }

  it('greets in Vietnamese, with every control named and its focus seen', async () => {
    assert.equal(await page.value('document.documentElement.lang'), 'vi')
    assert.equal(await page.value('document.title'), 'Cửa hàng mô phỏng VietQR')
    await page.untilText('#connection', 'Đã kết nối')
    const controls = await page.controls()
    assert.ok(controls.length > 20, `there are ${controls.length} controls`)
    assert.deepEqual(
      controls.filter(({ name }) => name === ''),
      [],
    )
    await page.press('Tab')
    const { outlineStyle, outlineWidth } = Object(await page.value('({ ...getComputedStyle(document.activeElement) })'))
    assert.deepEqual({ outlineStyle, outlineWidth }, { outlineStyle: 'solid', outlineWidth: '3px' })
  })

  it('sells a can with the keyboard alone: the code is scanned from the screen, paid, and one can falls', async () => {
    await page.push('.vending [data-item=A3]')
    await page.until(`document.querySelectorAll('.vending .qr, .paybox .qr').length === 2`)
    const code = codeOf('vending-1')
    assert.match(code, /^000201/)
    assert.equal(await scan('.vending .code'), code)
    assert.equal(await scan('.paybox .code'), code)
    assert.match(await page.text('.vending .timer'), /^Còn (5:00|4:\d\d)$/)
    assert.match(await page.text('.vending .state'), /^Quét mã để trả 25\.000 đ$/)
    assert.match(await page.text('#codes'), /25\.000 đ · \w+ · trên vending-1, paybox-1/)

    await page.push('.phone button.main')
    await page.untilText('.vending .fallen', 'Đã rơi: 1')
    await page.untilText('.pos .books', 'Đã nhận 25.000 đ')
    await page.untilText('.soundbox .spoken', 'Đã nhận hai mươi lăm nghìn đồng')
    for (const box of ['vending', 'paybox']) {
      await page.untilText(`.${box} .state`, 'Đã thanh toán 25.000 đ')
      assert.equal(await page.value(`document.querySelector('.${box} .screen').dataset.look`), 'good')
    }
    assert.match(await page.text('.phone .receipt'), /^Đã chuyển 25\.000 đ · mã giao dịch \w+$/)
    assert.equal(
      await page.value(`document.querySelectorAll('.can').length - document.querySelectorAll('.shelf .can').length`),
      1,
    )
    assert.equal(await page.value(`document.querySelectorAll('.qr').length`), 0)
    assert.equal(effects.filter(({ effect }) => effect === 'dispense').length, 1)
    assert.deepEqual(await page.value('spoken'), ['vi-VN Đã nhận hai mươi lăm nghìn đồng'])
  })

  it('pays twice, and still only one more can falls', async () => {
    await page.push('.vending [data-item=A1]')
    await page.untilText('#codes', 'trên vending-1')
    await page.push('.phone [data-word=payTwice]')
    await page.untilText('.vending .fallen', 'Đã rơi: 2')
    await page.until(`document.querySelectorAll('.pos .books li').length === 3`)
    await page.until('spoken.length === 3')
    assert.equal(effects.filter(({ effect }) => effect === 'dispense').length, 2)
    assert.match(await page.text('.pos .books'), /Nhận thêm 10\.000 đ/)
  })

  it('says in English that money is missing, never as success, and calls the customer when it is complete', async () => {
    await page.push('[data-language=en]')
    assert.equal(await page.value('document.documentElement.lang'), 'en')
    await page.push('.paybox form button')
    await page.untilText('.paybox .state', 'Scan to pay 35,000 đ')
    await page.untilText('#codes', 'on paybox-1')
    await page.push('.phone [data-word=payLess]')
    await page.untilText('.paybox .state', 'Too little: 5,000 đ so far, 30,000 đ missing')
    assert.equal(await page.value(`document.querySelector('.paybox .screen').dataset.look`), 'warn')
    await page.untilText(
      '.soundbox .spoken',
      'Chú ý: chuyển thiếu. Mới nhận năm nghìn đồng trên ba mươi lăm nghìn đồng',
    )
    assert.equal(await page.text('.countercall .ticket'), '–')
    assert.equal(await scan('.paybox .code'), codeOf('paybox-1'))

    await typeAmount('.phone input', 30_000)
    await page.push('.phone [data-word=payLess]')
    await page.untilText('.countercall .spoken', 'Mời khách số A001 đến quầy số 1')
    assert.equal(await page.text('.countercall .ticket'), 'A001')
    assert.equal(await page.text('.countercall .counter'), '1')
    await page.untilText('.paybox .state', 'Paid 35,000 đ')
    assert.equal(await page.value(`document.querySelector('.paybox [name=ticket]').value`), 'A002')
    await page.until(`spoken.includes('vi-VN Mời khách số A001 đến quầy số 1')`)
  })

  it('takes money without an order, muted without a sound but with the words', async () => {
    await page.push('#mute')
    const before = await page.value('spoken.length')
    await typeAmount('.phone input', 7_000)
    await page.push('.phone [data-word=payUnmatched]')
    await page.untilText('.pos .books', 'Received 7,000 đ, of no order')
    await page.untilText('.soundbox .spoken', 'Đã nhận bảy nghìn đồng')
    assert.equal(await page.value('spoken.length'), before)
    assert.equal(await page.value(`document.querySelector('#mute').getAttribute('aria-pressed')`), 'true')
  })

  it('says on the spot what cannot be done', async () => {
    await page.value(`fetch('/devices/vending-1/order', {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"amount":10000,"item":"<img src=x>"}' })`)
    await page.untilText('#codes', 'on vending-1')
    await typeAmount('.phone input', 10_000)
    await page.push('.phone [data-word=payLess]')
    await page.untilText('.phone .receipt', 'Type an amount below that of the code')
    await page.push('.phone button.main')
    await page.untilText('.vending .fallen', 'Fallen: 3')
    // And what was no picture is none.
    await page.untilText('.vending .cans', '<img src=x>')
    assert.equal(await page.value(`document.querySelectorAll('img').length`), 0)
  })

  it('fits a wide and a narrow screen in both languages, and its code is read on both', async () => {
    await page.push('.vending [data-item=A2]')
    await page.until(`document.querySelector('.vending .qr')`)
    for (const width of WIDTHS) {
      await page.resize(width)
      for (const language of ['en', 'vi']) {
        await page.value(`document.querySelector('[data-language=${language}]').click()`)
        await assertFits(width, `${language} at ${width}`)
      }
      assert.equal(await scan('.vending .code'), codeOf('vending-1'), `at ${width}`)
    }
  })

  it('can be read in the light and in the dark, and its code is black on white in both', async () => {
    for (const scheme of ['light', 'dark'] as const) {
      await page.prefer(scheme)
      const faint = await page.value(FAINT)
      assert.deepEqual(faint, [], scheme)
      assert.equal(await scan('.vending .code'), codeOf('vending-1'), scheme)
    }
  })

  it('shows a page that comes later how everything stands, and says nothing of what was over', async () => {
    const later = await BrowserPage.open(chromium, address, { width: 360, before: LISTEN })
    await later.untilText('.vending .fallen', 'Đã rơi: 3')
    await later.untilText('.countercall .ticket', 'A001')
    await later.untilText('.vending .state', 'Quét mã để trả 15.000 đ')
    assert.deepEqual(await later.value('spoken'), [])
    assert.equal(await later.value(`document.querySelectorAll('.falls').length`), 0)
    assert.deepEqual(later.complaints, [])
  })

  it('pulls a plug: the screen is dark, and comes back with the order that is open', async () => {
    await page.push('.paybox .power')
    await page.untilText('.paybox .link', 'Đã rút điện')
    assert.equal((await page.text('.paybox .screen')).trim(), '')
    await page.push('.paybox .power')
    await page.untilText('.paybox .link', 'Đã nối với gateway')
    await page.until(`document.querySelector('.paybox .qr')`)
    assert.equal(await scan('.paybox .code'), codeOf('vending-1'))
  })

  it('says when the simulator is gone, and complained of nothing until then', async () => {
    assert.deepEqual(page.complaints, [])
    await server.stop()
    await page.untilText('#connection', 'Mất kết nối với trình mô phỏng')
  })
})

/** The texts of the page with less than 4.5 to 1 between letter and ground (WCAG 2.2, 1.4.3); disabled ones are exempt. */
const FAINT = `(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  const rgba = colour => {
    canvas.clearRect(0, 0, 1, 1)
    canvas.fillStyle = colour
    canvas.fillRect(0, 0, 1, 1)
    return [...canvas.getImageData(0, 0, 1, 1).data]
  }
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map(c => c / 255).map(c => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    return 0.2126 * x + 0.7152 * y + 0.0722 * z
  }
  const ground = element => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor)
      if (colour[3] === 255) return colour
    }
    return [255, 255, 255, 255]
  }
  return [...document.querySelectorAll('h1, h2, h3, p, span, strong, li, button, input, select, label')]
    .filter(e => e.innerText?.trim() && !e.disabled && !e.closest(':disabled'))
    .map(e => {
      const [high, low] = [light(rgba(getComputedStyle(e).color)), light(ground(e))].sort((a, b) => b - a)
      return [(high + 0.05) / (low + 0.05), e.className + ' ' + e.innerText.slice(0, 30)]
    })
    .filter(([contrast]) => contrast < 4.5)
})()`
