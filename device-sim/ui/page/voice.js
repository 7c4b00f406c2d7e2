import { remember, remembered } from './words.js'

/** The browser's own voice. Everything it says is on the page in words as well. */
let muted = remembered('muted') === 'yes'

export function isMuted() {
  return muted
}

export function mute(wanted) {
  muted = wanted
  remember('muted', wanted ? 'yes' : 'no')
  if (wanted) globalThis.speechSynthesis?.cancel()
}

/** Says it after what is being said. `language` is `vi` or `en`. */
export function speak(text, language) {
  if (muted || globalThis.speechSynthesis === undefined) return
  const utterance = new SpeechSynthesisUtterance(text)
  utterance.lang = language === 'en' ? 'en-US' : 'vi-VN'
  const voice = voiceOf(language)
  if (voice !== undefined) utterance.voice = voice
  speechSynthesis.speak(utterance)
}

export function hasVietnameseVoice() {
  return voiceOf('vi') !== undefined
}

/** Calls `changed` whenever the browser has found other voices: it looks for them after the page is there. */
export function watchVoices(changed) {
  globalThis.speechSynthesis?.addEventListener?.('voiceschanged', changed)
}

function voiceOf(language) {
  const voices = globalThis.speechSynthesis?.getVoices() ?? []
  return voices.find(({ lang }) => lang.toLowerCase().startsWith(language))
}
