import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  checkBoxId,
  checkMac,
  checkTerminalCode,
  HostTopics,
  TOPIC_NAMES,
  TopicError,
  type TopicName,
} from '../../../protocol/vietqr/topics.ts'

const topics = new HostTopics()

describe('the host’s topics', () => {
  it('are written as VietQR documents them', () => {
    assert.equal(topics.request('VVB123456'), 'vietqr/request/VVB123456')
    assert.equal(topics.response('VVB123456'), 'vietqr/response/VVB123456')
    assert.equal(topics.balanceChange('VVB123456'), 'vietqr/bdsd/VVB123456')
    assert.equal(topics.lookupRequest('VVB123456'), 'vietqr/request-status/VVB123456')
    assert.equal(topics.lookupResponse('VVB123456'), 'vietqr/response-status/VVB123456')
    assert.equal(topics.testCallback(), 'vietqr/test/transaction-callback')
    assert.equal(topics.handleBox(), '/vqr/handle-box')
    assert.equal(topics.box('aBc-_9'), 'vietqr/boxId/aBc-_9')
  })

  it('tell lookups apart by a level of their own', () => {
    assert.equal(topics.lookupRequest('VVB123456', 'k1'), 'vietqr/request-status/VVB123456/k1')
    assert.deepEqual(topics.parse(topics.lookupResponse('VVB123456', 'k1')), {
      kind: 'lookupResponse',
      terminalCode: 'VVB123456',
      suffix: 'k1',
    })
    for (const suffix of ['', 'a/b', '+', '#', 'a b'])
      assert.throws(() => topics.lookupRequest('T', suffix), TopicError)
  })

  it('of the simulated payment’s reply are those of both builds', () => {
    const replies = ['vietqr/response/transaction-callback', 'vietqr/transaction-callback/response']
    assert.deepEqual(topics.testCallbackReplies(), replies)
    for (const reply of replies) assert.deepEqual(topics.parse(reply), { kind: 'testCallbackReply' })
  })

  it('of a box’s registration carry the MAC as sent and without colons', () => {
    assert.deepEqual(topics.handleBoxResponses('AA:BB:CC:DD:EE:FF'), [
      '/vqr/handle-box/response/AA:BB:CC:DD:EE:FF',
      '/vqr/handle-box/response/AABBCCDDEEFF',
    ])
    assert.deepEqual(topics.handleBoxResponses('11.78.36.89.21'), ['/vqr/handle-box/response/11.78.36.89.21'])
    assert.deepEqual(topics.parse('/vqr/handle-box/response/AABBCCDDEEFF'), {
      kind: 'handleBoxResponse',
      mac: 'AABBCCDDEEFF',
    })
  })

  it('are recognised by kind and terminal', () => {
    const parsed: readonly (readonly [string, unknown])[] = [
      ['vietqr/response/VVB123456', { kind: 'response', terminalCode: 'VVB123456' }],
      ['vietqr/bdsd/VVB123456', { kind: 'balanceChange', terminalCode: 'VVB123456' }],
      ['vietqr/bdsd/null', { kind: 'balanceChange', terminalCode: 'null' }],
      ['vietqr/response-status/987', { kind: 'lookupResponse', terminalCode: '987', suffix: null }],
      ['vietqr/boxId/aBc-_9', { kind: 'box', boxId: 'aBc-_9' }],
    ]
    for (const [topic, meaning] of parsed) assert.deepEqual(topics.parse(topic), meaning)
  })

  it('that are none of those the host publishes on mean nothing', () => {
    for (const topic of [
      'vietqr/request/VVB123456',
      'vietqr/response',
      'vietqr/response/',
      'vietqr/response/status',
      'vietqr/response/status/X',
      'vietqr/response/A/B',
      'vietqr/response/+',
      'vietqr/response-status/A/B/C',
      'vietqr/response-status/A/',
      'vietqr/bdsd/transaction-callback',
      'vietqr/refund-response/1234567890',
      '/vietqr/response/VVB123456',
      'vqr/handle-box/response/AA:BB:CC:DD:EE:FF',
      '/vqr/handle-box/response/:::',
      `vietqr/response/${'9'.repeat(51)}`,
      '',
    ]) {
      assert.equal(topics.parse(topic), null, topic)
    }
  })

  it('never carry a wildcard, white space or another level, whatever the code', () => {
    const code = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('status', 'transaction-callback'))
    fc.assert(
      fc.property(code, text => {
        const builders = [
          () => topics.request(text),
          () => topics.response(text),
          () => topics.balanceChange(text),
          () => topics.lookupRequest(text),
          () => topics.lookupResponse(text),
          () => topics.box(text),
          () => topics.handleBoxResponses(text)[0] ?? '',
          () => topics.lookupRequest('T', text),
        ]
        for (const build of builders) {
          try {
            const topic = build()
            assert.doesNotMatch(topic, /[+#\s\p{C}]/u)
            assert.ok(topic.endsWith(`/${text}`))
          } catch (error) {
            assert.ok(error instanceof TopicError, String(error))
          }
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('lead back to the terminal they were built for', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 50 }), code => {
        fc.pre(passes(() => checkTerminalCode(code)))
        assert.deepEqual(topics.parse(topics.response(code)), { kind: 'response', terminalCode: code })
        assert.deepEqual(topics.parse(topics.balanceChange(code)), { kind: 'balanceChange', terminalCode: code })
        const suffix = null
        assert.deepEqual(topics.parse(topics.lookupResponse(code)), {
          kind: 'lookupResponse',
          terminalCode: code,
          suffix,
        })
      }),
    )
  })
})

describe('a terminal code', () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    ['', /is empty/],
    ['A/B', /contains \//],
    ['A+', /contains \+/],
    ['#', /contains #/],
    ['A B', /white space/],
    ['A\0', /white space or an invisible/],
    ['A\u0085', /white space or an invisible/],
    ['A\u200b', /white space or an invisible/],
    ['\ud800', /white space or an invisible/],
    ['status', /word of VietQR's own topics/],
    ['transaction-callback', /word of VietQR's own topics/],
    ['9'.repeat(51), /has 51 characters; the most is 50/],
  ]
  for (const [code, why] of refused) {
    it(`${JSON.stringify(code)} is refused: ${why.source}`, () => {
      assert.throws(() => checkTerminalCode(code), { name: 'TopicError', code: 'TOPIC_INVALID', message: why })
    })
  }

  it('of 1 to 50 visible characters is taken as it is', () => {
    for (const code of ['9', 'VVB123456', 'status2', 'Cửa-hàng_1.a:~$', '9'.repeat(50)]) {
      assert.equal(checkTerminalCode(code), code)
    }
  })
})

describe('a MAC address and a box id', () => {
  it('are taken in every form a box writes', () => {
    for (const mac of ['AA:BB:CC:DD:EE:FF', 'AABBCCDDEEFF', '11.78.36.89.21']) assert.equal(checkMac(mac), mac)
    assert.equal(checkBoxId('VlZCMTIzNDU2VEVTVEtFWS1OT1QtUkVBTC0x'), 'VlZCMTIzNDU2VEVTVEtFWS1OT1QtUkVBTC0x')
  })

  it('are refused where they would change the topic', () => {
    for (const text of ['', 'A/B', '+', '#', 'A B', 'A\0', 'A'.repeat(129)]) {
      assert.throws(() => checkMac(text), TopicError)
      assert.throws(() => checkBoxId(text), TopicError)
    }
    assert.throws(() => checkMac('::'), TopicError)
  })

  it('the box id, which holds a key, is not quoted', () => {
    assert.throws(
      () => checkBoxId('SECRET/1'),
      (error: Error) => !error.message.includes('SECRET'),
    )
  })
})

describe('a template of the configuration', () => {
  it('replaces VietQR’s own, both ways', () => {
    const own = new HostTopics({
      response: 'x/{terminalCode}/in',
      lookupResponse: 'y/{terminalCode}/in',
      request: undefined,
    })
    assert.equal(own.response('T1'), 'x/T1/in')
    assert.equal(own.request('T1'), 'vietqr/request/T1')
    assert.deepEqual(own.parse('x/T1/in'), { kind: 'response', terminalCode: 'T1' })
    assert.deepEqual(own.parse('y/T1/k/in'), { kind: 'lookupResponse', terminalCode: 'T1', suffix: 'k' })
    assert.equal(own.parse('vietqr/response/T1'), null)
    assert.equal(own.parse('x//in'), null)
    assert.equal(own.parse('x/in'), null)
  })

  const refused: readonly (readonly [TopicName, string, RegExp])[] = [
    ['response', '', /is empty/],
    ['response', 'vietqr/response', /must contain \{terminalCode\} exactly once/],
    ['response', '{terminalCode}/{terminalCode}', /must contain \{terminalCode\} exactly once/],
    ['response', 'a/{mac}', /must contain \{terminalCode\}/],
    ['response', 'a/{terminalCode}/{mac}', /no other place/],
    ['response', 'a/+/{terminalCode}', /no wildcard/],
    ['response', 'a/{terminalCode}/#', /no wildcard/],
    ['response', 'a /{terminalCode}', /white space/],
    ['response', '$SYS/{terminalCode}', /begin with \$/],
    ['response', `${'a'.repeat(200)}/{terminalCode}`, /longer than 200/],
    ['handleBox', 'a/{mac}', /no other place/],
    ['handleBoxResponse', '/vqr/handle-box/response', /must contain \{mac\}/],
    ['box', 'vietqr/boxId', /must contain \{boxId\}/],
    ['response', 'vietqr/bdsd/{terminalCode}', /response and balanceChange match the same topics/],
    ['box', 'vietqr/bdsd/{boxId}', /balanceChange and box match the same topics/],
  ]
  for (const [name, template, why] of refused) {
    it(`${name}: ${JSON.stringify(template.slice(0, 40))} is refused: ${why.source}`, () => {
      assert.throws(() => new HostTopics({ [name]: template }), { name: 'TopicError', message: why })
    })
  }

  it('can be given under each of the names', () => {
    assert.equal(TOPIC_NAMES.length, 12)
    for (const name of TOPIC_NAMES) assert.throws(() => new HostTopics({ [name]: 'a/#' }), TopicError)
  })
})

function passes(check: () => unknown): boolean {
  try {
    check()
    return true
  } catch {
    return false
  }
}
