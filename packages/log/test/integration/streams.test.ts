import { EventEmitter } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import * as log from '@clew/log'
import { nodeEval } from '@clew/testing'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { missingOf, parsed } from '../pipe.ts'

const cwd = fileURLToPath(new URL('../..', import.meta.url))
let folder = ''
let made = 0
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'clew-log-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const to = (stream: unknown) =>
  log.create({ outputs: { to: stream as Writable, format: 'json', maxBufferBytes: 1_000_000 } })

describe('shutdown', () => {
  test('waits until a stream has written what it was given', async () => {
    let text = ''
    const stream = new Writable({
      write(chunk, _encoding, done) {
        setTimeout(() => {
          text += chunk
          done()
        }, 5)
      },
    })
    const logger = to(stream)
    logger.info('line')
    await logger.shutdown(60_000)
    expect(parsed(text)).toMatchObject([{ msg: 'line' }])
  })

  test('of a stream that never calls back ends when its time is up', async () => {
    const logger = to(new Writable({ write() {} }))
    logger.info('line')
    await logger.shutdown(20)
  }, 10_000)

  test.each([
    ['destroyed', (stream: Writable) => stream.destroy()],
    ['ended', (stream: Writable) => stream.end()],
  ])(
    'of a stream that is %s has nothing to wait for',
    async (_name, end) => {
      const stream = new PassThrough()
      const logger = to(stream)
      end(stream)
      logger.info('line')
      await logger.shutdown(600_000)
      expect(logger.dropped).toBe(1)
    },
    10_000,
  )

  test('of a closed pipe has nothing to wait for', async () => {
    const child = nodeEval(
      `
      import { spawn } from 'node:child_process'
      const program = \`
        import * as log from '@clew/log'
        const logger = log.create({ outputs: { format: 'json' } })
        process.once('message', async () => {
          logger.info('line')
          await logger.shutdown(600_000)
          process.exit(7)
        })
        process.send('ready')\`
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
      child.stdout.destroy()
      child.stdout.once('close', () => child.once('message', () => child.send('end')))
      child.once('exit', (code) => process.exit(code))`,
      { cwd },
    )
    expect((await child.exit).code).toBe(7)
  }, 20_000)
})

describe('lines that a stream has taken', () => {
  test('and then loses are counted', async () => {
    const logger = to(new Writable({ write: (_chunk, _encoding, done) => done(new Error('no')) }))
    for (let i = 0; i < 10; i++) logger.info('line')
    await logger.shutdown(600_000)
    expect(logger.dropped).toBe(10)
  })

  test('are counted when it is destroyed in the middle of a write', async () => {
    const stream = new Writable({ write() {} })
    const logger = to(stream)
    logger.info('line')
    logger.flush()
    stream.destroy()
    await logger.shutdown(600_000)
    expect(logger.dropped).toBe(1)
  })

  test('and loses, while it goes on, are said to be missing there', async () => {
    let text = ''
    let failures = 2
    const stream = Object.assign(new EventEmitter(), {
      writableLength: 0,
      write(chunk: Buffer, done: (error?: Error) => void) {
        if (failures-- > 0) setImmediate(done, new Error('not now'))
        else {
          text += chunk
          setImmediate(done)
        }
        return true
      },
    })
    const logger = to(stream)
    for (let i = 0; i < 10; i++) logger.info('lost')
    await logger.shutdown(60_000)
    // The line that reports it was lost too.
    await logger.shutdown(60_000)
    logger.info('line')
    await logger.shutdown(60_000)
    const rows = parsed(text)
    expect(missingOf(rows)).toBe(10)
    expect(rows.at(-1)).toMatchObject({ msg: 'line' })
    expect(logger.dropped).toBe(10)
  })

  test('and loses are said on stderr, with the reason', async () => {
    const child = nodeEval(
      `
      import { Writable } from 'node:stream'
      import * as log from '@clew/log'
      const to = new Writable({ write: (chunk, encoding, done) => done(new Error('no room')) })
      const logger = log.create({ outputs: { to, format: 'json' } })
      for (let i = 0; i < 10; i++) logger.info('line')`,
      { cwd },
    )
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(child.stderr).toContain('stream: EPIPE (no room); lines are lost')
    expect(child.stderr).toContain('stream: 10 lines could not be written before the end')
  })

  test('but has not written when the process exits are said on stderr', async () => {
    const file = join(folder, 'stream.log')
    const child = nodeEval(
      `
      import { appendFile } from 'node:fs'
      import { Writable } from 'node:stream'
      import * as log from '@clew/log'
      const write = (chunk, encoding, done) => appendFile(${JSON.stringify(file)}, chunk, done)
      const logger = log.create({ outputs: { to: new Writable({ write }), format: 'json' } })
      logger.info('line')
      await logger.shutdown()
      for (let i = 0; i < 20_000; i++) logger.info('line')
      process.on('exit', () => logger.info('line'))
      process.exit()`,
      { cwd },
    )
    expect(await child.exit).toEqual({ code: 0, signal: null })
    const told = (words: string) =>
      [...child.stderr.matchAll(new RegExp(`(\\d+) lines ${words}`, 'g'))].reduce(
        (sum, [, lines]) => sum + Number(lines),
        0,
      )
    const unsure = told('that it has taken may not be written')
    expect(unsure).toBeGreaterThan(0)
    expect(1 + unsure + told('could not be written')).toBe(20_002)
    expect(parsed(readFileSync(file, 'utf8'))).not.toHaveLength(0)
  })

  test('in a listener of exit are said on stderr as well', async () => {
    const child = nodeEval(
      `
      import { Writable } from 'node:stream'
      import * as log from '@clew/log'
      const to = new Writable({ write: (chunk, encoding, done) => setImmediate(done) })
      const logger = log.create({ outputs: { to, format: 'json' } })
      process.on('exit', () => logger.info('line'))
      process.exit()`,
      { cwd },
    )
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(child.stderr).toContain('1 lines that it has taken may not be written before the end')
  })

  test('all arrive at exit when it writes at once', async () => {
    const file = join(folder, 'at-once.log')
    const child = nodeEval(
      `
      import { openSync, writeSync } from 'node:fs'
      import { Writable } from 'node:stream'
      import * as log from '@clew/log'
      const fd = openSync(${JSON.stringify(file)}, 'w')
      const write = (chunk, encoding, done) => { writeSync(fd, chunk); done() }
      const to = new Writable({ write })
      const logger = log.create({ outputs: { to, format: 'json' } })
      for (let i = 0; i < 20_000; i++) logger.info('line')
      process.exit()`,
      { cwd },
    )
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(parsed(readFileSync(file, 'utf8'))).toHaveLength(20_000)
    expect(child.stderr).toBe('')
  })
})

