// The same instruments, scraped here and pushed to the OpenTelemetry Collector and scraped from its Prometheus exporter.
import * as metrics from '@clew/metrics'
import { type Listening, listen, type Otelcol, startOtelcol } from '@clew/testing'
import { describeWith } from '@clew/testing/programs'
import { afterAll, beforeAll, expect, test } from '@jest/globals'

interface Family {
  readonly type: string
  readonly help: string
  /** Sorted. */
  readonly samples: readonly string[]
}

// What the collector adds: which process a series is from, as Prometheus does to ours when it scrapes. And a label that is empty is, to
// Prometheus, a label that is not there.
const MEANS_NOTHING = /^(?:job|instance)=|=""$/

/** Families of the text format; the order of families, samples and labels means nothing. */
function familiesOf(text: string): Map<string, Family> {
  const families = new Map<string, { type: string; help: string; samples: string[] }>()
  let help = ''
  let current = { type: '', help: '', samples: [] as string[] }
  for (const line of text.split('\n')) {
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? []
    if (kind === 'HELP') help = rest
    else if (kind === 'TYPE') {
      current = { type: rest, help, samples: [] }
      families.set(name, current)
      help = ''
    } else if (line !== '') current.samples.push(normal(line))
  }
  for (const { samples } of families.values()) samples.sort()
  return families
}

function normal(sample: string): string {
  const [, name, labels = '', value] = /^([^{ ]+)(?:\{(.*)\})? (\S+)$/.exec(sample) ?? []
  const pairs = [...labels.matchAll(/\w+="(?:[^"\\]|\\.)*"/g)].map(([pair]) => pair)
  const kept = pairs.filter((pair) => !MEANS_NOTHING.test(pair)).sort()
  return `${name}{${kept.join(',')}} ${value}`
}

describeWith('otelcol', 'beside the Prometheus exporter of the OpenTelemetry Collector', () => {
  let collector: Otelcol
  let meters: metrics.Meters
  let handler: Listening
  let ours: Map<string, Family>
  let theirs: Map<string, Family>

  beforeAll(async () => {
    collector = await startOtelcol()
    meters = await metrics.configure({
      service: { name: 'orders', version: '1.0.0' },
      exporter: metrics.otlp({ endpoint: collector.endpoint }),
      prometheus: true,
      runtime: false,
      clients: false,
    })
    handler = await listen(meters.handler)
    record()
    await meters.flush()
    ours = familiesOf(await (await fetch(handler.url)).text())
    theirs = familiesOf(await (await fetch(collector.prometheusUrl)).text())
  }, 120_000)

  afterAll(async () => {
    await handler?.close()
    await meters?.shutdown()
    await collector?.close()
  }, 60_000)

  // Units and names of all sorts, each as each kind of instrument.
  const NAMES = ['things', 'dotted.name', 'with-dash/slash', 'in.seconds', 'thing.total', 'a_ratio']
  const UNITS = [
    '',
    '1',
    's',
    'ms',
    'By',
    'KiBy',
    'By/s',
    '{thing}',
    '{thing}/s',
    '%',
    'Cel',
    'widgets',
    'm/s',
    'd',
    'Hz',
  ]

  function record(): void {
    const labels = { plain: 'x', 'dotted.label': 'a"b\\c\nd', flag: true, number: 1.5 }
    UNITS.forEach((unit, u) => {
      NAMES.forEach((name, n) => {
        const options = { unit, description: `About ${name} "in" ${unit} \\ and` }
        const at = (kind: string) => `${kind}${u}.${name}`
        metrics.counter(at('c'), options).add(n + 1, labels)
        metrics.upDownCounter(at('u'), options).add(-n)
        metrics.gauge(at('g'), options).record(n / 3)
        const boundaries = [0.00001, 0.5, 999_999, 1e6, 1_048_576, 1e21]
        metrics.histogram(at('h'), { ...options, boundaries }).record(n / 3, { n })
        metrics.observableCounter(at('oc'), () => n, options)
        metrics.observableGauge(at('og'), () => n, options)
        metrics.observableUpDownCounter(at('ou'), () => n, options)
      })
    })
    for (const [i, value] of [
      0,
      -0.5,
      0.0001,
      1e-7,
      123456,
      999999.5,
      -1e6,
      123456789,
      1e20,
      1e21,
      1.5e300,
      0.1 + 0.2,
    ].entries()) {
      metrics.gauge('value').record(value, { i })
    }
  }

  test('the same names, of the same types', () => {
    expect(ours.size).toBeGreaterThan(600)
    const typesOf = (families: Map<string, Family>) =>
      [...families].map(([name, { type }]) => `${name} ${type}`).sort()
    expect(typesOf(ours)).toEqual(typesOf(theirs))
  })

  test('the same series, with the same labels and numbers', () => {
    for (const [name, { samples }] of ours) {
      if (name !== 'target_info') expect([name, samples]).toEqual([name, theirs.get(name)?.samples])
    }
  })

  test('the same help', () => {
    for (const [name, { help }] of ours) {
      expect([name, help]).toEqual([name, theirs.get(name)?.help])
    }
  })
})
