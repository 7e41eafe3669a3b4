import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeEval } from '@clew/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'

// The second table below "What arrives" in docs/guarantees.md: `UPDATE=1` writes it again.
const page = fileURLToPath(new URL('../../docs/guarantees.md', import.meta.url))
const cwd = fileURLToPath(new URL('../..', import.meta.url))
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'clew-log-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const kinds = ['in flight', 'held', 'direct'] as const

/** Each defines what a handler, a job and code outside of both log with. FILE is a path. */
const loggers: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
  [
    '@clew/log',
    {
      file: "log.configure({ outputs: { to: FILE, format: 'json' } })",
      pipe: "log.configure({ outputs: { format: 'json' } })",
      stream: "log.configure({ outputs: { to: createWriteStream(FILE), format: 'json' } })",
    },
    `const info = (msg) => log.info(msg)
     const job = (fn) => void log.scope({ job: 1 }, fn)
     const watch = log.http()`,
  ],
  [
    'pino',
    {
      file: 'const logger = pino(pino.destination(FILE))',
      pipe: 'const logger = pino()',
      stream: 'const logger = pino(createWriteStream(FILE))',
    },
    `const info = (msg) => logger.info(msg)
     const job = (fn) => void fn()
     const watch = (req, res, next) => next()`,
  ],
  [
    'winston',
    {
      file: 'const logger = winston.createLogger({ transports: [new winston.transports.File({ filename: FILE })] })',
      pipe: 'const logger = winston.createLogger({ transports: [new winston.transports.Console()] })',
      stream:
        'const logger = winston.createLogger({ transports: [new winston.transports.Stream({ stream: createWriteStream(FILE) })] })',
    },
    `const info = (msg) => logger.info(msg)
     const job = (fn) => void fn()
     const watch = (req, res, next) => next()`,
  ],
]

const imports: Readonly<Record<string, string>> = {
  '@clew/log': "import * as log from '@clew/log'",
  pino: "import { pino } from 'pino'",
  winston: "import winston from 'winston'",
}

/** A request that is not answered, a job that does not end, a line, and then the end. */
const program = `
  import { createWriteStream } from 'node:fs'
  import { createServer, get } from 'node:http'
  import { parentPort } from 'node:worker_threads'
  globalThis.never = new Promise(() => {})
  const server = createServer((req, res) => watch(req, res, () => { info('in flight'); req.socket.unref(); called() }))
  let called
  const isCalled = new Promise((resolve) => (called = resolve))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  get({ port: server.address().port }).on('error', () => {}).on('socket', (socket) => socket.unref())
  await isCalled
  server.unref()
  job(async () => { info('held'); await globalThis.never })
  info('direct')
  parentPort?.postMessage('ready')`

const stay = 'setInterval(() => {}, 1000)'

/** How it ends: code after the lines, or what the main thread does to the worker thread. */
const ends: readonly (readonly [string, string, string?])[] = [
  ['a promise never settles', ''],
  ['`process.exit(1)`', 'process.exit(1)'],
  ['an uncaught exception', "setTimeout(() => { throw new Error('boom') })"],
  ['an unhandled rejection', "setTimeout(() => { Promise.reject(new Error('boom')) })"],
  ['SIGTERM, no handler', `process.kill(process.pid, 'SIGTERM'); ${stay}`],
  ['SIGKILL', `process.kill(process.pid, 'SIGKILL'); ${stay}`],
  ['`process.exit(1)` in the main thread', stay, 'process.exit(1)'],
  ['an uncaught exception in the main thread', stay, "throw new Error('boom')"],
  ['`worker.terminate()`', stay, 'void worker.terminate()'],
]
const places = ['file', 'pipe', 'stream', 'worker thread'] as const

let made = 0

interface Case {
  readonly name: string
  readonly place: string
  readonly end: string
  readonly outer: string | undefined
}

/** Which of the lines arrive, in the words of the table. */
async function outcome(
  [name, create, functions]: (typeof loggers)[number],
  { place, end, outer }: Case,
): Promise<string> {
  const file = join(folder, `${made++}.log`)
  writeFileSync(file, '')
  const inWorker = place === 'worker thread'
  const source = [
    imports[name],
    `const FILE = ${JSON.stringify(file)}`,
    create[inWorker ? 'pipe' : place],
    functions,
    program,
    end,
  ].join('\n')
  const started = `
    import ${JSON.stringify(name)}
    import { Worker } from 'node:worker_threads'
    const source = ${JSON.stringify(source)}.replace(${JSON.stringify(`'${name}'`)}, JSON.stringify(import.meta.resolve(${JSON.stringify(name)})))
    const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(source)))
    worker.on('error', () => {}).on('message', () => { ${outer ?? ''} })`
  const child = nodeEval(inWorker ? started : source, { cwd })
  await child.exit
  const text = readFileSync(file, 'utf8') + child.stdout
  const arrived = kinds.filter((kind) => text.includes(`"${kind}"`))
  if (arrived.length === kinds.length) return 'all'
  const says = /\d+ lines/.test(child.stderr) ? '; says how many are missing' : ''
  return `**${arrived.length === 0 ? 'none' : `only ${arrived.join(', ')}`}**${says}`
}

const between = /(<!-- ends -->\n)[\s\S]*?(<!-- \/ends -->)/

const cases: readonly Case[] = ends.flatMap(([name, end, outer]) =>
  places
    .filter((place) => outer === undefined || place === 'worker thread')
    .map((place) => ({ name, end, outer, place })),
)
const rowOf = ({ name, place }: Case, cells: readonly string[]) =>
  `| ${[name, place, ...cells].join(' | ')} |`

/** The results in the order of the cases, four at a time. */
async function each<T>(run: (one: Case) => Promise<T>): Promise<T[]> {
  const results: T[] = []
  const next = cases.entries()
  const worker = async () => {
    for (const [index, one] of next) results[index] = await run(one)
  }
  await Promise.all([worker(), worker(), worker(), worker()])
  return results
}

test('the table in docs/guarantees.md is what becomes of lines at the end of a process', async () => {
  const text = readFileSync(page, 'utf8')
  if (process.env['UPDATE']) {
    const rows = await each(async (one) => {
      const cells: string[] = []
      for (const logger of loggers) cells.push(await outcome(logger, one))
      return rowOf(one, cells)
    })
    const head = ['what happens', 'to', ...loggers.map(([name]) => name)]
    const table = [`| ${head.join(' | ')} |`, `|${head.map(() => '---|').join('')}`, ...rows]
    const made = table.join('\n')
    const update = (_all: string, first: string, last: string) => `${first}${made}\n${last}`
    writeFileSync(page, text.replace(between, update))
    return
  }
  // Of the others it can depend on the moment.
  const [ours] = loggers
  if (ours === undefined) throw new Error('no logger')
  const rows = await each(async (one) => rowOf(one, [await outcome(ours, one)]))
  const told = between.exec(text)?.[0].split('\n').slice(3, -1) ?? []
  const promised = told.map((row) => `${row.split(' | ').slice(0, 3).join(' | ')} |`)
  // A thread that is ended may have written before: nothing is promised, and more may arrive.
  const isChance = (row: string) => row.startsWith('| `worker.terminate()`')
  expect(rows.filter((row) => !isChance(row))).toEqual(promised.filter((row) => !isChance(row)))
  expect(rows).toHaveLength(promised.length)
}, 300_000)
