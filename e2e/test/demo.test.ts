import { fileURLToPath } from 'node:url'
import { startNode } from '@clew/testing'
import { expect, test } from '@jest/globals'

const demo = fileURLToPath(new URL('../../examples/orders/dist/demo/main.js', import.meta.url))

test('the demo shows every step, and all checks pass', async () => {
  const child = startNode(demo, [], { env: { NO_COLOR: '1' } })
  const { code } = await child.exit
  expect({ code, failed: child.stdout.match(/✗.*/g) }).toEqual({ code: 0, failed: null })
  const titles = [...child.stdout.matchAll(/^ ?\d+ {2}(.*)$/gm)].map((match) => match[1])
  expect(titles).toEqual([
    'Logs that appear only when they matter',
    'The trace of that request, across two services',
    'A slow request: found by its lines and its trace',
    'Metrics: pushed to the collector, and scraped from /metrics',
    'Health: the database stops, and comes back',
    'Debug logs, switched on for one route',
    'A CPU profile of the running service',
    'Security: who got in, and who did not',
    'SIGTERM, under load',
  ])
}, 240_000)
