import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import { inspect } from 'node:util'
import * as log from '@clew/log'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import axios, { type AxiosRequestConfig } from 'axios'
import got, { type OptionsInit } from 'got'
import { Agent, request, fetch as undiciFetch } from 'undici'

// The errors of real clients carry the request with them: headers, options, body, sockets.
const password = 'hunter2'
const basic = `Basic ${Buffer.from(`ann:${password}`).toString('base64')}`
const secrets = [password, basic.slice('Basic '.length)]
const headers = {
  authorization: basic,
  'proxy-authorization': basic,
  'x-api-key': password,
  cookie: `sid=${password}`,
}

const server = createServer((req, res) => {
  req.resume()
  if (req.url?.startsWith('/cut') === true) {
    req.socket.destroy()
  } else if (req.url?.startsWith('/moved') === true) {
    res.writeHead(302, { location: `/401?access_token=${password}` }).end()
  } else {
    res.writeHead(401, { 'content-type': 'application/json', 'set-cookie': `sid=${password}` })
    res.end(JSON.stringify({ password, pairs: [['authorization', basic]] }))
  }
})
let port = 0
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const form = { grant_type: 'password', password, client_secret: password }
const gotOptions: OptionsInit = { retry: { limit: 0 } }
const failed = (parts: object) => Object.assign(new Error('failed'), parts)
const throws = async (error: Promise<Error>) => {
  throw await error
}

/** Requests that fail, each in the way of its client. */
const calls: Readonly<Record<string, (url: string) => unknown>> = {
  'axios, headers': (url) => axios.get(url, { headers }),
  'axios, auth and a JSON body': (url) =>
    axios.post(url, form, { auth: { username: 'ann', password }, params: { token: password } }),
  'axios, a form': (url) => axios.post(url, new URLSearchParams(form)),
  'axios, a proxy': (url) => {
    const auth = { username: 'ann', password }
    return axios.get(url, { proxy: { host: '127.0.0.1', port, auth } })
  },
  'axios, an instance': (url) => {
    const withUser = url.replace('://', `://ann:${password}@`)
    const options: AxiosRequestConfig = { baseURL: withUser, headers }
    return axios.create(options).get('')
  },
  'axios over fetch': (url) => axios.post(url, form, { adapter: 'fetch', headers }),
  'got, headers': (url) => got(url, { ...gotOptions, headers }),
  'got, a user and a JSON body': (url) =>
    got.post(url, { ...gotOptions, username: 'ann', password, json: form }),
  'got, a form': (url) =>
    got.post(url, { ...gotOptions, form, searchParams: { access_token: password } }),
  'got, extended': (url) => got.extend({ ...gotOptions, prefixUrl: url, headers })('orders'),
  fetch: (url) =>
    throws(
      fetch(`${url}?token=${password}`, { headers }).then((response) =>
        failed({ response, request: new Request(url, { headers }) }),
      ),
    ),
  undici: (url) => {
    const options = { headers: ['authorization', basic, 'x-api-key', password] }
    return throws(request(url, options).then((response) => failed({ response, options })))
  },
  'fetch of undici': (url) =>
    throws(
      undiciFetch(url, { headers, dispatcher: new Agent() }).then((response) =>
        failed({ response, entries: [...response.headers] }),
      ),
    ),
}

type Parts = Readonly<Record<string, unknown>>
const ways: Readonly<Record<string, (logger: log.Logger, error: Error) => void>> = {
  error: (logger, error) => logger.error(error),
  field: (logger, e) => logger.info('m', { e, list: [e] }),
  cause: (logger, cause) => logger.error(new Error('x', { cause })),
  members: (logger, error) => logger.error(new AggregateError([error, error])),
  parts: (logger, error) => {
    const { config, options, request: asked, response } = error as Error & Parts
    logger.info('m', { config, options, request: asked, response })
  },
  spread: (logger, error) => logger.info('m', { ...error }),
  held: (logger, error) =>
    logger.scope({ error }, () => {
      logger.info('m', { error })
      logger.error(error)
    }),
  text: (logger, error) => logger.info(inspect(error, { depth: 6 }), { stack: error.stack }),
  pino: (logger, err) => log.asPino(logger).error({ err, res: (err as Error & Parts)['response'] }),
  winston: (logger, error) => log.asWinston(logger).error('m', error),
  console: (logger, error) => {
    log.asConsole(logger).error('%s %o', error, (error as Error & Parts)['config'] ?? error)
  },
}

const out: string[] = []
const into = (index: number) =>
  new Writable({
    write(chunk: Buffer, _encoding, done) {
      out[index] = (out[index] ?? '') + chunk.toString()
      done()
    },
  })
const formats: readonly log.Format[] = [
  'json',
  'logfmt',
  'terminal',
  (line) => JSON.stringify(line),
]
const loggers = [
  log.create({ outputs: formats.map((format, index) => ({ to: into(index), format })) }),
  log.create({ names: 'ecs', outputs: { to: into(4), format: 'json' } }),
  log.create({ names: 'datadog', outputs: { to: into(5), format: 'json' } }),
]

describe.each(Object.entries(calls))('%s', (_name, call) => {
  test.each([
    ['an answer 401', () => `http://127.0.0.1:${port}/401`],
    ['a redirect', () => `http://127.0.0.1:${port}/moved`],
    ['a connection that is cut', () => `http://127.0.0.1:${port}/cut`],
    ['nobody there', () => 'http://127.0.0.1:9'],
  ])('%s: no line shows a credential', async (end, url) => {
    const error = await (call(url()) as Promise<unknown>).then(
      () => undefined,
      (reason: unknown) => reason as Error,
    )
    expect(error).toBeDefined()
    // All ways once; after that those that show most.
    const used = end === 'an answer 401' ? Object.keys(ways) : ['error', 'parts', 'text']
    for (const way of used) {
      const use = ways[way] as (typeof ways)[string]
      out.length = 0
      for (const logger of loggers) {
        use(logger, error as Error)
        logger.flush()
      }
      const text = out.join('')
      expect([way, secrets.filter((secret) => text.includes(secret))]).toEqual([way, []])
      for (const index of [0, 4, 5]) {
        const rows = out[index]?.split('\n').slice(0, -1) ?? []
        expect(rows.map((row) => JSON.parse(row))).not.toHaveLength(0)
      }
    }
  })
})
