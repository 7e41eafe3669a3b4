import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { nodeEval } from '@clew/testing'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'

const cwd = fileURLToPath(new URL('../..', import.meta.url))
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'clew-log-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const count = 20_000
const lines = `
  import * as log from '@clew/log'
  const logger = log.configure({ outputs: { to: process.env.TO ?? 'stdout', format: 'json' } })
  for (let i = 0; i < ${count}; i++) logger.info('line', { i })
`
const parsed = (text: string) =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>)

const missingOf = (rows: readonly Record<string, unknown>[]) =>
  rows
    .filter((row) => row['msg'] === 'log lines dropped')
    .reduce((sum, row) => sum + Number(row['dropped']), 0)

/** Reads a stream to its end; returns what has come so far. */
function collect(stream: Readable | null): () => string {
  let text = ''
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  return () => text
}

const ends: readonly (readonly [string, string, { code: number | null; signal: string | null }])[] =
  [
    ['runs out of work', '', { code: 0, signal: null }],
    ['calls process.exit', 'process.exit(3)', { code: 3, signal: null }],
    ['throws', "throw new Error('boom')", { code: 1, signal: null }],
    ['rejects', "await Promise.reject(new Error('boom'))", { code: 1, signal: null }],
    [
      'gets SIGTERM',
      "process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000)",
      { code: null, signal: 'SIGTERM' },
    ],
    [
      'gets SIGINT',
      "process.kill(process.pid, 'SIGINT'); setInterval(() => {}, 1000)",
      { code: null, signal: 'SIGINT' },
    ],
    [
      'exits in its own SIGTERM handler',
      `process.once('SIGTERM', () => setTimeout(() => { logger.info('line', { i: ${count} }); process.exit(0) }, 5))
       process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000)`,
      { code: 0, signal: null },
    ],
  ]

describe.each([
  ['a pipe', {}],
  ['a file', { TO: 'file' }],
])('20 000 lines to %s arrive when the process', (_name, env) => {
  test.each(ends)('%s', async (name, end, how) => {
    const file = join(folder, `${name}.log`)
    const child = nodeEval(lines + end, { cwd, env: 'TO' in env ? { TO: file } : {} })
    expect(await child.exit).toEqual(how)
    const rows = parsed('TO' in env ? readFileSync(file, 'utf8') : child.stdout)
    const numbers = rows.filter((row) => row['msg'] === 'line').map((row) => row['i'])
    expect(numbers.slice(0, count)).toEqual(
      Array.from({ length: Math.min(numbers.length, count) }, (_, i) => i),
    )
    const crash = name === 'throws' || name === 'rejects'
    if (crash) expect(child.stderr).toContain('Error: boom')
    const all = count + (crash || name.startsWith('exits in') ? 1 : 0)
    const told = Number(/(\d+) lines could not be written/.exec(child.stderr)?.[1] ?? 0)
    expect(rows.length + told).toBe(all)
    // On a machine so loaded that the test reads nothing for a second, it is a stalled reader.
    if (told > 0) return
    if (crash) expect(rows.at(-1)).toMatchObject({ level: 'fatal', err: { message: 'boom' } })
  })
})

test('a crash writes what the requests under way had held', async () => {
  const child = nodeEval(
    `
    import { createServer } from 'node:http'
    import * as log from '@clew/log'
    const logger = log.create({ outputs: { format: 'json' } })
    const watch = logger.http()
    const server = createServer((req, res) => watch(req, res, () => {
      log.info('held', { url: req.url })
      if (req.url === '/crash') setTimeout(() => { throw new Error('boom') }, 1)
    })).listen(0, '127.0.0.1', () => {
      const url = 'http://127.0.0.1:' + server.address().port
      fetch(url + '/waits').catch(() => {})
      server.once('request', () => fetch(url + '/crash').catch(() => {}))
    })`,
    { cwd },
  )
  expect((await child.exit).code).not.toBe(0)
  const rows = parsed(child.stdout)
  expect(rows.filter((row) => row['msg'] === 'held').map((row) => row['url'])).toEqual([
    '/waits',
    '/crash',
  ])
  expect(rows.at(-1)).toMatchObject({ level: 'fatal', msg: 'uncaught exception' })
})

test('somebody else who handles the crash keeps the last word', async () => {
  const child = nodeEval(
    `
    import * as log from '@clew/log'
    log.configure({ outputs: { format: 'json' } })
    process.on('uncaughtException', (error) => { log.error(error, 'mine'); process.exit(7) })
    log.info('before')
    setTimeout(() => { throw new Error('boom') })`,
    { cwd },
  )
  expect(await child.exit).toEqual({ code: 7, signal: null })
  expect(parsed(child.stdout).map((row) => row['msg'])).toEqual(['before', 'mine'])
})

