// Real nginx and HAProxy with the recipes of examples/deploy, and instances that are restarted
// under load. `CLEW_RESTARTS=50 CLEW_REQUESTS=100000` makes it the long run.
import { describeWith } from '@clew/testing/programs'
import { expect, test } from '@jest/globals'
import { type Extent, roll } from './rolling/roll.ts'

const extent: Extent = {
  restarts: Number(process.env['CLEW_RESTARTS'] ?? 2),
  requests: Number(process.env['CLEW_REQUESTS'] ?? 1_000),
  checkMs: 1_000,
}
const proxies = ['nginx', 'haproxy'] as const
const hours = 6 * 3_600_000

for (const proxy of proxies) {
  describeWith(proxy, proxy, () => {
    test(
      'restarts one instance after the other, and loses no request',
      async () => {
        const { sent, lost, cut, codes } = await roll(proxy, extent)
        expect(sent).toBeGreaterThanOrEqual(extent.requests)
        expect({ lost, cut }).toEqual({ lost: {}, cut: 0 })
        expect(new Set(codes)).toEqual(new Set([0]))
      },
      hours,
    )
  })
}
