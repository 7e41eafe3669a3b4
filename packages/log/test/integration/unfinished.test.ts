import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeEval } from '@clew/testing'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { parsed } from '../pipe.ts'

const cwd = fileURLToPath(new URL('../..', import.meta.url))
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'clew-log-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

type Rows = Record<string, unknown>[]

/** Runs a program, in which `logger` is the default logger and writes json. */
async function run(program: string, options = '', execArgv: readonly string[] = []) {
  const child = nodeEval(
    `
    import * as log from '@clew/log'
    const logger = log.configure({ ${options} outputs: { format: 'json' } })
    const turn = () => new Promise((resolve) => setImmediate(resolve))
    ${program}`,
    { cwd, execArgv },
  )
  const how = await child.exit
  return { how, rows: parsed(child.stdout) as Rows, stderr: child.stderr }
}

// What ends the process, what follows `ended_by`, and how it ends.
const ends: readonly (readonly [string, string, string])[] = [
  ['process.exit(1)', 'process.exit(1)', 'exit 1'],
  ['process.exit(0)', 'process.exit(0)', 'exit 0'],
  [
    'a handler of a signal that exits',
    "process.once('SIGTERM', () => process.exit(3)); process.kill(process.pid, 'SIGTERM'); await new Promise((r) => setTimeout(r, 1e6))",
    'exit 3',
  ],
  [
    'SIGTERM',
    "process.kill(process.pid, 'SIGTERM'); await new Promise((resolve) => setTimeout(resolve, 1e6))",
    'SIGTERM',
  ],
  [
    'SIGINT',
    "process.kill(process.pid, 'SIGINT'); await new Promise((resolve) => setTimeout(resolve, 1e6))",
    'SIGINT',
  ],
  ['a promise that never settles', 'await new Promise(() => {})', 'no work left'],
  [
    'an error elsewhere',
    "setTimeout(() => { throw new Error('elsewhere') }); await new Promise((r) => setTimeout(r, 1e6))",
    'uncaught exception',
  ],
  [
    'a rejection elsewhere',
    "setTimeout(() => { Promise.reject(new Error('elsewhere')) }); await new Promise((r) => setTimeout(r, 1e6))",
    'unhandled rejection',
  ],
  [
    'an error elsewhere that is handled, and the process ended',
    "process.on('uncaughtException', () => process.exit(9)); setTimeout(() => { throw new Error('elsewhere') }); await new Promise((r) => setTimeout(r, 1e6))",
    'exit 9',
  ],
]

describe.each(ends)('what open scopes hold is written at %s', (_name, end, endedBy) => {
  test('in the scope of a job', async () => {
    const { rows } = await run(
      `void log.scope({ job: 1 }, async () => {
        log.set({ user: 'u1' })
        log.info('one')
        await log.scope({ part: 1 }, async () => log.info('two'))
        ${end}
      })`,
    )
    expect(rows.filter(({ level }) => level !== 'fatal')).toEqual([
      expect.objectContaining({ msg: 'one', job: 1 }),
      expect.objectContaining({ msg: 'two', job: 1, part: 1 }),
      expect.objectContaining({
        ...{ level: 'warn', msg: 'end', job: 1, user: 'u1', unfinished: true },
        ended_by: endedBy,
        time_ms: expect.any(Number),
      }),
    ])
  })

  test('in requests and jobs elsewhere, of each logger', async () => {
    const { rows } = await run(
      `const { createServer, get } = await import('node:http')
      const other = log.create({ fields: { by: 'other' }, outputs: { format: 'json' } })
      const watch = logger.http()
      const server = createServer((req, res) => watch(req, res, () => {
        log.info('in a request')
        req.url === '/ends' ? res.end() : res.flushHeaders()
      }))
      await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address()
      const ask = (path) => new Promise((resolve) => get({ port, path }, (res) => res.on('data', () => {}).on('error', () => {}).once(path === '/ends' ? 'end' : 'resume', resolve)))
      await ask('/ends')
      await ask('/hangs')
      const forever = new Promise((resolve) => (globalThis.keep = resolve))
      for (let i = 0; i < 300; i++) void other.scope({ i }, () => { log.info('in a job'); return i === 7 ? forever : undefined })
      await turn()
      ${end === ends[5]?.[1] ? "process.emit('SIGTERM')" : end}`,
    )
    const told = rows.filter(({ level }) => level !== 'fatal')
    const of = (i: unknown) => told.filter((row) => row['i'] === i)
    expect(told).toHaveLength(4)
    expect(of(7).map(({ msg }) => msg)).toEqual(['in a job', 'end'])
    expect(of(undefined).map(({ msg }) => msg)).toEqual(['in a request', 'end'])
    for (const row of told.filter(({ msg }) => msg === 'end')) {
      expect(row).toMatchObject({ level: 'warn', unfinished: true })
    }
    expect(of(undefined)[1]).toMatchObject({
      'http.method': 'GET',
      'http.time_ms': expect.any(Number),
    })
  })
})

