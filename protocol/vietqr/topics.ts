// The host's topics. A template is a topic with one place to fill, `vietqr/request/{terminalCode}`; each can be
// replaced in the configuration. `vietqr/…` has no leading slash and `/vqr/…` has one: to MQTT they are different
// topics (VietQR documentation).
import { checkBoxId, checkLookupSuffix, checkMac, checkTerminalCode, TopicError } from './topic-level.ts'
import { TopicTemplate } from './topic-template.ts'

export { checkBoxId, checkMac, checkTerminalCode, TopicError }

/** Each template and the place it must leave to fill. */
const DEFAULTS = {
  request: { template: 'vietqr/request/{terminalCode}', placeholder: 'terminalCode' },
  response: { template: 'vietqr/response/{terminalCode}', placeholder: 'terminalCode' },
  balanceChange: { template: 'vietqr/bdsd/{terminalCode}', placeholder: 'terminalCode' },
  // `request/status/…`, with a slash, is swallowed by the handler of QR requests (VietQR server source).
  lookupRequest: { template: 'vietqr/request-status/{terminalCode}', placeholder: 'terminalCode' },
  lookupResponse: { template: 'vietqr/response-status/{terminalCode}', placeholder: 'terminalCode' },
  testCallback: { template: 'vietqr/test/transaction-callback', placeholder: null },
  testCallbackReply: { template: 'vietqr/response/transaction-callback', placeholder: null },
  testCallbackReplyOlder: { template: 'vietqr/transaction-callback/response', placeholder: null },
  cash: { template: 'vietqr/cash/{terminalCode}', placeholder: 'terminalCode' },
  handleBox: { template: '/vqr/handle-box', placeholder: null },
  handleBoxResponse: { template: '/vqr/handle-box/response/{mac}', placeholder: 'mac' },
  box: { template: 'vietqr/boxId/{boxId}', placeholder: 'boxId' },
} as const

/** The names under which the configuration can replace a template. */
export type TopicName = keyof typeof DEFAULTS

export const TOPIC_NAMES: readonly TopicName[] = Object.keys(DEFAULTS).filter(isTopicName)

/** What a topic that came in is about. */
export type ParsedTopic =
  | { readonly kind: 'response' | 'balanceChange'; readonly terminalCode: string }
  | { readonly kind: 'lookupResponse'; readonly terminalCode: string; readonly suffix: string | null }
  | { readonly kind: 'testCallbackReply' }
  | { readonly kind: 'handleBoxResponse'; readonly mac: string }
  | { readonly kind: 'box'; readonly boxId: string }

/** Templates of the configuration in place of VietQR's own. */
export type TopicOverrides = { readonly [Name in TopicName]?: string | undefined }

/** Builds and recognises the host's topics. What goes into one is checked each time: {@link TopicError}. */
export class HostTopics {
  readonly #templates: Readonly<Record<TopicName, TopicTemplate>>

  /** @throws TopicError for a template that cannot be used, or two that would match the same topics */
  constructor(overrides: TopicOverrides = {}) {
    this.#templates = compileAll(overrides)
  }

  request(code: string): string {
    return this.#templates.request.fill(checkTerminalCode(code))
  }

  response(code: string): string {
    return this.#templates.response.fill(checkTerminalCode(code))
  }

  balanceChange(code: string): string {
    return this.#templates.balanceChange.fill(checkTerminalCode(code))
  }

  /**
   * @param suffix tells lookups apart: the server takes any number of levels and keeps them in its reply (VietQR
   * server source). It is a level of its own, because no terminal code can contain the slash before it.
   */
  lookupRequest(code: string, suffix?: string): string {
    return this.#templates.lookupRequest.fill(withSuffix(code, suffix))
  }

  lookupResponse(code: string, suffix?: string): string {
    return this.#templates.lookupResponse.fill(withSuffix(code, suffix))
  }

  testCallback(): string {
    return this.#templates.testCallback.fill()
  }

