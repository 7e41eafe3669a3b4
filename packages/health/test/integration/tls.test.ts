import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createSecureServer } from 'node:http2'
import { createServer } from 'node:https'
import { createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as health from '@clew/health'
import { listen, nodeEval } from '@clew/testing'
import { describeWith } from '@clew/testing/programs'
import { afterAll, beforeAll, expect, test } from '@jest/globals'

const program = 'openssl'
const cwd = fileURLToPath(new URL('../..', import.meta.url))

describeWith(program, 'over TLS', () => {
  let folder = ''
  let tls: { key: Buffer; cert: Buffer }
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'clew-health-'))
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    execFileSync(
      program,
      `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout ${key} -out ${cert}`.split(
        ' ',
      ),
      { stdio: 'ignore' },
    )
    tls = { key: readFileSync(key), cert: readFileSync(cert) }
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  // Node reads NODE_EXTRA_CA_CERTS when it starts, so these run in their own processes.
  async function asked(make: string, trusted: boolean): Promise<string> {
    const child = nodeEval(
      `import * as health from '@clew/health'
       const { checks } = await health.checker([${make}]).check()
       console.log(checks[0].up, checks[0].code ?? '')`,
      { cwd, env: trusted ? { NODE_EXTRA_CA_CERTS: join(folder, 'cert.pem') } : {} },
    )
    await child.exit
    return child.stdout.trim() || child.stderr
  }

  test('httpPinger trusts what the process trusts, and nothing else', async () => {
    const { port, close } = await listen(createServer(tls, (_, res) => res.end()))
    const make = `health.httpPinger('a', 'https://localhost:${port}', { timeoutMs: 30_000 })`
    expect(await asked(make, true)).toBe('true')
    expect(await asked(make, false)).toBe('false DEPTH_ZERO_SELF_SIGNED_CERT')
    await close()
  })

  test('grpcPinger likewise', async () => {
    const server = createSecureServer(tls)
    server.on('stream', (stream) => {
      stream.respond({ ':status': 200 }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      stream.end(Buffer.from([0, 0, 0, 0, 2, 0x08, 1]))
    })
    server.listen(0, 'localhost')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const make = `health.grpcPinger('a', 'https://localhost:${port}', { timeoutMs: 30_000 })`
    expect(await asked(make, true)).toBe('true')
    expect(await asked(make, false)).toBe('false DEPTH_ZERO_SELF_SIGNED_CERT')
    server.close()
  })
})

test('a handshake that never ends: down after timeoutMs, and shutdown cuts it', async () => {
  const gone: Promise<unknown>[] = []
  const server = createTcpServer((socket) => {
    socket.on('error', () => {}).resume()
    gone.push(once(socket, 'close'))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const checker = health.checker([
    health.httpPinger('a', `https://127.0.0.1:${port}`, { timeoutMs: 200 }),
    health.grpcPinger('b', `https://127.0.0.1:${port}`, { timeoutMs: 200 }),
  ])
  expect((await checker.check()).checks).toMatchObject([
    { code: 'ERR_HEALTH_TIMEOUT' },
    { code: 'ERR_HEALTH_TIMEOUT' },
  ])
  await checker.shutdown()
  await Promise.all(gone)
  expect(gone).toHaveLength(2)
  server.close()
})
