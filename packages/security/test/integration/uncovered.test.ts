import * as security from '@clew/security'
import { type Listening, listen } from '@clew/testing'
import { afterEach, describe, expect, test } from '@jest/globals'
import express5 from 'express'
import express4 from 'express4'

const codeOf = (run: () => unknown): unknown => {
  try {
    run()
  } catch (error) {
    return (error as { code?: unknown }).code
  }
  return undefined
}

describe.each([
  ['Express 5', express5],
  ['Express 4', express4],
])('%s: nothing declared is denied', (_name, express) => {
  const open = security.noSecurity('test')
  const api = security.create({ default: open })
  let service: Listening | undefined
  afterEach(async () => {
    await service?.close()
    service = undefined
  })
  const status = async (path: string, method = 'GET') => {
    const answer = await fetch(`${service?.url}${path}`, { method })
    await answer.text()
    return answer.status
  }
  const ok: express5.RequestHandler = (_req, res) => {
    res.end('ok')
  }

  test('a route without a guard fails the audit, which names it', () => {
    const app = express()
    app.get('/fine', api.method('fine'), ok)
    app.get('/forgotten', ok)
    const router = express.Router()
    router.post('/:id', ok)
    app.use('/orders', router)
    expect(() => api.audit(app)).toThrow(/no policy for GET \/forgotten, POST \/orders\/:id$/)
    expect(codeOf(() => api.audit(app))).toBe('ERR_SECURITY_UNCOVERED')
  })

  test('a guard behind another function of the route does not count: the body would be read before', () => {
    const app = express()
    app.post('/late', express.json(), api.method('late'), ok)
    expect(codeOf(() => api.audit(app))).toBe('ERR_SECURITY_UNCOVERED')
  })

  test('a route without a guard is denied at run time, whenever it was added', async () => {
    const app = express()
    app.get('/before', ok)
    api.protect(app)
    app.get('/fine', api.method('fine'), ok)
    app.get('/after', ok)
    app.all('/all', ok)
    const router = express.Router()
    app.use('/nested', router)
    router.get('/late', ok)
    const child = express()
    child.get('/x', ok)
    app.use('/child', child)
    child.get('/y', ok)
    child.get('/z', api.method('z'), ok)
    service = await listen(app)
    app.get('/last', ok)
    expect(await status('/fine')).toBe(200)
    expect(await status('/child/z')).toBe(200)
    for (const path of [
      '/before',
      '/after',
      '/all',
      '/nested/late',
      '/child/x',
      '/child/y',
      '/last',
    ]) {
      expect([path, await status(path)]).toEqual([path, 403])
    }
    expect(await status('/nowhere')).toBe(404)
  })

  test('a guard of one method covers no other method of the route', async () => {
    const app = api.protect(express())
    app.route('/thing').get(api.method('read'), ok).post(ok)
    service = await listen(app)
    expect([await status('/thing'), await status('/thing', 'POST')]).toEqual([200, 403])
    expect(() => api.audit(app)).toThrow(/no policy for POST \/thing$/)
  })

  test('a guard in front of a router covers what is behind it', async () => {
    const app = express()
    const router = express.Router()
    router.get('/a', ok)
    app.use('/admin', api.method('admin'), router)
    expect(api.audit(app)).toContainEqual({
      kind: 'route',
      method: 'GET',
      path: '/admin/a',
      operation: 'admin',
      policy: 'noSecurity(test)',
      from: 'api',
    })
    service = await listen(app)
    expect(await status('/admin/a')).toBe(200)
  })

  test('a guard of a route that lets go does not open the next route', async () => {
    const app = api.protect(express())
    app.get('/a', api.method('a'), (_req, _res, next) => next())
    app.get('/:any', ok)
    service = await listen(app)
    expect(await status('/a')).toBe(403)
  })

  test('a guard in front of a mount covers no route elsewhere', async () => {
    const app = api.protect(express())
    const open = express.Router()
    open.get('/seen', ok)
    app.use('/public', api.method('public'), open)
    app.get('/:folder/:file', ok)
    service = await listen(app)
    expect([await status('/public/seen'), await status('/public/other')]).toEqual([200, 403])
    expect(() => api.audit(app)).toThrow(/no policy for GET \/:folder\/:file$/)
  })

  test('a guard in front of a path covers no route of that path: two patterns are never compared', async () => {
    const app = express()
    app.use('/x', api.method('x'))
    app.get('/x', ok)
    expect(() => api.audit(app)).toThrow(/no policy for GET \/x$/)
    service = await listen(app)
    expect(await status('/x')).toBe(403)
  })

  test('a guard inside a mounted router covers that router only', async () => {
    const app = api.protect(express())
    const inner = express.Router()
    inner.use(api.method('inner'))
    inner.get('/seen', ok)
    app.use('/in', inner)
    app.get('/in/other', ok)
    service = await listen(app)
    expect([await status('/in/seen'), await status('/in/other')]).toEqual([200, 403])
  })

  test('a handler that calls next twice opens nothing', async () => {
    const app = api.protect(express())
    app.get('/a', api.method('a'), (_req, _res, next) => {
      next()
      next()
    })
    app.get('/a', api.method('b'), (_req, _res, next) => next())
    app.get('/:any', ok)
    service = await listen(app)
    expect(await status('/a')).toBe(403)
  })

  test('what is mounted and no route stands in the list, without a policy', () => {
    const app = express()
    app.use('/static', express.static('.'))
    expect(api.audit(app)).toContainEqual({ kind: 'mount', method: 'ALL', path: '/static' })
  })

  test('a mounted application is seen if the app is protected before; otherwise it is a problem', () => {
    const child = express()
    child.get('/x', api.method('x'), ok)
    const seen = api.protect(express())
    seen.use('/child', child)
    expect(api.audit(seen).map(({ path }) => path)).toContain('/child/x')
    const unseen = express()
    unseen.use('/child', child)
    expect(() => api.audit(unseen)).toThrow(/the application mounted at \/child/)
  })

  test('the policy belongs to the matched route, however the path is spelt', async () => {
    const app = api.protect(express())
    app.get('/admin', ok)
    service = await listen(app)
    for (const path of ['/ADMIN', '/admin/', '/admin?x=/public']) {
      expect([path, await status(path)]).toEqual([path, 403])
    }
  })

  test('a method override header changes nothing', async () => {
    const app = api.protect(express())
    app.get('/thing', api.method('read'), ok)
    app.delete('/thing', ok)
    service = await listen(app)
    const answer = await fetch(`${service.url}/thing`, {
      method: 'DELETE',
      headers: { 'x-http-method-override': 'GET' },
    })
    expect(answer.status).toBe(403)
  })

  test.each(['x-original-url', 'x-rewrite-url', 'x-forwarded-uri', 'x-forwarded-path'])(
    'another path in %s changes nothing',
    async (name) => {
      const app = api.protect(express())
      app.get('/open', api.method('open', security.noSecurity('test')), ok)
      app.get('/secret', ok)
      service = await listen(app)
      const { url } = service
      const at = async (path: string, other: string) =>
        (await fetch(url + path, { headers: { [name]: other } })).status
      expect([await at('/secret', '/open'), await at('/open', '/secret')]).toEqual([403, 200])
    },
  )

  test('the automatic answer to OPTIONS stays', async () => {
    const app = api.protect(express())
    app.get('/fine', api.method('fine'), ok)
    service = await listen(app)
    const answer = await fetch(`${service.url}/fine`, { method: 'OPTIONS' })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('allow')).toContain('GET')
  })

  test('settings that come after protect still count', async () => {
    const app = api.protect(express())
    app.set('case sensitive routing', true)
    app.get('/Fine', api.method('fine'), ok)
    service = await listen(app)
    expect([await status('/Fine'), await status('/fine')]).toEqual([200, 404])
  })

  test('the report names the route that has no policy', async () => {
    const reports: security.Report[] = []
    const leave = api.subscribe((report) => {
      if (report.type === 'security.denied') reports.push(report)
    })
    const app = api.protect(express())
    app.use('/shop', express.Router().get('/:id', ok))
    service = await listen(app)
    await status('/shop/1')
    leave()
    expect(reports).toMatchObject([
      {
        type: 'security.denied',
        level: 'error',
        fields: { reason: 'no_policy', 'http.request.method': 'GET', 'http.route': '/shop/:id' },
      },
    ])
  })

  test('an unprotected application in the same process is as it was', async () => {
    api.protect(express())
    const app = express()
    app.get('/x', ok)
    service = await listen(app)
    expect(await status('/x')).toBe(200)
  })
})

test('something else than an Express application cannot be audited', () => {
  const api = security.create({ default: security.noSecurity('test') })
  expect(codeOf(() => api.audit(() => {}))).toBe('ERR_SECURITY_APP_UNKNOWN')
})
