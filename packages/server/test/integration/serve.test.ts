import { once } from 'node:events'
import { type Agent, get } from 'node:http'
import { connect, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type Child, nodeEval } from '@clew/testing'
import { afterEach, describe, expect, test } from '@jest/globals'

const folder = fileURLToPath(new URL('../..', import.meta.url))
const children = new Set<Child>()

function run(source: string, options: { commonjs?: boolean } = {}): Child {
  const head = options.commonjs
    ? `const server = require('@clew/server')\n`
    : `import * as server from '@clew/server'\n`
  const child = nodeEval(head + source, {
    cwd: folder,
    env: { KUBERNETES_SERVICE_HOST: undefined },
    ...options,
  })
  children.add(child)
  return child
}

afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
})

const urlOf = async (child: Child) => (await child.until(/ready (\S+)/))[1] ?? ''

function ask(url: string, agent: Agent | false = false): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (res) => {
      let body = ''
      res.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      res.on('end', () => resolve(`${res.statusCode} ${body}`))
      res.on('error', reject)
    }).on('error', reject)
  })
}

const slow = `
let seen = 0
const handler = (req, res) => {
  console.log(++seen === 1 ? 'first request' : 'second request')
  setTimeout(() => res.end('ok'), req.url.startsWith('/forever') ? 2 ** 30 : 300)
}
const onListening = ({ address }) => console.log('ready', address.url)
const address = '127.0.0.1:0'
`

