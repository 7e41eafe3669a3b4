import * as metrics from '@clew/metrics'
import { expect, test } from '@jest/globals'

const service = { name: 'orders' }

test.each([
  [undefined, 'options must be an object; received undefined'],
  [{}, 'service.name must be a string that is not empty; received undefined'],
  [{ service: { name: '' } }, 'service.name must be a string that is not empty; received ""'],
  [{ service: { name: 'x', version: 1 } }, 'service.version must be a string; received 1'],
  [
    { service, exporter: {} },
    'exporter must be metrics.otlp(), metrics.console() or a PushMetricExporter; received an object',
  ],
  [{ service, prometheus: 'yes' }, 'prometheus must be a boolean or an object; received "yes"'],
  [
    { service, prometheus: { scopeLabels: 1 } },
    'prometheus.scopeLabels must be a boolean; received 1',
  ],
  [{ service, intervalMs: 0 }, 'intervalMs must be an integer from 1 to 2147483647; received 0'],
  [
    { service, cardinalityLimit: 1 },
    'cardinalityLimit must be an integer from 2 to 100000; received 1',
  ],
  [
    { service, maxValueLength: 1e9 },
    'maxValueLength must be an integer from 16 to 65536; received 1000000000',
  ],
  [{ service, runtime: null }, 'runtime must be a boolean; received null'],
  [{ service, resource: 'x' }, 'resource must be an object; received "x"'],
])('%j: %s', async (options, message) => {
  await expect(metrics.configure(options as never)).rejects.toMatchObject({
    name: 'TypeError',
    code: 'ERR_METRICS_OPTION',
    message,
  })
})

test('a configure that failed leaves nothing behind', async () => {
  const broken = { name: 'broken', load: () => Promise.reject(new Error('no')) }
  await expect(metrics.configure({ service, exporter: broken })).rejects.toThrow('no')
  const meters = await metrics.configure({ service })
  await meters.shutdown()
})

test.each([
  [{ endpoint: 'collector:4317' }, 'endpoint'],
  [{ endpoint: 'http://' }, 'endpoint'],
  [{ endpoint: 'http://[' }, 'endpoint'],
  [{ protocol: 'http/json' }, 'protocol'],
  [{ compression: 'br' }, 'compression'],
  [{ temporality: 'toString' }, 'temporality'],
  [{ timeoutMs: 0 }, 'timeoutMs'],
  [{ tls: { cert: 'x' } }, 'tls'],
])('otlp(%j) names %s', (options, name) => {
  expect(() => metrics.otlp(options as never)).toThrow(
    expect.objectContaining({
      code: 'ERR_METRICS_OPTION',
      message: expect.stringMatching(new RegExp(`^${name} must be`)),
    }),
  )
})

test.each([
  [{ ignore: 'x' }, 'ignore'],
  [{ attributes: {} }, 'attributes'],
  [{ knownMethods: ['GET', 1] }, 'knownMethods'],
  [{ boundaries: [2, 1] }, 'boundaries'],
])('http(%j) names %s', (options, name) => {
  expect(() => metrics.http(options as never)).toThrow(
    expect.objectContaining({
      code: 'ERR_METRICS_OPTION',
      message: expect.stringMatching(new RegExp(`^${name} must be`)),
    }),
  )
})
