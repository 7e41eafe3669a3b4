import * as metrics from '@clew/metrics'
import { afterEach, describe, expect, test } from '@jest/globals'
import { capture, type Running, running } from './capture.ts'

let run: Running | undefined

afterEach(async () => {
  await run?.meters.shutdown()
  run = undefined
})

const orders = metrics.counter('view.orders', { unit: '{order}' })
const latency = metrics.histogram('view.latency', { unit: 's', boundaries: [1, 2] })
const size = metrics.histogram('view.size', { unit: 'By', boundaries: [1, 2] })

function record() {
  orders.add(1, { type: 'book', id: 1 })
  orders.add(2, { type: 'book', id: 2 })
  latency.record(3, { id: 1 })
  size.record(3)
}

async function collected(views: metrics.View[], to = capture()) {
  run = { ...(await running({ views, exporter: to })), to }
  record()
  await run.meters.flush()
  return run.to
}

const boundsOf = (value: unknown) =>
  (value as { buckets: { boundaries: number[] } }).buckets.boundaries

test('rename, with another description: the old name is gone', async () => {
  const to = await collected([
    { instrument: 'view.orders', name: 'shop.orders', description: 'Sold' },
  ])
  expect(to.last('view.orders')).toEqual([])
  expect(to.last('shop.orders')).toEqual([
    [{ type: 'book', id: 1 }, 1],
    [{ type: 'book', id: 2 }, 2],
  ])
  const found = to.exports.at(-1)?.scopeMetrics[0]?.metrics.map(({ descriptor }) => descriptor)
  expect(found?.find(({ name }) => name === 'shop.orders')).toMatchObject({
    description: 'Sold',
    unit: '{order}',
  })
})

test('drop: this one is not kept, the others are', async () => {
  const to = await collected([{ instrument: 'view.l*', drop: true }])
  expect(to.last('view.latency')).toEqual([])
  expect(to.last('view.size')).toHaveLength(1)
})

test('buckets, by a pattern: histograms get them, a counter stays a counter', async () => {
  const to = await collected([{ instrument: 'view.*', boundaries: [10, 20, 30] }])
  expect(boundsOf(to.last('view.latency')[0]?.[1])).toEqual([10, 20, 30])
  expect(boundsOf(to.last('view.size')[0]?.[1])).toEqual([10, 20, 30])
  expect(to.last('view.orders')).toEqual([
    [{ type: 'book', id: 1 }, 1],
    [{ type: 'book', id: 2 }, 2],
  ])
})

test('exponential buckets', async () => {
  const to = await collected([{ instrument: '*.size', boundaries: 'exponential' }])
  expect(to.last('view.size')[0]?.[1]).toMatchObject({
    count: 1,
    scale: expect.any(Number),
    positive: { bucketCounts: [1] },
  })
  expect(boundsOf(to.last('view.latency')[0]?.[1])).toEqual([1, 2])
})

test('attributes that are kept or dropped: series that become equal are added up', async () => {
  const kept = await collected([{ instrument: 'view.orders', keepAttributes: ['type'] }])
  expect(kept.last('view.orders')).toEqual([[{ type: 'book' }, 3]])
  await run?.meters.shutdown()
  const left = await collected([{ instrument: 'view.*', dropAttributes: ['id'] }])
  expect(left.last('view.orders')).toEqual([[{ type: 'book' }, 3]])
  expect(left.last('view.latency')[0]?.[0]).toEqual({})
})

test('views hold for instruments of the OpenTelemetry API as well', async () => {
  run = await running({ views: [{ instrument: 'theirs.*', dropAttributes: ['id'] }] })
  const { metrics: api } = await import('@opentelemetry/api')
  const theirs = api.getMeter('theirs').createCounter('theirs.orders')
  theirs.add(1, { id: 1 })
  theirs.add(1, { id: 2 })
  await run.meters.flush()
  expect(run.to.last('theirs.orders')).toEqual([[{}, 2]])
})

test('a new name that another instrument has: two metrics, and it is reported once', async () => {
  await collected([{ instrument: 'view.size', name: 'view.latency' }])
  await run?.meters.flush()
  expect(run?.to.last('view.latency')).toHaveLength(2)
  expect(run?.reports).toEqual([
    {
      type: 'metrics.name_clash',
      level: 'warn',
      message: 'a view creates a second metric named view.latency; the back end may keep only one',
      fields: { metric: 'view.latency' },
    },
  ])
})

test('one instrument may have two views, where one of them has another name', async () => {
  const to = await collected([
    { instrument: 'view.orders', name: 'view.orders.by.type', keepAttributes: ['type'] },
    { instrument: 'view.*', dropAttributes: ['type'] },
  ])
  expect(to.last('view.orders.by.type')).toEqual([[{ type: 'book' }, 3]])
  expect(to.last('view.orders')).toEqual([
    [{ id: 1 }, 1],
    [{ id: 2 }, 2],
  ])
})

test.each([
  ['a', 'a', true],
  ['a.*', 'a.b', true],
  ['a.b', 'a.*', true],
  ['a.*', 'b.*', false],
  ['a.*', '*.b', true],
  ['a*', 'ab*', true],
  ['*a', '*ba', true],
  ['*.a', '*.b', false],
  ['a.*.b', 'a.b', false],
  ['*', 'x', true],
])('views of %s and %s: one metric twice: %s', async (first, second, twice) => {
  const made = metrics.configure({
    service: { name: 'x' },
    views: [
      { instrument: first, dropAttributes: ['id'] },
      { instrument: second, dropAttributes: ['id'] },
    ],
  })
  if (twice) {
    await expect(made).rejects.toMatchObject({
      code: 'ERR_METRICS_OPTION',
      message:
        'metrics.configure: views[1] must be one view together with views[0], or have another name: the two create one metric of one instrument, which would count it twice; received an object',
    })
  } else await (await made).shutdown()
})

