// The adaptive sampler beside Goa's algorithm (middleware/sampler.go of goa v3), on a simulated clock: what a second may hold at most, and
// who is left out. Both are told: two a second, sample size 10.
import * as trace from '@clew/trace'

const MAX_PER_SECOND = 2
const SAMPLE_SIZE = 10

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

function ours(): Decide {
  let now = 0
  const sampler = trace.adaptiveSampler({
    maxRatePerSecond: MAX_PER_SECOND,
    sampleSize: SAMPLE_SIZE,
    now: () => now,
  })
  const context = { getValue: () => undefined } as never
  return ({ atMs, path }) => {
    now = atMs
    const attributes = { 'http.request.method': 'GET', 'http.route': path }
    return sampler.shouldSample(context, '', 'GET', 1, attributes, []).decision === 2
  }
}

/** The share is set anew at each tenth request, from how fast the ten came; each request draws by it. */
function goas(): Decide {
  const random = randoms(7)
  const whole = 10_000
  let [share, count, startMs] = [whole, 0, 0]
  return ({ atMs }) => {
    count++
    if (count === SAMPLE_SIZE) {
      count = 0
      const perSecond = SAMPLE_SIZE / ((atMs - startMs) / 1000)
      share = Math.min(whole, Math.max(1, Math.trunc((MAX_PER_SECOND * whole) / perSecond)))
      startMs = atMs
    }
    return share === whole || Math.floor(random() * whole) < share
  }
}

/** Requests that come as they like, `perSecond` on average. */
function poisson(path: string, perSecond: number, fromMs: number, toMs: number): Arrival[] {
  const random = randoms([...path].reduce((sum, c) => sum * 31 + c.charCodeAt(0), perSecond))
  const arrivals: Arrival[] = []
  for (let atMs = fromMs; ; ) {
    atMs += (-Math.log(1 - random()) / perSecond) * 1000
    if (atMs >= toMs) return arrivals
    arrivals.push({ atMs, path })
  }
}

const MINUTE = 60_000
const letters = 'abcdefghijklmnopqrst'

const scenarios: Readonly<Record<string, readonly Arrival[]>> = {
  'steady, 300 a second': poisson('/a', 300, 0, 10 * MINUTE),
  'low, 1 a second': poisson('/a', 1, 0, 10 * MINUTE),
  'burst, 2000 in a second': poisson('/a', 2000, 0, 1000),
  'idle, then 2000 in a second': [
    ...poisson('/a', 1, 0, MINUTE),
    ...poisson('/b', 2000, 5 * MINUTE, 5 * MINUTE + 1000),
  ],
  'burst, then 1 a second': [...poisson('/a', 2000, 0, 1000), ...poisson('/calm', 1, 3000, MINUTE)],
  'one of 300 a second, one a minute': [
    ...poisson('/busy', 300, 0, 60 * MINUTE),
    ...poisson('/rare', 1 / 60, 0, 60 * MINUTE),
  ],
  '100 routes, 0.05 to 50 a second': [...letters.slice(0, 10)].flatMap((one, at) =>
    [...letters.slice(0, 10)].flatMap((two) =>
      poisson(`/${one}/${two}`, 0.05 * 1000 ** (at / 9), 0, 10 * MINUTE),
    ),
  ),
}

interface Outcome {
  readonly most: number
  readonly sampled: number
  readonly seldom: number
  readonly leftOut: number
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
  const each = [...counts.values()]
  return {
    most,
    sampled: sampled.length,
    seldom: Math.min(...each),
    leftOut: each.filter((count) => count === 0).length,
  }
}

function costOf(make: () => Decide): number {
  const arrivals = poisson('/a', 1000, 0, 5 * MINUTE)
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 5; round++) {
    const decide = make()
    const begun = performance.now()
    for (const arrival of arrivals) decide(arrival)
    best = Math.min(best, ((performance.now() - begun) * 1e6) / arrivals.length)
  }
  return best
}

export async function run(): Promise<void> {
  console.log(
    `\nAt most ${MAX_PER_SECOND} a second are wanted. Most: in any one second. Least: of any route.`,
  )
  console.log(
    `  ${'requests'.padEnd(36)}${'ours: all'.padStart(12)}  most  least    Goa’s: all  most  least`,
  )
  let holds = true
  for (const [name, list] of Object.entries(scenarios)) {
    const arrivals = list.toSorted((a, b) => a.atMs - b.atMs)
    const [mine, goa] = [play(arrivals, ours()), play(arrivals, goas())]
    holds &&= mine.most <= MAX_PER_SECOND && mine.leftOut === 0
    const cells = ({ sampled, most, seldom }: Outcome, width: number) =>
      `${String(sampled).padStart(width)}${String(most).padStart(6)}${String(seldom).padStart(7)}`
    const what = `${name} (${arrivals.length})`
    console.log(`  ${what.padEnd(48 - 12)}${cells(mine, 12)}${cells(goa, 14)}`)
  }
  console.log(`\nNever over the bound, and no route left out: ${holds ? 'holds' : 'BROKEN'}`)
  console.log(`A decision: ours ${costOf(ours).toFixed(0)} ns, Goa’s ${costOf(goas).toFixed(0)} ns`)
}
