import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createTaskQueue } from '../src/limits/queue.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('never more at once, never more waiting, and every task that was taken ends', async () => {
  const step = fc.record({ fails: fc.boolean(), endsBefore: fc.nat(3) })
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 4 }),
      fc.array(step, { maxLength: 30 }),
      fc.scheduler(),
      async (concurrency, maxWaiting, steps, scheduler) => {
        const queue = createTaskQueue(concurrency, maxWaiting)
        const ended: Promise<unknown>[] = []
        let taken = 0
        let running = 0
        let most = 0
        for (const { fails, endsBefore } of steps) {
          await turn()
          for (let count = 0; count < endsBefore && scheduler.count() > 0; count++) {
            await scheduler.waitOne()
            await turn()
          }
          const result = queue.run(async () => {
            running++
            most = Math.max(most, running)
            await scheduler.schedule(Promise.resolve())
            running--
            if (fails) throw new Error('task')
          })
          expect(result !== undefined).toBe(taken < concurrency + maxWaiting)
          if (!result) continue
          taken++
          const end = () => {
            taken--
          }
          ended.push(result.then(end, end))
        }
        await scheduler.waitFor(Promise.all(ended))
        expect([running, taken]).toEqual([0, 0])
        expect(most).toBeLessThanOrEqual(concurrency)
        expect(await queue.run(async () => 'free')).toBe('free')
      },
    ),
  )
})
