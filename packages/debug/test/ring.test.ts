import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Ring } from '../src/watch/ring.ts'

test('what a reader gets, and what it has missed, is what was pushed or left out', () => {
  const step = fc.oneof(
    fc.record({ push: fc.integer({ min: 1, max: 12 }), stays: fc.boolean() }),
    fc.record({ leaveOut: fc.integer({ min: 1, max: 12 }) }),
    fc.constant('read' as const),
    fc.constant('clear' as const),
  )
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.array(step, { maxLength: 40 }), (max, steps) => {
      const ring = new Ring<number>(max, 3)
      let pushed = 0
      let first = 0
      let cursor: number | undefined
      let passing: number[] = []
      let staying: number[] = []
      let accounted = 0
      let cleared = 0
      for (const each of steps) {
        if (each === 'read') {
          const { items, missed } = ring.since(cursor)
          const kept = [...passing.slice(-max), ...staying.slice(-3)].sort((a, b) => a - b)
          expect(items).toEqual(kept.filter((number) => number >= (cursor ?? 0)))
          expect(ring.dropped + kept.length).toBe(pushed - first)
          // Nothing is had twice, and nothing goes uncounted, but for what was cleared unread.
          if (cursor !== undefined) accounted += items.length + missed
          else accounted = pushed
          expect(accounted + cleared).toBe(pushed)
          cursor = ring.pushed
        } else if (each === 'clear') {
          if (cursor !== undefined) cleared += pushed - Math.max(cursor, 0)
          ring.clear()
          passing = []
          staying = []
          first = pushed
          if (cursor !== undefined) cursor = ring.pushed
          expect(ring.since().items).toEqual([])
          expect(ring.dropped).toBe(0)
        } else if ('push' in each) {
          for (let i = 0; i < each.push; i++) {
            if (each.stays) staying.push(pushed)
            else passing.push(pushed)
            ring.push(pushed++, each.stays)
          }
        } else {
          for (let i = 0; i < each.leaveOut; i++) ring.leaveOut()
          pushed += each.leaveOut
        }
      }
    }),
  )
})

test('a cursor of the future reads nothing', () => {
  const ring = new Ring<string>(2)
  ring.push('a')
  expect(ring.since(99)).toEqual({ items: [], missed: 0 })
})
