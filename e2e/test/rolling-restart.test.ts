// Instances that are restarted under load, behind a balancer of connections, and behind real nginx
// and HAProxy with the recipes of examples/deploy. In this folder's parent, `CLEW_ROLLING=long pnpm
// e2e test/rolling-restart.test.ts` makes it 50 restarts and 100,000 requests of each, also of other
// libraries, and writes the table of packages/server/docs/rolling-restarts.md: half an hour.
import { describeWith } from '@clew/testing/programs'
import { afterAll, describe, expect, test } from '@jest/globals'
import { type Contender, contenders } from './rolling/contenders.ts'
import { type Extent, type FrontName, type Result, roll } from './rolling/roll.ts'
import { type Row, writeTable } from './rolling/table.ts'

const isLong = process.env['CLEW_ROLLING'] === 'long'
const hour = 3_600_000
const rows: Row[] = []

/** In the long run two at a time: more would measure the machine. */
async function rollAll(front: FrontName, names: readonly Contender[], extent: Extent) {
  const left = [...names]
  while (left.length > 0) {
    const group = left.splice(0, isLong ? 2 : names.length)
    const results = await Promise.all(group.map((contender) => roll(contender, front, extent)))
    group.forEach((contender, at) => {
      rows.push({ contender, front, result: results[at] as Result })
    })
  }
  return rows.filter((row) => row.front === front)
}

/** What nginx does not send again, and learns of a stop by: see the page. */
const refusedPost = 'POST HTTP 502'

function expectNoLoss({ front, result }: Row): void {
  const { lost, cut, codes } = result
  const ignored = front === 'nginx' ? refusedPost : ''
  const reasons = Object.values(lost).flatMap((each) => Object.keys(each))
  expect(reasons.filter((reason) => reason !== ignored)).toEqual([])
  expect(cut).toBe(0)
  expect(new Set(codes)).toEqual(new Set([0]))
}

describe('restarts one instance after the other, and loses no request', () => {
  test(
    'behind a balancer of connections, with the defaults in Kubernetes',
    async () => {
      // A fifth of the default delay, unless there is time.
      const extent: Extent = isLong
        ? { restarts: 50, requests: 100_000, timing: { delayMs: 5_000 } }
        : {
            restarts: 2,
            requests: 500,
            timing: { delayMs: 1_000, shutdown: { drainDelayMs: 1_000, lingerMs: 3_000 } },
          }
      const [ours, ...others] = await rollAll('direct', contenders, extent)
      expectNoLoss(ours as Row)
      for (const { result } of others) expect(result.sent.A).toBeGreaterThan(0)
    },
    hour,
  )

  for (const front of ['nginx', 'haproxy'] as const) {
    describeWith(front, front, () => {
      test(
        'with our recipe',
        async () => {
          const timing = { delayMs: 2_500, shutdown: { drainDelayMs: 2_500, lingerMs: 1_500 } }
          const [ours] = isLong
            ? await rollAll(front, contenders, { restarts: 50, requests: 100_000, timing })
            : await rollAll(front, ['clew'], { restarts: 2, requests: 1_000, timing })
          expectNoLoss(ours as Row)
        },
        hour,
      )
    })
  }
})

afterAll(() => {
  if (isLong) writeTable(rows)
})
