import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, freePort, startNode } from '@clew/testing'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'

// A primary and its workers are processes, with the package as its users see it.

const program = (port: number, options: string) => `
import cluster from 'node:cluster'
import { existsSync } from 'node:fs'
import * as server from ${JSON.stringify(new URL('../../dist/esm/index.js', import.meta.url))}
if (cluster.isPrimary) {
  server.primary({
    workers: 2,
    ${options}
    logger: { log: (level, message, fields) => console.log(level, message, JSON.stringify(fields)) },
  })
} else {
  if (existsSync('broken')) process.exit(7)
  await server.serve(
    (req, res) => {
      if (req.url === '/crash') throw setImmediate(() => { throw new Error('crash') })
      if (req.url === '/block') {
        console.log('blocking')
        for (;;);
      }
      console.log('request')
      setTimeout(() => res.end(String(process.pid)), Number(req.url.slice(1)))
    },
    {
      address: '127.0.0.1:${port}',
      shutdown: { drainDelayMs: 0, lingerMs: 200, timeoutMs: 60_000 },
      logger: { log: (level, message, fields) => console.log(level, message, fields.reason) },
      onShutdown: [() => console.log('hook')],
    },
  )
}`

let folder = ''
const children = new Set<Child>()
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'clew-cluster-'))
})
afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
  rmSync(join(folder, 'broken'), { force: true })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function start(options = '') {
  const port = await freePort()
  const file = join(folder, `app-${port}.mjs`)
  writeFileSync(file, program(port, options))
  const child = startNode(file, [], { cwd: folder, env: { KUBERNETES_SERVICE_HOST: undefined } })
  children.add(child)
  await child.until(/info cluster listening/)
  return { child, port }
}

/** Resolves with the id of the worker that has answered, or with what went wrong. */
function ask(port: number, path = '/0', agent: Agent | false = false): Promise<number | string> {
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port, path, agent }, (res) => {
      let body = ''
      res.setEncoding('utf8').on('error', (error) => resolve(String(error)))
      res.on('data', (text: string) => {
        body += text
      })
      res.on('end', () => resolve(res.statusCode === 200 ? Number(body) : `${res.statusCode}`))
    }).on('error', (error) => resolve(String(error)))
  })
}

/** The workers that answer: connections go to one after the other. */
async function workersAt(port: number): Promise<Set<number | string>> {
  const found = new Set<number | string>()
  for (let index = 0; index < 6; index++) found.add(await ask(port))
  return found
}

const count = (child: Child, pattern: RegExp) => [...child.stdout.matchAll(pattern)].length

describe('options', () => {
  const end = async (options: string) => {
    const file = join(folder, 'options.mjs')
    writeFileSync(file, program(0, options))
    const child = startNode(file, [], { cwd: folder })
    children.add(child)
    return [(await child.exit).code, child.stderr]
  }

  test.each([
    ['startMs: 2 ** 31,', 'startMs must be an integer from 1 to 2147483647; received 2147483648'],
    ['timeoutMs: 2 ** 31,', 'timeoutMs must be an integer from 1 to 2147483647'],
    ['timeoutMs: 0,', 'timeoutMs must be an integer from 1 to 2147483647; received 0'],
    ['workers: 0,', 'workers must be an integer from 1 to 1024; received 0'],
    ['wokers: 2,', 'unknown option "wokers"; the options are workers, startMs, timeoutMs, logger,'],
  ])('%s is refused', async (options, message) => {
    expect(await end(options)).toEqual([1, expect.stringContaining(`server.primary: ${message}`)])
  })

  test('undefined is the default', async () => {
    const { child } = await start('workers: undefined, startMs: undefined, timeoutMs: undefined,')
    child.kill('SIGTERM')
    expect((await child.exit).code).toBe(0)
  })
})

describe('a signal to the primary', () => {
  test('stops all workers: what is in flight is answered, hooks run, 0', async () => {
    const { child, port } = await start()
    const answers = [ask(port, '/400'), ask(port, '/400')]
    await child.until(/request\n(?:.*\n)*request/)
    child.kill('SIGTERM')
    for (const answer of await Promise.all(answers)) expect(answer).toEqual(expect.any(Number))
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(count(child, /hook/g)).toBe(2)
    expect(child.stdout).toMatch(/info server draining SIGTERM/)
    expect(child.stdout).toMatch(/info cluster stopped {"clean":true}/)
  })

  test('one time limit for all: what a worker would still wait for is cut, 1', async () => {
    const { child, port } = await start('timeoutMs: 600,')
    const answer = ask(port, '/20000')
    await child.until(/request/)
    child.kill('SIGTERM')
    expect(await answer).toMatch(/socket hang up|ECONNRESET/)
    expect((await child.exit).code).toBe(1)
    // The worker has ended by itself, in order.
    expect(child.stdout).not.toMatch(/worker killed/)
    expect(count(child, /hook/g)).toBe(2)
  })

  test('a worker whose event loop is blocked is killed, 1', async () => {
    const { child, port } = await start('timeoutMs: 300,')
    void ask(port, '/block')
    await child.until(/blocking/)
    child.kill('SIGTERM')
    expect((await child.exit).code).toBe(1)
    expect(child.stdout).toMatch(/error worker killed/)
  })

  test('a second one ends all of them at once, 128 + n', async () => {
    const { child, port } = await start()
    const answer = ask(port, '/20000')
    await child.until(/request/)
    child.kill('SIGTERM')
    await child.until(/info cluster stopping/)
    // The first half second belongs to the first signal.
    await new Promise((resolve) => setTimeout(resolve, 600))
    child.kill('SIGTERM')
    expect((await child.exit).code).toBe(143)
    expect(await answer).toMatch(/socket hang up|ECONNRESET/)
  })
})

