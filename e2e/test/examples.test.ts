// The applications of examples/frameworks, plain and with the diff of each package applied: each runs as
// a process of its own, on the built packages, and does what the package promises.
import * as security from '@clew/security'
import { nodeEval, startCollector, startNode } from '@clew/testing'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { buildCells, type Cell } from './examples/cells.ts'
import { type Expected, promises, stops } from './examples/promises.ts'
import { environment, jsonLines, type Running, startCell } from './examples/running.ts'

const { key, record } = security.issueApiKey({ owner: 'tests' })
const credential = { 'x-api-key': key }
const keys = { API_KEYS: JSON.stringify([record]) }
const reason = 'no parcel for order 1'

const servers: Readonly<Record<string, string | undefined>> = {
  'node-http': undefined,
  express4: '/orders/:id/ship',
  express5: '/orders/:id/ship',
  fastify: '/orders/:id/ship',
  koa: '/orders/:id/ship',
  hono: '/orders/:id/ship',
  'nest-express': '/orders/:id/ship',
  'nest-fastify': '/orders/:id/ship',
}

let cells: readonly Cell[]
beforeAll(() => {
  cells = buildCells()
})

const cellsOf = (application: string) => cells.filter((cell) => cell.application === application)

/** Two at a time, and what fails says where. */
async function each(application: string, run: (cell: Cell) => Promise<void>): Promise<string[]> {
  const waiting = [...cellsOf(application)]
  const failures: string[] = []
  const worker = async () => {
    for (let cell = waiting.shift(); cell !== undefined; cell = waiting.shift()) {
      const { name } = cell
      await run(cell).catch((error: Error) => failures.push(`${name}: ${error.stack}`))
    }
  }
  await Promise.all([worker(), worker()])
  return failures
}

test('each folder is tested', () => {
  const applications = [...new Set(cells.map(({ application }) => application))].sort()
  expect(applications).toEqual([...Object.keys(servers), 'lambda', 'worker'].sort())
})

describe.each(Object.entries(servers))('%s', (application, route) => {
  test('every package keeps its promise', async () => {
    const expected: Expected = { route, credential }
    const failures = await each(application, async (cell) => {
      const check = promises[cell.name]
      if (check === undefined) throw new Error('nothing is known of this package')
      const app = await startCell(cell, keys)
      try {
        await check(app, expected)
      } finally {
        await app.close()
      }
    })
    expect(failures).toEqual([])
  })
})

test('config: a wrong port is refused with a message that names it, wherever the application listens', async () => {
  const configured = cells.filter(
    ({ application, name }) => application in servers && name === 'config',
  )
  expect(configured).toHaveLength(Object.keys(servers).length)
  const [cell] = configured
  const child = startNode((cell as Cell).program, [], { env: { PORT: '80a' } })
  expect(await child.exit).toEqual({ code: 78, signal: null })
  expect(child.stderr).toContain('PORT is invalid: "80a"')
})

/** Calls the handler as Lambda does, which freezes the process as soon as it has settled. */
const runtime = (program: string, headers: object) => `
  import { writeSync } from 'node:fs'
  const { handler } = await import(${JSON.stringify(program)})
  const event = (route, id) => ({
    routeKey: 'GET ' + route,
    headers: ${JSON.stringify(headers)},
    ...(id && { pathParameters: { id } }),
    requestContext: {
      http: { method: 'GET', path: route.replace('{id}', id), sourceIp: '203.0.113.9' },
    },
  })
  const results = []
  for (const args of [['/orders'], ['/orders/{id}', '1'], ['/orders/{id}/ship', '1']]) {
    results.push(await handler(event(...args)).catch(({ message }) => message))
  }
  writeSync(1, 'results ' + JSON.stringify(results) + '\\n')
  process.kill(process.pid, 'SIGKILL')
`

async function invoke({ program }: Cell, headers: object, env: Record<string, string>) {
  const child = nodeEval(runtime(program, headers), { env })
  await child.exit
  const results = /^results (.*)$/m.exec(child.stdout)?.[1]
  if (results === undefined) throw new Error(child.stdout + child.stderr)
  return { lines: jsonLines(child.stdout), results: JSON.parse(results) }
}

test('lambda', async () => {
  const orders = [expect.anything(), { id: '1', item: 'tea' }, reason]
  const failures = await each('lambda', async (cell) => {
    const collector = await startCollector()
    try {
      const env = { ...environment(collector), ...keys }
      const { lines, results } = await invoke(cell, credential, env)
      expect(results).toEqual(orders)
      if (cell.name === 'log') {
        expect(lines).toEqual([
          expect.objectContaining({
            level: 'error',
            route: 'GET /orders/{id}/ship',
            err: expect.objectContaining({ message: reason }),
          }),
        ])
      }
      if (cell.name === 'trace') {
        const span = await collector.until(({ spans }) =>
          spans.find((one) => one.status === 'error'),
        )
        expect(span.name).toBe('GET /orders/{id}/ship')
      }
      if (cell.name === 'metrics') {
        await collector.until(({ points }) => points.find((one) => 'error.type' in one.attributes))
      }
      if (cell.name === 'security') {
        const denied = await invoke(cell, {}, env)
        expect(denied.results[0]).toMatchObject({ statusCode: 401 })
      }
      if (cell.name === 'config') {
        const wrong = nodeEval(runtime(cell.program, {}), { env: { MAX_ORDERS: 'many' } })
        expect((await wrong.exit).code).toBe(78)
        expect(wrong.stderr).toContain('MAX_ORDERS is invalid: "many"')
      }
    } finally {
      await collector.close()
    }
  })
  expect(failures).toEqual([])
})

const jobs: Readonly<Record<string, (app: Running) => Promise<void>>> = {
  async plain({ child }) {
    await child.until(new RegExp(reason), { stream: 'stderr' })
  },
  config: (app) => app.child.until(new RegExp(reason), { stream: 'stderr' }).then(() => {}),
  async log({ child, lines }) {
    await child.until(/"msg":"end".*\n/)
    const err = expect.objectContaining({ message: reason })
    expect(lines()[0]).toMatchObject({ level: 'error', msg: 'end', job: 'ship', err })
  },
  async trace({ collector }) {
    const span = await collector.until(({ spans }) => spans.find(({ name }) => name === 'ship'))
    expect(span.status).toBe('error')
  },
  async metrics({ collector }) {
    await collector.until(({ points }) =>
      points.find(({ name, attributes }) => name === 'ship.duration' && 'error.type' in attributes),
    )
  },
  async health({ get }) {
    for (const path of ['/livez', '/readyz']) expect((await get(path)).status).toBe(200)
  },
  async debug({ aside }) {
    expect((await aside('/debug/sessions')).status).toBe(200)
  },
  async server({ get }) {
    expect((await get('/readyz')).status).toBe(200)
  },
}

test('worker', async () => {
  const failures = await each('worker', async (cell) => {
    const app = await startCell(cell, { PAUSE_MS: '20' })
    try {
      await jobs[cell.name]?.(app)
      if (cell.name === 'plain' || cell.name === 'server') await stops(app)
    } finally {
      await app.close()
    }
  })
  expect(failures).toEqual([])
})