test('views of two instruments with one new name are refused', async () => {
  const views = ['a', 'b'].map((instrument) => ({ instrument, name: 'c' }))
  await expect(metrics.configure({ service: { name: 'x' }, views })).rejects.toMatchObject({
    code: 'ERR_METRICS_OPTION',
  })
})

describe('the cardinality limit', () => {
  test.each([
    ['of a metric that a view has renamed', { name: 'shop.ids' }, 'shop.ids'],
    ['of a metric without some attributes', { dropAttributes: ['noise'] }, 'view.ids'],
  ])('holds %s', async (_what, view, name) => {
    const ids = metrics.counter('view.ids')
    run = await running({ cardinalityLimit: 5, views: [{ instrument: 'view.ids', ...view }] })
    for (let round = 0; round < 10; round++) {
      for (let i = 0; i < 4; i++) ids.add(1, { id: `${round}-${i}` })
      await run.meters.flush()
    }
    const found = run.to.last(name) as [object, number][]
    expect(found).toHaveLength(5)
    expect(found.reduce((sum, [, value]) => sum + value, 0)).toBe(40)
    expect(run.reports).toMatchObject([{ type: 'metrics.overflow', fields: { metric: name } }])
  })

  test('holds between two collections too', async () => {
    const burst = metrics.counter('view.burst')
    run = await running({
      cardinalityLimit: 3,
      views: [{ instrument: 'view.burst', dropAttributes: ['noise'] }],
    })
    for (let id = 0; id < 10; id++) burst.add(1, { id })
    await run.meters.flush()
    expect(run.to.last('view.burst')).toEqual([
      [{ id: 0 }, 1],
      [{ id: 1 }, 1],
      [{ 'otel.metric.overflow': true }, 8],
    ])
  })

  test('an attribute that a view leaves out does not keep a known series from being found', async () => {
    const known = metrics.counter('view.known')
    run = await running({
      cardinalityLimit: 3,
      views: [{ instrument: 'view.known', keepAttributes: ['id'] }],
    })
    for (const id of [1, 2, 3]) {
      known.add(1, { id, noise: 'a' })
      await run.meters.flush()
    }
    known.add(1, { id: 2, noise: 'b' })
    known.add(1, { id: 4, noise: 'b' })
    await run.meters.flush()
    expect(run.to.last('view.known')).toEqual([
      [{ id: 1 }, 1],
      [{ id: 2 }, 2],
      [{ 'otel.metric.overflow': true }, 2],
    ])
  })
})

test.each([
  ['x', 'views must be an array; received "x"'],
  [[1], 'views[0] must be an object; received 1'],
  [[{}], `views[0].instrument must be an instrument's name with at most one *; received undefined`],
  [
    [{ instrument: 'a b', drop: true }],
    `views[0].instrument must be an instrument's name with at most one *; received "a b"`,
  ],
  [
    [{ instrument: 'a*b*', drop: true }],
    `views[0].instrument must be an instrument's name with at most one *; received "a*b*"`,
  ],
  [[{ instrument: 'a' }], 'views[0] must be a view that changes something; received an object'],
  [
    [
      { instrument: 'a', drop: true },
      { instrument: 'a*', name: 'b' },
    ],
    'views[1].name must be left out, since instrument has a *; received "b"',
  ],
  [[{ instrument: 'a', name: '9' }], `views[0].name must be a metric's name; received "9"`],
  [[{ instrument: 'a', description: 1 }], 'views[0].description must be a string; received 1'],
  [[{ instrument: 'a', drop: 1 }], 'views[0].drop must be true or false; received 1'],
  [
    [{ instrument: 'a', drop: true, name: 'b' }],
    'views[0].drop must be the only change: a metric that is not kept has no others; received true',
  ],
  [
    [{ instrument: 'a', boundaries: [2, 1] }],
    "views[0].boundaries must be an array of at most 200 ascending numbers, or 'exponential'; received an array",
  ],
  [
    [{ instrument: 'a', boundaries: 'log' }],
    `views[0].boundaries must be an array of at most 200 ascending numbers, or 'exponential'; received "log"`,
  ],
  [
    [{ instrument: 'a', keepAttributes: 'x' }],
    'views[0].keepAttributes must be an array of strings; received "x"',
  ],
  [
    [{ instrument: 'a', dropAttributes: [1] }],
    'views[0].dropAttributes[0] must be a string; received 1',
  ],
  [
    [{ instrument: 'a', attributes: [] }],
    'unknown option "views[0].attributes"; the options are views[0].instrument, views[0].name, views[0].description, views[0].drop, views[0].boundaries, views[0].keepAttributes, views[0].dropAttributes',
  ],
])('%j is refused', async (views, problem) => {
  await expect(
    metrics.configure({ service: { name: 'x' }, views: views as never }),
  ).rejects.toMatchObject({
    name: 'TypeError',
    code: 'ERR_METRICS_OPTION',
    message: `metrics.configure: ${problem}`,
  })
})
