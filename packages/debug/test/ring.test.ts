import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Ring } from '../src/watch/ring.ts'

test('what a reader gets, and what it has missed, is what was pushed', () => {
  const step = fc.oneof(
    fc.record({ push: fc.integer({ min: 1, max: 12 }) }),
    fc.constant('read' as const),
    fc.constant('clear' as const),
  )
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.array(step, { maxLength: 40 }), (max, steps) => {
      const ring = new Ring<number>(max)
      let pushed = 0
      let cursor: number | undefined
      let accounted = 0
      let cleared = 0
      for (const each of steps) {
        if (each === 'read') {
          const { items, missed } = ring.since(cursor)
          expect(items.length).toBeLessThanOrEqual(max)
          if (items.length > 0) expect(items.at(-1)).toBe(pushed - 1)
          expect(items).toEqual(items.map((_, i) => pushed - items.length + i))
          // Nothing is had twice, and nothing goes uncounted, but for what was cleared unread.
          if (cursor !== undefined) accounted += items.length + missed
          else accounted = pushed
          expect(accounted + cleared).toBe(pushed)
          cursor = ring.pushed
        } else if (each === 'clear') {
          if (cursor !== undefined) cleared += pushed - Math.max(cursor, 0)
          ring.clear()
          if (cursor !== undefined) cursor = ring.pushed
          expect(ring.since().items).toEqual([])
          expect(ring.dropped).toBe(0)
        } else for (let i = 0; i < each.push; i++) ring.push(pushed++)
      }
    }),
  )
})

test('a cursor of the future reads nothing', () => {
  const ring = new Ring<string>(2)
  ring.push('a')
  expect(ring.since(99)).toEqual({ items: [], missed: 0 })
})
