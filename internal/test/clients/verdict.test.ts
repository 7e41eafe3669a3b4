import { once } from 'node:events'
import { get, request } from 'node:http'
import { listen } from '@clew/testing'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { fetch as undiciFetch, request as undiciRequest } from 'undici'
import type { CallVerdict } from '../../src/clients/call.ts'
import { watchNodeHttp } from '../../src/clients/node-http.ts'
import { watchUndici } from '../../src/clients/undici.ts'

let server: Awaited<ReturnType<typeof listen>>
beforeAll(async () => {
  server = await listen((req, res) => {
    if (req.url === '/cut') {
      res.writeHead(200, { 'content-length': 10 })
      res.write('a')
      setImmediate(() => res.destroy())
    } else if (req.url === '/reset') req.socket.resetAndDestroy()
    else if (req.url === '/never') res.write('a')
    else if (req.url === '/500') res.writeHead(500).end('no')
    else res.end('ok')
  })
  server.server.on('upgrade', (_req, socket) => {
    socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n')
  })
})
afterAll(() => server.close())

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** The verdict of the next call that `watch` observes. */
function next(watch: typeof watchNodeHttp | typeof watchUndici): Promise<CallVerdict> {
  return new Promise((resolve) => {
    ends.push(watch(() => ({ ended: resolve })))
  })
}

type Send = (path: string, signal?: AbortSignal) => Promise<unknown>

const undici: Send = async (path, signal) => {
  const { body } = await undiciRequest(server.url + path, { signal: signal ?? null })
  await body.text()
}
const fetched: Send = async (path, signal) => {
  const answer = await undiciFetch(server.url + path, { signal: signal ?? null })
  await answer.text()
}
const nodeHttp: Send = (path, signal) =>
  new Promise<void>((resolve, reject) => {
    get(server.url + path, { signal: signal as AbortSignal, agent: false }, (res) => {
      res.resume().on('end', resolve).on('error', reject)
    }).on('error', reject)
  })

describe.each([
  ['undici', watchUndici, undici],
  ['fetch', watchUndici, fetched],
  ['node:http', watchNodeHttp, nodeHttp],
] as const)('%s', (_name, watch, send) => {
  test('a response of any status is answered', async () => {
    const verdict = next(watch)
    await send('/500')
    expect(await verdict).toEqual({ outcome: 'answered', status: 500, error: undefined })
  })

  test('an incomplete body is a failure', async () => {
    const verdict = next(watch)
    await send('/cut').catch(() => {})
    expect(await verdict).toMatchObject({
      outcome: 'failed',
      status: 200,
      error: { code: expect.stringMatching(/ECONNRESET|UND_ERR_SOCKET/) },
    })
  })

  test('a connection that is reset is a failure', async () => {
    const verdict = next(watch)
    await send('/reset').catch(() => {})
    expect(await verdict).toMatchObject({ outcome: 'failed', status: undefined })
  })

  test('a connection that is refused is a failure', async () => {
    const verdict = next(watch)
    const gone = await listen(() => {})
    await gone.close()
    const { url } = server
    server = { ...server, url: gone.url }
    try {
      await send('/').catch(() => {})
      expect(await verdict).toMatchObject({ outcome: 'failed', error: { code: 'ECONNREFUSED' } })
    } finally {
      server = { ...server, url }
    }
  })

  test('an abort is not a failure', async () => {
    const verdict = next(watch)
    const controller = new AbortController()
    const sent = send('/never', controller.signal).catch(() => {})
    await once(server.server, 'request')
    controller.abort()
    await sent
    expect(await verdict).toMatchObject({ outcome: 'aborted', error: undefined })
  })
})

test('node:http: destroy() before the response is an abort', async () => {
  const verdict = next(watchNodeHttp)
  const sent = request(`${server.url}/never`, { agent: false }).on('error', () => {})
  sent.end()
  await once(server.server, 'request')
  sent.destroy()
  expect(await verdict).toMatchObject({ outcome: 'aborted' })
})

test('node:http: an upgrade is upgraded', async () => {
  const verdict = next(watchNodeHttp)
  const headers = { connection: 'upgrade', upgrade: 'x' }
  const sent = request(server.url, { headers, agent: false })
  sent.on('upgrade', (_res, socket) => socket.destroy()).end()
  expect(await verdict).toMatchObject({ outcome: 'upgraded' })
})

test('an observer that throws does not break the request', async () => {
  ends.push(
    watchUndici(() => ({
      answered() {
        throw new Error('a')
      },
      ended() {
        throw new Error('b')
      },
    })),
    watchNodeHttp(() => {
      throw new Error('c')
    }),
  )
  await undici('/')
  await nodeHttp('/')
})
