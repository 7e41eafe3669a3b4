// Compares the adaptive sampler with Goa's algorithm (middleware/sampler.go in goa v3) on a
// simulated clock: the maximum sampled in any second, and the routes never sampled. Both are set to
// two per second and a sample size of 10.
import * as trace from '@clew/trace'

const maxPerSecond = 2
const sampleSize = 10

interface Arrival {
  readonly atMs: number
  readonly path: string
}

type Decide = (arrival: Arrival) => boolean

function randoms(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

function createOurs(): Decide {
  let now = 0
  const sampler = trace.adaptiveSampler({
    maxRatePerSecond: maxPerSecond,
    sampleSize: sampleSize,
    now: () => now,
  })
  const context = { getValue: () => undefined } as never
  return ({ atMs, path }) => {
    now = atMs
    const attributes = { 'http.request.method': 'GET', 'http.route': path }
    return sampler.shouldSample(context, '', 'GET', 1, attributes, []).decision === 2
  }
}

/**
 * Goa recomputes the sampling ratio after every ten requests, from their rate, and samples each
 * request at random.
 */
function createGoas(): Decide {
  const random = randoms(7)
  const whole = 10_000
  let [ratio, count, startMs] = [whole, 0, 0]
  return ({ atMs }) => {
    count++
    if (count === sampleSize) {
      count = 0
      const perSecond = sampleSize / ((atMs - startMs) / 1000)
      ratio = Math.min(whole, Math.max(1, Math.trunc((maxPerSecond * whole) / perSecond)))
      startMs = atMs
    }
    return ratio === whole || Math.floor(random() * whole) < ratio
  }
}

/** Requests at random times, `perSecond` on average. */
function poisson(path: string, perSecond: number, fromMs: number, toMs: number): Arrival[] {
  const random = randoms([...path].reduce((sum, c) => sum * 31 + c.charCodeAt(0), perSecond))
  const arrivals: Arrival[] = []
  for (let atMs = fromMs; ; ) {
    atMs += (-Math.log(1 - random()) / perSecond) * 1000
    if (atMs >= toMs) return arrivals
    arrivals.push({ atMs, path })
  }
}

const minuteMs = 60_000
const letters = 'abcdefghijklmnopqrst'

const scenarios: Readonly<Record<string, readonly Arrival[]>> = {
  'steady, 300 a second': poisson('/a', 300, 0, 10 * minuteMs),
  'low, 1 a second': poisson('/a', 1, 0, 10 * minuteMs),
  'burst, 2000 in a second': poisson('/a', 2000, 0, 1000),
  'idle, then 2000 in a second': [
    ...poisson('/a', 1, 0, minuteMs),
    ...poisson('/b', 2000, 5 * minuteMs, 5 * minuteMs + 1000),
  ],
  'burst, then 1 a second': [
    ...poisson('/a', 2000, 0, 1000),
    ...poisson('/calm', 1, 3000, minuteMs),
  ],
  'steady, plus 1 a minute': [
    ...poisson('/busy', 300, 0, 60 * minuteMs),
    ...poisson('/rare', 1 / 60, 0, 60 * minuteMs),
  ],
  '100 routes, 0.05 to 50 a second': [...letters.slice(0, 10)].flatMap((first, at) =>
    [...letters.slice(0, 10)].flatMap((second) =>
      poisson(`/${first}/${second}`, 0.05 * 1000 ** (at / 9), 0, 10 * minuteMs),
    ),
  ),
}

interface Outcome {
  readonly most: number
  readonly sampled: number
  readonly least: number
  readonly neverSampled: number
}

function play(arrivals: readonly Arrival[], decide: Decide): Outcome {
  const sampled = arrivals.filter(decide)
  let [most, first] = [0, 0]
  for (const [last, { atMs }] of sampled.entries()) {
    while (atMs - (sampled[first] as Arrival).atMs >= 1000) first++
    most = Math.max(most, last - first + 1)
  }
  const counts = new Map(arrivals.map(({ path }) => [path, 0]))
  for (const { path } of sampled) counts.set(path, (counts.get(path) ?? 0) + 1)
  const countsByRoute = [...counts.values()]
  return {
    most,
    sampled: sampled.length,
    least: Math.min(...countsByRoute),
    neverSampled: countsByRoute.filter((count) => count === 0).length,
  }
}

function costOf(createDecide: () => Decide): number {
  const arrivals = poisson('/a', 1000, 0, 5 * minuteMs)
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 5; round++) {
    const decide = createDecide()
    const startMs = performance.now()
    for (const arrival of arrivals) decide(arrival)
    best = Math.min(best, ((performance.now() - startMs) * 1e6) / arrivals.length)
  }
  return best
}

export async function run(): Promise<void> {
  console.log(`\nLimit: ${maxPerSecond} per second. Most: in any one second. Least: of any route.`)
  console.log(
    `  ${'requests'.padEnd(36)}${'ours: all'.padStart(12)}  most  least    Goa’s: all  most  least`,
  )
  let holds = true
  for (const [name, list] of Object.entries(scenarios)) {
    const arrivals = list.toSorted((a, b) => a.atMs - b.atMs)
    const [ours, goa] = [play(arrivals, createOurs()), play(arrivals, createGoas())]
    holds &&= ours.most <= maxPerSecond && ours.neverSampled === 0
    const cells = ({ sampled, most, least }: Outcome, width: number) =>
      `${String(sampled).padStart(width)}${String(most).padStart(6)}${String(least).padStart(7)}`
    const label = `${name} (${arrivals.length})`
    console.log(`  ${label.padEnd(48 - 12)}${cells(ours, 12)}${cells(goa, 14)}`)
  }
  console.log(`\nNever over the limit, and every route sampled: ${holds ? 'holds' : 'BROKEN'}`)
  console.log(
    `A decision: ours ${costOf(createOurs).toFixed(0)} ns, Goa’s ${costOf(createGoas).toFixed(0)} ns`,
  )
}
