import * as metrics from '@clew/metrics'
import { afterEach, describe, expect, test } from '@jest/globals'
import { type Running, running } from './capture.ts'

let run: Running | undefined

afterEach(async () => {
  await run?.meters.shutdown()
  run = undefined
})

test('counter, up-down counter and gauge record exactly the values they are given', async () => {
  const counter = metrics.counter('c')
  const upDown = metrics.upDownCounter('u')
  const gauge = metrics.gauge('g')
  run = await running()
  counter.add(1)
  counter.add(0.5, { a: 'x' })
  upDown.add(5)
  upDown.add(-7)
  gauge.record(3)
  gauge.record(2)
  await run.meters.flush()
  expect(run.to.last('c')).toEqual([
    [{}, 1],
    [{ a: 'x' }, 0.5],
  ])
  expect(run.to.last('u')).toEqual([[{}, -2]])
  expect(run.to.last('g')).toEqual([[{}, 2]])
})

test('the same name twice is the same metric', async () => {
  run = await running()
  metrics.counter('twice', { unit: '{x}' }).add(1)
  metrics.counter('twice', { unit: '{x}' }).add(2)
  await run.meters.flush()
  expect(run.to.last('twice')).toEqual([[{}, 3]])
})

test('a value that would make later sums useless is dropped, and reported once', async () => {
  run = await running()
  const counter = metrics.counter('poison')
  counter.add(1)
  for (const value of [Number.NaN, Infinity, -1, '5' as never, undefined as never])
    counter.add(value)
  metrics.upDownCounter('poison.updown').add(Number.NaN)
  metrics.gauge('poison.gauge').record(-Infinity)
  metrics.histogram('poison.histogram').record(Number.NaN)
  await run.meters.flush()
  expect(run.to.last('poison')).toEqual([[{}, 1]])
  expect(run.reports.map(({ type, fields }) => [type, fields['metric']])).toEqual([
    ['metrics.value_dropped', 'poison'],
    ['metrics.value_dropped', 'poison.updown'],
    ['metrics.value_dropped', 'poison.gauge'],
    ['metrics.value_dropped', 'poison.histogram'],
  ])
})

describe('names and units are checked', () => {
  test.each(['', '9a', '_a', 'a b', 'é', 'a'.repeat(256), 'a{b}'])(
    'the name %j is refused',
    (name) => {
      expect(() => metrics.counter(name)).toThrow(
        expect.objectContaining({ code: 'ERR_METRICS_NAME', name: 'TypeError' }),
      )
    },
  )

  test.each([
    ['seconds', 's'],
    ['milliseconds', 'ms'],
    ['bytes', 'By'],
    ['B', 'By'],
    ['percent', '%'],
  ])('the unit %j is refused, and %j named instead', (wrong, right) => {
    expect(() => metrics.histogram('unit.check', { unit: wrong })).toThrow(
      expect.objectContaining({
        code: 'ERR_METRICS_UNIT',
        message: `metrics.histogram: unit of unit.check must be a UCUM code, here "${right}"; received "${wrong}"`,
      }),
    )
  })

  test('the message says where, what is expected, and what came', () => {
    expect(() => metrics.upDownCounter('9a')).toThrow(
      'metrics.upDownCounter: name must be a letter and then at most 254 letters, digits, "_", ".", "-" and "/"; received "9a"',
    )
    expect(() => metrics.gauge('unit.check', { unit: 5 as never })).toThrow(
      'metrics.gauge: unit of unit.check must be at most 63 ASCII characters; received 5',
    )
    expect(() => metrics.gauge('unit.check', { description: 5 as never })).toThrow(
      'metrics.gauge: description of unit.check must be a string; received 5',
    )
  })

  test.each(['é', 'a'.repeat(64), 5 as never])('the unit %j is refused', (unit) => {
    expect(() => metrics.gauge('unit.check', { unit })).toThrow(
      expect.objectContaining({ code: 'ERR_METRICS_UNIT' }),
    )
  })

  test('one name cannot mean two things, whatever its case', () => {
    metrics.counter('meaning', { unit: '{a}' })
    expect(() => metrics.counter('Meaning', { unit: '{b}' })).toThrow(
      expect.objectContaining({
        code: 'ERR_METRICS_CONFLICT',
        message:
          'metrics.counter: Meaning must be a counter with the unit "{a}", as it was declared first; received a counter with the unit "{b}"',
      }),
    )
    expect(() => metrics.observableGauge('meaning', () => 1)).toThrow(
      expect.objectContaining({
        code: 'ERR_METRICS_CONFLICT',
        message:
          'metrics.observableGauge: meaning must be a counter with the unit "{a}", as it was declared first; received an observableGauge without a unit',
      }),
    )
    expect(() => metrics.observableGauge('meaning', () => 1, { unit: '{a}' })).toThrow(
      expect.objectContaining({ code: 'ERR_METRICS_CONFLICT' }),
    )
  })
})

test('recording never throws, configured or not, whatever the attributes', async () => {
  const counter = metrics.counter('never.throws')
  const hostile = {
    get broken(): string {
      throw new Error('getter')
    },
  }
  counter.add(1, { a: 1 })
  expect(() => counter.add(1, hostile)).not.toThrow()
  run = await running()
  const cycle: Record<string, unknown> = {}
  cycle['self'] = cycle
  expect(() => counter.add(1, cycle as never)).not.toThrow()
  expect(() => counter.add(1, { big: 5n, sym: Symbol('s'), fn() {} } as never)).not.toThrow()
  expect(() => counter.add(1, hostile)).not.toThrow()
  expect(() => counter.add(1, null as never)).not.toThrow()
})
