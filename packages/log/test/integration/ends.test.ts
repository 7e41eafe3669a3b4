import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeEval } from '@clew/testing'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { evaluated, parsed, startPiped } from '../pipe.ts'

const cwd = fileURLToPath(new URL('../..', import.meta.url))
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'clew-log-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const count = 5000

// Each calls `handled` when it has happened, and the process goes on.
const survived: readonly (readonly [string, string])[] = [
  [
    'a signal that somebody handles',
    "process.on('SIGTERM', handled); process.kill(process.pid, 'SIGTERM')",
  ],
  [
    'a signal at which a file is opened again',
    `log.create({ outputs: { to: '/dev/null', format: 'json', reopenOn: 'SIGHUP' } })
     process.on('SIGHUP', handled); process.kill(process.pid, 'SIGHUP')`,
  ],
  [
    'an error that somebody handles',
    "process.on('uncaughtException', handled); setTimeout(() => { throw new Error('boom') })",
  ],
  [
    'an error that a capture callback handles',
    "process.setUncaughtExceptionCaptureCallback(handled); setTimeout(() => { throw new Error('boom') })",
  ],
  [
    'an error that a domain handles',
    `const { create } = await import('node:domain')
     const domain = create()
     domain.on('error', handled)
     domain.run(() => setTimeout(() => { throw new Error('boom') }))`,
  ],
]

test.each(survived)('%s, while a reader has stopped, costs no line', async (_name, act) => {
  const child = startPiped(
    folder,
    cwd,
    evaluated(`
    import * as log from '@clew/log'
    const logger = log.configure({ outputs: { format: 'json' } })
    for (let i = 0; i < ${count}; i++) logger.info('line', { i })
    const handled = () => process.send('handled')
    const alive = setInterval(() => {}, 1000)
    process.once('message', async () => {
      clearInterval(alive)
      logger.info('bye')
      await logger.shutdown(60_000)
      process.exit()
    })
    ${act}`),
  )
  await child.said('handled')
  child.send('end')
  const rows = parsed(await child.text())
  expect(rows.map((row) => row['i'] ?? row['msg'])).toEqual([
    ...Array.from({ length: count }, (_, i) => i),
    'bye',
  ])
  expect(await child.exit).toEqual({ code: 0, signal: null })
  expect(child.stderr()).toBe('')
})

describe("a line that is logged in a listener of 'exit'", () => {
  test.each([
    ['runs out of work', '', 0],
    ['calls process.exit', 'process.exit(3)', 3],
    ['throws', "throw new Error('boom')", 1],
  ])('is written when the process %s', async (name, end, code) => {
    const file = join(folder, `${name}.log`)
    const child = nodeEval(
      `
      import * as log from '@clew/log'
      const logger = log.create({ outputs: [{ format: 'json' }, { to: ${JSON.stringify(file)}, format: 'json' }] })
      logger.info('before')
      process.on('exit', (code) => {
        logger.info('exiting', { code })
        logger.info('last')
      })
      ${end}`,
      { cwd },
    )
    expect((await child.exit).code).toBe(code)
    for (const text of [child.stdout, readFileSync(file, 'utf8')]) {
      const rows = parsed(text).filter((row) => row['level'] !== 'fatal')
      expect(rows.map((row) => row['msg'])).toEqual(['before', 'exiting', 'last'])
    }
  })

  test('is counted when nobody reads', async () => {
    const child = startPiped(
      folder,
      cwd,
      evaluated(`
      import * as log from '@clew/log'
      const logger = log.create({ outputs: { format: 'json' } })
      for (let i = 0; i < ${count}; i++) logger.info('line', { i })
      process.on('exit', () => logger.info('line'))
      process.exit()`),
    )
    await child.exit
    const text = await child.text()
    const rows = parsed(text.slice(0, text.lastIndexOf('\n') + 1))
    const told = [...child.stderr().matchAll(/(\d+) lines could not be written/g)]
    const missing = told.reduce((sum, [, lines]) => sum + Number(lines), 0)
    expect(missing).toBeGreaterThan(0)
    expect(rows.length + missing).toBe(count + 1)
  })

  test('is not glued to one that was given up halfway', async () => {
    const file = join(folder, 'beginning')
    const child = startPiped(
      folder,
      cwd,
      evaluated(`
      import { constants, openSync, readSync, writeFileSync } from 'node:fs'
      import * as log from '@clew/log'
      const logger = log.create({ outputs: { format: 'json' } })
      for (let i = 0; i < ${count}; i++) logger.info('line', { i })
      process.on('exit', () => {
        const fd = openSync(process.env.PIPE, constants.O_RDONLY | constants.O_NONBLOCK)
        const bytes = Buffer.alloc(1_000_000)
        writeFileSync(${JSON.stringify(file)}, bytes.subarray(0, readSync(fd, bytes)))
        logger.info('last')
      })
      process.exit()`),
    )
    await child.exit
    const rows = parsed(readFileSync(file, 'utf8') + (await child.text()))
    expect(rows.length).toBeLessThan(count)
    expect(rows.at(-1)).toMatchObject({ msg: 'last' })
  })
})

test.each(['SIGQUIT', 'SIGUSR2'] as const)(
  'lines arrive when %s ends the process',
  async (signal) => {
    const child = nodeEval(
      `
    import * as log from '@clew/log'
    const logger = log.create({ outputs: { format: 'json' } })
    for (let i = 0; i < 100; i++) logger.info('line', { i })
    process.kill(process.pid, '${signal}')
    setInterval(() => {}, 1000)`,
      { cwd },
    )
    expect(await child.exit).toEqual({ code: null, signal })
    expect(parsed(child.stdout)).toHaveLength(100)
  },
)

test('a handler that is put in front of ours, for once, ends the process in its own time', async () => {
  const child = nodeEval(
    `
    import * as log from '@clew/log'
    log.configure({ outputs: { format: 'json' } })
    process.prependOnceListener('SIGTERM', () => setTimeout(() => {
      log.info('done')
      process.exit(7)
    }, 1))
    log.info('begun')
    setImmediate(() => process.kill(process.pid, 'SIGTERM'))
    setInterval(() => {}, 1000)`,
    { cwd },
  )
  expect(await child.exit).toEqual({ code: 7, signal: null })
  expect(parsed(child.stdout).map((row) => row['msg'])).toEqual(['begun', 'done'])
})
