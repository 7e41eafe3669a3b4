import { expect, test } from '@jest/globals'
import { createReporter, type Report, tell } from '../../src/reports/reporter.ts'

const report: Report = { type: 'x.y', level: 'info', message: 'm', fields: {} }
const fail = (): never => {
  throw new Error('listener')
}

test('a listener that subscribes twice is called twice, and each subscription ends alone', () => {
  const reporter = createReporter()
  const heard: Report[] = []
  const listener = (each: Report) => heard.push(each)
  const first = reporter.subscribe(listener)
  const second = reporter.subscribe(listener)
  reporter.report(report)
  expect(heard).toEqual([report, report])
  first()
  first()
  reporter.report(report)
  expect(heard).toHaveLength(3)
  second()
  reporter.report(report)
  expect(heard).toHaveLength(3)
})

test('isHeard tells whether anybody subscribes', () => {
  const reporter = createReporter()
  expect(reporter.isHeard()).toBe(false)
  const leave = reporter.subscribe(() => {})
  expect(reporter.isHeard()).toBe(true)
  leave()
  expect(reporter.isHeard()).toBe(false)
})

test('listeners are called in the order of their subscriptions', () => {
  const reporter = createReporter()
  const heard: string[] = []
  for (const name of ['a', 'b', 'c']) reporter.subscribe(() => heard.push(name))
  reporter.report(report)
  expect(heard).toEqual(['a', 'b', 'c'])
})

test('what a listener throws or rejects with reaches nobody', async () => {
  const unhandled: unknown[] = []
  const collect = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', collect)
  const reporter = createReporter()
  const heard: Report[] = []
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
  reporter.subscribe((each) => heard.push(each))
  reporter.report(report)
  // An unhandled rejection is reported after the microtasks.
  await new Promise((resolve) => setImmediate(resolve))
  process.off('unhandledRejection', collect)
  expect([heard, unhandled]).toEqual([[report], []])
})

test('the return value of a listener may be anything', () => {
  // biome-ignore lint/suspicious/noThenProperty: not a thenable
  for (const value of [undefined, null, 0, 'then', { then: 5 }, Object.create(null)]) {
    expect(() => tell(() => value, report)).not.toThrow()
  }
})

test('a listener that is added while reporting gets the next report, not this one', () => {
  const reporter = createReporter()
  const heard: string[] = []
  let added = false
  reporter.subscribe(() => {
    heard.push('first')
    if (!added) reporter.subscribe(() => heard.push('second'))
    added = true
  })
  reporter.report(report)
  expect(heard).toEqual(['first'])
  reporter.report(report)
  expect(heard).toEqual(['first', 'first', 'second'])
})

test('a listener that unsubscribes itself while reporting does not skip the next one', () => {
  const reporter = createReporter()
  const heard: string[] = []
  const leave = reporter.subscribe(() => {
    heard.push('first')
    leave()
  })
  reporter.subscribe(() => heard.push('second'))
  reporter.report(report)
  reporter.report(report)
  expect(heard).toEqual(['first', 'second', 'second'])
})

test('a listener may report', () => {
  const reporter = createReporter()
  const heard: string[] = []
  reporter.subscribe(({ type }) => {
    heard.push(type)
    if (type === 'x.y') reporter.report({ ...report, type: 'x.z' })
  })
  reporter.report(report)
  expect(heard).toEqual(['x.y', 'x.z'])
})
