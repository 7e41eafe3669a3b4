import * as security from '@clew/security'
import { afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { type Service, serve } from '../support/service.ts'

// Attacks: Basic authentication (RFC 7617).

let service: Service | undefined
let hash = ''
beforeAll(async () => {
  hash = await security.hashPassword('s3cret', { cost: 10 })
})
afterEach(async () => {
  await service?.close()
  service = undefined
})

async function start(
  options: Partial<security.BasicOptions>,
  api: Partial<security.SecurityOptions> = { failures: false },
) {
  const started = await serve(security.basic('basic', options as never), api)
  service = started
  return async (token: string) => started.ask({ authorization: `Basic ${token}` })
}
const b64 = (text: string | Buffer) => Buffer.from(text).toString('base64')
const verifyAll = () =>
  jest.fn((user: string, password: string) => ({ claims: { user, password } }))

test.each([
  ['no base64', '!!!!', 'bad_base64'],
  ['the alphabet for URLs', 'YT-_', 'bad_base64'],
  ['without its padding', 'YTpiYg', 'bad_base64'],
  ['another spelling of the last character', 'YTpiYh==', 'bad_base64'],
  ['no colon', b64('ada'), 'no_colon'],
  ['Latin-1', b64(Buffer.from([0x61, 0x3a, 0xe9])), 'bad_utf8'],
  ['NUL', b64('ada:a\0b'), 'control_character'],
  ['a line end', b64('ada:a\n'), 'control_character'],
  ['DEL', b64('a\x7f:b'), 'control_character'],
  ['no user', b64(':password'), 'empty_user_or_password'],
  ['no password', b64('ada:'), 'empty_user_or_password'],
  ['more than 4 KiB', b64(`ada:${'x'.repeat(4096)}`), 'too_long'],
])('%s: 401, and nobody is asked', async (_title, token, reason) => {
  const verify = verifyAll()
  const ask = await start({ verify })
  const answer = await ask(token)
  expect([answer.status, service?.reason]).toEqual([401, reason])
  expect(answer.headers['www-authenticate']).toBe('Basic realm="basic", charset="UTF-8"')
  expect(verify).not.toHaveBeenCalled()
})

test('an inner space is a 400', async () => {
  const ask = await start({ verify: verifyAll() })
  expect((await ask('YTpi YTpi')).status).toBe(400)
})

test('the first colon ends the user', async () => {
  const ask = await start({ verify: verifyAll() })
  expect((await ask(b64('a:b:c'))).body.claims).toEqual({ user: 'a', password: 'b:c' })
})

test('RFC 7617, 2.1: the example with a pound sign, in UTF-8', async () => {
  const ask = await start({ verify: verifyAll() })
  expect((await ask('dGVzdDoxMjPCow==')).body.claims).toEqual({ user: 'test', password: '123£' })
})

test.each<[string, Record<string, string>, string]>([
  [
    'a user who opens the address',
    { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
    'Basic',
  ],
  [
    'a page that loads an image',
    { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
    'Basic',
  ],
  ['a program', {}, 'Basic'],
  ['fetch in a page', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }, 'xBasic'],
  [
    'fetch within one site',
    { 'sec-fetch-mode': 'same-origin', 'sec-fetch-dest': 'empty' },
    'xBasic',
  ],
  ['a library, without TLS', { 'x-requested-with': 'XMLHttpRequest' }, 'xBasic'],
  ['another application', { 'x-requested-with': 'com.example.app' }, 'Basic'],
])('a browser asks for no password on behalf of a script: %s', async (_, headers, word) => {
  await start({ verify: () => false })
  for (const credential of [{}, { authorization: `Basic ${b64('ada:wrong')}` }]) {
    const { status, headers: answered } = await (service as Service).ask({
      ...headers,
      ...credential,
    })
    expect(status).toBe(401)
    expect(answered['www-authenticate']).toBe(`${word} realm="basic", charset="UTF-8"`)
  }
})

test('two spellings of one letter are one', async () => {
  const ask = await start({ users: { 'jos\u00e9': hash } })
  expect((await ask(b64('jose\u0301:s3cret'))).status).toBe(200)
})

test('users with a hash, and with more', async () => {
  const users = { ada: hash, bob: { password: hash, subject: 'b-1', scopes: ['read'] } }
  const ask = await start({ users })
  expect((await ask(b64('ada:s3cret'))).body).toEqual({
    scheme: 'basic',
    subject: 'ada',
    scopes: [],
    claims: {},
  })
  expect((await ask(b64('bob:s3cret'))).body).toMatchObject({ subject: 'b-1', scopes: ['read'] })
  expect((await ask(b64('bob:S3cret'))).status).toBe(401)
  expect((await ask(b64('eve:s3cret'))).status).toBe(401)
  expect((await ask(b64('__proto__:s3cret'))).status).toBe(401)
})

test('an unknown user has the same answer as a wrong password', async () => {
  const ask = await start({ users: { ada: hash } })
  const answers = [await ask(b64('ada:wrong')), await ask(b64('eve:wrong'))]
  expect(answers[0]?.body).toEqual(answers[1]?.body)
  const denials = service?.reports.filter(({ type }) => type === 'security.denied')
  expect(denials?.map(({ fields }) => fields['reason'])).toEqual([
    'wrong_password',
    'wrong_password',
  ])
})

test.each([[false], [undefined], [null], [0], ['yes'], [1]])(
  'verify may say no with %j',
  async (verdict) => {
    const ask = await start({ verify: () => verdict as boolean })
    expect((await ask(b64('a:b'))).status).toBe(401)
  },
)

test('a right password is remembered; a wrong one never is', async () => {
  const verify = jest.fn((_user: string, password: string) => password === 'right')
  const ask = await start({ verify })
  for (let count = 0; count < 3; count++) expect((await ask(b64('a:right'))).status).toBe(200)
  expect(verify).toHaveBeenCalledTimes(1)
  for (let count = 0; count < 3; count++) expect((await ask(b64('a:wrong'))).status).toBe(401)
  expect(verify).toHaveBeenCalledTimes(4)
})

test('requests with the same password at the same time are one check', async () => {
  let release = (): void => {}
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  const verify = jest.fn(async () => {
    await gate
    return true
  })
  const ask = await start({ verify, concurrency: 1, maxWaiting: 0 })
  const asked = Array.from({ length: 5 }, () => ask(b64('a:b')))
  const blocker = await ask(b64('c:d'))
  release()
  expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(Array(5).fill(200))
  expect(blocker.status).toBe(503)
  expect(verify).toHaveBeenCalledTimes(1)
})

test('cacheMs 0 remembers nothing', async () => {
  const verify = verifyAll()
  const ask = await start({ verify, cacheMs: 0 })
  await ask(b64('a:b'))
  await ask(b64('a:b'))
  expect(verify).toHaveBeenCalledTimes(2)
})

describe('what checks passwords is down or busy', () => {
  test('a throw is a 503, without its message', async () => {
    const ask = await start({ verify: () => Promise.reject(new Error('password s3cret at db')) })
    const answer = await ask(b64('a:b'))
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '5'])
    expect(JSON.stringify([answer.body, service?.reports])).not.toContain('s3cret')
  })

  test('no answer in time is a 503, and the signal says so', async () => {
    let signal: AbortSignal | undefined
    const ask = await start({
      timeoutMs: 50,
      verify: (_user, _password, context) => {
        signal = context.signal
        return new Promise(() => {})
      },
    })
    expect((await ask(b64('a:b'))).status).toBe(503)
    expect([signal?.aborted, service?.reason]).toEqual([true, 'verify_timed_out'])
  })

  test('a flood is turned away: so many at once, so many waiting', async () => {
    let running = 0
    let most = 0
    const release: (() => void)[] = []
    const ask = await start({
      concurrency: 2,
      maxWaiting: 3,
      verify: async () => {
        most = Math.max(most, ++running)
        await new Promise<void>((resolve) => release.push(resolve))
        running--
        return true
      },
    })
    const turnedAway: number[] = []
    const asked = Array.from({ length: 9 }, async (_, index) => {
      const { status } = await ask(b64(`user${index}:x`))
      if (status === 503) turnedAway.push(index)
      // The fourth one that is turned away proves that the rest has arrived.
      if (turnedAway.length === 4) for (const go of release.splice(0)) go()
      if (status === 200) for (const go of release.splice(0)) go()
      return status
    })
    expect((await Promise.all(asked)).sort()).toEqual([200, 200, 200, 200, 200, 503, 503, 503, 503])
    expect(most).toBe(2)
  })
})

test('options that contradict are refused', () => {
  const make = (options: object) => () => security.basic('basic', options as never)
  expect(make({})).toThrow(/either verify or users/)
  expect(make({ verify: () => true, users: { a: hash } })).toThrow(/either verify or users/)
  expect(make({ users: {} })).toThrow(/at least one user/)
  expect(make({ users: { a: 'plain text password' } })).toThrow(/scrypt PHC string/)
  expect(make({ users: { a: 'plain text password' } })).not.toThrow(/plain/)
  expect(make({ verify: () => true, concurrency: 0 })).toThrow(
    /concurrency must be an integer from 1 to 64; received 0/,
  )
})
