import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as log from '@clew/log'
import { nodeEval } from '@clew/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { parsed } from '../pipe.ts'

const cwd = fileURLToPath(new URL('../..', import.meta.url))
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'clew-log-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** The files in the folder that this process has open. */
const opened = () =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder)
    } catch {
      return false
    }
  }).length
const withProc = existsSync('/proc/self/fd') ? test : test.skip

const messages = (file: string) => parsed(readFileSync(file, 'utf8')).map(({ msg }) => msg)

withProc('a logger that is shut down has no file open, and opens it for a later line', async () => {
  const loggers = Array.from({ length: 50 }, (_, i) => {
    const logger = log.create({ outputs: { to: join(folder, `job-${i}.log`), format: 'json' } })
    logger.info('a')
    return logger
  })
  expect(opened()).toBe(50)
  await Promise.all(loggers.map((logger) => logger.shutdown()))
  expect(opened()).toBe(0)
  loggers[7]?.error('b')
  expect(opened()).toBe(1)
  await loggers[7]?.shutdown()
  expect(opened()).toBe(0)
  expect(messages(join(folder, 'job-7.log'))).toEqual(['a', 'b'])
})

withProc('a file that another logger writes to stays open until that is shut down', async () => {
  const to = join(folder, 'shared.log')
  const [a, b] = [1, 2].map(() => log.create({ outputs: { to, format: 'json' } }))
  await a?.shutdown()
  await a?.shutdown()
  expect(opened()).toBe(1)
  b?.error('b')
  a?.error('a')
  await b?.shutdown()
  expect(opened()).toBe(0)
  expect(messages(to)).toEqual(['b', 'a'])
})

withProc('options that turn out to be wrong leave no file open', () => {
  const to = join(folder, 'wrong.log')
  expect(() => log.create({ outputs: [{ to }, { to: '/dev/null/no.log' }] })).toThrow('cannot open')
  expect(() => log.create({ outputs: [{ to }, { to: 'x', format: 'no' as 'json' }] })).toThrow(
    'format',
  )
  expect(opened()).toBe(0)
})

test('a logger that nobody has any more gives its file back', async () => {
  const child = nodeEval(
    `
    import { readdirSync, readlinkSync } from 'node:fs'
    import * as log from '@clew/log'
    const folder = ${JSON.stringify(folder)}
    const turn = () => new Promise((resolve) => setImmediate(resolve))
    const opened = () => readdirSync('/proc/self/fd').filter((fd) => {
      try { return readlinkSync('/proc/self/fd/' + fd).startsWith(folder) } catch { return false }
    }).length
    for (let i = 0; i < 300; i++) {
      log.create({ outputs: { to: folder + '/lost-' + i, format: 'json', reopenOn: 'SIGUSR2' } }).info('a')
      if (i % 50 === 0) await turn()
    }
    await turn()
    for (let i = 0; i < 50 && opened() > 10; i++) { gc(); await turn() }
    console.log(opened() <= 10, process.listenerCount('SIGUSR2'))`,
    { cwd, execArgv: ['--expose-gc'] },
  )
  await child.exit
  // One listener is that of the end of the process.
  expect([child.stdout, child.stderr]).toEqual(['true 2\n', ''])
  expect(messages(join(folder, 'lost-299'))).toEqual(['a'])
})

test('twenty files that are opened again at a signal need one listener', async () => {
  const file = join(folder, 'rotated')
  const child = nodeEval(
    `
    import { renameSync } from 'node:fs'
    import * as log from '@clew/log'
    const file = ${JSON.stringify(file)}
    const loggers = Array.from({ length: 20 }, (_, i) =>
      log.create({ outputs: { to: file + i, format: 'json', reopenOn: 'SIGHUP' } }))
    const all = (msg) => loggers.forEach((logger) => logger.info(msg))
    all('before')
    await loggers[3].shutdown()
    for (let i = 0; i < 20; i++) { loggers[i].flush(); renameSync(file + i, file + i + '.1') }
    process.once('SIGHUP', () => { all('after'); clearInterval(alive) })
    const alive = setInterval(() => {}, 1000)
    process.kill(process.pid, 'SIGHUP')`,
    { cwd },
  )
  expect([(await child.exit).code, child.stderr]).toEqual([0, ''])
  for (let i = 0; i < 20; i++) {
    expect([messages(`${file}${i}.1`), messages(`${file}${i}`)]).toEqual([['before'], ['after']])
  }
})

test('the folder of a file is made on request, also when it has gone', async () => {
  const to = join(folder, 'a/b/c.log')
  expect(() => log.create({ outputs: { to } })).toThrow(
    expect.objectContaining({ code: 'ERR_LOG_OPEN' }),
  )
  const logger = log.create({ outputs: { to, format: 'json', mkdir: true } })
  logger.error('a')
  await logger.shutdown()
  renameSync(join(folder, 'a'), join(folder, 'moved'))
  logger.error('b')
  await logger.shutdown()
  expect(messages(join(folder, 'moved/b/c.log'))).toEqual(['a'])
  expect(messages(to)).toEqual(['b'])
})

test('a folder that cannot be made is said', () => {
  expect(() => log.create({ outputs: { to: '/dev/null/a/b.log', mkdir: true } })).toThrow(
    expect.objectContaining({
      code: 'ERR_LOG_OPEN',
      message: 'cannot open the log file /dev/null/a/b.log: ENOTDIR',
    }),
  )
})
