import { get } from 'node:http'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type Child, nodeEval, startProgram } from '@clew/testing'
import { afterEach, describe, expect, test } from '@jest/globals'

// How a process ends: bursts of signals and errors, foreign handlers, blocked loops, closed pipes.

const folder = fileURLToPath(new URL('../..', import.meta.url))
const children = new Set<Child>()
const env = { KUBERNETES_SERVICE_HOST: undefined, WATCH_REPORT_DEPENDENCIES: undefined }

function run(source: string, head = `import * as server from '@clew/server'\n`): Child {
  const child = nodeEval(head + source, { cwd: folder, env })
  children.add(child)
  return child
}

afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
})

const urlOf = async (child: Child) => (await child.until(/ready (\S+)/))[1] ?? ''

function ask(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (res) => {
      res.resume().on('end', () => resolve(String(res.statusCode)))
    }).on('error', reject)
  })
}

const slow = `
const address = '127.0.0.1:0'
const onListening = ({ address }) => console.log('ready', address.url)
const handler = (req, res) => {
  console.log('request')
  setTimeout(() => res.end('ok'), 700)
}
const onShutdown = [() => console.log('closed')]
`
const serve = (more = '', rest = '') =>
  `${slow}${more}
   await server.serve(handler, { address, onListening, onShutdown, ${rest} })`

describe('bursts', () => {
  const bursts: Record<string, string> = {
    'two rejections in one tick': `
      for (const name of ['first', 'second']) Promise.reject(new Error(name))`,
    'three errors of timers': `
      for (const name of ['first', 'second', 'third']) setTimeout(() => { throw new Error(name) })`,
    'an error and a rejection': `
      Promise.reject(new Error('second'))
      throw new Error('first')`,
  }
  for (const [title, burst] of Object.entries(bursts)) {
    test(`${title}: one drain, all logged, what is in flight is answered`, async () => {
      const child = run(serve(`process.once('SIGUSR2', () => { ${burst} })`))
      const answer = ask(await urlOf(child))
      await child.until(/request/)
      child.kill('SIGUSR2')
      expect(await answer).toBe('200')
      expect(await child.exit).toEqual({ code: 1, signal: null })
      expect(child.stdout).toMatch(/closed/)
      for (const name of ['first', 'second']) expect(child.stderr).toMatch(`Error: ${name}`)
      expect(child.stderr.match(/server stopped/g)).toHaveLength(1)
    })
  }

  test('errors without end: the log is bounded, the process ends', async () => {
    const child = run(
      serve(
        `process.once('SIGUSR2', () => { for (let i = 0; i < 30; i++) setInterval(() => { throw new Error('again') }, 1) })`,
      ),
    )
    const answer = ask(await urlOf(child))
    await child.until(/request/)
    child.kill('SIGUSR2')
    expect(await answer).toBe('200')
    expect(await child.exit).toEqual({ code: 1, signal: null })
    expect(child.stderr.match(/Error: again/g)?.length).toBe(20)
    expect(child.stderr).toMatch(/further uncaught errors are not logged/)
  })

  for (const [first, second] of [
    ['SIGTERM', 'SIGTERM'],
    ['SIGINT', 'SIGINT'],
    ['SIGINT', 'SIGTERM'],
  ] as const) {
    test(`${first} and ${second} within milliseconds are one`, async () => {
      const child = run(serve())
      const answer = ask(await urlOf(child))
      await child.until(/request/)
      child.kill(first)
      child.kill(second)
      expect(await answer).toBe('200')
      expect(await child.exit).toEqual({ code: 0, signal: null })
      expect(child.stdout).toMatch(/closed/)
    })
  }
})

