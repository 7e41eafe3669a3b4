import * as security from '@clew/security'
import { type GrpcGuardOptions, principal, serverInterceptor } from '@clew/security/grpc'
import {
  Client,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type ServiceError,
} from '@grpc/grpc-js'
import { afterEach, describe, expect, test } from '@jest/globals'
import { audience, issuer, makeKey, token } from '../support/tokens.ts'

const serialize = (value: string) => Buffer.from(value)
const deserialize = (bytes: Buffer) => String(bytes)
const method = (path: string, requestStream: boolean, responseStream: boolean) => ({
  path,
  requestStream,
  responseStream,
  requestSerialize: serialize,
  requestDeserialize: deserialize,
  responseSerialize: serialize,
  responseDeserialize: deserialize,
})
const Orders: ServiceDefinition = {
  list: method('/shop.Orders/List', false, false),
  watch: method('/shop.Orders/Watch', false, true),
  send: method('/shop.Orders/Send', true, false),
  chat: method('/shop.Orders/Chat', true, true),
  forgotten: method('/shop.Orders/Forgotten', false, false),
}

const { key, record } = security.issueApiKey({ owner: 'reporting', scopes: ['read'] })
const apiKey = security.apiKey('key', { keys: [record], scopes: { read: '', write: '' } })
const jwtKey = await makeKey()
const jwt = security.jwt('jwt', { issuers: [{ issuer, audience, jwks: { keys: [jwtKey.jwk] } }] })

let server: Server
let client: Client
let ran: string[] = []
const reports: security.Report[] = []
afterEach(() => {
  client.close()
  server.forceShutdown()
  reports.length = 0
})

async function serve(
  api: security.Api,
  guards: Record<string, security.Guard>,
  options: GrpcGuardOptions = {},
) {
  ran = []
  api.subscribe((report) => reports.push(report))
  const interceptor = serverInterceptor(guards, options)
  server = new Server({ interceptors: [interceptor] })
  const who = (call: { metadata: Metadata }) => {
    try {
      return principal(call).subject
    } catch {
      return 'nobody'
    }
  }
  server.addService(Orders, {
    list(call: any, done: any) {
      ran.push('list')
      done(null, who(call))
    },
    forgotten(_call: any, done: any) {
      ran.push('forgotten')
      done(null, 'forgotten')
    },
    watch(call: any) {
      ran.push('watch')
      call.write(who(call))
      call.end()
    },
    send(call: any, done: any) {
      ran.push('send')
      let text = ''
      call.on('data', (chunk: string) => (text += chunk))
      call.on('end', () => done(null, text))
    },
    chat(call: any) {
      ran.push('chat')
      call.on('data', (chunk: string) => call.write(`${who(call)} ${chunk}`))
      call.on('end', () => call.end())
    },
  })
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    )
  })
  client = new Client(`127.0.0.1:${port}`, credentials.createInsecure())
  return interceptor
}

const metadataOf = (fields: Record<string, string | string[]>) => {
  const metadata = new Metadata()
  for (const [name, values] of Object.entries(fields)) {
    for (const value of [values].flat()) metadata.add(name, value)
  }
  return metadata
}

/** The response, or the code of the error. */
const call = (name: string, fields: Record<string, string | string[]> = {}) =>
  new Promise<string | ServiceError>((resolve) => {
    client.makeUnaryRequest(
      `/shop.Orders/${name}`,
      serialize,
      deserialize,
      'x',
      metadataOf(fields),
      (error, value) => resolve(error ?? (value as string)),
    )
  })

const codeOf = async (...args: Parameters<typeof call>) => {
  const answer = await call(...args)
  return typeof answer === 'string' ? answer : answer.code
}

const api = security.create({ service: 'Orders', default: apiKey.scopes('read') })
const list = api.method('list')

