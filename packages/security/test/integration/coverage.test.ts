import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findRecord } from '@clew/internal/requests/slot'
import * as security from '@clew/security'
import { type Listening, listen } from '@clew/testing'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import express5 from 'express'
import express4 from 'express4'
import fc from 'fast-check'

const open = security.noSecurity('test')
const api = security.create({ default: open })
const { key, record } = security.issueApiKey({ owner: 'reader', scopes: ['read'] })
const apiKey = security.apiKey('key', { keys: [record], scopes: { read: '', write: '' } })
const other = security.issueApiKey({ owner: 'other' })
const second = security.apiKey('second', { keys: [other.record], name: 'X-Other' })
const ok: express5.RequestHandler = (_req, res) => {
  res.end('ok')
}
const pass: express5.RequestHandler = (_req, _res, next) => next()
/** Answers by itself below its mount, and passes everything else on, as express.static does. */
const answers =
  (path: string): express5.RequestHandler =>
  (req, res, next) =>
    req.path === path ? void res.json({ secret: 'content' }) : next()

describe.each([
  ['Express 5', express5],
  ['Express 4', express4],
])('%s: a guard covers its own layer and nothing else', (_name, express) => {
  let folder = ''
  let service: Listening | undefined
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'clew-'))
    writeFileSync(join(folder, 'file.txt'), 'content')
  })
  afterAll(() => rmSync(folder, { recursive: true }))
  afterEach(async () => {
    await service?.close()
    service = undefined
  })

  const ask = async (path: string, method = 'GET', headers: Record<string, string> = {}) => {
    const answer = await fetch(`${service?.url}${path}`, { method, headers, redirect: 'manual' })
    return { status: answer.status, body: await answer.text(), headers: answer.headers }
  }
  const status = async (path: string, method?: string) => (await ask(path, method)).status
  const guard = (name = 'g') => api.method(name)

  type App = express5.Application
  const cases: readonly [
    name: string,
    build: (app: App) => void,
    expected: Readonly<Record<string, number>>,
  ][] = [
    [
      'in front of a file server: no route behind it',
      (app) => {
        app.use(guard(), express.static(folder))
        app.post('/orders', ok)
        app.get('/orders', guard(), ok)
      },
      { 'GET /file.txt': 200, 'POST /orders': 403, 'GET /orders': 200, 'GET /none': 404 },
    ],
    [
      'in front of a file server with a path: no route below that path',
      (app) => {
        app.use('/files', guard(), express.static(folder))
        app.post('/files/orders', ok)
        app.use('/files', answers('/more'))
      },
      { 'GET /files/file.txt': 200, 'POST /files/orders': 403, 'GET /files/more': 403 },
    ],
    [
      'in one router: not in a sibling mounted at the same path',
      (app) => {
        const a = express.Router()
        a.use(guard())
        a.get('/a', ok)
        const b = express.Router()
        b.get('/b', ok)
        b.delete('/a', ok)
        app.use('/api', a)
        app.use('/api', b)
      },
      { 'GET /api/a': 200, 'GET /api/b': 403, 'DELETE /api/a': 403 },
    ],
    [
      'in one router mounted at the root: not in a sibling there',
      (app) => {
        const a = express.Router()
        a.use(guard())
        a.get('/a', ok)
        app.use(a)
        app.use(express.Router().get('/b', ok))
        app.get('/c', ok)
      },
      { 'GET /a': 200, 'GET /b': 403, 'GET /c': 403 },
    ],
    [
      'in a child application: not in its parent, nor in a sibling',
      (app) => {
        const a = express()
        a.use(guard())
        a.get('/a', ok)
        app.use('/api', a)
        app.use('/api', express().get('/b', ok))
        app.get('/api/c', ok)
      },
      { 'GET /api/a': 200, 'GET /api/b': 403, 'GET /api/c': 403 },
    ],
    [
      'in front of a router: not what comes after it in another call',
      (app) => {
        app.use('/api', guard(), express.Router().get('/a', ok))
        app.use('/api', express.Router().get('/b', ok))
      },
      { 'GET /api/a': 200, 'GET /api/b': 403 },
    ],
    [
      'between the functions of one call: not those in front of it',
      (app) => {
        app.use('/api', answers('/early'), guard(), answers('/late'))
      },
      { 'GET /api/early': 403, 'GET /api/late': 200 },
    ],
    [
      'as the last of its call, without a path: the rest of its router',
      (app) => {
        app.use(answers('/before'))
        app.use(pass, guard())
        app.use(express.json())
        app.get('/x', ok)
        app.use(answers('/after'))
        app.use('/child', express().get('/y', ok))
      },
      { 'GET /before': 403, 'GET /x': 200, 'GET /after': 200, 'GET /child/y': 200 },
    ],
    [
      'alone, with a path: what is mounted at the same pattern, and no route',
      (app) => {
        app.use('/api', guard())
        app.use('/api', express.Router().get('/a', ok))
        app.use('/API', express.Router().get('/b', ok))
        app.get('/api/c', ok)
        app.use('/:any', express.Router().get('/d', ok))
      },
      { 'GET /api/a': 200, 'GET /api/b': 403, 'GET /api/c': 403, 'GET /api/d': 403 },
    ],
    [
      'where one router is mounted twice: only behind the guard',
      (app) => {
        const router = express.Router().get('/x', ok)
        app.use('/open', guard(), router)
        app.use('/shut', router)
      },
      { 'GET /open/x': 200, 'GET /shut/x': 403 },
    ],
    [
      'that a function has called next twice for',
      (app) => {
        const router = express.Router()
        router.use((_req, _res, next) => void setImmediate(next))
        app.use((_req, _res, next) => {
          next()
          next()
        })
        app.use('/x', guard(), router)
        app.get('/x', ok)
      },
      { 'GET /x': 403 },
    ],
    [
      'around a handler that sends the request through the application once more',
      (app) => {
        app.get('/alias', guard(), (req, res) => {
          req.url = '/real'
          ;(app as unknown as (...args: unknown[]) => void)(req, res)
        })
        app.get('/real', ok)
      },
      { 'GET /alias': 403, 'GET /real': 403 },
    ],
    [
      'and a handler that hands on to a router by itself',
      (app) => {
        const router = express.Router()
        app.use('/in', guard(), (req, res, next) => void setImmediate(() => router(req, res, next)))
        app.use('/out', (req, res, next) => void setImmediate(() => router(req, res, next)))
        api.protect(router)
        router.get('/x', ok)
      },
      { 'GET /in/x': 200, 'GET /out/x': 403 },
    ],
  ]

  test.each(cases)('%s', async (_case, build, expected) => {
    const built = express()
    build(built)
    const late = api.protect(express())
    build(late)
    const early: App = express()
    build(early)
    api.protect(early)
    for (const [when, app] of Object.entries({ late, early })) {
      service = await listen(app)
      for (const [request, wanted] of Object.entries(expected)) {
        // What was added before: which functions came in one call is not known.
        if (when === 'early' && isChild.test(build.toString())) continue
        const [method, path] = request.split(' ') as [string, string]
        const got = await status(path, method)
        if (when === 'early' && wanted === 200)
          expect([request, got]).toEqual([request, expect.any(Number)])
        else expect([when, request, got]).toEqual([when, request, wanted])
      }
      await service.close()
      service = undefined
    }
  })
  const isChild = /Router\(\).*protect/s

  test('a mounted function outside of a guard may pass on, and may answer with an error only', async () => {
    const app = api.protect(express())
    app.use(
      '/limit',
      (_req, res, _next) => void res.status(429).set('retry-after', '1').send('later'),
    )
    app.use('/json', (_req, res, _next) => void res.cookie('a', 'b').json({ secret: 1 }))
    app.use('/move', (_req, res, _next) => res.redirect('/secret'))
    app.use('/raw', (_req, res, _next) => {
      res.writeHead(200, { 'content-type': 'text/plain', etag: '"x"' })
      res.write('sec')
      res.end('ret')
    })
    app.use('/pipe', (_req, res, _next) => {
      res.flushHeaders()
      res.end('secret')
    })
    app.use('/file', (_req, res, _next) => res.sendFile(join(folder, 'file.txt')))
    app.use('/late', (_req, res, _next) => void setImmediate(() => res.send('secret')))
    app.use('/final', (_req: unknown, res: express5.Response) => void res.send('secret'))
    const stranger = express()
    stranger.get('/x', (_req, res) => res.send('secret'))
    app.use('/stranger', (req, res, next) => stranger(req, res, next))
    app.get('/fine', guard(), ok)
    service = await listen(app)
    expect(await ask('/limit')).toMatchObject({ status: 429, body: 'later' })
    const paths = ['json', 'move', 'raw', 'pipe', 'file', 'late', 'final', 'stranger/x']
    for (const path of paths) {
      const answer = await ask(`/${path}`)
      expect([path, answer.status]).toEqual([path, 403])
      expect([path, answer.body]).toEqual([path, expect.stringContaining('"code":"forbidden"')])
      expect(answer.headers.get('content-type')).toBe('application/problem+json')
      expect(answer.headers.get('set-cookie')).toBeNull()
      expect(answer.headers.get('location')).toBeNull()
    }
    expect(await status('/fine')).toBe(200)
  })

  test('a function without `next` is refused before it runs, and by the audit', async () => {
    let ran = 0
    const app = api.protect(express())
    app.use('/hook', (_req: unknown, res: express5.Response) => {
      ran++
      res.send('done')
    })
    expect(() => api.audit(app)).toThrow(/no policy for the handler mounted at \/hook$/)
    service = await listen(app)
    expect([await status('/hook', 'POST'), ran]).toEqual([403, 0])
  })

  test('strict: false lets mounted functions answer, but no route', async () => {
    const app = api.protect(express(), { strict: false })
    app.use(express.static(folder))
    app.use('/final', (_req: unknown, res: express5.Response) => void res.send('done'))
    app.get('/x', ok)
    expect(() => api.audit(app)).toThrow(/no policy for GET \/x$/)
    service = await listen(app)
    expect([await status('/file.txt'), await status('/final'), await status('/x')]).toEqual([
      200, 200, 403,
    ])
    expect(() => api.protect(express(), { strict: 1 as never })).toThrow(
      /strict must be true or false/,
    )
  })

  test('a child application that was mounted before: all of it answers 403', async () => {
    const app = express()
    app.use('/child', express().get('/x', ok))
    app.use('/open', guard(), express().get('/x', ok))
    api.protect(app)
    service = await listen(app)
    expect([await status('/child/x'), await status('/open/x')]).toEqual([403, 200])
  })

  test('a router that was filled before: a guard directly in front of its routes covers them', async () => {
    const app = api.protect(express())
    const router = express.Router()
    router.use(express.json())
    router.use(guard())
    router.get('/x', ok)
    app.use('/in', router)
    service = await listen(app)
    expect(await status('/in/x')).toBe(200)
  })

  test('a preflight is answered by the middleware for it, before any guard', async () => {
    const app = api.protect(express())
    app.use((req, res, next) => {
      res.set('access-control-allow-origin', 'https://a.test')
      if (req.method === 'OPTIONS') res.status(204).end()
      else next()
    })
    app.get('/x', api.method('x', apiKey), ok)
    service = await listen(app)
    const headers = { origin: 'https://a.test', 'access-control-request-method': 'GET' }
    expect((await ask('/x', 'OPTIONS', headers)).status).toBe(204)
    const denied = await ask('/x')
    expect(denied.status).toBe(401)
    expect(denied.headers.get('access-control-allow-origin')).toBe('https://a.test')
  })

  test('the principal and the operation are those of the guard that covers', async () => {
    const app = api.protect(express())
    const passing = express.Router()
    passing.use(api.method('passing', second))
    app.use(api.method('outer', apiKey.scopes('read')))
    app.use(passing)
    app.get('/who', (req, res) => {
      res.json([security.principal(req).subject, findRecord(req)?.operation])
    })
    service = await listen(app)
    const answer = await ask('/who', 'GET', { 'x-api-key': key, 'x-other': other.key })
    expect(JSON.parse(answer.body)).toEqual(['reader', { method: 'outer' }])
  })

  // Trees of routers and applications: what the audit says is what happens.
  type Entry =
    | { readonly kind: 'guard'; readonly at: string }
    | { readonly kind: 'pass'; readonly at: string }
    | { readonly kind: 'route'; readonly own: boolean }
    | { readonly kind: 'answers'; readonly at: string; readonly behind: boolean }
    | {
        readonly kind: 'router'
        readonly isApp: boolean
        readonly at: string
        readonly behind: boolean
        readonly inner: readonly Entry[]
      }
  const at = fc.constantFrom('/', '/a', '/b')
  const { entries } = fc.letrec<{ entries: Entry[] }>((tie) => ({
    entries: fc.array(
      fc.oneof(
        { maxDepth: 2 },
        fc.record({ kind: fc.constant('guard' as const), at }),
        fc.record({ kind: fc.constant('pass' as const), at }),
        fc.record({ kind: fc.constant('route' as const), own: fc.boolean() }),
        fc.record({ kind: fc.constant('answers' as const), at, behind: fc.boolean() }),
        fc.record({
          kind: fc.constant('router' as const),
          isApp: fc.boolean(),
          at,
          behind: fc.boolean(),
          inner: tie('entries'),
        }),
      ) as fc.Arbitrary<Entry>,
      { maxLength: 5 },
    ),
  }))

  test('the audit and the requests agree for every mixture', async () => {
    await fc.assert(
      fc.asyncProperty(entries, fc.boolean(), async (tree, filledBefore) => {
        const leaves: string[] = []
        const routes = new Set<string>()
        const fill = (target: express5.Router, list: readonly Entry[], base: string): void => {
          for (const entry of list) {
            if (entry.kind === 'guard') target.use(entry.at, guard())
            else if (entry.kind === 'pass') target.use(entry.at, pass)
            else if (entry.kind === 'route') {
              const path = `/leaf${leaves.length}`
              leaves.push(base + path)
              routes.add(base + path)
              if (entry.own) target.get(path, guard(), ok)
              else target.get(path, ok)
            } else if (entry.kind === 'answers') {
              const path = `/leaf${leaves.length}`
              leaves.push((base + entry.at).replace(/\/$/, '') + path)
              const functions = entry.behind ? [guard(), answers(path)] : [answers(path)]
              target.use(entry.at, ...functions)
            } else {
              const inner = entry.isApp ? express() : express.Router()
              const below = (base + entry.at).replace(/\/$/, '')
              const mount = () =>
                entry.behind ? target.use(entry.at, guard(), inner) : target.use(entry.at, inner)
              if (!filledBefore) mount()
              fill(inner, entry.inner, below)
              if (filledBefore) mount()
            }
          }
        }
        const app = api.protect(express())
        fill(app, tree, '')
        // Rows come in the order of the leaves, except for functions that answer nothing.
        let message = ''
        let rows: readonly security.AuditRow[] = []
        try {
          rows = api.audit(app)
        } catch (error) {
          message = (error as Error).message
        }
        service = await listen(app)
        try {
          for (const leaf of leaves) {
            const got = await status(leaf)
            expect([200, 403]).toContain(got)
            const row = rows.find(({ path }) => path === leaf)
            if (row) expect([leaf, got]).toEqual([leaf, 200])
            const isListed = [' ', ', '].some((before) =>
              new RegExp(`${before}GET ${leaf}(?:,|$| and)`).test(message),
            )
            if (isListed) expect([leaf, got]).toEqual([leaf, 403])
            else if (routes.has(leaf) && !/ more$|the application mounted/.test(message)) {
              expect([leaf, got]).toEqual([leaf, 200])
            }
          }
        } finally {
          await service.close()
          service = undefined
        }
      }),
      { numRuns: 60 },
    )
  })
})
