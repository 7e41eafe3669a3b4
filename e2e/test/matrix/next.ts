// An application of Next, built by its own bundlers: with a server of its own, and without one.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from '@jest/globals'
import { transform } from 'esbuild'
import { folder as examples } from '../examples/cells.ts'
import { credential, keys } from '../examples/credential.ts'
import { debugs, denies, logs, measured, probes, stops, works } from '../examples/promises.ts'
import { startCell } from '../examples/running.ts'
import { type Bench, succeed, write } from './bench.ts'
import type { Cell } from './cell.ts'
import { manifestOf, npmInstall } from './installers.ts'
import { names } from './packed.ts'

const version = '16.4.6'
const react = '19.3.1'

const layout = `export default ({ children }) => <html><body>{children}</body></html>
`

const list = `import * as config from '@clew/config'
import * as log from '@clew/log'
import * as metrics from '@clew/metrics'
import * as trace from '@clew/trace'
import { listOrders } from '../../orders.js'

const orders = metrics.counter('orders', { unit: '{order}' })
export const dynamic = 'force-dynamic'

export const GET = () => trace.span('work', async () => {
  const { maxOrders } = config.load({ maxOrders: config.integer({ default: 100 }) })
  log.info('listing', { maxOrders })
  orders.add(1)
  return Response.json((await listOrders()).slice(0, maxOrders))
})
`

const route = (from: string, name: string) => `import { ${name} } from '${from}orders.js'

export const GET = async (request, { params }) => Response.json(await ${name}((await params).id))
`

const instrumentation = `export async function register() {
  if (process.env.NEXT_RUNTIME !== 'nodejs' || process.env.CUSTOM_SERVER) return
  await (await import('./telemetry.js')).configure()
}

export async function onRequestError(error, request, context) {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return
  const log = await import('@clew/log')
  log.error(error, 'request failed', { route: context.routePath })
}
`

const telemetry = `import * as log from '@clew/log'
import * as metrics from '@clew/metrics'
import * as trace from '@clew/trace'

export async function configure() {
  const service = { name: 'orders' }
  log.configure({ fields: { svc: service.name } })
  await trace.configure({ service, exporter: trace.otlp() })
  await metrics.configure({ service, exporter: metrics.otlp() })
}
`

const server = `import * as config from '@clew/config'
import * as debug from '@clew/debug'
import * as health from '@clew/health'
import * as log from '@clew/log'
import * as metrics from '@clew/metrics'
import * as security from '@clew/security'
import * as server from '@clew/server'
import * as trace from '@clew/trace'
import next from 'next'

const { port, adminPort, apiKeys } = config.loadOrExit({
  port: config.port(),
  adminPort: config.port(),
  apiKeys: config.string().secret(),
})
const service = { name: 'orders', version: '1.0.0' }
const logger = log.configure({ fields: { svc: service.name } })
const tracing = await trace.configure({ service, exporter: trace.otlp() })
const meters = await metrics.configure({ service, prometheus: true })
const keys = security.apiKey('key', { keys: JSON.parse(apiKeys.reveal()) })
const api = security.create({ service: service.name, default: keys })

const app = next({ dev: false, dir: import.meta.dirname })
await app.prepare()
await server.serve(security.handler(api.method('pages'), app.getRequestHandler()), {
  service,
  logger,
  tracing,
  metrics: meters,
  security: api,
  health: health.checker([health.pinger('orders', () => {})]),
  debug: debug.console({ logger }),
  address: \`:\${port}\`,
  admin: { address: \`127.0.0.1:\${adminPort}\` },
  onShutdown: [() => app.close()],
})
`

/** \`next start\`, which takes its port from the environment. */
const start = `process.argv.push('start', import.meta.dirname)
await import('next/dist/bin/next')
`

