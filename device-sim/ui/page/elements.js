import { words } from './words.js'

const SVG = 'http://www.w3.org/2000/svg'

/**
 * A new element. Children are elements or texts; a text becomes a text node, so that nothing from outside is ever read as HTML.
 * `data-word` gives it the words for a key, in whatever language is chosen.
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}

export function button(word, press, attributes = {}) {
  const made = element('button', { type: 'button', 'data-word': word, ...attributes })
  made.addEventListener('click', press)
  return made
}

/** A field with its label; `field.input` is the field itself. */
export function field(word, attributes) {
  const input = element('input', attributes)
  return { input, label: element('label', {}, element('span', { 'data-word': word }), input) }
}

/** Writes the words of the chosen language into everything below that has a `data-word`. */
export function translate(root) {
  for (const marked of root.querySelectorAll('[data-word]')) marked.textContent = words(marked.dataset.word)
}

/** Leaves the element alone when it says that already: a screen reader would read it again. */
export function say(target, text) {
  if (target.textContent !== text) target.textContent = text
}

/** The picture of a QR code, dark on light in every theme: `side` units square, its quiet zone included. */
export function qrPicture({ side, path }, label) {
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', `0 0 ${side} ${side}`)
  svg.setAttribute('class', 'qr')
  svg.setAttribute('role', 'img')
  svg.setAttribute('aria-label', label)
  const ground = document.createElementNS(SVG, 'rect')
  ground.setAttribute('width', side)
  ground.setAttribute('height', side)
  ground.setAttribute('fill', '#fff')
  const modules = document.createElementNS(SVG, 'path')
  modules.setAttribute('d', path)
  modules.setAttribute('fill', '#000')
  svg.append(ground, modules)
  return svg
}

/** The frame of one box: its name, what is in it, and at its foot whether it is connected. */
export function card(kind, name, ...children) {
  const heading = `heading-${name}`
  const link = element('p', { class: 'link', role: 'status' })
  const foot = element('div', { class: 'foot' }, link)
  const made = element(
    'section',
    { class: `card ${kind}`, 'data-box': name, 'aria-labelledby': heading },
    element(
      'div',
      { class: 'title' },
      element('h2', { id: heading, 'data-word': kind }),
      element('p', { class: 'name' }, name),
    ),
    ...children,
    foot,
  )
  return { element: made, link, foot }
}
