import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertTopicFilter, assertTopicName, TopicError } from '../../../gateway/host/topics.ts'

test('topics of the host can be published to', () => {
  for (const topic of ['vietqr/request/T1', '/handle-box/x', 'a//b', 'x'.repeat(65_535)]) assertTopicName(topic)
})

test('a topic with a wildcard, none at all and one too long are not published to', () => {
  for (const topic of ['vietqr/request/+', 'a/#', 'T+1', '', 'a\0b', 'x'.repeat(65_536)]) {
    assert.throws(() => assertTopicName(topic), TopicError, topic.slice(0, 20))
  }
})

test('filters with whole-level wildcards can be subscribed to', () => {
  for (const filter of ['#', '+', '+/a/#', 'vietqr/response/#', '/+/x', 'a']) assertTopicFilter(filter)
})

test('filters with wildcards inside a level or # before the end cannot', () => {
  for (const filter of ['a/#/b', 'a#', 'a/b+', '++', '', 'a\0']) {
    assert.throws(() => assertTopicFilter(filter), { code: 'HOST_TOPIC' }, filter)
  }
})
