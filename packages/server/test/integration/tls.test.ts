import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { fileURLToPath } from 'node:url'
import * as server from '@clew/server'
import { nodeEval } from '@clew/testing'
import { describeWith } from '@clew/testing/programs'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { contentOf, type Pair, program, writeCertificate } from '../support/certificate.ts'

const cwd = fileURLToPath(new URL('../..', import.meta.url))

describeWith(program, 'TLS', () => {
  const lines: { level: string; message: string; fields: Record<string, unknown> }[] = []
  const logger: server.LoggerPart = {
    log: (level, message, fields = {}) => void lines.push({ level, message, fields }),
  }
  let folder = ''
  let [first, second, short] = [] as unknown as [Pair, Pair, Pair]
  /** The files that the server reads. */
  let files: Pair
  let app: server.Server | undefined

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'clew-'))
    const make = (name: string, days?: number) => {
      mkdirSync(join(folder, name))
      return writeCertificate(join(folder, name), days)
    }
    first = make('first')
    second = make('second')
    short = make('short', 3)
    mkdirSync(join(folder, 'used'))
    files = { cert: join(folder, 'used', 'tls.crt'), key: join(folder, 'used', 'tls.key') }
  })
  beforeEach(() => use(first))
  afterEach(async () => {
    await app?.shutdown()
    lines.length = 0
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  function use({ cert, key }: Pair): void {
    copyFileSync(cert, files.cert)
    copyFileSync(key, files.key)
  }

  async function start(tls: server.TlsOptions, options: server.ServerOptions = {}) {
    app = server.create((req, res) => res.end(`${req.httpVersion} ${server.signal(req).aborted}`), {
      address: '127.0.0.1:0',
      logger,
      shutdown: { lingerMs: 0 },
      ...options,
      tls,
    })
    const { address } = await app.listen()
    return { app, port: address.port ?? 0, url: address.url }
  }

  async function handshake(port: number, options: object = {}): Promise<TLSSocket> {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
    await once(socket, 'secureConnect')
    return socket
  }

  async function serialOf(port: number): Promise<string> {
    const socket = await handshake(port)
    const { serialNumber } = socket.getPeerCertificate()
    socket.destroy()
    return serialNumber
  }

  test('of PEM text', async () => {
    const { url, app } = await start(contentOf(first))
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
    const [res] = await once(
      get(url, { ca: readFileSync(first.cert), servername: 'localhost', agent: false }),
      'response',
    )
    let body = ''
    for await (const chunk of res) body += chunk
    expect(body).toBe('1.1 false')
    expect(app.certificates).toEqual([
      {
        names: 'DNS:localhost',
        serialNumber: expect.stringMatching(/^[\dA-F]+$/),
        validFrom: expect.any(Date),
        validTo: expect.any(Date),
      },
    ])
  })

  test('files that change are used at the next reload; open connections stay', async () => {
    const { app, port } = await start(files)
    const before = await serialOf(port)
    const open = await handshake(port)
    use(second)
    expect(await serialOf(port)).toBe(before)
    await app.reloadTls()
    const after = await serialOf(port)
    expect(after).not.toBe(before)
    expect(app.certificates[0]?.serialNumber).toBe(after)
    open.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(String((await once(open, 'data'))[0])).toMatch(/^HTTP\/1\.1 200/)
    expect(lines.map(({ message }) => message)).toContain('certificate reloaded')
    open.destroy()
  })

  test('by themselves, after reloadMs', async () => {
    const { port } = await start({ ...files, reloadMs: 20 })
    const before = await serialOf(port)
    use(second)
    while ((await serialOf(port)) === before) await new Promise((resolve) => setTimeout(resolve, 5))
  })

  const broken: Record<string, () => void> = {
    'a missing file': () => rmSync(files.cert),
    'an empty file': () => writeFileSync(files.cert, ''),
    'half a certificate': () =>
      writeFileSync(files.cert, readFileSync(first.cert).subarray(0, 200)),
    'a key of another certificate': () => copyFileSync(second.key, files.key),
    'a certificate of another key': () => copyFileSync(second.cert, files.cert),
    'a key that is none': () => writeFileSync(files.key, '-----BEGIN PRIVATE KEY-----\nAAAA\n'),
  }
  for (const [title, spoil] of Object.entries(broken)) {
    test(`${title}: the certificate before stays, it is said once, and no key is shown`, async () => {
      const { app, port } = await start(files)
      const before = await serialOf(port)
      spoil()
      await app.reloadTls()
      await app.reloadTls()
      expect(await serialOf(port)).toBe(before)
      const errors = lines.filter(({ level }) => level === 'error')
      expect(errors).toEqual([
        expect.objectContaining({ message: 'certificate not reloaded: the one before stays' }),
      ])
      expect(JSON.stringify(errors)).not.toMatch(/BEGIN|AAAA/)
      use(second)
      await app.reloadTls()
      expect(await serialOf(port)).not.toBe(before)
    })

    test(`${title} at the start: an error of one line`, async () => {
      spoil()
      await expect(start(files)).rejects.toMatchObject({
        code: 'ERR_SERVER_CERTIFICATE',
        message: expect.stringMatching(/^cannot use the certificate: [^\n]+$/),
      })
      expect(app?.state).toBe('created')
    })
  }

  test('one that expires soon is said at the start', async () => {
    const { app } = await start(contentOf(short))
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        message: 'the certificate expires soon',
        fields: {
          names: 'DNS:localhost',
          valid_to: app.certificates[0]?.validTo.toISOString(),
        },
      }),
    )
  })

  test('ca: clients without a certificate of theirs are refused', async () => {
    const { port } = await start({ ...contentOf(first), ca: contentOf(second).cert })
    const request = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'
    const refused = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
    refused.write(request)
    const [error] = await once(refused, 'error').catch((error) => [error])
    expect(error.code).toMatch(/^ERR_SSL_|^ECONNRESET$/)
    const socket = await handshake(port, contentOf(second))
    socket.write(request)
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 200/)
    socket.destroy()
  })

  test('ALPN decides between HTTP/2 and HTTP/1.1', async () => {
    const { port } = await start(contentOf(first), { http2: true })
    for (const [offered, chosen] of [
      [['h2', 'http/1.1'], 'h2'],
      [['http/1.1'], 'http/1.1'],
      [[], false],
    ] as const) {
      const socket = await handshake(port, { ALPNProtocols: offered })
      expect(socket.alpnProtocol).toBe(chosen)
      socket.destroy()
    }
  })

  test('SIGHUP reads the files again', async () => {
    const child = nodeEval(
      `import * as server from '@clew/server'
       await server.serve((_req, res) => res.end('ok'), {
         address: '127.0.0.1:0',
         tls: ${JSON.stringify(files)},
         onListening: ({ address }) => console.log('ready', address.port),
       })`,
      { cwd },
    )
    const [, port] = await child.until(/ready (\d+)/)
    const before = await serialOf(Number(port))
    use(second)
    child.kill('SIGHUP')
    await child.until(/certificate reloaded/, { stream: 'stderr' })
    expect(await serialOf(Number(port))).not.toBe(before)
    child.kill('SIGTERM')
    expect(await child.exit).toEqual({ code: 0, signal: null })
  })

  for (const wrong of [
    { cert: 'x' },
    { key: 'x' },
    { cert: 1, key: 'x' },
    { cert: 'x', key: '' },
    { cert: 'x', key: 'secret', reloadMs: -1 },
    { cert: 'x', key: 'secret', minVersion: 'TLSv1' },
    { cert: 'x', key: 'secret', certs: 'x' },
    { cert: 'x', key: 'secret', passphrase: 7 },
  ]) {
    test(`refuses ${JSON.stringify(wrong)}, and shows no secret`, () => {
      let thrown: unknown
      try {
        server.create(() => {}, { tls: wrong as never })
      } catch (error) {
        thrown = error
      }
      expect(thrown).toMatchObject({ code: 'ERR_SERVER_OPTION' })
      expect(String(thrown)).not.toMatch(/secret"/)
    })
  }
})
