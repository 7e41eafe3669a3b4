import { once } from 'node:events'
import { Agent, request } from 'node:http'
import * as security from '@clew/security'
import { type Listening, listen } from '@clew/testing'
import { afterEach, describe, expect, test } from '@jest/globals'
import express5 from 'express'
import express4 from 'express4'

// Ways in which an application answers that have no guard in front of them.

const { record } = security.issueApiKey({ owner: 'ada' })
const api = security.create({ default: security.apiKey('key', { keys: [record] }) })
const open = api.method('open', security.noSecurity('test'))

let service: Listening | undefined
afterEach(() => service?.close())

async function status(method: string, path: string): Promise<number> {
  const { port } = service as Listening
  const sent = request({ port, host: '127.0.0.1', method, path, agent: new Agent() })
  sent.end()
  const [answer] = await once(sent, 'response')
  answer.resume()
  return answer.statusCode
}

describe.each([
  ['Express 5', express5],
  ['Express 4', express4 as unknown as typeof express5],
])('%s', (_title, express) => {
  const leak: express5.RequestHandler = (_req, res) => {
    res.send('secret')
  }

  test.each<[string, (app: express5.Express) => void, string]>([
    ['a function for a list of paths', (app) => app.use(['/a', '/b'], leak), '/b/x'],
    ['a function for a regular expression', (app) => app.use(/^\/a/, leak), '/a/x'],
    ['app.all', (app) => app.all('/a', leak), '/a'],
    [
      'a path that reads as the expression of a guard does',
      (app) => app.use(/^\/\w/, open).use('/w', leak),
      '/w',
    ],
    [
      'an expression with other flags than that of a guard',
      (app) => app.use(/^\/w/i, open).use(/^\/w/, leak),
      '/w',
    ],
    ['one of the paths of a guard', (app) => app.use(['/w', '/v'], open).use('/w', leak), '/w'],
    ['a route for a list of paths', (app) => app.get(['/a', '/b'], leak), '/b'],
    ['a route for a regular expression', (app) => app.get(/^\/a.*/, leak), '/a/b'],
    ['a router in a router in a router', (app) => app.use('/a', nested(nested(leak))), '/a/n/n'],
    ['an application in an application', (app) => app.use('/a', express().use(leak)), '/a'],
    [
      'an application in an application, mounted with its own routes',
      (app) => {
        const child = express()
        child.get('/x', leak)
        app.use('/a', child)
      },
      '/a/x',
    ],
    [
      'a router that is mounted twice, once behind a guard',
      (app) => {
        const router = express.Router().get('/x', leak)
        app.use('/safe', api.method('safe'), router)
        app.use('/open', router)
      },
      '/open/x',
    ],
    [
      'a parameter that answers',
      (app) => {
        app.param('id', (_req, res) => {
          res.send('secret')
        })
        app.get('/a/:id', leak)
      },
      '/a/1',
    ],
    [
      'a route that is added by a route',
      (app) => {
        app.get('/add', api.method('add', security.noSecurity('test')), (_req, res) => {
          app.get('/late', leak)
          res.end()
        })
      },
      '/late',
    ],
    [
      'the second handler of next(route)',
      (app) => {
        app.get('/a', api.method('a', security.noSecurity('test')), (_req, _res, next) =>
          next('route'),
        )
        app.get('/a', leak)
      },
      '/a',
    ],
    [
      'what comes after a guard that lets everybody in, and passes on',
      (app) => {
        app.use('/a', api.method('open', security.noSecurity('test')), (_req, _res, next) => next())
        app.use(leak)
      },
      '/a',
    ],
  ])('%s lets nobody in', async (_what, build, path) => {
    const app = api.protect(express())
    build(app)
    service = await listen(app)
    await status('GET', '/add')
    for (const method of ['GET', 'HEAD', 'POST']) {
      expect([method, await status(method, path)]).not.toEqual([method, 200])
    }
  })

  const nested = (handler: express5.Router | express5.RequestHandler) =>
    express.Router().use('/n', handler)

  test('an error handler may answer with an error, and with nothing else', async () => {
    const app = api.protect(express())
    app.get('/a', (_req, _res, next) => next(new Error('no')))
    app.use('/b', (_req, _res, next) => next(new Error('no')))
    app.get('/c/:id', api.method('c'), leak)
    app.use(((_error, _req, res, _next) => {
      res.status(200).send('secret')
    }) as express5.ErrorRequestHandler)
    service = await listen(app)
    const asked = ['/a', '/b', '/c/%'].map((path) => status('GET', path))
    expect(await Promise.all(asked)).toEqual([403, 403, 403])
  })

  test('a parameter may pass a request on, fail, and answer below a guard', async () => {
    const app = api.protect(express())
    app.param('id', (_req, res, next, id) => {
      if (id === 'none') res.status(404).send('none')
      else if (id === 'fails') next(new Error('no'))
      else if (id === 'answers') res.send('secret')
      else next()
    })
    const open = security.noSecurity('test')
    app.get('/a/:id', api.method('a', open), leak)
    app.use(api.method('all', open))
    app.get('/b/:id', leak)
    service = await listen(app)
    const asked = ['/a/1', '/a/none', '/a/fails', '/a/answers', '/b/1', '/b/answers']
    const found = []
    for (const path of asked) found.push(await status('GET', path))
    expect(found).toEqual([200, 404, 500, 403, 200, 200])
  })

  test('functions for parameters that were there before are treated alike, and strict can be off', async () => {
    const build = (strict: boolean) => {
      const app = express()
      const router = express.Router()
      router.param('id', (_req, res) => {
        res.send('secret')
      })
      router.get('/:id', leak)
      app.use('/a', router)
      return api.protect(app, { strict })
    }
    service = await listen(build(true))
    expect(await status('GET', '/a/1')).toBe(403)
    await service.close()
    service = await listen(build(false))
    expect(await status('GET', '/a/1')).toBe(200)
  })
})
