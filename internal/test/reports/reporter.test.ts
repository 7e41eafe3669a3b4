import { expect, test } from '@jest/globals'
import { createReporter, type Report, tell } from '../../src/reports/reporter.ts'

const report: Report = { type: 'x.y', level: 'info', message: 'm', fields: {} }
const fail = (): never => {
  throw new Error('listener')
}

test('a listener that is subscribed twice is called twice, and each subscription ends on its own', () => {
  const reporter = createReporter()
  const received: Report[] = []
  const listener = (report: Report) => received.push(report)
  const first = reporter.subscribe(listener)
  const second = reporter.subscribe(listener)
  reporter.report(report)
  expect(received).toEqual([report, report])
  first()
  first()
  reporter.report(report)
  expect(received).toHaveLength(3)
  second()
  reporter.report(report)
  expect(received).toHaveLength(3)
})

test('isHeard tells whether there is a listener', () => {
  const reporter = createReporter()
  expect(reporter.isHeard()).toBe(false)
  const unsubscribe = reporter.subscribe(() => {})
  expect(reporter.isHeard()).toBe(true)
  unsubscribe()
  expect(reporter.isHeard()).toBe(false)
})

test('listeners are called in the order in which they subscribed', () => {
  const reporter = createReporter()
  const received: string[] = []
  for (const name of ['a', 'b', 'c']) reporter.subscribe(() => received.push(name))
  reporter.report(report)
  expect(received).toEqual(['a', 'b', 'c'])
})

test('what a listener throws or rejects with is dropped', async () => {
  const unhandled: unknown[] = []
  const collect = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', collect)
  const reporter = createReporter()
  const received: Report[] = []
  reporter.subscribe(fail)
  reporter.subscribe(async () => fail())
  reporter.subscribe(() => Promise.reject(new Error('listener')))
  // biome-ignore lint/suspicious/noThenProperty: a thenable that is no promise
  reporter.subscribe(() => ({ then: fail }))
  reporter.subscribe(() => ({
    // biome-ignore lint/suspicious/noThenProperty: a thenable that is no promise
    get then() {
      return fail()
    },
  }))
  reporter.subscribe((report) => received.push(report))
  reporter.report(report)
  // Unhandled rejections are emitted after the microtasks.
  await new Promise((resolve) => setImmediate(resolve))
  process.off('unhandledRejection', collect)
  expect([received, unhandled]).toEqual([[report], []])
})

test('a listener may return any value', () => {
  // biome-ignore lint/suspicious/noThenProperty: not a thenable
  for (const value of [undefined, null, 0, 'then', { then: 5 }, Object.create(null)]) {
    expect(() => tell(() => value, report)).not.toThrow()
  }
})

test('a listener that is added during a report gets only the next one', () => {
  const reporter = createReporter()
  const received: string[] = []
  let added = false
  reporter.subscribe(() => {
    received.push('first')
    if (!added) reporter.subscribe(() => received.push('second'))
    added = true
  })
  reporter.report(report)
  expect(received).toEqual(['first'])
  reporter.report(report)
  expect(received).toEqual(['first', 'first', 'second'])
})

test('a listener that unsubscribes during a report does not make the next listener miss it', () => {
  const reporter = createReporter()
  const received: string[] = []
  const unsubscribe = reporter.subscribe(() => {
    received.push('first')
    unsubscribe()
  })
  reporter.subscribe(() => received.push('second'))
  reporter.report(report)
  reporter.report(report)
  expect(received).toEqual(['first', 'second', 'second'])
})

test('a listener may report', () => {
  const reporter = createReporter()
  const received: string[] = []
  reporter.subscribe(({ type }) => {
    received.push(type)
    if (type === 'x.y') reporter.report({ ...report, type: 'x.z' })
  })
  reporter.report(report)
  expect(received).toEqual(['x.y', 'x.z'])
})