test('a job that is begun before others is written too, one that has ended is not', async () => {
  const { rows } = await run(
    `let finish
    const gate = new Promise((resolve) => (finish = resolve))
    const wait = (job) => log.scope({ job }, async () => { log.info('held'); await gate })
    const good = [wait('good'), wait('good')]
    globalThis.kept = new Promise(() => {})
    void log.scope({ job: 'first' }, async () => { log.info('held'); await globalThis.kept })
    for (let i = 0; i < 1000; i++) good.push(wait('good'))
    finish()
    await Promise.all(good)
    process.exit()`,
  )
  expect(rows.map(({ msg, job }) => [msg, job])).toEqual([
    ['held', 'first'],
    ['end', 'first'],
  ])
})

test('a job whose promise was collected, so that it never settles, is written at once', async () => {
  const { rows } = await run(
    `void log.scope({ job: 1 }, async () => { log.info('held'); await new Promise(() => {}) })
    const kept = []
    for (let i = 0; i < 200; i++) void log.scope({ i }, async () => { log.info('no'); await new Promise((resolve) => kept.push(resolve)) })
    for (let i = 0; i < 20; i++) { gc(); await turn() }
    log.info('goes on')
    for (const resolve of kept) resolve()
    await turn()
    process.exit()`,
    '',
    ['--expose-gc'],
  )
  expect(rows.map(({ msg, ended_by }) => [msg, ended_by])).toEqual([
    ['held', undefined],
    ['end', 'never settled'],
    ['goes on', undefined],
  ])
})

test('jobs that never settle leave room for what is open at the end', async () => {
  const { rows } = await run(
    `for (let i = 0; i < 400; i++) void log.scope({ job: 'leaked' }, async () => {
      log.info('held')
      await new Promise(() => {})
    })
    for (let i = 0; i < 200; i++) void log.scope({ job: 'short' }, turn)
    for (let i = 0; i < 5; i++) { global.gc(); await turn() }
    void log.scope({ job: 'open' }, async () => {
      log.info('held')
      await new Promise((resolve) => (globalThis.open = resolve))
    })
    process.exit()`,
    'hold: { maxLinesAtExit: 20 },',
    ['--expose-gc'],
  )
  expect(rows.some(({ ended_by }) => ended_by === 'never settled')).toBe(true)
  expect(rows.filter(({ job }) => job === 'open').map(({ msg }) => msg)).toEqual(['held', 'end'])
})

test('the lines are bounded, the newest of each scope stay, and what is missing is counted', async () => {
  const { rows } = await run(
    `process.on('exit', () => console.error(logger.dropped))
    const wait = (job, lines) => log.scope({ job }, async () => {
      for (let i = 0; i < lines; i++) log.info('held', { i })
      await new Promise((resolve) => (globalThis['k' + job] = resolve))
    })
    void wait(1, 2)
    void wait(2, 5)
    void wait(3, 4)
    process.exit()`,
    'hold: { maxLinesAtExit: 6 },',
  )
  expect(rows.map(({ msg, job, i, dropped }) => [msg, job, i ?? dropped])).toEqual([
    ['held', 1, 0],
    ['held', 1, 1],
    ['end', 1, undefined],
    ['log lines dropped', 2, 3],
    ['held', 2, 3],
    ['held', 2, 4],
    ['end', 2, undefined],
    ['log lines dropped', undefined, 5],
  ])
})

test('a process that ends after its scopes writes nothing of them', async () => {
  const { rows, how } = await run(
    `await log.scope({ job: 1 }, async () => { log.info('held'); await turn() })
    log.scope({ job: 2 }, () => log.info('held'))`,
  )
  expect(how.code).toBe(0)
  expect(rows).toEqual([])
})

test('more work that is found at the last moment is not the end', async () => {
  const { rows } = await run(
    `let again = true
    process.on('beforeExit', () => { if (again) setTimeout(() => { again = false; finish() }, 5) })
    let finish
    await Promise.all([
      log.scope({ job: 1 }, async () => { log.info('good'); await new Promise((r) => (finish = r)) }),
      turn(),
    ])
    log.scope({ job: 2 }, () => { log.info('held'); process.exit(4) })`,
  )
  expect(rows.map(({ msg, ended_by }) => [msg, ended_by])).toEqual([
    ['held', undefined],
    ['end', 'exit 4'],
  ])
})

test.each([
  ['process.exit()', 'process.exit(2)', 'exit 2'],
  ['an error', "setTimeout(() => { throw new Error('boom') })", 'uncaught exception'],
  ['the end of its work', '', 'no work left'],
])('a worker thread that ends by %s writes what its scopes hold', async (name, end, endedBy) => {
  const file = join(folder, `${name.replace(/\W/g, '')}.log`)
  const work = `
    import * as log from '@clew/log'
    log.configure({ outputs: { to: ${JSON.stringify(file)}, format: 'json' } })
    void log.scope({ job: 1 }, async () => {
      log.info('held')
      ${end}
      await new Promise(() => {})
    })`
  const child = nodeEval(
    `
    import { Worker } from 'node:worker_threads'
    const url = 'data:text/javascript,' + encodeURIComponent(${JSON.stringify(work)}.replace("'@clew/log'", JSON.stringify(import.meta.resolve('@clew/log'))))
    new Worker(new URL(url)).on('error', () => {}).on('exit', () => console.log('ended'))`,
    { cwd },
  )
  await child.exit
  const rows = parsed(readFileSync(file, 'utf8')).filter(({ level }) => level !== 'fatal')
  expect(rows.map(({ msg, ended_by }) => [msg, ended_by])).toEqual([
    ['held', undefined],
    ['end', endedBy],
  ])
})
