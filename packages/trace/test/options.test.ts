import * as trace from '@clew/trace'
import { serverInterceptor } from '@clew/trace/grpc'
import { describe, expect, test } from '@jest/globals'
import { memory } from './memory.ts'

const service = { name: 'orders' }
const never = (options: object) => options as never

/** Every public function that takes options, by its name in errors. */
const functions: Readonly<Record<string, (options: object) => unknown>> = {
  adaptiveSampler: (options) => trace.adaptiveSampler(options),
  configure: (options) => trace.configure(never({ service, ...options })),
  http: (options) => trace.http(options),
  otlp: (options) => trace.otlp(options),
  receive: (options) => trace.receive('r', {}, () => {}, options),
  receiveEach: (options) =>
    trace.receiveEach(
      'r',
      [],
      () => ({}),
      () => {},
      options,
    ),
  send: (options) => trace.send('s', {}, () => {}, options),
  serverInterceptor: (options) => serverInterceptor(options),
  span: (options) => trace.span('s', undefined, () => {}, options),
  traced: (options) => trace.traced(() => {}, options),
}

/** What is thrown, or rejected with. */
async function errorOf(fn: () => unknown): Promise<unknown> {
  try {
    await fn()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

async function messageOf(name: string, options: object): Promise<string> {
  const error = await errorOf(() => functions[name]?.(options))
  expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_TRACE_OPTION' })
  return (error as Error).message
}

describe('each function', () => {
  test.each(Object.keys(functions))('%s refuses an option that it does not know', async (name) => {
    expect(await messageOf(name, { colour: 1 })).toMatch(
      new RegExp(
        `^trace\\.${name}: unknown option "colour"; the options are [a-zA-Z]+(, [a-zA-Z]+)+$`,
      ),
    )
  })
  test.each([
    [
      'configure',
      { queue: { maxSize: 1 } },
      'unknown option "queue.maxSize"; the options are queue.maxQueueSize, queue.maxBatchSize, queue.delayMs, queue.exportTimeoutMs',
    ],
    [
      'configure',
      { service: { name: 'x', title: 'x' } },
      'unknown option "service.title"; the options are service.name, service.version',
    ],
    [
      'otlp',
      { tls: { pem: '' } },
      'unknown option "tls.pem"; the options are tls.ca, tls.cert, tls.key',
    ],
    [
      'adaptiveSampler',
      { rules: [{ match: '/', sample: 'never', rate: 1 }] },
      'unknown option "rules[0].rate"; the options are rules[0].match, rules[0].sample',
    ],
  ])('%s refuses one in %j', async (name, options, message) => {
    expect(await messageOf(name, options)).toBe(`trace.${name}: ${message}`)
  })
})

describe('a wrong value', () => {
  test.each([
    ['configure', { service: 'orders' }, 'service must be an object; received "orders"'],
    ['configure', { service: {} }, 'service.name must be a non-empty string; received undefined'],
    [
      'configure',
      { service: { name: 'x', version: 1 } },
      'service.version must be a non-empty string; received 1',
    ],
    [
      'configure',
      { exporter: null },
      'exporter must be trace.otlp(), trace.console() or a SpanExporter; received null',
    ],
    [
      'configure',
      { propagators: 'b3' },
      'propagators must be an array of propagators; received "b3"',
    ],
    [
      'configure',
      { propagators: [{}] },
      'propagators[0] must be a TextMapPropagator; received an object',
    ],
    ['configure', { resource: [] }, 'resource must be an object; received an array'],
    [
      'configure',
      { resource: { a: Symbol('s') } },
      'resource["a"] must be a string, a number, a boolean or an array of them; received a symbol',
    ],
    [
      'configure',
      { resource: { a: { b: 1 } } },
      'resource["a"] must be a string, a number, a boolean or an array of them; received an object',
    ],
    [
      'configure',
      { resource: { 'a.b': [1, null] } },
      'resource["a.b"] must be a string, a number, a boolean or an array of them; received an array',
    ],
    [
      'configure',
      { resource: { a: 1n } },
      'resource["a"] must be a string, a number, a boolean or an array of them; received 1n',
    ],
    ['configure', { clients: 'yes' }, 'clients must be true or false; received "yes"'],
    ['configure', { queue: 5 }, 'queue must be an object; received 5'],
    [
      'configure',
      { queue: { delayMs: 2 ** 31 } },
      'queue.delayMs must be an integer from 0 to 2147483647; received 2147483648',
    ],
    [
      'configure',
      { queue: { exportTimeoutMs: 0 } },
      'queue.exportTimeoutMs must be an integer from 1 to 2147483647; received 0',
    ],
    [
      'configure',
      { maxAttributeLength: 1.5 },
      'maxAttributeLength must be an integer of at least 1; received 1.5',
    ],
    ['http', { publicEndpoint: 1 }, 'publicEndpoint must be true, false or a function; received 1'],
    ['http', { ignore: [/a/, 1] }, 'ignore[1] must be a string or a RegExp; received 1'],
    [
      'http',
      { trustedProxies: '10.0.0.1' },
      'trustedProxies must be an array of strings; received "10.0.0.1"',
    ],
    ['http', { redactQuery: 'card' }, 'redactQuery must be an array of strings; received "card"'],
    ['http', { attributes: {} }, 'attributes must be a function; received an object'],
    [
      'adaptiveSampler',
      { maxRatePerSecond: '5' },
      'maxRatePerSecond must be an integer from 1 to 100000, or a number between 0 and 1; received "5"',
    ],
    [
      'adaptiveSampler',
      { maxRatePerSecond: Symbol('x') },
      'maxRatePerSecond must be an integer from 1 to 100000, or a number between 0 and 1; received a symbol',
    ],
    ['adaptiveSampler', { key: 'route' }, 'key must be a function; received "route"'],
    [
      'adaptiveSampler',
      { rules: [{ match: 1, sample: 'never' }] },
      'rules[0].match must be a string, or a RegExp without the flags g and y; received 1',
    ],
    [
      'otlp',
      { headers: { 'x-key': 1 } },
      'headers.x-key must be a string; received something else',
    ],
    [
      'span',
      { kind: 'web' },
      'kind must be one of internal, server, client, producer, consumer; received "web"',
    ],
    ['span', { links: {} }, 'links must be an array of links; received an object'],
    ['traced', { root: 1 }, 'root must be true or false; received 1'],
    ['traced', { name: 1 }, 'name must be a string; received 1'],
    ['send', { attributes: 1 }, 'attributes must be an object; received 1'],
    ['receive', { relation: 'parent' }, 'relation must be one of child, link; received "parent"'],
    ['receiveEach', { relation: 1 }, 'relation must be one of child, link; received 1'],
    ['serverInterceptor', { ignore: [1] }, 'ignore[0] must be a string or a RegExp; received 1'],
  ])('%s %j', async (name, options, message) => {
    expect(await messageOf(name, options)).toBe(`trace.${name}: ${message}`)
  })
  test.each<[string, () => unknown]>([
    ['options must be an object; received 1', () => trace.http(1 as never)],
    ['fn must be a function; received undefined', () => trace.span('s', {}, undefined as never)],
    ['name must be a string; received 1', () => trace.span(1 as never, () => {})],
    ['attributes must be an object; received 1', () => trace.span('s', 1 as never, () => {})],
    ['fn must be a function; received undefined', () => trace.traced(undefined as never)],
    [
      'carrierOf must be a function; received 1',
      () => trace.receiveEach('r', [], 1 as never, () => {}),
    ],
  ])('as an argument: %s', async (message, call) => {
    expect(await errorOf(call)).toMatchObject({
      code: 'ERR_TRACE_OPTION',
      message: expect.stringMatching(new RegExp(`^trace\\.\\w+: ${message}$`)),
    })
  })
})

test('an option that is undefined is its default, everywhere', async () => {
  const none = undefined
  const spans = memory()
  const tracing = await trace.configure({
    service: { name: 'orders', version: none },
    exporter: spans,
    sampler: 'always',
    propagators: none,
    resource: none,
    detect: none,
    clients: none,
    queue: { maxQueueSize: none, maxBatchSize: none, delayMs: none, exportTimeoutMs: none },
    maxAttributeLength: none,
    shutdownTimeoutMs: none,
  })
  try {
    const sampler = trace.adaptiveSampler({
      maxRatePerSecond: none,
      sampleSize: none,
      maxKeys: none,
      rules: none,
      key: none,
      now: none,
    })
    expect(String(sampler)).toBe(String(trace.adaptiveSampler()))
    trace.otlp({
      endpoint: none,
      protocol: none,
      headers: none,
      timeoutMs: none,
      compression: none,
      tls: none,
    })
    trace.http({
      publicEndpoint: none,
      ignore: none,
      trustedProxies: none,
      redactQuery: none,
      attributes: none,
    })
    serverInterceptor({ publicEndpoint: none, ignore: none })
    const long = 'x'.repeat(5000)
    trace.span('s', { long }, () => {}, { kind: none, links: none, root: none })
    trace.traced(function named() {}, { name: none, attributes: none, kind: none })()
    trace.send('sent', {}, () => {}, { attributes: none, relation: none })
    trace.receive('received', {}, () => {}, { attributes: none, relation: none })
    await tracing.flush()
    expect(spans.spans.map(({ name, kind }) => [name, kind])).toEqual([
      ['s', 0],
      ['named', 0],
      ['sent', 3],
      ['received', 4],
    ])
    expect(spans.named('s').attributes['long']).toHaveLength(4096)
    expect(tracing.counts()).toEqual({ exported: 4, dropped: 0, failed: 0, rejected: 0 })
  } finally {
    await tracing.shutdown()
  }
})