  /** The topics of the reply in newer and in older builds. One for all merchants: ask one at a time. */
  testCallbackReplies(): readonly string[] {
    return [this.#templates.testCallbackReply.fill(), this.#templates.testCallbackReplyOlder.fill()]
  }

  /** Where boxes report cash. The host answers nothing there; the gateway only takes old reports away. */
  cash(code: string): string {
    return this.#templates.cash.fill(checkTerminalCode(code))
  }

  handleBox(): string {
    return this.#templates.handleBox.fill()
  }

  /** The topics of the reply: the MAC as sent, and as older builds write it, without colons. */
  handleBoxResponses(mac: string): readonly string[] {
    const forms = new Set([checkMac(mac), mac.replaceAll(':', '')])
    return [...forms].map(form => this.#templates.handleBoxResponse.fill(form))
  }

  box(boxId: string): string {
    return this.#templates.box.fill(checkBoxId(boxId))
  }

  /** What a topic is about; null for every topic that is none of those the host publishes on. */
  parse(topic: string): ParsedTopic | null {
    // First the exact topics: one of them lies where the answers to a terminal called `transaction-callback` would.
    if (this.testCallbackReplies().includes(topic)) return { kind: 'testCallbackReply' }
    const asked = this.#part('response', topic, checkTerminalCode)
    if (asked !== null) return { kind: 'response', terminalCode: asked }
    const told = this.#part('balanceChange', topic, checkTerminalCode)
    if (told !== null) return { kind: 'balanceChange', terminalCode: told }
    const lookup = this.#part('lookupResponse', topic, checkSuffixed)
    if (lookup !== null) {
      const [terminalCode = '', suffix = null] = lookup.split('/')
      return { kind: 'lookupResponse', terminalCode, suffix }
    }
    const mac = this.#part('handleBoxResponse', topic, checkMac)
    if (mac !== null) return { kind: 'handleBoxResponse', mac }
    const boxId = this.#part('box', topic, checkBoxId)
    return boxId === null ? null : { kind: 'box', boxId }
  }

  #part(name: TopicName, topic: string, check: (part: string) => string): string | null {
    const part = this.#templates[name].match(topic)
    if (part === null) return null
    try {
      return check(part)
    } catch (error) {
      if (error instanceof TopicError) return null
      throw error
    }
  }
}

function isTopicName(name: string): name is TopicName {
  return Object.hasOwn(DEFAULTS, name)
}

function withSuffix(code: string, suffix: string | undefined): string {
  return suffix === undefined ? checkTerminalCode(code) : `${checkTerminalCode(code)}/${checkLookupSuffix(suffix)}`
}

function checkSuffixed(part: string): string {
  const [code = '', suffix, ...more] = part.split('/')
  if (more.length > 0) throw new TopicError('the topic of a lookup has at most one level after the terminal code')
  return withSuffix(code, suffix)
}

function compileAll(overrides: TopicOverrides): Readonly<Record<TopicName, TopicTemplate>> {
  const compile = (name: TopicName) =>
    TopicTemplate.compile(name, overrides[name] ?? DEFAULTS[name].template, DEFAULTS[name].placeholder)
  const templates = {
    request: compile('request'),
    response: compile('response'),
    balanceChange: compile('balanceChange'),
    lookupRequest: compile('lookupRequest'),
    lookupResponse: compile('lookupResponse'),
    testCallback: compile('testCallback'),
    testCallbackReply: compile('testCallbackReply'),
    testCallbackReplyOlder: compile('testCallbackReplyOlder'),
    cash: compile('cash'),
    handleBox: compile('handleBox'),
    handleBoxResponse: compile('handleBoxResponse'),
    box: compile('box'),
  }
  const owners = new Map<string, TopicName>()
  for (const name of TOPIC_NAMES) {
    const { shape } = templates[name]
    const other = owners.get(shape)
    if (other !== undefined) {
      throw new TopicError(`the topic templates ${other} and ${name} match the same topics; give each its own`)
    }
    owners.set(shape, name)
  }
  return templates
}