describe('serve', () => {
  test('SIGTERM with a request in flight: it is answered, hooks run, exit 0', async () => {
    const child = run(`${slow}
      await server.serve(handler, { address, onListening, service: { name: 'shop', version: '1.2.3' },
        onShutdown: [() => console.log('closed')] })`)
    const answer = ask(await urlOf(child))
    await child.until(/first request/)
    child.kill('SIGTERM')
    expect(await answer).toBe('200 ok')
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(child.stdout).toMatch(/closed/)
    expect(child.stderr).toMatch(
      /^shop: info: server listening url=http:\S+ version=1.2.3 pid=\d+$/m,
    )
    expect(child.stderr).toMatch(/^shop: info: server draining reason=SIGTERM in_flight=1/m)
    expect(child.stderr).toMatch(/^shop: info: server stopped reason=SIGTERM .*answered=1 .*cut=0/m)
  })

  test('a second signal ends it at once, with 128 + n', async () => {
    for (const [signal, code] of [
      ['SIGTERM', 143],
      ['SIGINT', 130],
    ] as const) {
      const child = run(`${slow}\nawait server.serve(handler, { address, onListening })`)
      ask(`${await urlOf(child)}/forever`).catch(() => {})
      await child.until(/first request/)
      child.kill('SIGTERM')
      await child.until(/server draining/, { stream: 'stderr' })
      // Not at once: within half a second it would be the same one.
      const again = setInterval(() => child.kill(signal), 600)
      expect(await child.exit).toEqual({ code, signal: null })
      clearInterval(again)
    }
  })

  test('a port in use: one clear line, hooks run, exit 1', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    const child = run(`await server.serve((req, res) => res.end(), { address: '127.0.0.1:${port}',
      onShutdown: [() => console.log('closed')] })`)
    expect(await child.exit).toEqual({ code: 1, signal: null })
    expect(child.stderr).toBe(
      `server: fatal: cannot listen on 127.0.0.1:${port}: the address is in use (EADDRINUSE)\n`,
    )
    expect(child.stdout).toMatch(/closed/)
    other.close()
  })

  test('a start that fails for another reason, or onListening that throws: with the stack, exit 1', async () => {
    for (const [options, message] of [
      [`health: { handler() { throw new Error('boom') } }, probes: true`, ''],
      [`health: { handler() { throw new Error('boom') } }, admin: { address }`, 'cannot start'],
      [`onListening() { throw new Error('boom') }`, 'uncaught exception'],
    ]) {
      const child = run(`const address = '127.0.0.1:0'
        await server.serve((req, res) => res.end(), { address, ${options} })`)
      expect(await child.exit).toEqual({ code: 1, signal: null })
      expect(child.stderr).toMatch(new RegExp(`${message}\\n[^]*Error: boom\\n\\s+at `))
    }
  })

  test('a failed audit: one clear line, exit 1', async () => {
    const child = run(`await server.serve((req, res) => res.end(), { address: '127.0.0.1:0',
      security: { audit() { throw new Error('routes without a policy: GET /admin') } } })`)
    expect(await child.exit).toEqual({ code: 1, signal: null })
    expect(child.stderr).toBe(
      'server: fatal: security audit failed: routes without a policy: GET /admin\n',
    )
  })

  test('an uncaught error and an unhandled rejection: logged with their stack, short drain, exit 1', async () => {
    for (const [statement, message] of [
      [`setTimeout(() => { throw new Error('boom') })`, 'uncaught exception'],
      [`Promise.reject(new Error('boom'))`, 'unhandled rejection'],
    ]) {
      const child = run(`${slow}
        await server.serve((req, res) => { if (req.url === '/crash') { ${statement} }
          handler(req, res) }, { address, onListening, shutdown: { drainDelayMs: 10_000 } })`)
      const url = await urlOf(child)
      const answer = ask(url)
      await child.until(/first request/)
      const last = ask(`${url}/crash`)
      expect(await Promise.all([answer, last])).toEqual(['200 ok', '200 ok'])
      expect(await child.exit).toEqual({ code: 1, signal: null })
      expect(child.stderr).toMatch(new RegExp(`server: fatal: ${message}\\nError: boom\\n\\s+at `))
      expect(child.stderr).toMatch(/server stopped .*answered=2/)
    }
  })

  test('a request that hangs is cut at the deadline and named; exit 1', async () => {
    const child = run(`${slow}
      await server.serve(handler, { address, onListening, shutdown: { timeoutMs: 500 } })`)
    const lost = ask(`${await urlOf(child)}/forever?key=secret`).catch((error) => error.code)
    await child.until(/first request/)
    child.kill()
    expect(await lost).toBe('ECONNRESET')
    expect(await child.exit).toEqual({ code: 1, signal: null })
    expect(child.stderr).toMatch(
      /warn: server stopped .*cut=1 cut_requests=\["GET \/forever \d+ms"\]/,
    )
    expect(child.stderr).not.toMatch(/secret/)
  })

  test('connections that never speak do not keep it from exiting', async () => {
    const child = run(`${slow}
      await server.serve(handler, { address, onListening, shutdown: { lingerMs: 0 } })`)
    const url = new URL(await urlOf(child))
    const sockets = await Promise.all(
      ['', 'GET / HT'].map(async (text) => {
        const socket = connect(Number(url.port), url.hostname).on('error', () => {})
        await once(socket, 'connect')
        socket.write(text)
        return socket
      }),
    )
    child.kill()
    expect(await child.exit).toEqual({ code: 0, signal: null })
    for (const socket of sockets) socket.destroy()
  })

  test('connections that wait in the queue of the system are served, also without a drain delay', async () => {
    const child = run(`${slow}
      await server.serve((req, res) => {
        if (req.url === '/busy') {
          console.log('busy')
          for (const end = Date.now() + 700; Date.now() < end;);
        }
        res.end('ok')
      }, { address, onListening })`)
    const url = await urlOf(child)
    const busy = ask(`${url}/busy`)
    await child.until(/busy/)
    child.kill()
    const others = Array.from({ length: 30 }, () => ask(url))
    expect(new Set(await Promise.all([busy, ...others]))).toEqual(new Set(['200 ok']))
    expect(await child.exit).toEqual({ code: 0, signal: null })
  })

  test('CommonJS and ESM copies in one process: both find the signal of a request', async () => {
    const child = run(
      `import('@clew/server').then(async (esm) => {
        const app = server.create((req, res) => {
          console.log('same', esm.signal !== server.signal && esm.signal(req) === server.signal(req))
          res.end('ok')
        }, { address: '127.0.0.1:0' })
        console.log('ready', (await app.listen()).address.url)
      })`,
      { commonjs: true },
    )
    expect(await ask(await urlOf(child))).toBe('200 ok')
    await child.until(/same true/)
  })

  test('CommonJS and ESM copies in one process: both servers drain before it exits', async () => {
    const child = run(
      `${slow}
      let answered = 0
      const onShutdown = [() => console.log('hook after', answered)]
      const late = (ms) => (req, res) => {
        console.log(++seen === 2 ? 'second request' : '')
        setTimeout(() => res.end('ok', () => answered++), ms)
      }
      server.serve(late(100), { address, onListening, onShutdown })
      import('@clew/server').then((esm) => {
        if (esm.serve === server.serve) throw new Error('one copy only')
        esm.serve(late(500), { address, onListening: ({ address }) => console.log('second', address.url) })
      })`,
      { commonjs: true },
    )
    const first = ask(await urlOf(child))
    const second = ask((await child.until(/second (\S+)/))[1] ?? '')
    await child.until(/second request/)
    child.kill()
    expect(await Promise.all([first, second])).toEqual(['200 ok', '200 ok'])
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(child.stdout).toMatch(/hook after 2/)
    expect(child.stderr.match(/server stopped/g)).toHaveLength(2)
  })
})
