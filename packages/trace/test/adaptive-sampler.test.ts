import { type AdaptiveSamplerOptions, adaptiveSampler } from '@clew/trace'
import { describe, expect, test } from '@jest/globals'
import { metrics } from '@opentelemetry/api'
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'
import fc from 'fast-check'
import { rootContext } from '../src/context/root.ts'
import { withSpanContext } from '../src/context/span-context.ts'

interface Arrival {
  readonly atMs: number
  readonly path: string
}

/** Plays requests to a sampler, and says when each path was sampled. */
function play(arrivals: readonly Arrival[], options: AdaptiveSamplerOptions = {}) {
  let now = 0
  const sampler = adaptiveSampler({ ...options, now: () => now })
  const samples: Arrival[] = []
  for (const arrival of [...arrivals].sort((a, b) => a.atMs - b.atMs)) {
    now = arrival.atMs
    const attributes = { 'http.request.method': 'GET', 'url.path': arrival.path }
    const { decision } = sampler.shouldSample(rootContext, '', 'GET', 1, attributes, [])
    if (decision === 2) samples.push(arrival)
  }
  return samples
}

/** `rate` a second, from one time to another, a little off the beat. */
function steady(path: string, rate: number, fromMs: number, toMs: number): Arrival[] {
  const gap = 1000 / rate
  const count = Math.floor((toMs - fromMs) / gap)
  return Array.from({ length: count }, (_, at) => ({
    path,
    atMs: fromMs + at * gap + ((at * 7919) % 100) * gap * 0.005,
  }))
}

function mostInOneSecond(samples: readonly Arrival[]): number {
  return Math.max(
    0,
    ...samples.map(
      ({ atMs }) => samples.filter((s) => s.atMs >= atMs && s.atMs < atMs + 1000).length,
    ),
  )
}

/** The rate is set anew each `size` requests from how fast they came, and each request draws by it. */
function goa(max: number, size: number) {
  let [rate, count, start, seed] = [10_000, 0, 0, 42]
  return (now: number) => {
    count++
    if (count === size) {
      const perSecond = size / ((now - start) / 1000)
      rate = perSecond > max ? Math.max(1, Math.floor((max * 10_000) / perSecond)) : 10_000
      count = 0
      start = now
    }
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
    return rate === 10_000 || seed % 10_000 < rate
  }
}

const paths = (samples: readonly Arrival[]) =>
  samples.reduce((m, s) => m.set(s.path, (m.get(s.path) ?? 0) + 1), new Map<string, number>())

describe('the bound', () => {
  test('steady, 500 requests a second: exactly two a second, in every second', () => {
    const samples = play(steady('/a', 500, 0, 60_000))
    expect(mostInOneSecond(samples)).toBe(2)
    expect(samples.length).toBeGreaterThanOrEqual(118)
  })
  test('a burst after idling does not break it', () => {
    const samples = play([
      ...steady('/a', 1, 0, 10_000),
      ...Array.from({ length: 500 }, () => ({ path: '/a', atMs: 60_000 })),
    ])
    expect(samples.filter(({ atMs }) => atMs === 60_000)).toHaveLength(2)
    expect(mostInOneSecond(samples)).toBeLessThanOrEqual(2)
  })
  test('many new routes do not break it', () => {
    const samples = play(
      Array.from({ length: 5000 }, (_, at) => ({
        path: `/route-${'abcdefghij'[at % 10]}${'abcdefghij'[((at / 10) % 10) | 0]}`,
        atMs: at * 2,
      })),
    )
    expect(mostInOneSecond(samples)).toBeLessThanOrEqual(2)
  })
  test('below one a second', () => {
    const samples = play(steady('/a', 100, 0, 100_000), { maxRatePerSecond: 0.1 })
    expect(samples.length).toBeGreaterThanOrEqual(9)
    expect(samples.length).toBeLessThanOrEqual(11)
  })
  test('no pattern of requests breaks it, in any window of a second', () => {
    const pauses = fc.oneof(fc.constant(0), fc.nat({ max: 50 }), fc.nat({ max: 90_000 }))
    const requests = fc.array(fc.tuple(pauses, fc.constantFrom('/a', '/b', '/c', '/d/e')), {
      minLength: 1,
      maxLength: 300,
    })
    fc.assert(
      fc.property(requests, fc.integer({ min: 1, max: 5 }), (list, maxRatePerSecond) => {
        let atMs = 0
        const arrivals = list.map(([pauseMs, path]) => {
          atMs += pauseMs
          return { atMs, path }
        })
        const samples = play(arrivals, { maxRatePerSecond })
        expect(mostInOneSecond(samples)).toBeLessThanOrEqual(maxRatePerSecond)
        expect(samples.length).toBeGreaterThan(0)
      }),
    )
  })
  test('a high rate', () => {
    const samples = play(steady('/a', 2000, 0, 5000), { maxRatePerSecond: 100 })
    expect(mostInOneSecond(samples)).toBe(100)
  })
})

