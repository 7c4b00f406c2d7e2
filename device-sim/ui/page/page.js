import { countercall } from './countercall.js'
import { button, card, element, say, translate } from './elements.js'
import { paybox } from './paybox.js'
import { phone } from './phone.js'
import { pos } from './pos.js'
import { power } from './server.js'
import { soundbox } from './soundbox.js'
import { vending } from './vending.js'
import { isMuted, mute, watchVoices } from './voice.js'
import { chooseLanguage, language, words } from './words.js'

/** The order in which boxes stand side by side: who orders, who pays, who hears of it. */
const KINDS = { vending, paybox, phone: null, soundbox, countercall, pos }
const TICK_MS = 1000

const shop = document.querySelector('#shop')
const connection = document.querySelector('#connection')
const muteSwitch = document.querySelector('#mute')
let boxes = new Map()
let connectionWord = 'connecting'
const pay = phone(code => [...document.querySelectorAll('.screen')].filter(shows(code)).map(nameOfBox))

function shows(code) {
  return screen => screen.dataset.code === code
}

function nameOfBox(inside) {
  return inside.closest('[data-box]').dataset.box
}

/** A kind the page has no picture for is shown by its name. */
function otherBox({ deviceId }) {
  const last = element('p', { class: 'spoken', role: 'status' })
  return { ...card('other', deviceId, last), take: effect => say(last, effect.effect), render() {}, tick() {} }
}

function setUp({ devices, codes }) {
  boxes = new Map(devices.map(device => [device.deviceId, (KINDS[device.kind] ?? otherBox)(device)]))
  const rank = kind => Object.keys(KINDS).indexOf(kind)
  const cards = devices.map(({ kind, deviceId }) => ({ rank: rank(kind), element: boxes.get(deviceId).element }))
  const all = [...cards, { rank: rank('phone'), element: pay.element }].sort((one, other) => one.rank - other.rank)
  shop.replaceChildren(...all.map(box => box.element))
  for (const device of devices) {
    for (const effect of device.effects) boxes.get(device.deviceId).take(effect, false)
    boxes.get(device.deviceId).foot.append(plug(device.deviceId))
    link(device)
  }
  render()
  pay.offer(codes)
  say(connection, words(connectionWord))
}

/** The plug of a device, as a switch. */
function plug(deviceId) {
  const made = button('power', () => power(deviceId, made.getAttribute('aria-pressed') !== 'true'), { class: 'power' })
  return made
}

function link({ deviceId, plugged, online }) {
  const box = boxes.get(deviceId)
  if (box === undefined) return
  const state = plugged ? (online ? 'online' : 'offline') : 'unplugged'
  box.link.dataset.word = state
  box.element.dataset.link = state
  box.foot.querySelector('.power').setAttribute('aria-pressed', String(plugged))
  if (!plugged) box.forget?.()
  say(box.link, words(state))
}

function render() {
  document.documentElement.lang = language()
  document.title = words('title')
  translate(document)
  for (const marked of document.querySelectorAll('[data-word-label]')) {
    marked.setAttribute('aria-label', words(marked.dataset.wordLabel))
  }
  for (const choice of document.querySelectorAll('[data-language]')) {
    choice.setAttribute('aria-pressed', String(choice.dataset.language === language()))
  }
  muteSwitch.setAttribute('aria-pressed', String(isMuted()))
  for (const box of boxes.values()) box.render()
  pay.render()
  translate(shop)
  say(connection, words(connectionWord))
}

function connectionIs(word) {
  connectionWord = word
  connection.dataset.state = word
  say(connection, words(word))
}

for (const choice of document.querySelectorAll('[data-language]')) {
  choice.addEventListener('click', () => {
    chooseLanguage(choice.dataset.language)
    render()
  })
}
muteSwitch.addEventListener('click', () => {
  mute(!isMuted())
  muteSwitch.setAttribute('aria-pressed', String(isMuted()))
})
setInterval(() => {
  for (const box of boxes.values()) box.tick()
}, TICK_MS)

watchVoices(render)
render()
connectionIs('connecting')
const events = new EventSource('/events')
events.addEventListener('open', () => connectionIs('connected'))
events.addEventListener('error', () => connectionIs('disconnected'))
events.addEventListener('shop', ({ data }) => setUp(JSON.parse(data)))
events.addEventListener('effect', ({ data }) => {
  const effect = JSON.parse(data)
  boxes.get(effect.deviceId)?.take(effect, true)
  pay.render()
})
events.addEventListener('link', ({ data }) => {
  link(JSON.parse(data))
  pay.render()
})
events.addEventListener('codes', ({ data }) => pay.offer(JSON.parse(data)))
