import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeEval } from '@clew/testing'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { parsed } from '../pipe.ts'

// Node ends the threads of a process without a word to them.
const cwd = fileURLToPath(new URL('../..', import.meta.url))
let folder = ''
let made = 0
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'clew-log-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Outputs by name; FILE is a path. */
const outputs: Readonly<Record<string, string>> = {
  stdout: "{ format: 'json' }",
  'a file': "{ to: FILE, format: 'json' }",
  'a stream': "{ to: createWriteStream(FILE, { flags: 'a' }), format: 'json' }",
}

/** Holds lines of two jobs and a part, and of a request that is not answered, and stays. */
const open = `
  globalThis.never = new Promise(() => {})
  void log.scope({ job: id }, async () => {
    log.info('one')
    await log.scope({ part: 1 }, async () => log.info('two'))
    await never
  })
  setInterval(() => {}, 1000)`

interface Program {
  readonly output: string
  readonly main: string
  readonly thread?: string
}

/** Starts two threads, which log from \`thread\`, and runs \`main\` once both are ready. */
async function run({ output, main, thread = open }: Program) {
  const file = join(folder, `${made++}.log`)
  const work = `
    import * as log from LOG
    import { createWriteStream } from 'node:fs'
    import { parentPort, workerData as id } from 'node:worker_threads'
    const FILE = ${JSON.stringify(file)}
    log.configure({ outputs: ${output} })
    ${thread}
    parentPort.postMessage('ready')
    globalThis.last?.()`
  const child = nodeEval(
    `
    import '@clew/log'
    import { once } from 'node:events'
    import { Worker } from 'node:worker_threads'
    const work = ${JSON.stringify(work)}.replace('LOG', JSON.stringify(import.meta.resolve('@clew/log')))
    const url = new URL('data:text/javascript,' + encodeURIComponent(work))
    const workers = [1, 2].map((workerData) => new Worker(url, { workerData }))
    await Promise.all(workers.map((worker) => once(worker, 'message')))
    ${main}`,
    { cwd },
  )
  const how = await child.exit
  const text = output.includes('FILE') ? readFileSync(file, 'utf8') : child.stdout
  return { how, rows: parsed(text) as Record<string, unknown>[], stderr: child.stderr }
}

const stay = 'setInterval(() => {}, 1000)'

describe.each([
  ['process.exit()', 'process.exit(5)', 'exit 5'],
  [
    'process.exit() within exit',
    "process.on('exit', () => process.exit(6)); process.exit(5)",
    'exit 5',
  ],
  ['SIGTERM', `process.kill(process.pid, 'SIGTERM'); ${stay}`, 'SIGTERM'],
  ['SIGINT', `process.kill(process.pid, 'SIGINT'); ${stay}`, 'SIGINT'],
  [
    'SIGTERM with a handler that exits',
    `process.once('SIGTERM', () => process.exit(3)); process.kill(process.pid, 'SIGTERM'); ${stay}`,
    'exit 3',
  ],
  ['an uncaught exception', "setTimeout(() => { throw new Error('boom') })", 'uncaught exception'],
  ['a rejection', "setTimeout(() => { Promise.reject(new Error('boom')) })", 'unhandled rejection'],
  ['the end of its work', 'for (const worker of workers) worker.unref()', 'no work left'],
])('what threads hold is written when the main thread ends by %s', (_name, main, endedBy) => {
  test.each(Object.entries(outputs))('to %s', async (_to, output) => {
    const { rows, stderr } = await run({ output, main })
    for (const job of [1, 2]) {
      const told = rows.filter((row) => row['job'] === job)
      expect(told.map(({ msg, ended_by }) => [msg, ended_by])).toEqual([
        ['one', undefined],
        ['two', undefined],
        ['end', endedBy],
      ])
    }
    expect(stderr).not.toContain('could not be written')
  })
})

test('a request in a thread is in flight as one in the main thread', async () => {
  const { rows } = await run({
    output: "{ format: 'json' }",
    thread: `
      const { createServer, get } = await import('node:http')
      const watch = log.http()
      const server = createServer((req, res) => watch(req, res, () => { log.info('in flight'); called() }))
      let called
      const isCalled = new Promise((resolve) => (called = resolve))
      await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
      get({ port: server.address().port, path: '/orders' }).on('error', () => {})
      await isCalled`,
    main: `process.kill(process.pid, 'SIGTERM'); ${stay}`,
  })
  expect(rows.map(({ msg, ended_by }) => [msg, ended_by]).toSorted()).toEqual([
    ['end', 'SIGTERM'],
    ['end', 'SIGTERM'],
    ['in flight', undefined],
    ['in flight', undefined],
  ])
})

test('a thread that is busy does not keep the process, and the others are written', async () => {
  const { rows, how } = await run({
    output: "{ format: 'json' }",
    thread: `${open}
      if (id === 1) globalThis.last = () => { for (;;); }`,
    main: 'process.exit(4)',
  })
  expect(how.code).toBe(4)
  expect(rows.map(({ job, msg }) => [job, msg])).toEqual([
    [2, 'one'],
    [2, 'two'],
    [2, 'end'],
  ])
})

test('worker.terminate() calls nothing in the thread, so that only what is written already stays', async () => {
  const { rows, how } = await run({
    output: "{ format: 'json' }",
    thread: `${open}
      log.info('direct')
      await new Promise((resolve) => setImmediate(resolve))`,
    main: `
      await Promise.all(workers.map((worker) => worker.terminate()))
      process.exit(0)`,
  })
  expect(how.code).toBe(0)
  expect(rows.map(({ msg }) => msg)).toEqual(['direct', 'direct'])
})
