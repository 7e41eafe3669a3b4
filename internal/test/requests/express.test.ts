// Requests of Express, whose prototypes it replaces: nothing may be added to them.
import { IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { listen } from '@clew/testing'
import { afterEach, describe, expect, test } from '@jest/globals'
import express, { type Express, type RequestHandler } from 'express'
import express4 from 'express4'
import type { RequestRecord } from '../../src/requests/contract.ts'
import { frames } from '../../src/requests/frame.ts'
import { recordOf } from '../../src/requests/record.ts'
import { findRecord } from '../../src/requests/slot.ts'
import type { Verdict } from '../../src/requests/verdict.ts'

const versions = [
  ['Express 4', express4 as unknown as typeof express, express],
  ['Express 5', express, express4 as unknown as typeof express],
] as const

interface Seen {
  readonly verdicts: Verdict[]
  record: RequestRecord | undefined
  /** Which events were heard in the frame of the request, and which were not. */
  readonly inside: string[]
  readonly outside: string[]
}

/** What log and trace do. */
function clew(seen: Seen): RequestHandler {
  return (req, res, next) => {
    const record = recordOf(req)
    seen.record = record
    record.log = { ended: (_record, verdict) => void seen.verdicts.push(verdict) }
    record.watch(res, record.log)
    record.runWith('log', 'scope', next)
  }
}

/** Plain listeners, as an application has them. */
function handler(seen: Seen): RequestListener {
  return (req: IncomingMessage, res: ServerResponse) => {
    expect(findRecord(req)).toBe(seen.record)
    const note = (event: string) => () => {
      const frame = frames.getStore()
      const isInside = frame?.request === seen.record && frame?.log === 'scope'
      ;(isInside ? seen.inside : seen.outside).push(event)
    }
    for (const event of ['data', 'end', 'close']) req.on(event, note(`req ${event}`))
    for (const event of ['finish', 'close']) res.on(event, note(`res ${event}`))
    if (req.url === '/slow') return
    req.on('end', () => res.end('ok'))
  }
}

type Wiring = (app: Express, seen: Seen, make: typeof express, other: typeof express) => void

const wirings: readonly (readonly [string, Wiring])[] = [
  ['an application', (app, seen) => void app.use(clew(seen)).use(handler(seen))],
  ['a router', (app, seen, make) => void app.use(make.Router().use(clew(seen)).use(handler(seen)))],
  [
    'an application in another one',
    (app, seen, make) => void app.use(clew(seen)).use(make().use(handler(seen))),
  ],
  [
    'one that is left again',
    (app, seen, make) => void app.use(make().use(clew(seen))).use(handler(seen)),
  ],
  [
    'one that is called as a function',
    (app, seen, make) => {
      const inner = make().use(handler(seen))
      app.use(clew(seen)).use((req, res) => inner(req, res))
    },
  ],
  [
    'one of the other version',
    (app, seen, _make, other) => void app.use(clew(seen)).use(other().use(handler(seen))),
  ],
]

const key: symbol = Symbol.for('@clew/request/v1')
const open: { close(): Promise<void> }[] = []
async function serve(app: RequestListener) {
  const server = await listen(app)
  open.push(server)
  return server
}

const turn = () => new Promise(setImmediate)

const closeAll = () => Promise.all(open.splice(0).map((server) => server.close()))
afterEach(closeAll)

const seenNow = (): Seen => ({ verdicts: [], record: undefined, inside: [], outside: [] })

describe.each(versions)('%s', (_version, make, other) => {
  describe.each(wirings)('%s', (_wiring, wire) => {
    test('its listeners run in the frame, and it is told of the end', async () => {
      const seen = seenNow()
      const app = make()
      wire(app, seen, make, other)
      const { url } = await serve(app)
      const answer = await fetch(`${url}/`, { method: 'POST', body: 'x' })
      expect([answer.status, await answer.text()]).toEqual([200, 'ok'])
      while (seen.inside.length + seen.outside.length < 5) await turn()
      expect(seen.verdicts).toMatchObject([{ outcome: 'answered', status: 200, bytes: 2 }])
      expect(seen.inside.sort()).toEqual([
        'req close',
        'req data',
        'req end',
        'res close',
        'res finish',
      ])
      expect(seen.outside).toEqual([])
    })

    test('it is told of a client that leaves', async () => {
      const seen = seenNow()
      const app = make()
      wire(app, seen, make, other)
      const { port } = await serve(app)
      const socket = connect(port, '127.0.0.1')
      socket.write('GET /slow HTTP/1.1\r\nhost: x\r\n\r\n')
      while (seen.record?.verdict === undefined) {
        if (seen.record !== undefined) socket.destroy()
        await turn()
      }
      while (!seen.inside.concat(seen.outside).includes('res close')) await turn()
      expect(seen.verdicts).toMatchObject([{ outcome: 'aborted' }])
      expect(seen.outside).toEqual([])
    })
  })

  test('of another copy that is called as a function: it is told of the end, and has one record', async () => {
    const seen = seenNow()
    const inner = other().use((req, res) => {
      expect(recordOf(req)).toBe(seen.record)
      res.end('ok')
    })
    const app = make()
      .use(clew(seen))
      .use((req, res) => inner(req, res))
    const { url } = await serve(app)
    expect(await (await fetch(url)).text()).toBe('ok')
    while (seen.verdicts.length === 0) await turn()
    expect(seen.verdicts).toMatchObject([{ outcome: 'answered', status: 200 }])
  })

  test('a record from before is kept, and its listeners run in the frame', async () => {
    const seen = seenNow()
    const app = make().use(handler(seen))
    const before = clew(seen) as unknown as (
      req: IncomingMessage,
      res: ServerResponse,
      next: () => void,
    ) => void
    const { url } = await serve((req, res) => before(req, res, () => app(req, res)))
    expect(await (await fetch(url, { method: 'POST', body: 'x' })).text()).toBe('ok')
    while (seen.verdicts.length === 0) await turn()
    expect(seen.verdicts).toMatchObject([{ outcome: 'answered', status: 200 }])
    expect(seen.outside).toEqual([])
  })

  test('without a connection, the response tells of its close', async () => {
    const seen = seenNow()
    const app = make()
      .use((req, _res, next) => {
        Object.defineProperty(req, 'socket', { value: undefined })
        next()
      })
      .use(clew(seen))
      .use(handler(seen))
    const { port } = await serve(app)
    const socket = connect(port, '127.0.0.1')
    socket.write('GET /slow HTTP/1.1\r\nhost: x\r\n\r\n')
    while (seen.record === undefined) await turn()
    socket.destroy()
    while (seen.verdicts.length === 0) await turn()
    expect(seen.verdicts).toMatchObject([{ outcome: 'aborted' }])
    expect(seen.outside).toEqual([])
  })

  test('neither the request nor the response has a property more', async () => {
    const keys: string[][] = []
    const look: RequestHandler = (req, res, next) => {
      keys.push([...Reflect.ownKeys(req), ...Reflect.ownKeys(res)].map(String).sort())
      next()
    }
    const seen = seenNow()
    const app = make()
      .use(look)
      .use(clew(seen))
      .use(look)
      .use((_req, res) => res.end())
    const { url } = await serve(app)
    await (await fetch(url)).text()
    expect(keys[1]).toEqual(keys[0])
    // As for any other request, whoever has it can read the record.
    const { req } = seen.record as RequestRecord
    expect((req as unknown as Record<symbol, unknown>)[key]).toBe(seen.record)
  })

  test('a prototype that cannot be extended is left alone', async () => {
    const seen = seenNow()
    const app = make().use(clew(seen)).use(handler(seen))
    // What Express does, with a base of its own.
    const {
      [key]: _,
      emit: __,
      ...members
    } = Object.getOwnPropertyDescriptors(
      Object.getPrototypeOf(app.request),
    ) as PropertyDescriptorMap
    const base = Object.preventExtensions(Object.create(IncomingMessage.prototype, members))
    const request = Object.create(base, {
      app: { value: app, configurable: true, enumerable: true, writable: true },
    })
    Object.assign(app, { request })
    const { url } = await serve(app)
    expect(await (await fetch(url, { method: 'POST', body: 'x' })).text()).toBe('ok')
    while (seen.verdicts.length === 0) await turn()
    expect(seen.verdicts).toMatchObject([{ outcome: 'answered' }])
    expect(seen.outside).toEqual([])
  })
})

test('a request without a prototype gets a record', () => {
  const req = Object.assign(Object.create(null), { emit() {} })
  expect(findRecord(req)).toBeUndefined()
  const record = recordOf(req)
  expect(recordOf(req)).toBe(record)
  record.run(() => expect(frames.getStore()).toBe(record.frame))
})

test('prototypes that only look like those of Express are left alone', () => {
  const base = {}
  const prototype = Object.create(base, { app: { value: 'mine' } })
  const req = Object.assign(Object.create(prototype), { emit() {}, _readableState: {} })
  const record = recordOf(req)
  record.run(() => expect(frames.getStore()).toBe(record.frame))
  expect(findRecord(req)).toBe(record)
  expect(Reflect.ownKeys(base)).toEqual([])
})