describe('low traffic', () => {
  test('is sampled whole', () => {
    expect(play(steady('/a', 1.5, 0, 60_000))).toHaveLength(90)
  })
  test('is sampled whole right after a burst, where Goa’s algorithm starves it', () => {
    const calm = steady('/a', 1, 12_000, 30_000)
    const samples = play([...steady('/a', 500, 0, 10_000), ...calm])
    expect(samples.filter(({ atMs }) => atMs >= 12_000)).toHaveLength(calm.length)
  })
})

describe('beside Goa’s algorithm (middleware/sampler.go)', () => {
  test.each([
    ['steady', steady('/a', 300, 0, 30_000)],
    ['burst', Array.from({ length: 500 }, (_, at) => ({ path: '/a', atMs: at }))],
    [
      'idle, then burst',
      [
        ...steady('/a', 1, 0, 10_000),
        ...Array.from({ length: 500 }, (_, at) => ({ path: '/a', atMs: 60_000 + at })),
      ],
    ],
  ])('%s: Goa’s goes over two a second, this one does not', (_name, arrivals) => {
    const decide = goa(2, 10)
    expect(mostInOneSecond(arrivals.filter(({ atMs }) => decide(atMs)))).toBeGreaterThan(2)
    expect(mostInOneSecond(play(arrivals))).toBeLessThanOrEqual(2)
  })

  test('few requests after a burst: Goa’s drops them, this one keeps them', () => {
    const burst = steady('/a', 500, 0, 10_000)
    const calm = steady('/a', 1, 12_000, 20_000)
    const decide = goa(2, 10)
    const kept = [...burst, ...calm].filter(({ atMs }) => decide(atMs))
    expect(kept.filter(({ atMs }) => atMs >= 12_000).length).toBeLessThan(calm.length)
    expect(play([...burst, ...calm]).filter(({ atMs }) => atMs >= 12_000)).toHaveLength(calm.length)
  })
})

describe('fairness', () => {
  test('a rare route gets through beside a busy one', () => {
    const rare = steady('/rare', 1 / 30, 5000, 605_000)
    const samples = paths(play([...steady('/busy', 300, 0, 605_000), ...rare]))
    // The very first one came when the busy route was alone and had used up the second.
    expect(samples.get('/rare')).toBeGreaterThanOrEqual(rare.length - 1)
    // The busy one takes one a second at its leisure; the other one is there for whoever comes.
    expect(samples.get('/busy')).toBeGreaterThanOrEqual(590)
  })
  test('fifty busy routes each have their turn', () => {
    const names = Array.from(
      { length: 50 },
      (_, at) => `/r-${String.fromCharCode(97 + (at % 26))}${at < 26 ? '' : 'x'}`,
    )
    const samples = paths(play(names.flatMap((name) => steady(name, 10, 0, 300_000))))
    expect(samples.size).toBe(50)
    for (const name of names) expect(samples.get(name)).toBeGreaterThanOrEqual(5)
  })
  test('a hundred routes, from one request in twenty seconds to fifty a second: none is starved', () => {
    const letters = [...'abcdefghij']
    const rates = letters.map((_, at) => 0.05 * 1000 ** (at / 9))
    const arrivals = letters.flatMap((one, at) =>
      letters.flatMap((two, shift) =>
        steady(`/${one}/${two}`, rates[at]!, (shift * 937) / rates[at]!, 600_000),
      ),
    )
    const samples = play(arrivals)
    const counts = paths(samples)
    expect(mostInOneSecond(samples)).toBeLessThanOrEqual(2)
    expect(counts.size).toBe(100)
    // 1200 samples at most, for 100 routes: twelve would be an equal share.
    for (const [path, count] of counts)
      expect([path, count >= 3 && count <= 16]).toEqual([path, true])

    // Goa's knows no routes: what is rare is left to chance.
    const decide = goa(2, 10)
    const byChance = paths(
      arrivals.toSorted((a, b) => a.atMs - b.atMs).filter(({ atMs }) => decide(atMs)),
    )
    expect(byChance.size).toBeLessThan(80)
  })
  test('identifiers in a path are one key, and more keys than maxKeys share one', () => {
    const ids = Array.from({ length: 1000 }, (_, at) => ({ path: `/orders/${at}`, atMs: at * 10 }))
    expect(play(ids).length).toBeGreaterThanOrEqual(18)
    const words = Array.from({ length: 600 }, (_, at) => ({
      path: `/${at.toString(26).replaceAll(/\d/g, (d) => 'qrstuvwxyz'[Number(d)]!)}`,
      atMs: at * 10,
    }))
    expect(mostInOneSecond(play(words, { maxKeys: 5 }))).toBeLessThanOrEqual(2)
  })
})