describe('reload', () => {
  test('SIGHUP replaces one worker after the other, and no request is lost', async () => {
    const { child, port } = await start()
    const before = await workersAt(port)
    const answers: (number | string)[] = []
    let isOver = false
    const load = Array.from({ length: 8 }, async (_, index) => {
      const agent = index % 2 === 0 ? new Agent({ keepAlive: true, maxSockets: 1 }) : false
      while (!isOver) answers.push(await ask(port, '/5', agent))
      if (agent) agent.destroy()
    })
    child.kill('SIGHUP')
    await child.until(/info cluster reloaded/)
    isOver = true
    await Promise.all(load)
    expect(answers.filter((answer) => typeof answer === 'string')).toEqual([])
    const after = await workersAt(port)
    expect(after.size).toBe(2)
    for (const pid of before) expect(after).not.toContain(pid)
    child.kill('SIGTERM')
    expect((await child.exit).code).toBe(0)
  })

  // The primary gives a connection to a worker that has just closed its socket, and has not heard of it.
  test('loses no connection that a busy primary hands over too late', async () => {
    const busy = 'const until = performance.now() + 20; while (performance.now() < until);'
    const { child, port } = await start(`onListening: () => setInterval(() => { ${busy} }, 1),`)
    const answers: (number | string)[] = []
    let isOver = false
    const load = Array.from({ length: 8 }, async () => {
      while (!isOver) answers.push(await ask(port, '/0'))
    })
    for (let round = 1; round <= 4; round++) {
      child.kill('SIGHUP')
      await child.until(new RegExp(`(?:info cluster reloaded[^]*){${round}}`))
    }
    isOver = true
    await Promise.all(load)
    expect(answers.filter((answer) => typeof answer === 'string')).toEqual([])
  })

  test('stays as it is if a new worker does not start', async () => {
    const { child, port } = await start()
    const before = await workersAt(port)
    writeFileSync(join(folder, 'broken'), '')
    child.kill('SIGHUP')
    await child.until(/error cluster not reloaded/)
    expect(await workersAt(port)).toEqual(before)
    child.kill('SIGTERM')
    expect((await child.exit).code).toBe(0)
  })
})

describe('a primary of node:cluster alone', () => {
  test('that was busy while its worker stopped goes on when it answers', async () => {
    const port = await freePort()
    const file = join(folder, `plain-${port}.mjs`)
    const built = new URL('../../dist/esm/index.js', import.meta.url)
    writeFileSync(
      file,
      `
import cluster from 'node:cluster'
import * as server from ${JSON.stringify(built)}
if (cluster.isPrimary) {
  const worker = cluster.fork()
  worker.on('exit', (code) => console.log('worker', code))
  worker.on('message', (message) => {
    if (message !== 'ready') return
    worker.process.kill('SIGTERM')
    const until = performance.now() + 1_500
    while (performance.now() < until);
  })
} else {
  await server.serve((_req, res) => res.end(), {
    address: '127.0.0.1:${port}',
    shutdown: { drainDelayMs: 0, timeoutMs: 60_000 },
    logger: { log() {} },
    onListening: () => process.send('ready'),
  })
}`,
    )
    const child = startNode(file, [], { cwd: folder, env: { KUBERNETES_SERVICE_HOST: undefined } })
    children.add(child)
    expect((await child.exit).code).toBe(0)
    expect([child.stdout, child.stderr]).toEqual(['worker 0\n', ''])
  })
})

describe('a worker', () => {
  test('that crashes is replaced; the other one serves meanwhile', async () => {
    const { child, port } = await start()
    const before = await workersAt(port)
    void ask(port, '/crash')
    await child.until(/error worker ended .*"code":1/)
    expect(before).toContain(await ask(port))
    // Both workers, and the one that has come.
    while (count(child, /info server listening/g) < 3) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const after = await workersAt(port)
    expect(after.size).toBe(2)
    expect([...after].filter((pid) => before.has(pid))).toHaveLength(1)
    child.kill('SIGTERM')
    expect((await child.exit).code).toBe(0)
  })

  test('that cannot start at all ends the cluster with 1', async () => {
    writeFileSync(join(folder, 'broken'), '')
    const file = join(folder, 'app.mjs')
    writeFileSync(file, program(0, ''))
    const child = startNode(file, [], { cwd: folder })
    children.add(child)
    expect((await child.exit).code).toBe(1)
    expect(child.stdout).toMatch(/error worker ended .*"code":7/)
  })

  test('ends with its primary', async () => {
    const { child, port } = await start()
    const [pid] = await workersAt(port)
    child.kill('SIGKILL')
    await child.exit
    const isAlive = () => {
      try {
        return process.kill(Number(pid), 0)
      } catch {
        return false
      }
    }
    while (isAlive()) await new Promise((resolve) => setTimeout(resolve, 20))
  })
})
