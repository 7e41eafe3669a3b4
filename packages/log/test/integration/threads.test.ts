import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startNode } from '@clew/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { evaluated, startPiped } from '../pipe.ts'

const cwd = fileURLToPath(new URL('../..', import.meta.url))
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'clew-log-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const lines = 600
const threads = 4

/** Logs short lines, long ones, and some that are longer than a pipe. */
const write = `
  async function write(by) {
    const logger = log.create({ maxValueBytes: 200_000, outputs: { to: TO, format: 'json', maxBufferBytes: 1e9 } })
    const pads = [10, 300, 5000].map((length) => 'x'.repeat(length))
    for (let i = 0; i < ${lines}; i++) {
      logger.info('line', { by, i, pad: i % 200 === 7 ? 'y'.repeat(100_000) : pads[i % 3] })
      if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await logger.shutdown(60_000)
  }`

const program = (to: string, inMain: string, inWorker = '') => `
  import * as log from '@clew/log'
  import { Worker } from 'node:worker_threads'
  const TO = ${JSON.stringify(to)}
  ${write}
  const work = ${JSON.stringify(`import * as log from '@clew/log'; const TO = ${JSON.stringify(to)}; ${write}; ${inWorker || "await write('BY')"}`)}
    .replace("'@clew/log'", JSON.stringify(import.meta.resolve('@clew/log')))
  const started = Array.from({ length: ${threads - 1} }, (_, n) => {
    const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(work.replace('BY', n))))
    return new Promise((resolve) => worker.on('exit', resolve))
  })
  process.send?.('started')
  ${inMain}
  await Promise.all(started)
  process.disconnect?.()`

/** How many lines of each thread there are; throws where one is torn. */
function counted(text: string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const row of text.split('\n').slice(0, -1)) {
    const { by } = JSON.parse(row) as { by: string }
    counts[by] = (counts[by] ?? 0) + 1
  }
  return counts
}

const all = { main: lines, ...Object.fromEntries([0, 1, 2].map((n) => [n, lines])) }

test.each([1, 2])('lines of all threads stay whole on a full pipe, descriptor %d', async (fd) => {
  const to = fd === 1 ? 'stdout' : 'stderr'
  const child = startPiped(folder, cwd, evaluated(program(to, "await write('main')")), [fd])
  await child.said('started')
  // By now it is full, or soon will be: nobody has read.
  expect(counted(await child.text())).toEqual(all)
  await child.exit
})

test('lines of all threads stay whole on a socket, as Node gives it to its children', async () => {
  const child = startNode('--input-type=module', ['-e', program('stdout', "await write('main')")], {
    cwd,
  })
  await child.exit
  expect(child.stderr).toBe('')
  expect(counted(child.stdout)).toEqual(all)
})

test('lines of several workers stay whole where the main thread logs nothing', async () => {
  const child = startPiped(folder, cwd, evaluated(program('stdout', '')))
  await child.said('started')
  expect(counted(await child.text())).toEqual({ 0: lines, 1: lines, 2: lines })
  await child.exit
})

test('a worker that ends in the middle of a line keeps nobody from writing', async () => {
  // The pipe is full, so that the worker gives up.
  const end =
    "void write('BY'); await new Promise((resolve) => setImmediate(resolve)); process.exit()"
  const child = startPiped(
    folder,
    cwd,
    evaluated(
      program(
        'stdout',
        "await Promise.all(started); process.send('ended'); await write('main')",
        end,
      ),
    ),
  )
  await child.said('ended')
  const rows = (await child.text()).split('\n').slice(0, -1)
  const whole = rows.filter((row) => {
    try {
      JSON.parse(row)
      return true
    } catch {
      return false
    }
  })
  // At most one of each worker has no end.
  expect(rows.length - whole.length).toBeLessThanOrEqual(threads - 1)
  expect(counted(`${whole.join('\n')}\n`)['main']).toBe(lines)
  await child.exit
})