/** Installs the application once, for all bundlers. */
function install(bench: Bench): Promise<string> {
  installed ??= (async () => {
    const folder = join(bench.folder, 'next')
    const others = { '@opentelemetry/api': '1.9.1', next: version, react, 'react-dom': react }
    await npmInstall(folder, { ...manifestOf(bench, names, others), type: 'module' })
    const orders = readFileSync(join(examples, 'orders.ts'), 'utf8')
    write(folder, {
      'app/layout.js': layout,
      'app/page.js': 'export default () => <p>orders</p>\n',
      'app/orders/route.js': list,
      'app/orders/[id]/route.js': route('../../../', 'findOrder'),
      'app/orders/[id]/ship/route.js': route('../../../../', 'shipOrder'),
      'instrumentation.js': instrumentation,
      'telemetry.js': telemetry,
      'orders.js': (await transform(orders, { loader: 'ts', format: 'esm' })).code,
      'next.config.js': 'export default { distDir: process.env.DIST }\n',
      'server.js': server,
      'start.js': start,
    })
    return folder
  })()
  return installed
}

let installed: Promise<string> | undefined

const environmentOf = (dist: string) => ({
  DIST: dist,
  NEXT_TELEMETRY_DISABLED: '1',
  NODE_ENV: 'production',
})

/** Builds the application with a bundler, once. */
function build(bench: Bench, bundler: 'turbopack' | 'webpack'): Promise<string> {
  const known = builds.get(bundler)
  if (known !== undefined) return known
  const built = (async () => {
    const cwd = await install(bench)
    const program = join(cwd, 'node_modules/next/dist/bin/next')
    const env = environmentOf(bundler)
    await succeed(process.execPath, [program, 'build', `--${bundler}`], { cwd, env })
    return cwd
  })()
  builds.set(bundler, built)
  return built
}

const builds = new Map<string, Promise<string>>()

/** Without a server of its own: line, span and metric come from the code that Next has bundled. */
async function startsBundled(bench: Bench, bundler: 'turbopack' | 'webpack'): Promise<void> {
  const folder = await build(bench, bundler)
  const app = await startCell({ program: join(folder, 'start.js') }, environmentOf(bundler))
  try {
    await works(app, {})
    await app.child.until(/"level":"error","msg":"request failed".*no parcel for order 1.*\n/)
    const failed = app.lines().find(({ msg }) => msg === 'request failed')
    expect(failed).toMatchObject({ svc: 'orders', route: '/orders/[id]/ship' })
    const traceId = app.lines().find(({ msg }) => msg === 'listing')?.['trace_id']
    await app.collector.until(
      ({ spans, points }) =>
        spans.some((span) => span.name === 'work' && span.traceId === traceId) &&
        points.some(({ name }) => name === 'orders'),
    )
  } finally {
    await app.close()
  }
}

/** With a server of its own, in which Next's bundle has the request's line, span and metric. */
async function servesItself(bench: Bench): Promise<void> {
  const folder = await build(bench, 'turbopack')
  const app = await startCell(
    { program: join(folder, 'server.js') },
    { ...environmentOf('turbopack'), CUSTOM_SERVER: '1', ...keys },
  )
  try {
    await works(app, credential)
    // Next tells no one the route but the span.
    await logs(app, { route: undefined })
    measured((await app.aside('/metrics')).body, { route: undefined })
    const server = await app.collector.until(({ spans }) =>
      spans.find((span) => span.status === 'error' && 'url.path' in span.attributes),
    )
    expect(server.attributes['http.route']).toBe('/orders/[id]/ship')
    // The exception is on a span that Next makes below it.
    await app.collector.until(({ spans }) =>
      spans
        .filter(({ traceId }) => traceId === server.traceId)
        .flatMap(({ events }) => events)
        .find(({ attributes }) => attributes['exception.message'] === 'no parcel for order 1'),
    )
    await denies(app)
    await debugs(app)
    await probes(app, 'aside')
    await stops(app)
  } finally {
    await app.close()
  }
}

/** A framework. */
export const customServer: Pick<Cell, 'name' | 'version' | 'run'> = {
  name: 'Next 16, custom server',
  version,
  run: servesItself,
}

/** Two bundlers. */
export const nextBundlers: readonly Pick<Cell, 'name' | 'version' | 'run'>[] = [
  { name: 'Next 16 (Turbopack)', version, run: (bench) => startsBundled(bench, 'turbopack') },
  { name: 'Next 16 (webpack)', version, run: (bench) => startsBundled(bench, 'webpack') },
]
