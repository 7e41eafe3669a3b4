import { fileURLToPath } from 'node:url'
import * as metrics from '@clew/metrics'
import { nodeEval, readmeProblems } from '@clew/testing'
import { expect, test } from '@jest/globals'

const folder = fileURLToPath(new URL('..', import.meta.url))

test('these are exported, and nothing else', () => {
  expect(Object.keys(metrics).sort()).toEqual([
    'MetricsError',
    'configure',
    'console',
    'counter',
    'gauge',
    'histogram',
    'http',
    'observableCounter',
    'observableGauge',
    'observableUpDownCounter',
    'otlp',
    'upDownCounter',
  ])
})

test('the README says what the source says', () => {
  expect(readmeProblems(folder)).toEqual([])
})

test('importing loads no SDK, no gRPC, and not even the api', async () => {
  const child = nodeEval(
    `import { createRequire } from 'node:module'
     const metrics = await import('@clew/metrics')
     metrics.counter('orders').add(1)
     metrics.http()
     metrics.otlp()
     console.log(process.moduleLoadList.length > 0, Object.keys(createRequire(import.meta.url).cache))`,
    { cwd: folder },
  )
  expect((await child.exit).code).toBe(0)
  expect(child.stdout).toBe('true []\n')
  const commonjs = nodeEval(
    `const metrics = require('@clew/metrics')
     metrics.otlp()
     console.log(Object.keys(require.cache).filter((file) => !/packages.metrics.dist.cjs/.test(file)))`,
    { cwd: folder, commonjs: true },
  )
  expect((await commonjs.exit).code).toBe(0)
  expect(commonjs.stdout).toBe('[]\n')
})

test('the ESM and the CommonJS copy share one state', async () => {
  const child = nodeEval(
    `import { createRequire } from 'node:module'
     import * as esm from '@clew/metrics'
     const cjs = createRequire(import.meta.url)('@clew/metrics')
     console.log('two copies:', esm.configure !== cjs.configure)
     const fromCjs = cjs.counter('from.cjs')
     cjs.observableGauge('seen.cjs', () => 3)
     const meters = await esm.configure({ service: { name: 'x' }, exporter: esm.console(), runtime: false })
     fromCjs.add(2)
     try { cjs.gauge('from.esm'); esm.counter('from.esm') } catch (error) { console.log(error.code) }
     await meters.shutdown()`,
    { cwd: folder },
  )
  expect((await child.exit).code).toBe(0)
  expect(child.stdout.split('\n')).toEqual([
    'two copies: true',
    'ERR_METRICS_CONFLICT',
    'metric from.cjs 2 {}',
    'metric seen.cjs 3 {}',
    '',
  ])
})
