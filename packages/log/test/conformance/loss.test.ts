import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from '@jest/globals'

// The table in docs/guarantees.md is what these loggers do here and now, each in a process of its
// own: `UPDATE=1` writes it again.
const page = fileURLToPath(new URL('../../docs/guarantees.md', import.meta.url))
const cwd = fileURLToPath(new URL('../..', import.meta.url))

const count = 20_000
/**
 * How long a process may stand still before we say that it does, counted from its first line on.
 */
const standsStillMs = { ours: 60_000, theirs: 10_000 }

const loggers: readonly (readonly [string, string])[] = [
  [
    '@clew/log',
    `import * as log from '@clew/log'
     const logger = log.create({ outputs: { format: 'json' } })
     const line = (i) => logger.info('line', { i })`,
  ],
  ['`pino()`', "import { pino } from 'pino'; const line = withPino(pino())"],
  [
    'pino, `sync: true`',
    "import { pino } from 'pino'; const line = withPino(pino(pino.destination({ sync: true })))",
  ],
  [
    'pino, `sync: false`, `minLength: 4096`',
    `import { pino } from 'pino'
     const line = withPino(pino(pino.destination({ sync: false, minLength: 4096 })))`,
  ],
]

const prelude = `
  function withPino(logger) { return (i) => logger.info({ i }, 'line') }
  const lines = () => { for (let i = 0; i < ${count}; i++) line(i) }
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  const forever = () => setInterval(() => {}, 1000)
  process.send('ready')`

type Reader = 'reads' | 'reads when all is logged' | 'reads when the process has ended' | 'closes'

/** What happens right after 20 000 lines. `go` is what the reader sends when it has done its part. */
const ends: readonly (readonly [string, Reader, string])[] = [
  ['runs out of work', 'reads', 'lines(); process.disconnect()'],
  ['`process.exit()`', 'reads', 'lines(); process.exit()'],
  ['an uncaught exception', 'reads', "lines(); throw new Error('boom')"],
  ['an unhandled rejection', 'reads', "lines(); await Promise.reject(new Error('boom'))"],
  ['SIGTERM, no handler', 'reads', "lines(); process.kill(process.pid, 'SIGTERM'); forever()"],
  [
    'a full pipe, read again later',
    'reads when all is logged',
    "lines(); process.send('logged'); process.once('message', () => process.disconnect())",
  ],
  [
    'a full pipe that nobody reads, then `process.exit()`',
    'reads when the process has ended',
    "lines(); process.send('logged'); process.exit()",
  ],
  [
    'a closed pipe',
    'closes',
    `process.once('message', async () => {
       for (let i = 0; i < ${count}; i++) { line(i); if (i % 100 === 0) await turn() }
       await turn()
       process.disconnect()
     })`,
  ],
]

const children = new Set<ChildProcess>()
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
})

/** What became of the lines, in the words of the table. */
async function outcome(logger: string, reader: Reader, end: string): Promise<string> {
  const { NODE_OPTIONS: _, ...env } = process.env
  const program = `${logger}\n${prelude}\n${end}`
  const stdio = ['ignore', 'pipe', 'pipe', 'ipc'] as const
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd,
    env,
    stdio: [...stdio],
  }) as ChildProcessByStdio<null, Readable, Readable>
  children.add(child)
  const closed = once(child, 'close')
  const out = collected(child.stdout, reader === 'reads' || reader === 'closes')
  const err = collected(child.stderr, true)
  const ended = once(child, 'exit')
  const said = (word: string) =>
    new Promise<void>((resolve) => {
      child.on('message', (message) => message === word && resolve())
    })
  const ready = said('ready')
  const logged = said('logged')
  const inTime = async (event: Promise<unknown>) => {
    await ready
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<false>((resolve) => {
      const ms = logger.includes('@clew/log') ? standsStillMs.ours : standsStillMs.theirs
      timer = setTimeout(resolve, ms, false)
    })
    const first = await Promise.race([event.then(() => true), late])
    clearTimeout(timer)
    return first
  }

  let remark = ''
  if (reader === 'reads when all is logged') {
    if (!(await inTime(logged))) remark = '**stands still** until then; '
    child.stdout.resume()
    await logged
    child.send('go')
  } else if (reader === 'reads when the process has ended') {
    if (!(await inTime(ended))) {
      remark = '**never ends**; '
      child.kill('SIGKILL')
    }
    child.stdout.resume()
  } else if (reader === 'closes') {
    await ready
    child.stdout.destroy()
    child.send('go')
  }
  await closed
  children.delete(child)

  const rows = out
    .text()
    .split('\n')
    .filter((row) => row.includes('"line"') && row.endsWith('}'))
  const arrived = new Set(rows.map((row) => (JSON.parse(row) as { i: number }).i))
  if (arrived.size === count) return `${remark}all`
  const told = /(\d+) lines could not be written/.exec(err.text())?.[1]
  // The line about a crash can be among those that are missing.
  const crash = /throw|reject/.test(end) && !out.text().includes('"fatal"') ? 1 : 0
  if (arrived.size + Number(told) === count + crash) return `${remark}says how many are missing`
  const few = arrived.size === 0 ? 'none' : arrived.size * 100 < count ? 'almost none' : 'some'
  return `${remark}**${few}**, and says nothing`
}

function collected(stream: NodeJS.ReadableStream, reads: boolean): { readonly text: () => string } {
  let text = ''
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  if (!reads) stream.pause()
  return { text: () => text }
}

const between = /(<!-- loss -->\n)[\s\S]*?(<!-- \/loss -->)/

/**
 * The cells of a row. A machine so loaded that nobody reads for a second loses lines like a reader
 * that has stopped: try again.
 */
async function rowOf([name, reader, end]: (typeof ends)[number], expected: string) {
  const cells: string[] = []
  const fill = async (logger: string, index: number) => {
    for (let attempt = 0; attempt < 5; attempt++) {
      const cell = await outcome(logger, reader, end)
      cells[index] = cell
      if (index === 0) expect([name, cell]).toEqual([name, safe])
      if (process.env['UPDATE'] || expected.split('| ')[index + 2]?.trim() === cell) return
    }
  }
  // Those that stand still use no time: they run at once.
  if (reader === 'reads when the process has ended') {
    await Promise.all(loggers.map(([, logger], index) => fill(logger, index)))
  } else for (const [index, [, logger]] of loggers.entries()) await fill(logger, index)
  return `| ${[name, ...cells].join(' | ')} |`
}

const safe = expect.stringMatching(/^(all|says how many are missing)$/)

test('the table in docs/guarantees.md is what becomes of 20 000 lines', async () => {
  const text = readFileSync(page, 'utf8')
  const rows: Promise<string>[] = []
  let before: Promise<unknown> = Promise.resolve()
  for (const row of ends) {
    const expected = text.split('\n').find((line) => line.startsWith(`| ${row[0]} |`)) ?? ''
    const made = row[1].startsWith('reads when')
      ? rowOf(row, expected)
      : before.then(() => rowOf(row, expected))
    if (!row[1].startsWith('reads when')) before = made
    rows.push(made)
  }
  const table = [
    `| behind 20 000 lines | ${loggers.map(([name]) => name).join(' | ')} |`,
    `|---|${loggers.map(() => '---|').join('')}`,
    ...(await Promise.all(rows)),
  ].join('\n')
  if (process.env['UPDATE']) {
    writeFileSync(
      page,
      text.replace(between, (_all, first, last) => `${first}${table}\n${last}`),
    )
  } else expect(between.exec(text)?.[0]).toBe(`<!-- loss -->\n${table}\n<!-- /loss -->`)
}, 300_000)