describe('a stream of a file writes what it has at the end, without an event loop', () => {
  const crash = "setTimeout(() => { throw new Error('boom') })"
  const ends: readonly (readonly [string, string])[] = [
    ['process.exit()', 'process.exit(1)'],
    ['a crash', crash],
    ['a crash at once', "throw new Error('boom')"],
    ['a rejection', "void Promise.reject(new Error('boom'))"],
    [
      'a crash while a request of another kind is under way',
      `lookup('localhost', () => {}); ${crash}`,
    ],
    ['SIGTERM', "process.kill(process.pid, 'SIGTERM')"],
  ]
  const flags = ['a', 'w']
  test.each(ends.flatMap(([name, end]) => flags.map((flag) => [name, flag, end] as const)))(
    '%s, flags %s',
    async (_name, flag, end) => {
      const file = join(folder, `${made++}.log`)
      const child = nodeEval(
        `
        import { createWriteStream } from 'node:fs'
        import { lookup } from 'node:dns'
        import * as log from '@clew/log'
        const to = createWriteStream(${JSON.stringify(file)}, { flags: '${flag}' })
        const logger = log.configure({ outputs: { to, format: 'json' } })
        process.on('exit', () => logger.info('late'))
        void log.scope({ job: 1 }, async () => {
          // More than a stream takes at once.
          for (let i = 0; i < 150; i++) log.info('held', { i, é: 'é'.repeat(400) })
          await new Promise((resolve) => setTimeout(resolve, 1e6))
        })
        log.info('direct')
        for (let i = 0; i < 50; i++) log.error('é'.repeat(500), { i })
        ${end}`,
        { cwd },
      )
      await child.exit
      const rows = parsed(readFileSync(file, 'utf8')) as Record<string, unknown>[]
      const count = (msg: string) => rows.filter((row) => row['msg'] === msg).length
      expect([count('direct'), count('held'), count('end')]).toEqual([1, 150, 1])
      expect(rows.filter(({ level, i }) => level === 'error' && i !== undefined)).toHaveLength(50)
      expect(count('late')).toBe(end.includes('SIGTERM') ? 0 : 1)
      expect(child.stderr).not.toMatch(/\d+ lines/)
    },
  )

  test.each([
    ['whose writing was replaced', 'to._write = (chunk, encoding, done) => setImmediate(done)'],
    ['that has failed', "to.destroy(new Error('no'))"],
  ])('not one %s: stderr says how many', async (_name, change) => {
    const file = join(folder, `${made++}.log`)
    const child = nodeEval(
      `
      import { createWriteStream } from 'node:fs'
      import { once } from 'node:events'
      import * as log from '@clew/log'
      const to = createWriteStream(${JSON.stringify(file)})
      await once(to, 'ready')
      to.on('error', () => {})
      ${change}
      const logger = log.create({ outputs: { to, format: 'json' } })
      logger.info('one')
      logger.flush()
      logger.info('two')
      process.exit()`,
      { cwd },
    )
    await child.exit
    expect(readFileSync(file, 'utf8')).toBe('')
    expect(child.stderr).toMatch(/2 lines (?:that|could)/)
  })
})

test('many loggers on one stream listen to it once, and count what is lost once', async () => {
  const stream = Object.assign(new EventEmitter(), {
    writableLength: 0,
    write(_chunk: Buffer, done: (error?: Error) => void) {
      setImmediate(done, new Error('not now'))
      return true
    },
  })
  const output = { to: stream as unknown as Writable, format: 'json' } as const
  for (let i = 0; i < 12; i++) log.create({ outputs: output })
  expect(stream.listenerCount('drain')).toBe(1)
  const logger = log.create({ outputs: [output, output] })
  logger.info('line')
  await logger.shutdown(20)
  expect(logger.dropped).toBe(2)
})
