import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeviceLinks } from '../../../gateway/broker/device-links.ts'
import { Link } from '../../../gateway/broker/link.ts'
import { log } from './support.ts'

function scene() {
  const news: string[] = []
  const takeovers: string[] = []
  const links = new DeviceLinks(
    {
      presence: (deviceId, online) => news.push(`${deviceId} ${online ? 'on' : 'off'}`),
      reachable: deviceId => news.push(`${deviceId} reachable`),
      takenOver: deviceId => takeovers.push(deviceId),
    },
    log,
    64,
  )
  const open = (clientId: string) => {
    const transport = {
      destroyed: false,
      writableLength: 0,
      destroy: () => {
        transport.destroyed = true
      },
      deliver: async () => undefined,
      answer: () => undefined,
    }
    const link = new Link('till-1', clientId, transport)
    links.opened(link)
    return { link, transport }
  }
  return { news, takeovers, links, open }
}

test('a link is closed when its client id logs in again, and the device stays online throughout', () => {
  const { news, links, open } = scene()
  const first = open('till-1')
  const other = open('till-1.b')
  const second = open('till-1')
  assert.deepEqual(
    [first.transport.destroyed, other.transport.destroyed, second.transport.destroyed],
    [true, false, false],
  )
  links.closed(first.link)
  links.closed(other.link)
  assert.deepEqual([news, links.online('till-1')], [['till-1 on'], true])
  links.closed(second.link)
  assert.deepEqual([news, links.online('till-1')], [['till-1 on', 'till-1 off'], false])
})

test('the end of a link that lost down/ does not make the device unreachable', () => {
  const { news, links, open } = scene()
  const first = open('till-1.a')
  const second = open('till-1.b')
  links.subscribed(first.link, [['gw/v1/till-1/down/#', 1]])
  links.subscribed(second.link, [['gw/v1/till-1/down/#', 1]])
  assert.equal(first.transport.destroyed, true)
  links.unsubscribed(first.link, ['gw/v1/till-1/down/#'])
  links.closed(first.link)
  assert.equal(links.holder('till-1'), second.link)
  assert.deepEqual(news, ['till-1 on', 'till-1 reachable', 'till-1 reachable'])
})

test('a link that can no longer be written to holds nothing, and a SUBSCRIBE on it counts for nothing', () => {
  const { news, links, open } = scene()
  const { link, transport } = open('till-1')
  links.subscribed(link, [['gw/v1/till-1/down/order', 1]])
  transport.destroyed = true
  assert.equal(links.holder('till-1'), undefined)
  links.subscribed(link, [['gw/v1/till-1/down/link', 1]])
  assert.deepEqual(news, ['till-1 on', 'till-1 reachable'])
})

test('a link that throws another out is told of; one that finds a dead one, or stands beside it, is not', () => {
  const { takeovers, links, open } = scene()
  const first = open('till-1')
  open('till-1.b')
  assert.deepEqual(takeovers, [])
  const second = open('till-1')
  assert.deepEqual(takeovers, ['till-1'])
  links.closed(first.link)
  second.transport.destroyed = true
  const third = open('till-1')
  assert.deepEqual(takeovers, ['till-1'])
  links.subscribed(third.link, [['gw/v1/till-1/down/#', 1]])
  links.subscribed(open('till-1.c').link, [['gw/v1/till-1/down/#', 1]])
  assert.deepEqual(takeovers, ['till-1', 'till-1'])
})