test('a handler that acts only when nobody else listens still acts', async () => {
  const child = nodeEval(
    `
    import * as log from '@clew/log'
    const handler = () => {
      if (process.listenerCount('SIGTERM') !== 1) return
      process.off('SIGTERM', handler)
      process.kill(process.pid, 'SIGTERM')
    }
    process.on('SIGTERM', handler)
    log.configure({ outputs: { format: 'json' } })
    log.info('line')
    process.kill(process.pid, 'SIGTERM')
    setTimeout(() => {}, 10_000)`,
    { cwd },
  )
  expect(await child.exit).toEqual({ code: null, signal: 'SIGTERM' })
  expect(parsed(child.stdout)).toHaveLength(1)
})

test('a reader that stops: the service goes on, memory is bounded, and the stream says what is missing', async () => {
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `
      import * as log from '@clew/log'
      const logger = log.create({ outputs: { format: 'json', maxBufferBytes: 1_000_000 } })
      const other = log.create({ outputs: { to: '/dev/null', format: 'json' } })
      const before = process.memoryUsage.rss()
      let i = 0
      while (i < 200_000) {
        for (let j = 0; j < 1000; j++) logger.info('line', { i: i++ })
        if (i === 100_000) logger.warn('important')
        other.info('must not be seen in what waits of the first')
        await new Promise((resolve) => setImmediate(resolve))
      }
      process.send({ grown: process.memoryUsage.rss() - before, dropped: logger.dropped })
      process.once('message', async () => {
        logger.info('last')
        await logger.shutdown()
        process.disconnect()
      })`,
    ],
    { cwd, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] },
  )
  const [report] = (await once(child, 'message')) as [{ grown: number; dropped: number }]
  expect(report.dropped).toBeGreaterThan(100_000)
  expect(report.grown).toBeLessThan(100_000_000)
  const text = collect(child.stdout)
  child.send('read again')
  await once(child, 'close')
  const rows = parsed(text())
  const arrived = rows.filter((row) => row['msg'] === 'line').length
  expect(arrived + missingOf(rows)).toBe(200_000)
  expect(rows.filter((row) => row['msg'] === 'important')).toHaveLength(1)
  expect(rows.at(-1)).toMatchObject({ msg: 'last' })
})

test('ten seconds at full speed into a stalled reader stay under the bound, and what is missing is said', async () => {
  const child = spawn(
    process.execPath,
    [
      '--expose-gc',
      '--input-type=module',
      '-e',
      `
      import * as log from '@clew/log'
      const logger = log.create({ outputs: { format: 'json' } })
      const used = () => {
        gc()
        const { heapUsed, external } = process.memoryUsage()
        return heapUsed + external
      }
      const turn = () => new Promise((resolve) => setImmediate(resolve))
      let i = 0
      const burst = () => { for (let j = 0; j < 1000; j++) logger.info('a line of usual length', { i: i++, order_id: 'o-1234567' }) }
      for (let j = 0; j < 20; j++) { burst(); await turn() }
      const before = used()
      const rssBefore = process.memoryUsage.rss()
      let rss = rssBefore
      let kept = 0
      const end = performance.now() + 10_000
      while (performance.now() < end) {
        for (let j = 0; j < 50; j++) { burst(); await turn() }
        rss = Math.max(rss, process.memoryUsage.rss())
        kept = Math.max(kept, used() - before)
      }
      process.send({ logged: i, kept, rss: rss - rssBefore, dropped: logger.dropped })
      process.once('message', async () => {
        logger.info('last')
        await logger.shutdown(60_000)
        process.disconnect()
      })`,
    ],
    { cwd, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] },
  )
  const [report] = (await once(child, 'message')) as [
    { logged: number; kept: number; rss: number; dropped: number },
  ]
  // maxBufferBytes, 8 MiB, is what is kept; the resident set has what V8 has not yet collected too.
  // Unbounded, it is 600 MB.
  expect(report.kept).toBeLessThan(8_388_608 + 2_000_000)
  expect(report.rss).toBeLessThan(200_000_000)
  expect(report.dropped).toBeGreaterThan(report.logged / 2)
  const text = collect(child.stdout)
  child.send('read again')
  await once(child, 'close')
  const rows = parsed(text())
  const arrived = rows.filter((row) => row['msg'] === 'a line of usual length').length
  expect(arrived + missingOf(rows)).toBe(report.logged)
  expect(rows.at(-1)).toMatchObject({ msg: 'last' })
}, 120_000)

test('a slow reader gets whole lines only, and all of them or how many are missing', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', `${lines}; process.exit()`], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stderr = collect(child.stderr)
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    child.stdout.pause()
    setTimeout(() => child.stdout.resume(), 2)
  })
  await once(child, 'close')
  const told = Number(/(\d+) lines could not be written/.exec(stderr())?.[1] ?? 0)
  expect(parsed(text).length + told).toBe(count)
  // A full pipe is not an error.
  expect(stderr()).not.toContain('EAGAIN')
})

