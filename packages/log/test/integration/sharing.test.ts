import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as log from '@clew/log'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { evaluated, missingOf, parsed, startPiped } from '../pipe.ts'

const cwd = fileURLToPath(new URL('../..', import.meta.url))
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'clew-log-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const count = 2000
/** Both log until the pipe is full and beyond, then somebody reads. */
const both = (others: string) => `
  import { createRequire } from 'node:module'
  import * as log from '@clew/log'
  const cjs = createRequire(process.cwd() + '/x.js')('@clew/log')
  const a = log.create({ fields: { by: 'a' }, outputs: { format: 'json' } })
  const b = ${others}
  const pad = 'x'.repeat(300)
  for (let i = 0; i < ${count}; i++) {
    a.info('line', { i, pad })
    b.info('line', { i, pad })
    if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  process.once('message', async () => {
    await Promise.all([a.shutdown(60_000), b.shutdown(60_000)])
    process.exit()
  })
  process.send('logged')`

test.each([
  ['stdout', "log.create({ fields: { by: 'b' }, outputs: { format: 'json' } })", [1]],
  [
    'stdout, by the other copy',
    "cjs.create({ fields: { by: 'b' }, outputs: { format: 'json' } })",
    [1],
  ],
  [
    'stdout and stderr, which are one pipe',
    "log.create({ fields: { by: 'b' }, outputs: { to: 'stderr', format: 'json' } })",
    [1, 2],
  ],
  [
    'stdout and its path',
    "log.create({ fields: { by: 'b' }, outputs: { to: '/dev/stdout', format: 'json' } })",
    [1],
  ],
])('two loggers on %s never mix their lines', async (_name, others, fds) => {
  const child = startPiped(folder, cwd, evaluated(both(others)), fds)
  await child.said('logged')
  child.send('end')
  const rows = parsed(await child.text())
  for (const name of ['a', 'b']) {
    expect(rows.filter((row) => row['by'] === name).map((row) => row['i'])).toEqual(
      Array.from({ length: count }, (_, i) => i),
    )
  }
})

test('processes of a cluster on one pipe never mix their lines', async () => {
  const file = join(folder, 'cluster.mjs')
  const built = new URL('../../dist/esm/index.js', import.meta.url).href
  writeFileSync(
    file,
    `
    import cluster from 'node:cluster'
    import * as log from ${JSON.stringify(built)}
    if (cluster.isPrimary) {
      let logged = 0
      const workers = [cluster.fork(), cluster.fork()]
      for (const worker of workers) worker.on('message', () => ++logged === 2 && process.send('logged'))
      process.once('message', () => {
        for (const worker of workers) worker.send('end')
        process.disconnect()
      })
    } else {
      const logger = log.create({ fields: { by: cluster.worker.id }, outputs: { format: 'json' } })
      const pad = 'x'.repeat(300)
      for (let i = 0; i < ${count}; i++) {
        logger.info('line', { i, pad })
        if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
      process.once('message', async () => {
        await logger.shutdown(60_000)
        process.exit()
      })
      process.send('logged')
    }`,
  )
  const child = startPiped(folder, cwd, [file])
  await child.said('logged')
  child.send('end')
  const rows = parsed(await child.text())
  for (const by of [1, 2]) {
    expect(rows.filter((row) => row['by'] === by).map((row) => row['i'])).toEqual(
      Array.from({ length: count }, (_, i) => i),
    )
  }
})

test('of two loggers in one place, the larger bound counts', async () => {
  const child = startPiped(
    folder,
    cwd,
    evaluated(`
    import * as log from '@clew/log'
    const logger = log.create({ outputs: { format: 'json', maxBufferBytes: 16_384 } })
    log.create({ outputs: { format: 'json' } })
    log.create({ outputs: { format: 'json', maxBufferBytes: 16_384 } })
    for (let i = 0; i < ${count}; i++) logger.info('line', { i })
    process.once('message', () => process.disconnect())
    process.send('logged')`),
  )
  await child.said('logged')
  const text = child.text()
  child.send('end')
  const rows = parsed(await text)
  expect(missingOf(rows)).toBe(0)
  expect(rows).toHaveLength(count)
})

test('a file that was moved before the second logger is made begins anew for both', async () => {
  const to = join(folder, 'moved.log')
  const first = log.create({ outputs: { to, format: 'json' } })
  first.info('before')
  await first.shutdown()
  renameSync(to, `${to}.1`)
  const second = log.create({ outputs: { to, format: 'json' } })
  first.info('first')
  second.info('second')
  await second.shutdown()
  const messages = (path: string) => parsed(readFileSync(path, 'utf8')).map((row) => row['msg'])
  expect(messages(`${to}.1`)).toEqual(['before'])
  expect(messages(to)).toEqual(['first', 'second'])
})