describe('a call', () => {
  test('is let in by its metadata, and its handler knows who makes it', async () => {
    await serve(api, { 'shop.Orders/List': list })
    expect(await call('List', { 'x-api-key': key })).toBe('reporting')
    expect(ran).toEqual(['list'])
  })

  test.each<[string, Record<string, string | string[]>, number]>([
    ['without a credential is UNAUTHENTICATED', {}, 16],
    ['with a wrong one, too', { 'x-api-key': `${key}x` }, 16],
    ['with two of them, too', { 'x-api-key': [key, key] }, 16],
  ])('%s', async (_, fields, code) => {
    await serve(api, { 'shop.Orders/List': list })
    const answer = (await call('List', fields)) as ServiceError
    expect([answer.code, ran]).toEqual([code, []])
    expect(answer.details).not.toContain('key_')
  })

  test('gets the challenge in its trailers', async () => {
    await serve(api, { 'shop.Orders/List': list })
    const answer = (await call('List')) as ServiceError
    expect(answer.metadata.get('www-authenticate')).toEqual([
      'ApiKey realm="key", name="X-Api-Key"',
    ])
  })

  test('without the scope is PERMISSION_DENIED', async () => {
    await serve(api, { 'shop.Orders/List': api.method('list', apiKey.scopes('write')) })
    expect([await codeOf('List', { 'x-api-key': key }), ran]).toEqual([7, []])
  })

  test('of a method without a guard is PERMISSION_DENIED, whoever makes it', async () => {
    await serve(api, { 'shop.Orders/List': list })
    expect([await codeOf('Forgotten', { 'x-api-key': key }), ran]).toEqual([7, []])
  })

  test('of a method without one may have a default', async () => {
    await serve(api, {}, { default: list })
    expect(await codeOf('Forgotten', { 'x-api-key': key })).toBe('forgotten')
    expect(await codeOf('Forgotten')).toBe(16)
  })

  test('after too many failures is RESOURCE_EXHAUSTED, and says when to try again', async () => {
    const limited = security.create({ default: apiKey, failures: { max: 1 } })
    await serve(limited, { 'shop.Orders/List': limited.method('list') })
    const other = security.issueApiKey({ owner: 'stranger' }).key
    expect(await codeOf('List', { 'x-api-key': other })).toBe(16)
    const answer = (await call('List', { 'x-api-key': other })) as ServiceError
    expect(answer.code).toBe(8)
    expect(Number(answer.metadata.get('grpc-retry-pushback-ms')[0])).toBeGreaterThan(0)
  })

  test('while the store of keys is down is UNAVAILABLE', async () => {
    const store = { get: async () => Promise.reject(new Error('down')) }
    const broken = security.create({ default: security.apiKey('key', { store }) })
    await serve(broken, { 'shop.Orders/List': broken.method('list') })
    expect([await codeOf('List', { 'x-api-key': key }), ran]).toEqual([14, []])
  })

  test('needs TLS from another machine', async () => {
    const proxied = { 'x-api-key': key, via: '1.1 proxy' }
    await serve(api, { 'shop.Orders/List': list })
    expect(await codeOf('List', proxied)).toBe(7)
    client.close()
    server.forceShutdown()
    await serve(api, { 'shop.Orders/List': list }, { tls: true })
    expect(await codeOf('List', proxied)).toBe('reporting')
  })

  test('may bring a bearer token', async () => {
    const tokens = security.create({ default: jwt })
    await serve(tokens, { 'shop.Orders/List': tokens.method('list') })
    expect(await call('List', { authorization: `Bearer ${await token(jwtKey)}` })).toBe('alice')
    expect(await codeOf('List', { authorization: 'Bearer x.y.z' })).toBe(16)
  })

  test('is reported with service and method', async () => {
    await serve(api, { 'shop.Orders/List': list })
    await call('List')
    expect(reports.at(-1)?.fields).toMatchObject({
      service: 'Orders',
      method: 'list',
      reason: 'no_credential',
      'client.address': '127.0.0.1',
    })
  })
})

describe('streams', () => {
  const guards = {
    'shop.Orders/Watch': list,
    'shop.Orders/Send': list,
    'shop.Orders/Chat': list,
  }
  const good = { 'x-api-key': key }

  test.each([
    ['of the server', 'Watch', good, ['reporting'], ['watch']],
    ['of both sides', 'Chat', good, ['reporting a', 'reporting b'], ['chat']],
    ['of the server, denied', 'Watch', {}, 16, []],
    ['of both sides, denied', 'Chat', {}, 16, []],
  ])('%s', async (_, name, fields, expected, handlers) => {
    await serve(api, guards)
    const stream = client.makeBidiStreamRequest(
      `/shop.Orders/${name}`,
      serialize,
      deserialize,
      metadataOf(fields as Record<string, string>),
    )
    stream.on('error', () => {})
    if (name === 'Chat') stream.write('a')
    stream.write('b')
    stream.end()
    const got: string[] = []
    let code = 0
    try {
      for await (const chunk of stream) got.push(String(chunk))
    } catch (error) {
      code = (error as ServiceError).code
    }
    expect([code === 0 ? got : code, ran]).toEqual([expected, handlers])
  })

  test('of the client, denied before a message is read', async () => {
    await serve(api, guards)
    const answer = await new Promise<unknown>((resolve) => {
      const stream = client.makeClientStreamRequest(
        '/shop.Orders/Send',
        serialize,
        deserialize,
        new Metadata(),
        (error, value) => resolve(error?.code ?? value),
      )
      stream.on('error', () => {})
      for (let index = 0; index < 100; index++) stream.write('x'.repeat(1_000))
      stream.end()
    })
    expect([answer, ran]).toEqual([16, []])
  })
})

describe('the audit', () => {
  test('lists every method of the services', async () => {
    const guards = Object.fromEntries(
      Object.values(Orders).map(({ path }) => [path.slice(1), list]),
    )
    const interceptor = await serve(api, guards, { services: [Orders] })
    expect(api.audit(interceptor).map((row) => [row.method, row.path, row.policy])).toEqual(
      Object.values(Orders).map(({ path }) => ['GRPC', path, 'key[read]']),
    )
  })

  test('throws for a method without a guard', async () => {
    const interceptor = await serve(api, { 'shop.Orders/List': list }, { services: [Orders] })
    expect(() => api.audit(interceptor)).toThrow(/no policy for GRPC \/shop.Orders\/Watch/)
  })

  test('a misspelt method is refused', async () => {
    await serve(api, {})
    for (const name of ['shop.Orders/Lst', 'List', '/shop.Orders/', '__proto__']) {
      expect(() => serverInterceptor({ [name]: list }, { services: [Orders] })).toThrow(
        /guards must be by the full names of methods/,
      )
    }
    expect(() => serverInterceptor({ 'shop.Orders/List': 7 as never })).toThrow(/must be a guard/)
  })
})
