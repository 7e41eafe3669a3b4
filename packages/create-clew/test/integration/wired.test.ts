// Each application is wired by the built command, compiled where it has to be, started with the built packages, and asked.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { issueApiKey } from '@clew/security'
import { type Child, type Collector, freePort, startCollector, startNode } from '@clew/testing'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  applicationIn,
  ask,
  contentOf,
  type Run,
  removeApplications,
  run,
} from '../support/commands.ts'
import { type Application, applications, withMiddleware } from '../support/frameworks.ts'

const tsc = fileURLToPath(new URL('../../../../node_modules/.bin/tsc', import.meta.url))
const { key, record } = issueApiKey({ owner: 'a test' })
let collector: Collector

beforeAll(async () => {
  collector = await startCollector()
})

afterAll(async () => {
  await collector.close()
  removeApplications()
})

function compile(folder: string): void {
  const { status, stdout } = spawnSync(tsc, ['-p', folder], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stdout)
}

function startApplication(folder: string, { entry }: Application, port = 0): Child {
  return startNode(entry, [], {
    cwd: folder,
    env: {
      PORT: String(port),
      NODE_ENV: 'production',
      API_KEYS: JSON.stringify([record]),
      OTEL_TRACES_SAMPLER: 'always_on',
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      KUBERNETES_SERVICE_HOST: undefined,
    },
  })
}

/** At most five lines for each package. */
function expectFewLines({ stderr }: Run): void {
  const counts = [...stderr.matchAll(/^ {2}\w+ +(\d+) line/gm)].map(([, count]) => Number(count))
  expect(counts.length).toBeGreaterThan(0)
  expect(Math.max(...counts)).toBeLessThanOrEqual(5)
}

const lines = (child: Child): Record<string, unknown>[] =>
  child.stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))

const local = (url: string): string =>
  url.replace('[::]', '127.0.0.1').replace('0.0.0.0', '127.0.0.1')

describe.each(applications.map((each) => [each.title, each] as const))('%s', (_, application) => {
  test('is wired, runs, is observed and stops', async () => {
    const folder = applicationIn(application.files)
    const wired = await run('create-clew', folder, ['--yes', '--no-install', '--areas', 'all'])
    expect(wired).toMatchObject({ code: 0 })
    expectFewLines(wired)
    if (application.isCompiled) compile(folder)

    collector.reset()
    const child = startApplication(folder, application)
    const started = await child.until(/"url":"([^"]+)".*"admin_url":"([^"]+)"/)
    const [url, admin] = started.slice(1).map((each) => local(each ?? ''))
    const status = async (path: string, headers?: Record<string, string>) =>
      (await ask(`${url}${path}`, headers)).status

    expect(await status('/livez')).toBe(200)
    expect(await status('/orders/1')).toBe(401)
    expect(await status('/orders/1', { 'x-api-key': key })).toBe(200)
    expect(await status('/orders/bad', { 'x-api-key': key })).toBe(500)

    const { body: scraped } = await ask(`${admin}/metrics`)
    expect(scraped).toMatch(/http_server_request_duration_seconds_count\{[^}]*status_code="500"/)
    if (application.hasRoutes) expect(scraped).toContain('http_route="/orders/:id"')
    expect((await ask(`${admin}/debug/sessions`)).status).toBe(200)

    child.kill('SIGTERM')
    expect(await child.exit).toEqual({ code: 0, signal: null })
    const name = application.hasRoutes ? 'GET /orders/:id' : 'GET'
    const span = collector.spans.find(
      (each) => each.name === name && each.attributes['http.response.status_code'] === 500,
    )
    expect(span).toBeDefined()
    const closing = lines(child).find(
      (line) => line['http.status'] === 500 || line['http.response.status_code'] === 500,
    )
    expect(closing).toMatchObject({
      err: { message: 'no such order' },
      ...(application.hasRoutes ? { 'http.route': '/orders/:id' } : {}),
    })
    expect(closing?.['trace_id']).toBe(span?.traceId)

    const manifest = contentOf(folder, 'package.json')
    const again = await run('create-clew', folder, ['--yes', '--no-install', '--areas', 'all'])
    expect(again).toMatchObject({ code: 0, stdout: '' })
    expect(contentOf(folder, 'package.json')).toBe(manifest)
  })
})

describe.each(withMiddleware.map((each) => [each.title, each] as const))(
  '%s, without the server',
  (_, application) => {
    test('has probes, a guard, lines and spans of its own', async () => {
      const folder = applicationIn(application.files)
      const areas = 'log,trace,health,security'
      const wired = await run('create-clew', folder, ['--yes', '--no-install', '--areas', areas])
      expect(wired).toMatchObject({ code: 0 })
      expectFewLines(wired)
      if (application.isCompiled) compile(folder)

      collector.reset()
      const port = await freePort()
      const child = startApplication(folder, application, port)
      await child.until(/^listening$/m)
      const status = async (path: string, headers?: Record<string, string>) =>
        (await ask(`http://127.0.0.1:${port}${path}`, headers)).status

      expect(await status('/livez')).toBe(200)
      expect(await status('/orders/1')).toBe(401)
      expect(await status('/orders/1', { 'x-api-key': key })).toBe(200)
      expect(await status('/orders/bad', { 'x-api-key': key })).toBe(500)
      await child.until(/"http\.route":"\/orders\/:id"/)
      expect(child.stdout).toContain('no such order')
      const span = await collector.until(({ spans }) =>
        spans.find(
          ({ name, attributes }) =>
            name === 'GET /orders/:id' && attributes['http.response.status_code'] === 500,
        ),
      )
      expect(child.stdout).toContain(span.traceId)
      child.kill('SIGKILL')
      await child.exit
    })
  },
)

test('without the server, metrics and the console have listeners of their own', async () => {
  const application = withMiddleware.find(({ isCompiled }) => isCompiled)
  if (application === undefined) throw new Error('there is no application')
  const folder = applicationIn(application.files)
  const args = ['--yes', '--no-install', '--areas', 'metrics,debug']
  expectFewLines(await run('create-clew', folder, args))
  const source = contentOf(folder, 'src/server.ts')
  expect(source).toMatch(
    /^createServer\(\(await metrics\.configure\(.*\)\)\.handler\)\.listen\(9464, '127\.0\.0\.1'\)$/m,
  )
  expect(source).toContain(
    "createServer(debug.console({ logger }).handler).listen(8081, '127.0.0.1')",
  )
  compile(folder)
})
