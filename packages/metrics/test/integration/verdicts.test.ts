import { get, type IncomingMessage, type ServerResponse } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import { recordOf } from '@clew/internal/requests/record'
import * as metrics from '@clew/metrics'
import { type Listening, listen } from '@clew/testing'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Running, running } from '../capture.ts'

type Handle = (req: IncomingMessage, res: ServerResponse) => void

let run: Running
let listening: Promise<Listening> | undefined
let server: Listening | undefined

beforeEach(async () => {
  run = await running()
})

afterEach(async () => {
  await server?.close()
  server = undefined
  await run.meters.shutdown()
})

/** One request, whose answer the client reads to its end or up to where it breaks off. */
async function served(handle: Handle, options: metrics.HttpOptions = {}, leave = false) {
  const measure = metrics.http(options)
  const closed = new Promise<void>((resolve) => {
    listening = listen((req, res) => {
      res.on('close', resolve)
      measure(req, res, () => handle(req, res))
    })
  })
  server = await listening
  const sent = get(`${server?.url}/orders`, (res) => {
    res.on('error', () => {})
    if (leave) sent.destroy()
    else res.resume()
  })
  sent.on('error', () => {})
  await Promise.all([closed, new Promise((resolve) => sent.on('close', resolve))])
  await run.meters.flush()
  return run.to.last('http.server.request.duration') as [object, { count: number; sum: number }][]
}

const request = { 'http.request.method': 'GET', 'url.scheme': 'http' }

describe('status and error.type are those of the verdict', () => {
  test('the client leaves in the middle of the answer', async () => {
    const found = await served((_req, res) => void res.writeHead(200).write('x'), {}, true)
    const labels = { ...request, 'http.response.status_code': 200, 'error.type': 'aborted' }
    expect(found).toEqual([[labels, expect.objectContaining({ count: 1 })]])
  })

  test('this process closes the connection in the middle of the answer', async () => {
    const found = await served((_req, res) => {
      res.writeHead(200, { 'content-length': 10 }).write('x', () => res.destroy())
    })
    const labels = { ...request, 'http.response.status_code': 200, 'error.type': 'cut' }
    expect(found).toEqual([[labels, expect.objectContaining({ count: 1 })]])
  })

  test('an error breaks the answer off', async () => {
    const broken = new Readable({
      read() {
        this.destroy(Object.assign(new Error('disk'), { code: 'EIO' }))
      },
    })
    const found = await served((_req, res) => void pipeline(broken, res, () => {}))
    expect(found.map(([labels]) => labels)).toEqual([{ ...request, 'error.type': 'EIO' }])
  })

  test('a status from 500 on', async () => {
    const found = await served((_req, res) => void res.writeHead(503).end())
    const labels = { ...request, 'http.response.status_code': 503, 'error.type': '503' }
    expect(found.map(([given]) => given)).toEqual([labels])
  })
})

test('the clock starts when the record of the request is made, by whichever package', async () => {
  const found = await served((req, res) => {
    Object.assign(recordOf(req), { startMs: performance.now() - 60_000 })
    res.end()
  })
  expect(found[0]?.[1].count).toBe(1)
  expect(found[0]?.[1].sum).toBeGreaterThanOrEqual(60)
})

describe.each<[string, () => never, string]>([
  [
    'throws',
    () => {
      throw new Error('callback')
    },
    'callback',
  ],
  [
    'rejects',
    (async () => Promise.reject(new Error('x'))) as never,
    'it must not return a promise',
  ],
  ['resolves', (async () => true) as never, 'it must not return a promise'],
])('a callback that %s costs the measurement, not the request', (_how, broken, reason) => {
  const answer: Handle = (_req, res) => void res.end()
  const reported = (option: string) => [
    {
      type: 'metrics.callback_failed',
      level: 'warn',
      message: `the option ${option} of metrics.http threw: ${reason}`,
      fields: { option, reason },
    },
  ]

  test('ignore', async () => {
    expect(await served(answer, { ignore: broken })).toEqual([])
    expect(run.reports).toEqual(reported('ignore'))
  })

  test('attributes: measured without them', async () => {
    const found = await served(answer, { attributes: broken })
    expect(found.map(([labels]) => labels)).toEqual([
      { ...request, 'http.response.status_code': 200 },
    ])
    expect(run.reports).toEqual(reported('attributes'))
  })
})

test('what one middleware ignores, a second one does not measure', async () => {
  const second = metrics.http({ ignore: [] })
  const found = await served((req, res) => second(req, res, () => res.end()), {
    ignore: ['/orders'],
  })
  expect(found).toEqual([])
})
