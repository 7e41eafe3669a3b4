// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format (version 0.0.4), and what the OpenTelemetry
// specification says of it: specification/compatibility/prometheus_and_openmetrics.md
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { formatNumber } from '../../src/prometheus/number.ts'
import { prometheusText } from '../../src/prometheus/text.ts'

type Input = Parameters<typeof prometheusText>[0]

const GAUGE = 2
const SUM = 3
const HISTOGRAM = 0
const EXPONENTIAL = 1

interface MetricOptions {
  unit?: string
  description?: string
  isMonotonic?: boolean
}

function metric(
  name: string,
  dataPointType: number,
  dataPoints: unknown[],
  options: MetricOptions = {},
) {
  const { unit = '', description = '', ...rest } = options
  return {
    descriptor: { name, unit, description, valueType: 1 },
    dataPointType,
    dataPoints,
    ...rest,
  }
}

const gauge = (name: string, value: number, attributes: object = {}, options: MetricOptions = {}) =>
  metric(name, GAUGE, [{ attributes, value }], options)

function textOf(
  metrics: unknown[],
  { resource = {}, scope = { name: 's' }, scopeLabels = false } = {},
) {
  const clashes: string[] = []
  const text = prometheusText(
    { resource: { attributes: resource }, scopeMetrics: [{ scope, metrics }] } as unknown as Input,
    { scopeLabels, onClash: (name, why) => clashes.push(`${name}: ${why}`) },
  )
  return { text, clashes }
}

describe('lines', () => {
  test('the last line ends with a line feed; there is no empty line', () => {
    const { text } = textOf([gauge('a', 1), gauge('b', 2)])
    expect(text).toBe('# TYPE a gauge\na 1\n# TYPE b gauge\nb 2\n')
  })

  test('nothing measured: nothing', () => {
    expect(textOf([]).text).toBe('')
    expect(textOf([metric('a', GAUGE, [])]).text).toBe('')
  })

  test('HELP comes before TYPE, TYPE before the first sample, each once a metric', () => {
    const points = [
      { attributes: { x: 1 }, value: 1 },
      { attributes: { x: 2 }, value: 2 },
    ]
    const { text } = textOf([metric('a', GAUGE, points, { description: 'What a is' })])
    expect(text).toBe('# HELP a What a is\n# TYPE a gauge\na{x="1"} 1\na{x="2"} 2\n')
  })

  test('all lines of a metric are one group, also when it comes from two scopes', () => {
    const collected = {
      resource: { attributes: {} },
      scopeMetrics: [
        { scope: { name: 'one' }, metrics: [gauge('a', 1), gauge('b', 1)] },
        { scope: { name: 'two', version: '2', schemaUrl: 'u' }, metrics: [gauge('a', 2)] },
      ],
    }
    const text = prometheusText(collected as unknown as Input, { scopeLabels: true })
    expect(text).toBe(
      `# TYPE a gauge
a{otel_scope_name="one"} 1
a{otel_scope_name="two",otel_scope_version="2",otel_scope_schema_url="u"} 2
# TYPE b gauge
b{otel_scope_name="one"} 1
`,
    )
  })
})

describe('escaping', () => {
  test('a label value escapes backslash, double quote and line feed', () => {
    expect(textOf([gauge('a', 1, { path: 'C:\\DIR\\"x"\nend' })]).text).toContain(
      'a{path="C:\\\\DIR\\\\\\"x\\"\\nend"} 1\n',
    )
  })

  test('HELP escapes backslash and line feed, and leaves the double quote', () => {
    expect(textOf([gauge('a', 1, {}, { description: 'a "b"\\\nc' })]).text).toContain(
      '# HELP a a "b"\\\\\\nc\n',
    )
  })

  test('any Unicode character may stand in a label value', () => {
    expect(textOf([gauge('a', 1, { x: 'äöü 😀 \u2028' })]).text).toContain('a{x="äöü 😀 \u2028"} 1')
  })
})

describe('values are as Go prints and parses them', () => {
  test.each([
    [Number.NaN, 'NaN'],
    [Infinity, '+Inf'],
    [-Infinity, '-Inf'],
    [-0, '-0'],
    [0, '0'],
    [10, '10'],
    [0.005, '0.005'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [1.5e-7, '1.5e-07'],
    [-1e-300, '-1e-300'],
    [100_000, '100000'],
    [999_999.5, '999999.5'],
    [1e6, '1e+06'],
    [1_048_576, '1.048576e+06'],
    [123_456_789, '1.23456789e+08'],
    [1_234_567.5, '1.2345675e+06'],
    [1e20, '1e+20'],
    [1e21, '1e+21'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
    [Number.MAX_SAFE_INTEGER, '9.007199254740991e+15'],
  ])('%p is %s', (value, expected) => {
    expect(formatNumber(value)).toBe(expected)
  })

  test('a number read back is the same number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Number(formatNumber(value))).toBe(value)
      }),
    )
  })
})

