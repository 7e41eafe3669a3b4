import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request as plainRequest } from 'node:http'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as security from '@clew/security'
import { type Listening, listen, startProgram } from '@clew/testing'
import { describeWith } from '@clew/testing/programs'
import { afterAll, beforeAll, expect, test } from '@jest/globals'

// A service on this machine behind a real nginx that ends TLS, with trustedProxies right, wrong and
// missing.

const { key, record } = security.issueApiKey({ owner: 'reporting' })
const max = 3

interface Running extends Listening {
  readonly reports: security.Report[]
}

async function start(trustedProxies?: readonly string[]): Promise<Running> {
  const apiKey = security.apiKey('key', { keys: [record] })
  const api = security.create({
    default: apiKey,
    hsts: true,
    failures: { max },
    ...(trustedProxies ? { trustedProxies } : {}),
  })
  const reports: security.Report[] = []
  api.subscribe((report) => reports.push(report))
  const service = await listen(security.handler(api.method('x'), (_req, res) => res.end('in')))
  return { ...service, reports }
}

async function freePort(): Promise<number> {
  const { port, close } = await listen(() => {})
  await close()
  return port
}

/** What most guides say, and what is left when one forgets it. */
const forwards = `
  proxy_set_header Host $host;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  proxy_set_header X-Forwarded-Proto $scheme;`

describeWith('nginx', 'behind nginx', () => {
  const services: Running[] = []
  let ports: Record<'right' | 'rightPlain' | 'wrong' | 'missing' | 'silent', number>
  let stop: () => Promise<unknown>

  beforeAll(async () => {
    const right = await start(['127.0.0.1'])
    const wrong = await start(['10.1.2.3'])
    const missing = await start()
    services.push(right, wrong, missing)
    const folder = mkdtempSync(join(tmpdir(), 'clew-nginx-'))
    await promisify(execFile)('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')],
      ...['-days', '2', '-subj', '/CN=localhost'],
    ])
    ports = {
      right: await freePort(),
      rightPlain: await freePort(),
      wrong: await freePort(),
      missing: await freePort(),
      silent: await freePort(),
    }
    const server = (port: number, to: Running, { ssl = 'ssl', headers = forwards } = {}) => `
      server {
        listen 127.0.0.1:${port} ${ssl};
        location / { proxy_pass http://127.0.0.1:${to.port}; ${headers} }
      }`
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${folder}/${name};`,
    )
    writeFileSync(
      join(folder, 'nginx.conf'),
      `daemon off; pid ${folder}/pid; error_log stderr notice; worker_processes 1;
      events {}
      http {
        access_log off; ${temporary.join(' ')}
        ssl_certificate ${folder}/cert.pem; ssl_certificate_key ${folder}/key.pem;
        ${server(ports.right, right)}
        ${server(ports.rightPlain, right, { ssl: '' })}
        ${server(ports.wrong, wrong)}
        ${server(ports.missing, missing)}
        ${server(ports.silent, missing, { headers: '' })}
      }`,
    )
    const nginx = startProgram('nginx', [
      '-p',
      folder,
      '-e',
      'stderr',
      '-c',
      join(folder, 'nginx.conf'),
    ])
    await nginx.until(/start worker process \d/, { stream: 'stderr' })
    stop = () => {
      nginx.kill('SIGTERM')
      return nginx.exit
    }
  })
  afterAll(async () => {
    await stop()
    for (const { close } of services) await close()
  })

  interface Asked {
    readonly headers?: Record<string, string>
    /** Of this machine: what nginx sees as the client. */
    readonly from?: string
    readonly plain?: boolean
  }

  async function ask(port: number, { headers, from = '127.0.0.1', plain }: Asked = {}) {
    const sent = (plain ? plainRequest : request)({
      host: '127.0.0.1',
      port,
      localAddress: from,
      agent: false,
      rejectUnauthorized: false,
      headers: { 'x-api-key': key, ...headers },
    } as object)
    sent.end()
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    answer.resume()
    return answer
  }
  const statusOf = async (port: number, asked?: Asked) => (await ask(port, asked)).statusCode
  const lastOf = (index: number) => services[index]?.reports.at(-1)?.fields

  test('a right trustedProxies lets in who came over TLS, under their own address', async () => {
    const answer = await ask(ports.right, { from: '127.0.0.5' })
    expect([answer.statusCode, answer.headers['strict-transport-security']]).toEqual([
      200,
      'max-age=31536000',
    ])
    expect(lastOf(0)).toMatchObject({ 'client.address': '127.0.0.5' })
  })

  test('and nobody who came to nginx without TLS, whatever they say', async () => {
    const lies = [{}, { 'x-forwarded-proto': 'https' }, { forwarded: 'proto=https' }]
    for (const headers of lies) {
      expect(await statusOf(ports.rightPlain, { headers, plain: true })).toBe(403)
      expect(lastOf(0)).toMatchObject({ reason: 'no_tls' })
    }
  })

  test('nobody chooses an address: nginx appends the true one', async () => {
    const many = Array.from({ length: 100 }, (_, index) => `10.0.0.${index}`).join(', ')
    for (const value of ['192.0.2.1', many, '127.0.0.1', 'unknown', '127.0.0.1, 192.0.2.1']) {
      const headers = { 'x-forwarded-for': value }
      expect(await statusOf(ports.right, { from: '127.0.0.6', headers })).toBe(200)
      expect(lastOf(0)).toMatchObject({ 'client.address': '127.0.0.6' })
    }
  })

  test('failures count for the client, not for nginx', async () => {
    const guess = { 'x-api-key': security.issueApiKey({ owner: 'eve' }).key }
    const attacker = () => statusOf(ports.right, { from: '127.0.0.7', headers: guess })
    for (let index = 0; index < max; index++) expect(await attacker()).toBe(401)
    expect(await attacker()).toBe(429)
    expect(await statusOf(ports.right, { from: '127.0.0.8', headers: guess })).toBe(401)
    expect(await statusOf(ports.right, { from: '127.0.0.8' })).toBe(200)
  })

  test.each(['wrong', 'missing', 'silent'] as const)(
    'a trustedProxies that is %s lets nobody in, and says why',
    async (name) => {
      const answer = await ask(ports[name])
      expect([answer.statusCode, answer.headers['strict-transport-security']]).toEqual([
        403,
        undefined,
      ])
      expect(lastOf(name === 'wrong' ? 1 : 2)).toMatchObject({ reason: 'untrusted_proxy' })
    },
  )
})