test('a closed pipe costs the process nothing, and is said once on stderr', async () => {
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `
      import * as log from '@clew/log'
      const logger = log.create({ outputs: { format: 'json' } })
      logger.info('first')
      process.once('message', async () => {
        for (let i = 0; i < 1000; i++) {
          logger.info('into the void')
          await new Promise((resolve) => setImmediate(resolve))
        }
        process.send({ dropped: logger.dropped })
        process.disconnect()
      })`,
    ],
    { cwd, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  )
  const report = once(child, 'message') as Promise<[{ dropped: number }]>
  const stderr = collect(child.stderr)
  child.stdout?.once('data', () => {
    child.stdout?.destroy()
    child.send('go')
  })
  const [code] = await once(child, 'close')
  expect(code).toBe(0)
  // Nothing waits for a reader that is gone.
  expect((await report)[0].dropped).toBeGreaterThan(0)
  expect(stderr().match(/stdout: EPIPE/g)).toHaveLength(1)
  expect(stderr()).toContain('stdout: 1000 lines could not be written before the end')
})

test('a full disk: lines wait, and the process goes on', async () => {
  const child = nodeEval(
    `
    import * as log from '@clew/log'
    const logger = log.create({ outputs: { to: '/dev/full', format: 'json' } })
    for (let i = 0; i < 100; i++) logger.info('line')
    await logger.shutdown(20)
    console.log('alive')`,
    { cwd },
  )
  expect(await child.exit).toEqual({ code: 0, signal: null })
  expect(child.stdout).toBe('alive\n')
  expect(child.stderr).toContain('/dev/full: ENOSPC')
  expect(child.stderr).toContain('100 lines could not be written')
})

test('a disk that is full for a while loses nothing, and says what it had no room for', async () => {
  const file = join(folder, 'volume.log')
  const real = join(folder, 'volume-with-room.log')
  symlinkSync('/dev/full', file)
  const child = nodeEval(
    `
    import { renameSync, symlinkSync } from 'node:fs'
    import * as log from '@clew/log'
    const file = ${JSON.stringify(file)}
    const logger = log.create({ outputs: { to: file, format: 'json', maxBufferBytes: 1_000_000 } })
    for (let i = 0; i < ${count}; i++) logger.info('line', { i })
    await new Promise((resolve) => setImmediate(resolve))
    logger.warn('important')
    symlinkSync(${JSON.stringify(real)}, file + '.new')
    renameSync(file + '.new', file)
    await logger.shutdown(60_000)
    logger.info('last')`,
    { cwd },
  )
  expect(await child.exit).toEqual({ code: 0, signal: null })
  expect(child.stderr.match(/ENOSPC/g)).toHaveLength(1)
  const rows = parsed(readFileSync(real, 'utf8'))
  const arrived = rows.filter((row) => row['msg'] === 'line')
  expect(missingOf(rows)).toBeGreaterThan(0)
  expect(arrived.length + missingOf(rows)).toBe(count)
  // After the chunk that was under way, the newest; a warning whatever its age.
  const numbers = arrived.map((row) => Number(row['i']))
  const under = numbers.findIndex((number, index) => number !== index)
  expect(under).toBeLessThan(1000)
  expect(numbers.slice(under)).toEqual(
    Array.from({ length: numbers.length - under }, (_, i) => count - numbers.length + under + i),
  )
  expect(rows.filter((row) => row['msg'] === 'important')).toHaveLength(1)
  expect(rows.at(-1)).toMatchObject({ msg: 'last' })
}, 90_000)

test('a write that stops in the middle of a line is gone on with, in the next file', async () => {
  const file = join(folder, 'limited.log')
  // The shell's limit on the size of files makes writes short, and then fail.
  const program = `
    import { existsSync, renameSync } from 'node:fs'
    import * as log from '@clew/log'
    const file = ${JSON.stringify(file)}
    const logger = log.create({ outputs: { to: file, format: 'json' } })
    for (let i = 0; i < ${count}; i++) logger.info('line', { i })
    for (let part = 1; part < 20; part++) {
      renameSync(file, file + '.' + part)
      await logger.shutdown(20)
      if (!existsSync(file)) break
    }`
  const child = spawn(
    'sh',
    [
      '-c',
      'ulimit -f 1000; exec "$0" "$@"',
      process.execPath,
      '--input-type=module',
      '-e',
      program,
    ],
    {
      cwd,
      stdio: ['ignore', 'inherit', 'pipe'],
    },
  )
  const stderr = collect(child.stderr)
  expect(await once(child, 'close')).toEqual([0, null])
  expect(stderr()).toContain('EFBIG')
  const parts = readdirSync(folder).filter((name) => name.startsWith('limited.log.'))
  expect(parts.length).toBeGreaterThan(1)
  const text = parts
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('')
  expect(parsed(text).map((row) => row['i'])).toEqual(Array.from({ length: count }, (_, i) => i))
}, 90_000)

