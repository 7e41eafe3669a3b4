import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createFairQueue, type FairQueue } from '../src/limits/fair-queue.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))
const here = () => false

/** Tasks that end when they are told to. */
function createTasks(queue: FairQueue) {
  const started: string[] = []
  const ends = new Map<string, () => void>()
  return {
    started,
    add: (name: string, lane: string, isGone = here) =>
      queue.run(
        () => {
          started.push(name)
          return new Promise<string>((resolve) => ends.set(name, () => resolve(name)))
        },
        lane,
        isGone,
      ),
    async end(name: string) {
      ends.get(name)?.()
      await turn()
    },
  }
}

describe('lanes', () => {
  test('take turns: one with many tasks makes another wait for one of them', async () => {
    const { add, end, started } = createTasks(createFairQueue(1, 10))
    for (const name of ['m1', 'm2', 'm3', 'm4']) void add(name, 'many')
    void add('f1', 'few')
    await turn()
    for (const name of ['m1', 'm2', 'f1', 'm3', 'm4']) await end(name)
    expect(started).toEqual(['m1', 'm2', 'f1', 'm3', 'm4'])
  })

  test('share the room: the longest one loses its last task', async () => {
    const { add, end } = createTasks(createFairQueue(1, 3))
    const all = ['m1', 'm2', 'm3', 'm4'].map((name) => add(name, 'many'))
    expect(await add('m5', 'many')).toBe('full')
    const few = add('f1', 'few')
    expect(await all[3]).toBe('full')
    for (const name of ['m1', 'm2', 'f1']) await end(name)
    expect(await few).toEqual({ result: 'f1' })
    await end('m3')
    expect(await Promise.all(all.slice(0, 3))).toHaveLength(3)
  })

  test('who has no more than the others gets no room of theirs', async () => {
    const { add } = createTasks(createFairQueue(1, 2))
    for (const lane of ['a', 'b', 'c']) void add(lane, lane)
    await turn()
    expect(await add('d', 'd')).toBe('full')
  })
})

describe('tasks that nobody waits for', () => {
  test('are dropped before they start', async () => {
    const { add, end, started } = createTasks(createFairQueue(1, 10))
    let left = false
    void add('first', 'a')
    const gone = add('gone', 'a', () => left)
    const last = add('last', 'b')
    left = true
    await turn()
    await end('first')
    expect(await gone).toBe('gone')
    await end('last')
    expect([await last, started]).toEqual([{ result: 'last' }, ['first', 'last']])
  })

  test('give their room away first', async () => {
    const { add, end } = createTasks(createFairQueue(1, 2))
    void add('first', 'a')
    const gone = [add('g1', 'a', () => true), add('g2', 'a', () => true)]
    const own = add('own', 'a')
    expect(await Promise.all(gone)).toEqual(['gone', 'gone'])
    await end('first')
    await end('own')
    expect(await own).toEqual({ result: 'own' })
  })
})

test('never more at once, never more waiting, and every task that was taken ends', async () => {
  const step = fc.record({
    fails: fc.boolean(),
    endsBefore: fc.nat(3),
    lane: fc.constantFrom('a', 'b', 'c'),
    leaves: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 4 }),
      fc.array(step, { maxLength: 30 }),
      fc.scheduler(),
      async (concurrency, maxWaiting, steps, scheduler) => {
        const queue = createFairQueue(concurrency, maxWaiting)
        const ended: Promise<unknown>[] = []
        let running = 0
        let most = 0
        let started = 0
        for (const { fails, endsBefore, lane, leaves } of steps) {
          await turn()
          for (let count = 0; count < endsBefore && scheduler.count() > 0; count++) {
            await scheduler.waitOne()
            await turn()
          }
          const task = async () => {
            started++
            running++
            most = Math.max(most, running)
            await scheduler.schedule(Promise.resolve())
            running--
            if (fails) throw new Error('task')
          }
          ended.push(queue.run(task, lane, () => leaves).catch(() => ({ result: 'failed' })))
        }
        await scheduler.waitFor(Promise.all(ended))
        const results = await Promise.all(ended)
        expect(results.filter((each) => typeof each === 'object')).toHaveLength(started)
        expect(running).toBe(0)
        expect(most).toBeLessThanOrEqual(concurrency)
        expect(await queue.run(async () => 'free', 'd', here)).toEqual({ result: 'free' })
      },
    ),
  )
})
