import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as log from '@clew/log'
import { nodeEval } from '@clew/testing'
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import { parsed } from './pipe.ts'

const cwd = fileURLToPath(new URL('..', import.meta.url))
const turn = setImmediate
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'clew-log-'))
})
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(() => void jest.useRealTimers())

const messages = (file: string) => parsed(readFileSync(file, 'utf8')).map(({ msg }) => msg)

test("lines are written under Jest's fake timers, and after them", async () => {
  const file = join(folder, 'jest.log')
  const logger = log.create({ outputs: { to: file, format: 'json' } })
  jest.useFakeTimers()
  logger.info('while')
  await new Promise((resolve) => turn(resolve))
  expect(messages(file)).toEqual(['while'])
  logger.info('while again')
  jest.useRealTimers()
  logger.info('after')
  await new Promise((resolve) => turn(resolve))
  expect(messages(file)).toEqual(['while', 'while again', 'after'])
})

test('shutdown resolves under fake timers', async () => {
  const file = join(folder, 'shutdown.log')
  const logger = log.create({ outputs: { to: file, format: 'json' } })
  jest.useFakeTimers()
  logger.info('a')
  await logger.shutdown()
  expect(messages(file)).toEqual(['a'])
})

// Replaces what the process has, also in `node:timers`.
const fake = `
  const { mock } = await import('node:test')
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'] })`
const restore = 'mock.timers.reset()'
const execArgv = ['--disable-warning=ExperimentalWarning']

test('lines are written under the fake timers of node:test', async () => {
  const file = join(folder, 'node.log')
  const child = nodeEval(
    `
    import { readFileSync } from 'node:fs'
    import * as log from '@clew/log'
    const turn = setImmediate
    const logger = log.create({ outputs: { to: ${JSON.stringify(file)}, format: 'json' } })
    const lines = () => readFileSync(${JSON.stringify(file)}, 'utf8').split('\\n').length - 1
    ${fake}
    logger.info('while')
    await new Promise((resolve) => turn(resolve))
    const during = lines()
    ${restore}
    logger.info('after')
    await new Promise((resolve) => turn(resolve))
    console.log(during, lines())`,
    { cwd, execArgv },
  )
  expect([(await child.exit).code, child.stderr]).toEqual([0, ''])
  expect(child.stdout).toBe('1 2\n')
})

test('a package that is loaded under fake timers writes as soon as a timer is missed', async () => {
  const file = join(folder, 'node-before.log')
  const child = nodeEval(
    `
    import { readFileSync } from 'node:fs'
    const turn = setImmediate
    ${fake}
    const log = await import('@clew/log')
    const logger = log.create({ outputs: { to: ${JSON.stringify(file)}, format: 'json' } })
    const lines = () => readFileSync(${JSON.stringify(file)}, 'utf8').split('\\n').length - 1
    logger.info('never scheduled')
    ${restore}
    // Much later, for whoever looks at the clock.
    const { now } = Date
    Date.now = () => now() + 60_000
    logger.info('late')
    const late = lines()
    logger.info('scheduled')
    await new Promise((resolve) => turn(resolve))
    console.log(late, lines())`,
    { cwd, execArgv },
  )
  expect([(await child.exit).code, child.stderr]).toEqual([0, ''])
  expect(child.stdout).toBe('2 3\n')
})

test('a clock that stands still does not keep the process from ending', async () => {
  const child = nodeEval(
    `
    import * as log from '@clew/log'
    Date.now = () => 0
    const logger = log.create({ outputs: { format: 'json' } })
    const pad = 'x'.repeat(1000)
    for (let i = 0; i < 10_000; i++) logger.info('line', { pad })
    process.exit()`,
    { cwd },
  )
  expect((await child.exit).code).toBe(0)
})
