import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeEval } from '@clew/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  evaluated,
  missingOf,
  namedPipe,
  parsed,
  reading,
  readingEnd,
  startPiped,
  textOf,
} from '../pipe.ts'

const cwd = fileURLToPath(new URL('../..', import.meta.url))
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'clew-log-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const count = 9000
const numbers = Array.from({ length: count }, (_, i) => i)
// Far more than a pipe holds; says that the service goes on, then waits to be told that somebody
// reads.
const program = `
  import * as log from '@clew/log'
  const logger = log.create({ outputs: { to: 4, format: 'json' } })
  for (let i = 0; i < ${count}; i++) logger.info('line', { i })
  process.once('message', async () => {
    await logger.shutdown(60_000)
    process.exit()
  })
  setImmediate(() => setImmediate(() => process.send('alive')))`

test('a pipe that somebody else has opened does not stop the service with its reader', async () => {
  const child = startPiped(folder, cwd, evaluated(program), [4])
  await child.said('alive')
  child.send('end')
  expect(parsed(await child.text()).map((row) => row['i'])).toEqual(numbers)
  expect(child.stderr()).toBe('')
})

test('nor does a socket', async () => {
  const child = spawn(process.execPath, evaluated(program), {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
  })
  await once(child, 'message')
  child.send('end')
  const text = await textOf(child.stdio[4] as Socket)
  expect(parsed(text).map((row) => row['i'])).toEqual(numbers)
})

test('a named pipe: lines wait for its reader, and for the next one', async () => {
  const path = namedPipe(folder)
  const child = spawn(
    process.execPath,
    evaluated(`
    import * as log from '@clew/log'
    const logger = log.create({ outputs: { to: ${JSON.stringify(path)}, format: 'json' } })
    let i = 0
    const lines = () => { for (let j = 0; j < ${count} / 3; j++) logger.info('line', { i: i++ }) }
    lines()
    setImmediate(() => process.send('alive'))
    process.on('message', async (word) => {
      lines()
      logger.flush()
      if (word !== 'last') return process.send(word)
      await logger.shutdown(60_000)
      process.exit()
    })`),
    { cwd, stdio: ['ignore', 'inherit', 'pipe', 'ipc'] },
  )
  const stderr = textOf(child.stderr as Socket)
  await once(child, 'message')
  // It goes away before it has read what is in the pipe.
  const first = readingEnd(path)
  child.send('filled')
  await once(child, 'message')
  closeSync(first)
  child.send('waiting')
  await once(child, 'message')
  const next = reading(path)
  child.send('last')
  const rows = parsed(await textOf(next))
  expect(rows.map((row) => row['i'])).toEqual(Array.from({ length: (count / 3) * 4 }, (_, i) => i))
  expect(missingOf(rows)).toBe(0)
  expect(await stderr).toMatch(/ENXIO; lines wait.*\n.*EPIPE; lines wait/)
})

test('a named pipe that nobody reads: what waits at the end is said', async () => {
  const path = namedPipe(folder)
  const child = nodeEval(
    `
    import * as log from '@clew/log'
    const logger = log.create({ outputs: { to: ${JSON.stringify(path)}, format: 'json' } })
    for (let i = 0; i < ${count}; i++) logger.info('line', { i })`,
    { cwd },
  )
  expect(await child.exit).toEqual({ code: 0, signal: null })
  expect(child.stderr).toContain(`${count} lines could not be written before the end`)
})
