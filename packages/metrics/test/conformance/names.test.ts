// What github.com/prometheus/otlptranslator v1.0.0 (strategy UnderscoreEscapingWithSuffixes), which the OpenTelemetry Collector and
// Prometheus use, answered for these names and units.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { labelName, metricName } from '../../src/prometheus/names.ts'

const vectors = JSON.parse(
  readFileSync(new URL('../fixtures/otlptranslator.json', import.meta.url), 'utf8'),
) as {
  metrics: [name: string, unit: string, kind: Parameters<typeof metricName>[2], expected: string][]
  labels: [name: string, expected: string][]
}

test('metric names equal those of the translator, in all 1500 vectors', () => {
  const ours = vectors.metrics.map(([name, unit, kind]) => [
    name,
    unit,
    kind,
    metricName(name, unit, kind) ?? '',
  ])
  expect(ours).toEqual(vectors.metrics)
})

test('label names equal those of the translator', () => {
  expect(vectors.labels.map(([name]) => [name, labelName(name) ?? ''])).toEqual(vectors.labels)
})

describe('rules, one by one', () => {
  test.each([
    ['a unit becomes a suffix', 'order.latency', 's', 'histogram', 'order_latency_seconds'],
    ['a counter ends in total', 'orders', '', 'counter', 'orders_total'],
    ['what is counted, in braces, is no suffix', 'orders', '{order}', 'counter', 'orders_total'],
    ['a suffix that is there already is not repeated', 'a.seconds', 's', 'gauge', 'a_seconds'],
    ['total moves to the end', 'total.orders', 'By', 'counter', 'orders_bytes_total'],
    ['a gauge of unit 1 is a ratio', 'cpu.utilization', '1', 'gauge', 'cpu_utilization_ratio'],
    ['a counter of unit 1 is not', 'cpu.ticks', '1', 'counter', 'cpu_ticks_total'],
    ['an up-down counter gets no total', 'queue', '{job}', 'upDownCounter', 'queue'],
    ['a rate gets per', 'disk.io', 'By/s', 'gauge', 'disk_io_bytes_per_second'],
    ['a leading digit gets an underscore', '9lives', '', 'gauge', '_9lives'],
    ['what cannot be kept is one underscore', 'a..b', '', 'gauge', 'a_b'],
    ['an unknown unit stands as it is', 'a', 'widgets', 'gauge', 'a_widgets'],
  ] as const)('%s', (_rule, name, unit, kind, expected) => {
    expect(metricName(name, unit, kind)).toBe(expected)
  })
})

test('whatever the name and unit, the result is legal in Prometheus, or undefined', () => {
  const kinds = ['counter', 'upDownCounter', 'gauge', 'histogram'] as const
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom(...kinds),
      (name, unit, kind) => {
        expect(metricName(name, unit, kind) ?? 'none').toMatch(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/)
        expect(labelName(name) ?? 'none').toMatch(/^[a-zA-Z_][a-zA-Z0-9_]*$/)
      },
    ),
    { numRuns: 300 },
  )
})