describe('types', () => {
  test('a monotonic sum is a counter and ends in _total', () => {
    const sum = metric('orders', SUM, [{ attributes: {}, value: 1 }], { isMonotonic: true })
    expect(textOf([sum]).text).toBe('# TYPE orders_total counter\norders_total 1\n')
  })

  test('a sum that is not monotonic is a gauge', () => {
    const sum = metric('queue', SUM, [{ attributes: {}, value: -1 }], { isMonotonic: false })
    expect(textOf([sum]).text).toBe('# TYPE queue gauge\nqueue -1\n')
  })

  test('a histogram: cumulative buckets, one of +Inf equal to _count, then _sum and _count', () => {
    const value = { count: 6, sum: 7.5, buckets: { boundaries: [0.1, 1], counts: [1, 2, 3] } }
    const points = [{ attributes: { a: 'b' }, value }]
    expect(
      textOf([metric('t', HISTOGRAM, points, { unit: 's' })]).text,
    ).toBe(`# TYPE t_seconds histogram
t_seconds_bucket{a="b",le="0.1"} 1
t_seconds_bucket{a="b",le="1"} 3
t_seconds_bucket{a="b",le="+Inf"} 6
t_seconds_sum{a="b"} 7.5
t_seconds_count{a="b"} 6
`)
  })

  test('a histogram that may have negative values has no sum', () => {
    const value = { count: 1, buckets: { boundaries: [], counts: [1] } }
    expect(textOf([metric('t', HISTOGRAM, [{ attributes: {}, value }])]).text).toBe(
      '# TYPE t histogram\nt_bucket{le="+Inf"} 1\nt_count 1\n',
    )
  })

  test('an exponential histogram is left out and reported', () => {
    const { text, clashes } = textOf([metric('e', EXPONENTIAL, [{ attributes: {}, value: {} }])])
    expect(text).toBe('')
    expect(clashes).toEqual(['e: the text format has no exponential histograms'])
  })
})

describe('names that meet', () => {
  test('two metrics of one name and type are one family', () => {
    const { text, clashes } = textOf([gauge('a.b', 1, { x: 1 }), gauge('a_b', 2, { x: 2 })])
    expect(text).toBe('# TYPE a_b gauge\na_b{x="1"} 1\na_b{x="2"} 2\n')
    expect(clashes).toEqual([])
  })

  test('the same labels again: the first one stays, and it is reported', () => {
    const { text, clashes } = textOf([gauge('a.b', 1), gauge('a_b', 2)])
    expect(text).toBe('# TYPE a_b gauge\na_b 1\n')
    expect(clashes).toEqual(['a_b: a_b already has a series with the same labels'])
  })

  test('another type: the first one stays, and it is reported', () => {
    const sum = metric('a', SUM, [{ attributes: {}, value: 1 }], { isMonotonic: true })
    const { text, clashes } = textOf([gauge('a.total', 1), sum])
    expect(text).toBe('# TYPE a_total gauge\na_total 1\n')
    expect(clashes).toEqual(['a: a_total is already a gauge'])
  })

  test('a histogram may not take the name of a sample of another metric', () => {
    const value = { count: 1, sum: 1, buckets: { boundaries: [], counts: [1] } }
    const { clashes } = textOf([
      gauge('t.count', 1),
      metric('t', HISTOGRAM, [{ attributes: {}, value }]),
      gauge('t.sum', 1),
    ])
    expect(clashes).toEqual(['t: t_count is already a gauge'])
    const other = textOf([metric('t', HISTOGRAM, [{ attributes: {}, value }]), gauge('t.sum', 1)])
    expect(other.clashes).toEqual(['t.sum: t is already a histogram'])
  })

  test('labels that become one keep both values, in the order of their names', () => {
    expect(textOf([gauge('a', 1, { 'x.y': '2', x_y: '1', 'x-y': '3' })]).text).toContain(
      'a{x_y="3;2;1"} 1',
    )
  })

  test('a label of the measurement may not be le of a histogram, the scope or the name', () => {
    const value = { count: 1, sum: 1, buckets: { boundaries: [], counts: [1] } }
    const points = [
      { attributes: { le: 'mine', otel_scope_name: 'mine', __name__: 'mine' }, value },
    ]
    expect(textOf([metric('t', HISTOGRAM, points)], { scopeLabels: true }).text).toBe(
      `# TYPE t histogram
t_bucket{otel_scope_name="s",le="+Inf"} 1
t_sum{otel_scope_name="s"} 1
t_count{otel_scope_name="s"} 1
`,
    )
  })

  test('a metric whose name has no legal character is left out and reported', () => {
    expect(textOf([gauge('é', 1)]).clashes).toEqual(['é: its name has no legal character'])
  })
})

test('the resource is target_info, a gauge of value 1', () => {
  const { text } = textOf([], { resource: { 'service.name': 'orders', pid: 5, list: ['a', 'b'] } })
  expect(text).toBe(
    '# HELP target_info Target metadata\n# TYPE target_info gauge\ntarget_info{list="[\\"a\\",\\"b\\"]",pid="5",service_name="orders"} 1\n',
  )
})

const SAMPLE =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\S+)$/
const COMMENT =
  /^# (?:HELP [a-zA-Z_:][a-zA-Z0-9_:]* [^\n]*|TYPE [a-zA-Z_:][a-zA-Z0-9_:]* (?:counter|gauge|histogram))$/

test('whatever is measured, each line is legal and each series there once', () => {
  const text = fc.string({ unit: 'binary', maxLength: 10 })
  const attributes = fc.dictionary(text, fc.oneof(text, fc.double(), fc.boolean()))
  const metrics = fc.array(
    fc.record({
      name: text,
      unit: text,
      description: text,
      type: fc.constantFrom(GAUGE, SUM),
      points: fc.array(fc.record({ attributes, value: fc.double() }), { maxLength: 3 }),
      isMonotonic: fc.boolean(),
    }),
    { maxLength: 5 },
  )
  fc.assert(
    fc.property(metrics, (all) => {
      const given = all.map(({ name, type, points, ...options }) =>
        metric(name, type, points, options),
      )
      const lines = textOf(given, { scopeLabels: true }).text.split('\n').slice(0, -1)
      const series = lines.filter((line) => !line.startsWith('#'))
      for (const line of lines) expect(line).toMatch(line.startsWith('#') ? COMMENT : SAMPLE)
      const names = series.map((line) => line.replace(/ \S+$/, ''))
      expect(new Set(names).size).toBe(names.length)
    }),
    { numRuns: 300 },
  )
})