describe('decisions', () => {
  const shouldSample = (
    options: AdaptiveSamplerOptions,
    name: string,
    attributes = {},
    context = rootContext,
  ) => adaptiveSampler(options).shouldSample(context, '', name, 1, attributes, []).decision

  test('a caller’s decision is followed, and does not count', () => {
    const remote = (traceFlags: number) =>
      withSpanContext(rootContext, { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags })
    const sampler = adaptiveSampler({ maxRatePerSecond: 1, now: () => 0 })
    const ask = (context = rootContext) =>
      sampler.shouldSample(context, '', 'x', 1, {}, []).decision
    expect([ask(remote(1)), ask(remote(1)), ask(remote(0)), ask(), ask()]).toEqual([2, 2, 0, 2, 0])
  })
  test('rules come first', () => {
    const rules = [
      { match: '/livez', sample: 'never' },
      { match: /^\/pay/, sample: 'always' },
      { match: 'nightly', sample: 'never' },
    ] as const
    expect(shouldSample({ rules }, 'GET', { 'url.path': '/livez' })).toBe(0)
    expect(shouldSample({ rules }, 'nightly')).toBe(0)
    const sampler = adaptiveSampler({ rules, now: () => 0 })
    const ask = () =>
      sampler.shouldSample(rootContext, '', 'GET', 1, { 'url.path': '/pay/1' }, []).decision
    expect([ask(), ask(), ask(), ask()]).toEqual([2, 2, 2, 2])
  })
  test('are a metric, of the meter provider that is there by then', async () => {
    let now = 0
    const sampler = adaptiveSampler({ maxRatePerSecond: 1, now: () => now })
    const ask = () => sampler.shouldSample(rootContext, '', 'x', 1, {}, [])
    for (let at = 0; at < 3; at++) ask()
    const reader = new (class extends MetricReader {
      protected override async onForceFlush() {}
      protected override async onShutdown() {}
    })()
    metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
    now = 1000
    ask()
    const { resourceMetrics } = await reader.collect()
    metrics.disable()
    const [metric] = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)
    expect(metric?.descriptor.name).toBe('clew.trace.sampler.decisions')
    expect(
      metric?.dataPoints.map(({ attributes, value }) => [attributes['decision'], value]),
    ).toEqual([
      ['sample', 2],
      ['drop', 2],
    ])
  })
  test('its description is Clue’s', () => {
    expect(String(adaptiveSampler())).toBe(
      'ParentBased{root=Adaptive{maxSamplingRate:2,sampleSize:10}}',
    )
  })
  test.each([
    ['maxRatePerSecond', { maxRatePerSecond: 0 }],
    ['maxRatePerSecond', { maxRatePerSecond: 2.5 }],
    ['maxRatePerSecond', { maxRatePerSecond: Number.NaN }],
    ['sampleSize', { sampleSize: 0 }],
    ['maxKeys', { maxKeys: 1.5 }],
    ['rules[0].match', { rules: [{ match: /a/g, sample: 'never' as const }] }],
    ['rules[0].sample', { rules: [{ match: 'a', sample: 'maybe' as never }] }],
  ])('a bad %s is named', (name, options) => {
    expect(() => adaptiveSampler(options)).toThrow(
      expect.objectContaining({ code: 'ERR_TRACE_OPTION', message: expect.stringContaining(name) }),
    )
  })
})