describe('foreign handlers of signals', () => {
  const kinds: Record<string, string> = {
    'once, set before': `process.once('SIGTERM', function cleanup() {
      setTimeout(() => process.kill(process.pid, 'SIGTERM'), 600) })`,
    'set before, removed by itself as in Nest': `
      const cleanup = async (signal) => {
        await new Promise((resolve) => setTimeout(resolve, 600))
        process.removeListener(signal, cleanup)
        process.kill(process.pid, signal)
      }
      process.on('SIGTERM', cleanup)`,
    'set after serve': `
      setTimeout(() => process.once('SIGTERM', function cleanup() {
        setTimeout(() => process.kill(process.pid, 'SIGTERM'), 600) }), 0)`,
  }
  for (const [title, handler] of Object.entries(kinds)) {
    test(`${title}: the signal it sends again is not a second one; it is named once`, async () => {
      const child = run(serve(handler))
      const answer = ask(await urlOf(child))
      await child.until(/request/)
      child.kill('SIGTERM')
      expect(await answer).toBe('200')
      expect(await child.exit).toEqual({ code: 0, signal: null })
      expect(child.stdout).toMatch(/closed/)
      expect(child.stderr.match(/SIGTERM is also handled by cleanup/g)).toHaveLength(1)
    })
  }
})

describe('a signal before serve', () => {
  for (const [title, head] of [
    ['prepare()', `import * as server from '@clew/server'\nserver.prepare()\n`],
    ['the first import', `import '@clew/server/prepare'\nimport * as server from '@clew/server'\n`],
  ]) {
    test(`${title}: the process stops cleanly, and nothing starts`, async () => {
      const child = run(
        `console.log('starting')
         await new Promise((resolve) => setTimeout(resolve, 60_000))
         await server.serve(() => {}, {})`,
        head,
      )
      await child.until(/starting/)
      child.kill('SIGTERM')
      expect(await child.exit).toEqual({ code: 0, signal: null })
      expect(child.stderr).toBe('')
    })
  }

  test('while another server drains: it does not start', async () => {
    const child = run(
      serve(`process.once('SIGUSR2', () => {
        server.serve(() => {}, { address, onListening: () => console.log('too late') })
        console.log('called') })`),
    )
    const answer = ask(await urlOf(child))
    await child.until(/request/)
    child.kill('SIGTERM')
    await child.until(/server draining/, { stream: 'stderr' })
    child.kill('SIGUSR2')
    await child.until(/called/)
    expect(await answer).toBe('200')
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(child.stdout).not.toMatch(/too late/)
  })
})

describe('one budget for all servers of a process', () => {
  test('the hooks of one that waits for the requests of another have their time', async () => {
    const child = run(`${slow}
      let hooked
      const hook = async () => {
        await new Promise((resolve) => setTimeout(resolve, 300))
        console.log('closed')
      }
      server.serve((req, res) => res.end(), { address, shutdown: { timeoutMs: 1_000, lingerMs: 0 },
        onShutdown: [hook] })
      await server.serve((req, res) => { console.log('request'); setTimeout(() => res.end(), 1_800) },
        { address, onListening, shutdown: { timeoutMs: 6_000 } })`)
    const answer = ask(await urlOf(child))
    await child.until(/request/)
    child.kill('SIGTERM')
    expect(await answer).toBe('200')
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(child.stdout).toMatch(/closed/)
    expect(child.stderr).not.toMatch(/timeout/)
  })

  test('time for flushing is not taken off where nothing is flushed', async () => {
    const child = run(`${slow}
      await server.serve((req, res) => { console.log('request'); setTimeout(() => res.end(), 850) },
        { address, onListening, shutdown: { timeoutMs: 1_000, abortMs: 0 } })`)
    const answer = ask(await urlOf(child))
    await child.until(/request/)
    child.kill('SIGTERM')
    expect(await answer).toBe('200')
    expect(await child.exit).toEqual({ code: 0, signal: null })
  })
})

describe('what blocks the event loop does not keep the process', () => {
  for (const [title, rest, more] of [
    ['a hook', `shutdown: { timeoutMs: 200 }, onShutdown: [() => { for (;;); }]`, ''],
    ['a handler', `shutdown: { timeoutMs: 200 }`, `setTimeout(() => { for (;;); }, 50)`],
  ] as const) {
    test(title, async () => {
      const child = run(`${slow}
        await server.serve((req, res) => { ${more}; handler(req, res) },
          { address, onListening, ${rest}, onDrain: () => {} })`)
      ask(await urlOf(child)).catch(() => {})
      await child.until(/request/)
      child.kill('SIGTERM')
      expect(await child.exit).toEqual({ code: null, signal: 'SIGKILL' })
      expect(child.stderr).toMatch(/exceeded its time limit: the event loop is blocked/)
    })
  }
})

