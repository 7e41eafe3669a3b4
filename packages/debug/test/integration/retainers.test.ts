import { type Child, nodeEval } from '@clew/testing'
import { afterEach, expect, test } from '@jest/globals'
import { packageFolder } from '../support/workload.ts'

let child: Child
afterEach(async () => {
  child.kill('SIGKILL')
  await child.exit
})

async function startService(options = '') {
  child = nodeEval(
    `import { pbkdf2 } from 'node:crypto'
import { createServer } from 'node:http'
import * as debug from '@clew/debug'

class Visit {
  constructor(i) { this.user = { id: 'canary' + i } }
}
const sessions = new Map()
function remember() {
  for (let i = 0; i < 20_000; i++) sessions.set('ann-' + i + '@example.com', new Visit(i))
}
remember()
// The thread pool is full for as long as this process lives.
const block = () => pbkdf2('x', 'y', 5e7, 64, 'sha512', block)
block()
const logger = { override: () => () => {} }
const console_ = debug.console({ logger, stalls: false, access: { heapsnapshot: 'write' }, ${options} })
console_.subscribe((report) => console.log(JSON.stringify(report)))
process.on('SIGTERM', async () => { await console_.shutdown(); console.log('closed') })
const server = createServer((req, res) => req.url === '/size' ? res.end(String(sessions.size)) : console_.handler(req, res))
server.listen(0, '127.0.0.1', () => console.log('listening on ' + server.address().port))
`,
    { cwd: packageFolder, env: { UV_THREADPOOL_SIZE: '1', SECRET: 'canary' } },
  )
  const [, port] = await child.until(/listening on (\d+)/)
  return `http://127.0.0.1:${port}/debug`
}

test('the Map that leaks is named, with the variable that holds it', async () => {
  const url = await startService()
  expect(await (await fetch(`${url}/retainers`)).json()).toEqual({ last: null })
  const answer = await fetch(`${url}/retainers`, { method: 'POST' })
  const text = await answer.text()
  expect(answer.status).toBe(200)
  const { last } = JSON.parse(text)
  const [first] = last.holders
  expect(first).toMatchObject({ class: 'Map' })
  expect(first.holds).toContainEqual({ class: 'Visit', count: 20_000 })
  expect(first.path.at(-1)).toMatchObject({ class: 'Map', variable: 'sessions' })
  expect(first.path.at(-1).file).toEqual(expect.any(String))
  expect(first.retainedBytes).toBeGreaterThan(2e6)
  expect(last.classes).toContainEqual(expect.objectContaining({ class: 'Visit', count: 20_000 }))
  expect(text).not.toMatch(/canary|example\.com/)
  expect(await (await fetch(`${url}/retainers`)).json()).toEqual({ last })
  expect(child.stdout).toMatch(/"type":"debug.heap_snapshot".*"use":"retainers".*"stopped_ms":\d+/)
})

test('a snapshot is sent while it is written, one at a time; a client that leaves frees it', async () => {
  const url = await startService()
  const [first, second] = await Promise.all(
    [1, 2].map(() => fetch(`${url}/heapsnapshot`, { method: 'POST' })),
  )
  expect([first?.status, second?.status].sort()).toEqual([200, 409])
  const refused = first?.status === 409 ? first : second
  expect(await refused?.json()).toMatchObject({
    code: 'ERR_DEBUG_BUSY',
    error: 'a heap snapshot is being taken: try again later',
  })
  const taken = first?.status === 200 ? first : second
  expect(taken?.headers.get('content-disposition')).toMatch(/="\d+-\d{8}T\d+Z\.heapsnapshot"$/)
  await taken?.body?.cancel()
  await child.until(/"complete":false/)
  const again = await fetch(`${url}/heapsnapshot`, { method: 'POST' })
  const { snapshot } = (await again.json()) as { snapshot: { node_count: number } }
  expect(snapshot.node_count).toBeGreaterThan(40_000)
  expect((await fetch(`${url}/heapsnapshot`)).status).toBe(405)
})

test('what needs more memory than there is is refused, with the figures', async () => {
  const url = await startService('maxSnapshotBytes: 50 * 2 ** 20')
  for (const path of ['retainers', 'heapsnapshot']) {
    const answer = await fetch(`${url}/${path}`, { method: 'POST' })
    expect(answer.status).toBe(507)
    expect(await answer.json()).toEqual({
      code: 'ERR_DEBUG_MEMORY',
      error: expect.stringMatching(
        /^a snapshot of a heap of \d+ MB may need \d+ MB, and 50 MB are left of maxSnapshotBytes; /,
      ),
    })
  }
  expect(child.stdout.match(/heap snapshot refused/g)).toHaveLength(2)
})

test('a shutdown ends the analysis, and its process; no snapshot is taken after it', async () => {
  const url = await startService()
  const asked = fetch(`${url}/retainers`, { method: 'POST' })
  child.kill()
  await child.until(/closed/)
  const answer = await asked.catch(() => undefined)
  if (answer) expect([200, 503]).toContain(answer.status)
  expect(await (await fetch(url.replace('/debug', '/size'))).text()).toBe('20000')
  for (const path of ['retainers', 'heapsnapshot']) {
    const late = await fetch(`${url}/${path}`, { method: 'POST' })
    expect([path, late.status, await late.json()]).toEqual([
      path,
      503,
      { code: 'ERR_DEBUG_CLOSED', error: 'the debug console was shut down' },
    ])
  }
})
