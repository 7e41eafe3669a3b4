import { get } from 'node:http'
import { fileURLToPath } from 'node:url'
import { type Child, startProgram } from '@clew/testing'
import { afterEach, expect, test } from '@jest/globals'

// Thousands of connections that do nothing, from another process, against a server in a third one.
// CLEW_CONNECTIONS=10000 is the long run, which also compares what their end costs with that of a
// tenth of them.

const many = Number(process.env['CLEW_CONNECTIONS'] ?? 1_000)
const isLong = many >= 10_000
const folder = fileURLToPath(new URL('../..', import.meta.url))
const children = new Set<Child>()
afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
})

/** With as many files as the system allows: each connection is one. */
function run(source: string): Child {
  const command = 'ulimit -n $(ulimit -Hn); exec "$0" --expose-gc --input-type=module -e "$1"'
  const child = startProgram('bash', ['-c', command, process.execPath, source], { cwd: folder })
  children.add(child)
  return child
}

const service = `
  import * as server from '@clew/server'
  const app = server.create((req, res) => {
    if (req.url === '/idle') return res.end()
    gc()
    const { user, system } = process.cpuUsage()
    const { heapUsed, external } = process.memoryUsage()
    app.http.getConnections((_error, connections) =>
      res.end(JSON.stringify({ connections, bytes: heapUsed + external, micros: user + system })))
  }, {
    address: '127.0.0.1:0',
    logger: { log() {} },
    timeouts: { readHeaderMs: 600_000, readMs: 600_000, idleMs: 600_000 },
  })
  console.log('port', (await app.listen()).address.port)`

/** A third of them says nothing, a third half a header, a third has had an answer. */
const clients = (port: number, count: number) => `
  import { connect } from 'node:net'
  const starts = ['', 'GET / HTTP/1.1\\r\\nHost', 'GET /idle HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n']
  let open = 0
  for (let index = 0; index < ${count}; index++) {
    await new Promise((resolve, reject) => {
      const socket = connect(${port}, '127.0.0.1', () => {
        socket.write(starts[index % 3])
        resolve()
      }).on('error', reject)
    })
  }
  console.log('open')
  setInterval(() => {}, 1_000)`

interface State {
  readonly connections: number
  readonly bytes: number
  readonly micros: number
}

function ask(port: number): Promise<State> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, agent: false }, (res) => {
      let body = ''
      res.setEncoding('utf8').on('error', reject)
      res.on('data', (text: string) => {
        body += text
      })
      res.on('end', () => resolve(JSON.parse(body) as State))
    }).on('error', reject)
  })
}

/** Opens them, ends them all at once, and returns what one has cost. */
async function costOf(count: number) {
  const child = run(service)
  const port = Number((await child.until(/port (\d+)/))[1])
  const before = await ask(port)
  const crowd = run(clients(port, count))
  await crowd.until(/open/)
  const full = await ask(port)
  // Others are answered meanwhile.
  for (let index = 0; index < 20; index++) await ask(port)
  expect(full.connections).toBeGreaterThanOrEqual(count)
  crowd.kill('SIGKILL')
  let after = await ask(port)
  while (after.connections > 1) after = await ask(port)
  const { micros } = after
  // What closes in later turns has closed by then.
  for (let index = 0; index < 10; index++) after = await ask(port)
  return {
    bytes: (full.bytes - before.bytes) / count,
    left: (after.bytes - before.bytes) / count,
    micros: (micros - full.micros) / count,
  }
}

test(`${many} connections that do nothing: bounded, others are answered, nothing is left of them`, async () => {
  const cost = await costOf(many)
  // Measured: 3.4 KiB, most of it Node's own.
  expect(cost.bytes).toBeLessThan(8 * 1024)
  expect(cost.left).toBeLessThan(cost.bytes)
  if (!isLong) return
  const fewer = await costOf(many / 10)
  console.log({ cost, fewer })
  // Were the cost of their end quadratic, it would be ten times as much for each.
  expect(cost.micros).toBeLessThan(4 * fewer.micros)
}, 600_000)
