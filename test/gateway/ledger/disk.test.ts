import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  needsFileLimit,
  needsImmutableFiles,
  needsMount,
  onSmallDisk,
  onThisDisk,
  withFileLimit,
} from './support/small-disk.ts'

describe('a disk that fails', { concurrency: 3 }, () => {
  test('full: payments are refused in words and taken again when there is room, without a restart', {
    skip: needsMount(),
  }, async () => {
    const full = 'the disk is full: free some space where dataDir lies'
    assert.deepEqual(await onSmallDisk('full disk', 4096), {
      first: 'new',
      failed: 'LEDGER_UNAVAILABLE',
      stillFull: full,
      onePageFree: full,
      readable: true,
      healed: null,
      after: ['new', 'new'],
      allThere: true,
      told: [full, null],
    })
  })

  test('full: /readyz says so, and takes it back when there is room', { skip: needsMount() }, async () => {
    assert.deepEqual(await onSmallDisk('readiness', 4096), {
      before: [],
      full: ['database not writable: the disk is full: free some space where dataDir lies'],
      after: [],
    })
  })

  const broken = 'the disk reports an error: check the file system where dataDir lies'
  const overcome = { first: 'new', failed: 'LEDGER_UNAVAILABLE', healed: null, after: ['new', 'new'], allThere: true }

  test('a file that may not grow: the same', { skip: needsFileLimit() }, async () => {
    assert.deepEqual(await withFileLimit('file limit', 1024), { ...overcome, limited: broken, told: [broken, null] })
  })

  test('read-only for a moment: the same, and the process lives on', { skip: needsImmutableFiles() }, async () => {
    const told = [broken, null]
    assert.deepEqual(await onThisDisk('read-only for a moment'), { ...overcome, readOnly: broken, told })
  })

  test('read-only for long: the same', { skip: needsImmutableFiles() }, async () => {
    const told = [broken, null]
    assert.deepEqual(await onThisDisk('read-only for long'), { ...overcome, readOnly: broken, told })
  })

  test('a log that cannot be brought into the database is told, while payments go on', {
    skip: needsImmutableFiles(),
  }, async () => {
    const told = [broken, null]
    const story = await onThisDisk('stuck log')
    assert.deepEqual(story, { outcomes: ['new'], stuck: broken, healed: null, allThere: true, told })
  })

  test('mounted read-only: the ledger is not opened at all', { skip: needsMount() }, async () => {
    assert.deepEqual(await onSmallDisk('mounted read-only', 4096), { code: 'EROFS' })
  })
})
