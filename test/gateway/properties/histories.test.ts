import { test } from 'node:test'
import fc from 'fast-check'
import { Story } from './story.ts'
import { events } from './story-events.ts'

const stories = fc.record({
  confirm: fc.constantFrom('never' as const, 'release' as const, 'always' as const),
  seed: fc.integer(),
  events: fc.array(events, { minLength: 5, maxLength: 40 }),
})

test('whatever happens in whatever order, sums are right, goods go once and only for money, and nothing is said twice', async () => {
  await fc.assert(
    fc.asyncProperty(stories, async ({ confirm, seed, events }) => {
      await using story = await Story.begin(confirm, seed)
      for (const event of events) await story.play(event)
      await story.end()
    }),
    { numRuns: 40 },
  )
})
