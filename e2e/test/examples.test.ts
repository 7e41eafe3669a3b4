// The applications of examples/frameworks, plain and with the diff of each package applied: each runs as
// a process of its own, on the built packages, and does what the package promises.
import { startNode } from '@clew/testing'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { buildCells, type Cell } from './examples/cells.ts'
import { keys } from './examples/credential.ts'
import { invokes } from './examples/invocation.ts'
import { jobs } from './examples/jobs.ts'
import { type Expected, promises } from './examples/promises.ts'
import { startCell } from './examples/running.ts'

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
    const expected: Expected = { route }
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

test('lambda', async () => {
  const failures = await each('lambda', invokes)
  expect(failures).toEqual([])
})

test('worker', async () => {
  const failures = await each('worker', async (cell) => {
    const app = await startCell(cell, { PAUSE_MS: '20' })
    try {
      const check = jobs[cell.name]
      if (check === undefined) throw new Error('nothing is known of this package')
      await check(app)
    } finally {
      await app.close()
    }
  })
  expect(failures).toEqual([])
})
