import { card, element, say } from './elements.js'
import { hasVietnameseVoice, speak } from './voice.js'
import { words } from './words.js'

const SHOWN = 5

/** A loudspeaker: the browser speaks, and the words are shown. */
export function soundbox({ deviceId }) {
  const current = element('p', { class: 'spoken', role: 'status' })
  const earlier = element('ol', { class: 'earlier' })
  const before = element('div', {}, element('h3', { 'data-word': 'said' }), earlier)
  const noVoice = element('p', { class: 'hint', 'data-word': 'noVoice' })
  const frame = card('soundbox', deviceId, element('div', { class: 'speaker' }, current), noVoice, before)
  let said = []
  const render = () => {
    const [last, ...others] = said
    if (last === undefined) current.removeAttribute('lang')
    else current.setAttribute('lang', last.language ?? 'vi')
    say(current, last === undefined ? words('silent') : last.text)
    current.dataset.kind = last?.kind ?? ''
    before.hidden = others.length === 0
    earlier.replaceChildren(...others.map(({ text, language }) => element('li', { lang: language ?? 'vi' }, text)))
    noVoice.hidden = hasVietnameseVoice()
  }
  return {
    ...frame,
    take(effect, live) {
      if (effect.effect !== 'speak') return
      said = [effect, ...said].slice(0, SHOWN)
      render()
      if (live) speak(effect.text, effect.language)
    },
    render,
    tick() {},
  }
}
