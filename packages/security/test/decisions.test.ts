import * as security from '@clew/security'
import { listen } from '@clew/testing'
import { afterEach, describe, expect, test } from '@jest/globals'
import { metrics } from '@opentelemetry/api'
import {
  AggregationTemporality,
  type DataPoint,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import express from 'express'
import { serve } from './support/service.ts'

interface View {
  readonly service: string | undefined
  audit(): { readonly rows: readonly security.AuditRow[]; readonly problem: string | undefined }
  decisions(): readonly Readonly<Record<string, unknown>>[]
}
const seam = () =>
  (globalThis as { [key: symbol]: { apis(): readonly View[] } | undefined })[
    Symbol.for('@clew/security/v1')
  ]
/** The API of this service, as others in the process see it. */
const viewOf = (service: string) =>
  seam()
    ?.apis()
    .find((view) => view.service === service)

const { key, record } = security.issueApiKey({ owner: 'reporting', scopes: ['read'] })
const keys = security.apiKey('key', { keys: [record], scopes: { read: '', write: '' } })

describe('what others in the process see of an API', () => {
  test('the routes of the applications that it protects, and its latest decisions', async () => {
    const api = security.create({ default: keys, service: 'orders' })
    const app = api.protect(express())
    app.get('/orders', api.method('list'), (_req, res) => void res.end())
    app.get('/open', api.method('open', security.noSecurity('test')), (_req, res) => void res.end())
    app.delete('/orders', api.method('clear', keys.scopes('write')), (_req, res) => void res.end())
    app.get('/forgotten', (_req, res) => void res.end())
    const service = await listen(app)
    const ask = async (path: string, method = 'GET', headers = {}) => {
      await (await fetch(service.url + path, { method, headers })).text()
    }
    await ask('/orders')
    await ask('/orders', 'GET', { 'x-api-key': key })
    await ask('/orders', 'DELETE', { 'x-api-key': key })
    await ask('/open')
    await ask('/forgotten')
    const view = viewOf('orders')
    expect(view?.decisions()).toEqual([
      expect.objectContaining({ outcome: 'no_policy', status: 403, reason: 'no_policy' }),
      expect.objectContaining({ outcome: 'forbidden', status: 403, method: 'clear' }),
      expect.objectContaining({ outcome: 'allowed', service: 'orders', scheme: 'key' }),
      expect.objectContaining({ outcome: 'absent', status: 401, reason: 'no_credential' }),
    ])
    expect(JSON.stringify(view?.decisions())).not.toContain(key)
    expect(view?.audit().problem).toMatch(/received no policy for GET \/forgotten/)
    app.router.stack.pop()
    expect(view?.audit()).toEqual({ rows: api.audit(app), problem: undefined })
    await service.close()
    await api.shutdown()
    expect(viewOf('orders')).toBeUndefined()
  })

  test('only the 200 latest decisions, newest first', async () => {
    const api = security.create({ default: keys, service: 'busy', failures: false })
    const guards = Array.from({ length: 250 }, (_, index) => api.method(`m${index}`))
    for (const guard of guards) {
      await guard.authenticate({ method: 'GET', url: '/', headers: {}, peer: '127.0.0.1' })
    }
    const methods = viewOf('busy')
      ?.decisions()
      .map(({ method }) => method)
    expect(methods).toEqual(Array.from({ length: 200 }, (_, index) => `m${249 - index}`))
    await api.shutdown()
  })

  test('a handler behind a guard returns its outcome: who answers for it sees it fail', async () => {
    const api = security.create({ default: security.noSecurity('a test') })
    const handle = security.handler(api.method('all'), async () => {
      throw new Error('no orders today')
    })
    const { url, close } = await listen((req, res) => {
      void Promise.resolve(handle(req, res)).catch((error: Error) => res.end(error.message))
    })
    expect(await (await fetch(url)).text()).toBe('no orders today')
    await close()
    await api.shutdown()
  })

  test('an application that is audited twice is listed once', async () => {
    const api = security.create({ default: keys, service: 'twice' })
    const handle = security.handler(api.method('all'), (_req, res) => res.end())
    api.audit(handle)
    api.audit(handle)
    expect(viewOf('twice')?.audit().rows).toHaveLength(1)
    await api.shutdown()
  })
})

describe('metrics of decisions', () => {
  const providers: MeterProvider[] = []
  afterEach(async () => {
    metrics.disable()
    await Promise.all(providers.splice(0).map((provider) => provider.shutdown()))
  })

  function register() {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
    const provider = new MeterProvider({ readers: [reader] })
    metrics.setGlobalMeterProvider(provider)
    providers.push(provider)
    return async (name: string) => {
      await provider.forceFlush()
      const found = exporter
        .getMetrics()
        .at(-1)
        ?.scopeMetrics.find(({ scope }) => scope.name === '@clew/security')
        ?.metrics.find(({ descriptor }) => descriptor.name === name)
      return (found?.dataPoints ?? []) as DataPoint<any>[]
    }
  }

  test('each decision is counted by scheme, outcome and reason', async () => {
    const service = await serve(keys, { service: 'orders' })
    // Without a provider, nothing; with one that comes later, from then on.
    await service.ask({ 'x-api-key': key })
    const read = register()
    await service.ask({ 'x-api-key': key })
    await service.ask({ 'x-api-key': key })
    await service.ask()
    await service.ask({ 'x-api-key': 'nonsense' })
    await service.close()
    const counts = (await read('security.decisions')).map(({ attributes, value }) => [
      attributes,
      value,
    ])
    const called = { 'api.service': 'orders', 'api.method': 'test', 'security.scheme': 'key' }
    expect(counts).toEqual([
      [{ ...called, 'security.outcome': 'allowed' }, 2],
      [{ ...called, 'security.outcome': 'absent', 'security.reason': 'no_credential' }, 1],
      [{ ...called, 'security.outcome': 'invalid', 'security.reason': 'bad_form' }, 1],
    ])
  })

  test('the time of those that wait is measured', async () => {
    const stored = security.apiKey('key', { store: { get: async () => record } })
    const service = await serve(stored)
    const read = register()
    await service.ask({ 'x-api-key': key })
    await service.ask({ 'x-api-key': key.replace(/.{6}$/, 'wrong0') })
    await service.ask()
    await service.close()
    const times = await read('security.decision.duration')
    expect(times.map(({ attributes, value }) => [attributes, value.count])).toEqual([
      [{ 'security.scheme': 'key', 'security.outcome': 'allowed' }, 1],
    ])
    expect(times[0]?.value.sum).toBeLessThan(60)
  })

  test('a provider that throws changes no decision', async () => {
    metrics.setGlobalMeterProvider({
      getMeter() {
        throw new Error('broken')
      },
    })
    const service = await serve(keys)
    expect((await service.ask({ 'x-api-key': key })).status).toBe(200)
    expect((await service.ask()).status).toBe(401)
    await service.close()
  })
})
