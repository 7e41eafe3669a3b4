// What each package promises, asked of an application that has it, by real requests.
import { expect } from '@jest/globals'
import { credential } from './credential.ts'
import type { Running } from './running.ts'

/** What differs between the applications. */
export interface Expected {
  /** Of the request that fails; undefined: the framework has none. */
  readonly route: string | undefined
}

type Check = (app: Running, expected: Expected) => Promise<void>

const failing = '/orders/1/ship'
const reason = 'no parcel for order 1'

/** Three routes: a list, one order, and one that fails. */
export async function works(
  { get }: Running,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  expect(JSON.parse((await get('/orders', headers)).body)).toHaveLength(2)
  expect(JSON.parse((await get('/orders/1', headers)).body)).toEqual({ id: '1', item: 'tea' })
  expect((await get(failing, headers)).status).toBe(500)
}

export async function logs({ child, lines }: Running, { route }: Expected): Promise<void> {
  await child.until(/"level":"error","msg":"end"/, { timeoutMs: 20_000 })
  const written = lines().filter((line) => 'request_id' in line)
  const end = written.find(({ msg }) => msg === 'end')
  expect(end).toMatchObject({ level: 'error', 'http.url': failing, 'http.status': 500 })
  expect(end?.['http.route']).toBe(route)
  // The reason is on a line of the request; good requests have none.
  expect(JSON.stringify(written)).toContain(reason)
  expect(new Set(written.map(({ request_id: id }) => id)).size).toBe(1)
}

async function traces({ collector }: Running, { route }: Expected): Promise<void> {
  const span = await collector.until(
    ({ spans }) =>
      spans.find(({ kind, attributes }) => kind === 'server' && attributes['url.path'] === failing),
    20_000,
  )
  expect(span.status).toBe('error')
  expect(span.attributes['http.route']).toBe(route)
  expect(span.events.map(({ attributes }) => attributes['exception.message'])).toContain(reason)
}

export function measured(text: string, { route }: Expected): void {
  const series = text
    .split('\n')
    .filter((line) => line.startsWith('http_server_request_duration_seconds_count'))
  const failed = series.find((line) => line.includes('http_response_status_code="500"'))
  expect(failed).toContain('error_type="500"')
  if (route === undefined) expect(failed).not.toContain('http_route')
  else expect(failed).toContain(`http_route="${route}"`)
}

export async function denies({ get }: Running): Promise<void> {
  const denied = await get('/orders')
  expect([denied.status, denied.headers.get('www-authenticate')]).toEqual([
    401,
    'ApiKey realm="key", name="X-Api-Key"',
  ])
  const forwarded = await get('/orders', { 'x-forwarded-for': '203.0.113.9' })
  expect(forwarded.status).toBe(403)
  expect(forwarded.body).toContain('trustedProxies')
}

export async function debugs({ aside }: Running): Promise<void> {
  const opened = await aside('/debug?debug-logs=on', { method: 'POST' })
  expect([opened.status, JSON.parse(opened.body)]).toEqual([200, { 'debug-logs': 'on' }])
  // Nobody but this machine.
  const headers = { 'x-forwarded-for': '203.0.113.9' }
  expect((await aside('/debug/sessions', { headers })).status).toBe(403)
}

export async function probes(app: Running, ask: 'get' | 'aside'): Promise<void> {
  for (const path of ['/livez', '/readyz']) expect((await app[ask](path)).status).toBe(200)
}

export async function stops({ child }: Pick<Running, 'child'>): Promise<void> {
  child.kill('SIGTERM')
  expect(await child.exit).toEqual({ code: 0, signal: null })
}

/** By the name of a diff. */
export const promises: Readonly<Record<string, Check>> = {
  plain: (app) => works(app, {}),
  config: (app) => works(app, {}),
  async log(app, expected) {
    await works(app, {})
    await logs(app, expected)
  },
  async trace(app, expected) {
    await works(app, {})
    await traces(app, expected)
  },
  async metrics(app, expected) {
    await works(app, {})
    measured((await app.get('/metrics')).body, expected)
  },
  async health(app) {
    await works(app, {})
    await probes(app, 'get')
  },
  async debug(app) {
    await works(app, {})
    await debugs(app)
  },
  async security(app) {
    await denies(app)
    await works(app, credential)
  },
  async server(app) {
    await works(app, {})
    await stops(app)
  },
  async all(app, expected) {
    await works(app, credential)
    await logs(app, expected)
    await traces(app, expected)
    measured((await app.aside('/metrics')).body, expected)
    await denies(app)
    await debugs(app)
    await probes(app, 'aside')
    // At the start it was said which requests count as secure.
    expect(app.child.stdout).toContain('option trustedProxies')
    await stops(app)
  },
}