test('a file that is rotated again and again, its folder gone in between, has every line once', async () => {
  const inside = join(folder, 'logs')
  const file = join(inside, 'app.log')
  mkdirSync(inside)
  const child = nodeEval(
    `
    import { mkdirSync, renameSync } from 'node:fs'
    import * as log from '@clew/log'
    const [file, inside] = ${JSON.stringify([file, inside])}
    const logger = log.create({ outputs: { to: file, format: 'json', reopenOn: 'SIGHUP' } })
    const hangUp = () => new Promise((resolve) => {
      const alive = setInterval(() => {}, 1000)
      process.once('SIGHUP', () => { clearInterval(alive); resolve() })
      process.kill(process.pid, 'SIGHUP')
    })
    let i = 0
    const some = () => { for (let j = 0; j < ${count} / 4; j++) logger.info('line', { i: i++ }) }
    some()
    renameSync(file, inside + '.1')
    await hangUp()
    some()
    renameSync(inside, inside + '.2')
    await hangUp()
    some()
    mkdirSync(inside)
    await hangUp()
    some()
    await logger.shutdown(60_000)`,
    { cwd },
  )
  expect(await child.exit).toEqual({ code: 0, signal: null })
  const files = [`${inside}.1`, join(`${inside}.2`, 'app.log'), file]
  const found = files.flatMap((name) => parsed(readFileSync(name, 'utf8')))
  expect(found.map((row) => row['i'])).toEqual(Array.from({ length: count }, (_, i) => i))
  expect(child.stderr).toMatch(/app\.log: ERR_LOG_OPEN/)
}, 90_000)

test('a file that cannot be opened again: what waits for it at the end is said', async () => {
  const inside = join(folder, 'gone')
  mkdirSync(inside)
  const child = nodeEval(
    `
    import { renameSync } from 'node:fs'
    import * as log from '@clew/log'
    const inside = ${JSON.stringify(inside)}
    const logger = log.create({ outputs: { to: inside + '/app.log', format: 'json', reopenOn: 'SIGHUP' } })
    process.once('SIGHUP', () => {
      for (let i = 0; i < 10; i++) logger.info('line')
      process.exit()
    })
    setInterval(() => {}, 1000)
    renameSync(inside, inside + '.1')
    process.kill(process.pid, 'SIGHUP')`,
    { cwd },
  )
  expect(await child.exit).toEqual({ code: 0, signal: null })
  expect(child.stderr).toContain('10 lines could not be written before the end')
})

test('a rotated file is opened again at the signal', async () => {
  const file = join(folder, 'rotated.log')
  const child = nodeEval(
    `
    import * as log from '@clew/log'
    const logger = log.create({ outputs: { to: ${JSON.stringify(file)}, format: 'json', reopenOn: 'SIGHUP' } })
    logger.info('old')
    process.once('SIGHUP', () => {
      logger.info('new')
      console.log('reopened')
      process.exit()
    })
    setInterval(() => {}, 1000)
    setImmediate(() => console.log('ready'))`,
    { cwd },
  )
  await child.until(/ready/)
  renameSync(file, `${file}.1`)
  child.kill('SIGHUP')
  expect(await child.exit).toEqual({ code: 0, signal: null })
  expect(parsed(readFileSync(`${file}.1`, 'utf8')).map((row) => row['msg'])).toEqual(['old'])
  expect(parsed(readFileSync(file, 'utf8')).map((row) => row['msg'])).toEqual(['new'])
})

test('the ESM and the CommonJS copy share scopes and the default logger', async () => {
  const child = nodeEval(
    `
    import { createRequire } from 'node:module'
    import * as esm from '@clew/log'
    const cjs = createRequire(process.cwd() + '/x.js')('@clew/log')
    if (cjs.info === esm.info) throw new Error('one copy only')
    esm.configure({ fields: { by: 'esm' }, outputs: { format: 'json' } })
    cjs.info('default')
    esm.scope({ job: 1 }, () => {
      cjs.info('held', { a: 1 })
      cjs.scope({ step: 2 }, () => cjs.error('failed'))
    })
    process.exitCode = process.listenerCount('SIGTERM')`,
    { cwd },
  )
  expect(await child.exit).toEqual({ code: 1, signal: null })
  expect(parsed(child.stdout).map(({ msg, by, job, step }) => ({ msg, by, job, step }))).toEqual([
    { msg: 'default', by: 'esm' },
    { msg: 'held', by: 'esm', job: 1 },
    { msg: 'failed', by: 'esm', job: 1, step: 2 },
    { msg: 'end', by: 'esm', job: 1 },
  ])
})
