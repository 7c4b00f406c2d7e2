import assert from 'node:assert/strict'
import { test } from 'node:test'
import { macAsSaid, macKey, macOfClientId } from '../../../protocol/vietqr/mac.ts'
import { TopicError } from '../../../protocol/vietqr/topics.ts'

test('one MAC has one key, however it is written', () => {
  for (const mac of ['AA:BB:CC:DD:EE:FF', 'aa-bb-cc-dd-ee-ff', 'aabb.ccdd.eeff', 'AABBCCDDEEFF']) {
    assert.equal(macKey(mac), 'AABBCCDDEEFF')
    assert.equal(macAsSaid(mac), 'AA:BB:CC:DD:EE:FF')
  }
  // The example of VietQR's documentation.
  assert.deepEqual([macKey('11.78.36.89.21'), macAsSaid('11.78.36.89.21')], ['1178368921', '11.78.36.89.21'])
  for (const none of ['', 'XX:BB:CC:DD:EE:FF', 'AA:BB:CC', '../+/#', 'AA:BB:CC:DD:EE:FF/x', 'A'.repeat(17)]) {
    assert.equal(macKey(none), null)
    assert.throws(() => macAsSaid(none), TopicError)
  }
})

test('the client ids of public firmware name their MAC, and nothing else does', () => {
  const names = ['esp32', 'esp32_LTE_', 'esp32-client-', 'sonoff-mqttClient-']
  for (const name of names) assert.equal(macOfClientId(`${name}AA:BB:CC:DD:EE:FF`), 'AABBCCDDEEFF')
  for (const id of ['AA:BB:CC:DD:EE:FF', 'esp32', 'esp8266AABBCCDDEEFF', 'box-1', 'xesp32AABBCCDDEEFF']) {
    assert.equal(macOfClientId(id), null)
  }
})