describe('the exit code', () => {
  test('that the application has set stays', async () => {
    for (const [set, expected] of [
      ['process.exitCode = 3', 3],
      ['process.exitCode = 3; throw new Error()', 3],
      ['process.exitCode = 0', 0],
      ['throw new Error()', 1],
    ] as const) {
      const child = run(
        serve('', `onStopped: () => {}`).replace(`console.log('closed')`, `{ ${set} }`),
      )
      await urlOf(child)
      child.kill('SIGTERM')
      expect(await child.exit).toEqual({ code: expected, signal: null })
    }
  })
})

describe('a closed stderr', () => {
  test('and one malformed request: the process lives', async () => {
    const source = `import * as server from '@clew/server'
      ${serve()}`
    // The reader of the pipe ends at once.
    const script = `{ "$NODE" --input-type=module -e "$SOURCE" 2>&1 1>&3 3>&- | true; } 3>&1`
    const child = startProgram('bash', ['-c', script], {
      cwd: folder,
      env: {
        ...env,
        NODE: process.execPath,
        SOURCE: source.replace('ready', `ready', process.pid, '`),
      },
    })
    children.add(child)
    const [, pid = '', url = ''] = await child.until(/ready (\d+)\s+(http\S+)/)
    for (let i = 0; i < 3; i++) {
      await new Promise<void>((resolve) => {
        const socket = connect(Number(new URL(url).port), '127.0.0.1')
        socket
          .end('not http\r\n\r\n')
          .resume()
          .on('close', () => resolve())
          .on('error', () => {})
      })
    }
    expect(await ask(url)).toBe('200')
    process.kill(Number(pid), 'SIGTERM')
    await child.exit
    expect(child.stdout).toMatch(/closed/)
  })
})

describe('handlers that work on', () => {
  const work = (way: string) => `
    const db = { open: true }
    const busy = async () => {
      await new Promise((resolve) => setTimeout(resolve, 600))
      console.log(db.open ? 'committed' : 'lost')
    }
    const handler = ${way}
    const onShutdown = [() => { db.open = false }]
    await server.serve(handler, { address: '127.0.0.1:0', onShutdown,
      onListening: ({ address }) => console.log('ready', address.url) })`
  const ways: Record<string, string> = {
    'after res.end()': `async (req, res) => { res.end(); console.log('request'); await busy() }`,
    'after the client has left': `async (req, res) => {
      console.log('request'); req.socket.destroy(); await busy(); res.end() }`,
    'with waitUntil': `(req, res) => { res.end(); server.waitUntil(req, busy()); console.log('request') }`,
    'with waitUntil, called later': `(req, res) => {
      res.end(); console.log('request')
      res.on('close', () => setTimeout(() => server.waitUntil(req, busy()))) }`,
  }
  for (const [title, way] of Object.entries(ways)) {
    test(`${title}: hooks wait for them`, async () => {
      const child = run(work(way))
      ask(await urlOf(child)).catch(() => {})
      await child.until(/request/)
      await new Promise((resolve) => setTimeout(resolve, 50))
      child.kill('SIGTERM')
      expect(await child.exit).toEqual({ code: 0, signal: null })
      expect(child.stdout).toMatch(/committed/)
    })
  }

  test('those left at the deadline are named, and the shutdown is not clean', async () => {
    const child = run(
      work(`async (req, res) => { globalThis.keep = new Promise((resolve) => { globalThis.go = resolve })
        res.end(); console.log('request'); await globalThis.keep }`).replace(
        'onShutdown,',
        'onShutdown, shutdown: { timeoutMs: 800 },',
      ),
    )
    await ask(`${await urlOf(child)}/report`)
    child.kill('SIGTERM')
    expect(await child.exit).toEqual({ code: 1, signal: null })
    expect(child.stderr).toMatch(/warn: server stopped .*unfinished=\["GET \/report \d+ms"\]/)
  })

  test('what is passed to waitUntil and rejects is logged, and no crash', async () => {
    const child = run(
      work(`(req, res) => { res.end(); console.log('request')
        server.waitUntil(req, Promise.reject(new Error('no database'))) }`),
    )
    await ask(await urlOf(child))
    await child.until(/work behind a response failed[\s\S]*no database/, { stream: 'stderr' })
    child.kill('SIGTERM')
    expect(await child.exit).toEqual({ code: 0, signal: null })
  })
})
