import * as security from '@clew/security'
import * as forHono from '@clew/security/hono'
import * as forKoa from '@clew/security/koa'
import * as forNest from '@clew/security/nest'
import { listen } from '@clew/testing'
import { getRequestListener } from '@hono/node-server'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import Router from '@koa/router'
import { Catch, Controller, Get, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { type Context, Hono } from 'hono'
import Koa, { type Middleware } from 'koa'
import mount from 'koa-mount'
import { decorate } from '../support/nest.ts'
import 'reflect-metadata'

// What answers outside of a guard, in every place where a framework lets somebody answer.

const { key, record } = security.issueApiKey({ owner: 'reporting' })
const apiKey = security.apiKey('api_key', { keys: [record] })
const api = security.create({ default: apiKey })
const keyed = api.method('keyed')
const open = api.method('open', security.noSecurity('public'))

let ran = 0
beforeEach(() => {
  ran = 0
})
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const secret = 'secret'
async function ask(url: string, init: RequestInit = {}): Promise<string> {
  const answer = await fetch(url, init)
  const text = await answer.text()
  if (answer.status === 403) expect(text).not.toContain(secret)
  return `${answer.status} ${answer.headers.get('content-type')?.includes('problem') ? 'problem' : text}`
}
const withKey = { headers: { 'x-api-key': key } }
const refused = '403 problem'

describe('Koa', () => {
  async function serve(add: (app: Koa, router: Router) => void): Promise<[string, Koa]> {
    const app = forKoa.protect(new Koa())
    app.silent = true
    add(app, new Router())
    const { url, close } = await listen(app.callback())
    closing.push(close)
    return [url, app]
  }
  const leak: Middleware = async (koa, _next) => {
    koa.set('etag', '"x"')
    koa.body = secret
  }
  const files: Middleware = async (koa, next) => {
    if (koa.path === '/a.txt') koa.body = 'file'
    else await next()
  }

  test.each<[string, (app: Koa, router: Router) => void]>([
    ['middleware', (app) => app.use(leak)],
    [
      'middleware that writes by itself',
      (app) =>
        app.use(async (koa, _next) => {
          koa.respond = false
          koa.res.statusCode = 200
          koa.res.end(secret)
        }),
    ],
    [
      'middleware that streams',
      (app) =>
        app.use(async (koa, _next) => {
          koa.body = new Blob([secret]).stream()
        }),
    ],
    ['what is behind open files', (app) => app.use(forKoa.guard(open, files)).use(leak)],
    [
      'what makes an answer of a 404',
      (app) =>
        app
          .use(async (koa, next) => {
            await next()
            if (koa.status === 404) koa.body = secret
          })
          .use(forKoa.guard(open, files)),
    ],
    [
      'what makes an answer of an error',
      (app, router) => {
        app.use(async (koa, next) => {
          try {
            await next()
          } catch {
            koa.body = secret
          }
        })
        router.get('/x', forKoa.guard(open), () => {
          throw new Error('broken')
        })
        app.use(router.routes())
      },
    ],
    [
      'what an open route passes on to',
      (app, router) => {
        router.get('/x', forKoa.guard(open), (_koa, next) => next())
        app.use(router.routes()).use(leak)
      },
    ],
    [
      'a route behind an open one of the same path',
      (app, router) => {
        router.get('/x', forKoa.guard(open), (_koa, next) => next())
        router.get('/x', leak)
        app.use(router.routes())
      },
    ],
    [
      'a route below a guard in router.use',
      (app, router) => {
        router.use('/x', forKoa.guard(open)).get('/x', leak)
        app.use(router.routes())
      },
    ],
    [
      'a route whose guard is not the first function',
      (app, router) => {
        router.get('/x', leak, forKoa.guard(open))
        app.use(router.routes())
      },
    ],
    [
      'a nested router, with a parameter',
      (app, router) => {
        const inner = new Router()
        inner.get('/:id', (koa) => {
          ran++
          koa.body = secret
        })
        inner.param('id', (_id, _koa, next) => next())
        app.use(router.use(inner.routes()).routes())
      },
    ],
    [
      'a router that is hidden in another function',
      (app, router) => {
        router.get('/x', leak)
        const routes = router.routes()
        app.use((koa, next) => routes(koa as never, next))
      },
    ],
    [
      'a mounted application',
      (app) => {
        const inner = new Koa()
        inner.use(leak)
        app.use(mount(inner))
      },
    ],
  ])('refuses %s', async (_, add) => {
    const [url] = await serve(add)
    expect(await ask(`${url}/x`)).toBe(refused)
    expect(await ask(`${url}/x`, withKey)).toBe(refused)
    expect(ran).toBe(0)
  })

  test('middleware without next does not run, and fails the audit', async () => {
    const [url, app] = await serve((app) =>
      app.use(async function hello(koa) {
        ran++
        koa.body = secret
      }),
    )
    expect(await ask(url)).toBe(refused)
    expect(ran).toBe(0)
    expect(() => api.audit(app)).toThrow(/no policy for the middleware hello, which cannot/)
  })

  test('in front of everything a guard covers it; errors, preflights and wrappers go through', async () => {
    const [url, app] = await serve((app, router) => {
      app.use(async (koa, next) => {
        if (koa.method === 'OPTIONS') koa.status = 204
        else await next()
        if (typeof koa.body === 'string') koa.body += '!'
      })
      app.use(async (koa, next) => (koa.path === '/teapot' ? koa.throw(418) : next()))
      app.use(forKoa.guard(open, files))
      app.use(forKoa.guard(keyed))
      router.get('/x', (koa) => {
        koa.body = 'x'
      })
      app.use(router.routes()).use((koa) => {
        koa.body = 'rest'
      })
    })
    expect(await ask(`${url}/a.txt`)).toBe('200 file!')
    expect((await ask(`${url}/teapot`)).slice(0, 3)).toBe('418')
    expect(await ask(url, { method: 'OPTIONS' })).toBe('204 ')
    expect((await ask(`${url}/x`)).slice(0, 3)).toBe('401')
    expect(await ask(`${url}/x`, withKey)).toBe('200 x!')
    expect(await ask(`${url}/rest`, withKey)).toBe('200 rest!')
    expect(api.audit(app)).toContainEqual(
      expect.objectContaining({ kind: 'route', path: '/x', operation: 'keyed' }),
    )
  })

  test('what was added before protect, and the default', async () => {
    const app = new Koa()
    const router = new Router()
    router.get('/x', (koa) => {
      koa.body = security.principal(koa.req).subject
    })
    app.use(router.routes())
    forKoa.protect(app, { default: keyed })
    const { url, close } = await listen(app.callback())
    closing.push(close)
    expect((await ask(`${url}/x`)).slice(0, 3)).toBe('401')
    expect(await ask(`${url}/x`, withKey)).toBe('200 reporting')
    expect(api.audit(app)).toContainEqual(expect.objectContaining({ operation: 'keyed' }))
    expect(api.audit(app.callback())).toEqual(api.audit(app))
  })
})

describe('Hono', () => {
  async function serve(add: (app: Hono) => void): Promise<[string, Hono]> {
    const app = forHono.protect(new Hono())
    add(app)
    const { url, close } = await listen(getRequestListener(app.fetch))
    closing.push(close)
    return [url, app]
  }
  const leak = (hono: { text(text: string): Response }) => {
    ran++
    return hono.text(secret)
  }

  test.each<[string, (app: Hono) => void]>([
    ['middleware', (app) => app.use(async (hono, _next) => hono.text(secret))],
    ['middleware without next', (app) => app.use('*', leak as never)],
    ['a route', (app) => app.get('/x', leak)],
    ['a route with middleware of its own', (app) => app.get('/x', (_, next) => next(), leak)],
    ['a route whose guard is not first', (app) => app.get('/x', leak, forHono.guard(open))],
    ['a route of the same path', (app) => app.all('/x', forHono.guard(open)).get('/x', leak)],
    ['a route below a guard', (app) => app.use('/*', forHono.guard(open)).get('/x', leak)],
    ['a mounted application', (app) => app.mount('/x', () => new Response(secret))],
    ['notFound', (app) => app.notFound((hono) => hono.text(secret, 200))],
    [
      'what makes an answer of a 404, behind open files',
      (app) =>
        app
          .use(async (hono, next) => {
            await next()
            hono.res = new Response(secret)
          })
          .use('/*', forHono.guard(open), (_, next) => next()),
    ],
    [
      'a route of a sub-application with its own error handling',
      (app) => {
        const inner = new Hono().onError((_, hono) => hono.text(secret))
        app.route('/', inner.get('/x', leak))
      },
    ],
    [
      'what an open route passes on to',
      (app) => app.get('/x', forHono.guard(open), (_, next) => next()).get('/:id', leak),
    ],
    [
      'a route of the same path as an open one of another application',
      (app) => {
        const files = new Hono().get('/x', forHono.guard(open), (_, next) => next())
        app.route('/', files).route('/', new Hono().get('/x', leak))
      },
    ],
    [
      'an application beside an open one, in an application, below a path',
      (app) => {
        const files = new Hono().use(forHono.guard(open))
        const inner = forHono.protect(new Hono())
        inner.route('/', files).basePath('/').route('/', new Hono().all('*', leak))
        app.basePath('/').route('/', inner)
      },
    ],
  ])('refuses %s', async (_, add) => {
    const [url] = await serve(add)
    expect(await ask(`${url}/x`)).toBe(refused)
    expect(await ask(`${url}/x`, withKey)).toBe(refused)
    expect(ran).toBe(0)
  })

  test('what does not wait for next gets nothing out', async () => {
    const [url] = await serve((app) =>
      app.use(async (hono, next) => {
        void next()
        return hono.text(secret)
      }),
    )
    expect(await ask(url)).not.toContain(secret)
  })

  test('files, errors, preflights and wrappers go through, and the audit lists them', async () => {
    const [url, app] = await serve((app) => {
      app.use(async (hono, next) => {
        if (hono.req.method === 'OPTIONS') return hono.body(null, 204)
        await next()
        hono.res.headers.set('x-seen', 'yes')
      })
      app.use('/teapot', async (hono, _next) => hono.text('no', 418))
      app.use('/files/*', forHono.guard(open), async (hono) => hono.text('file'))
      const inner = new Hono().onError((_, hono) => hono.text('broken', 500))
      app.route(
        '/inner',
        inner.get('/x', forHono.guard(keyed), (hono) => hono.text('x')),
      )
    })
    expect(await ask(`${url}/files/a`)).toBe('200 file')
    expect(await ask(`${url}/teapot`)).toBe('418 no')
    expect(await ask(url, { method: 'OPTIONS' })).toBe('204 ')
    expect((await ask(`${url}/inner/x`)).slice(0, 3)).toBe('401')
    expect(await ask(`${url}/inner/x`, withKey)).toBe('200 x')
    expect(api.audit(app).map((row) => [row.kind, row.path, row.operation])).toEqual([
      ['mount', '/*', undefined],
      ['mount', '/teapot', undefined],
      ['route', '/files/*', 'open'],
      ['route', '/inner/x', 'keyed'],
    ])
    expect(api.audit(app.fetch)).toEqual(api.audit(app))
  })

  test('what was added before protect, and the default', async () => {
    const app = new Hono()
    app.get('/x', (hono) => hono.text(forHono.principal(hono as never).subject))
    forHono.protect(app, { default: keyed })
    const { url, close } = await listen(getRequestListener(app.fetch))
    closing.push(close)
    expect((await ask(`${url}/x`)).slice(0, 3)).toBe('401')
    expect(await ask(`${url}/x`, withKey)).toBe('200 reporting')
    expect(api.audit(app)).toMatchObject([{ path: '/x', operation: 'keyed' }])
  })

  test('on other servers: without facts about the connection it is not secure', async () => {
    const facts = (hono: Context<{ Bindings: { peer: string } }>) => ({
      peer: hono.env.peer,
      tls: true,
    })
    const app = forHono.protect(new Hono())
    app.get('/x', forHono.guard(keyed, { connection: facts }), (hono) =>
      hono.text(forHono.principal(hono, keyed).subject),
    )
    app.get('/unknown', forHono.guard(keyed), (hono) => hono.text(secret))
    const status = async (path: string, init?: RequestInit) =>
      (await app.request(path, init, { peer: '192.0.2.1' })).status
    expect(await status('/x')).toBe(401)
    expect(await status('/x', withKey)).toBe(200)
    expect(await status('/unknown', withKey)).toBe(403)
  })

  test('on other servers: who trusts Unix sockets does not trust an unknown peer', async () => {
    const behindSocket = security.create({ default: apiKey, trustedProxies: ['unix'] })
    const guarded = behindSocket.method('unknown')
    const app = forHono.protect(new Hono())
    app.get('/x', forHono.guard(guarded), (hono) => hono.text(secret))
    const headers = { ...(withKey.headers as object), 'x-forwarded-proto': 'https' }
    expect((await app.request('/x', { headers })).status).toBe(403)
    expect(
      (await guarded.authenticate({ method: 'GET', url: '/x', headers } as never)).allowed,
    ).toBe(true)
  })
})

describe.each([
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
])('Nest on %s', (_, adapter) => {
  async function serve(
    controllers: unknown[],
    { options, more }: { options?: forNest.NestProtectOptions; more?: (app: any) => void } = {},
  ): Promise<[string, any]> {
    const App = decorate(class {}, [Module({ controllers: controllers as never })])
    const app = await NestFactory.create(App, adapter(), { logger: false })
    forNest.protect(app, options)
    more?.(app)
    await app.listen(0, '127.0.0.1')
    closing.push(() => app.close())
    return [await app.getUrl(), app]
  }
  /** A decorator that puts another function in place of the method. */
  const wrapped = (_target: object, _name: string, { value }: PropertyDescriptor) => ({
    configurable: true,
    writable: true,
    value(this: unknown) {
      return value.call(this)
    },
  })
  const makeController = () =>
    class Orders {
      open() {
        return 'open'
      }
      keyed() {
        return 'keyed'
      }
    }

  test('the guard of a method stands before that of its class, also below other decorators', async () => {
    const Orders = decorate(makeController(), [Controller(), forNest.Guarded(open)], {
      open: [Get('open')],
      keyed: [Get('keyed'), wrapped, forNest.Guarded(keyed)],
    })
    const Inherited = decorate(class extends Orders {}, [Controller('inherited')])
    const [url, app] = await serve([Orders, Inherited])
    for (const base of [url, `${url}/inherited`]) {
      expect(await ask(`${base}/open`)).toBe('200 open')
      expect((await ask(`${base}/keyed`)).slice(0, 3)).toBe('401')
      expect(await ask(`${base}/keyed`, withKey)).toBe('200 keyed')
    }
    expect(api.audit(app).map(({ path, operation }) => [path, operation])).toEqual([
      ['/open', 'open'],
      ['/keyed', 'keyed'],
      ['/inherited/open', 'open'],
      ['/inherited/keyed', 'keyed'],
    ])
  })

  test('a function that replaces a method on the instance does not get the guard of the class', async () => {
    class Orders extends makeController() {
      constructor() {
        super()
        this.keyed = () => secret
      }
    }
    decorate(Orders, [Controller(), forNest.Guarded(open)])
    const methods = Object.getPrototypeOf(Orders)
    decorate(methods, [], { keyed: [Get('keyed'), forNest.Guarded(keyed)] })
    const [url] = await serve([Orders])
    expect(await ask(`${url}/keyed`)).toBe(refused)
  })

  test('a method that takes the place of a guarded one keeps its guard, whatever the class has', async () => {
    const Orders = decorate(makeController(), [Controller(), forNest.Guarded(open)], {
      keyed: [Get('keyed'), forNest.Guarded(keyed)],
    })
    class Special extends Orders {
      keyed() {
        return 'special'
      }
    }
    decorate(Special, [Controller('special')], { keyed: [Get('keyed')] })
    const [url] = await serve([Special])
    expect((await ask(`${url}/special/keyed`)).slice(0, 3)).toBe('401')
    expect(await ask(`${url}/special/keyed`, withKey)).toBe('200 special')
  })

  test('the default guards what declares none', async () => {
    const Orders = decorate(makeController(), [Controller()], { keyed: [Get('keyed')] })
    const [url, app] = await serve([Orders], { options: { default: keyed } })
    expect((await ask(`${url}/keyed`)).slice(0, 3)).toBe('401')
    expect(await ask(`${url}/keyed`, withKey)).toBe('200 keyed')
    expect(api.audit(app)).toMatchObject([{ path: '/keyed', operation: 'keyed' }])
  })

  test('a filter for everything does not make another status of a denial', async () => {
    const Orders = decorate(makeController(), [Controller(), forNest.Guarded(keyed)], {
      keyed: [Get('keyed')],
    })
    class Everything {
      catch(_error: unknown, host: any) {
        const to = host.switchToHttp().getResponse()
        to.status(500).send('broken')
      }
    }
    decorate(Everything, [Catch()])
    const [url] = await serve([Orders], {
      more: (app) => app.useGlobalFilters(new (Everything as any)()),
    })
    expect(await ask(`${url}/keyed`)).toBe('401 problem')
  })

  const answer = (_req: unknown, res: any, _next?: unknown) => res.end(secret)

  test('what is no method of a controller must not answer outside of a guard', async () => {
    const passOn = (_req: unknown, _res: unknown, next: () => void) => next()
    const more = (app: any) => {
      app.use('/files', forNest.guard(open, answer))
      app.use('/passes', forNest.guard(open, passOn))
      app.use('/passes', answer)
      app.use('/raw', answer)
      app.getHttpAdapter().get('/route', (_req: unknown, to: any) => to.send(secret))
    }
    const [url] = await serve([], { more })
    expect(await ask(`${url}/files`)).toBe(`200 ${secret}`)
    for (const path of ['/raw', '/route', '/passes']) {
      expect([path, await ask(url + path, withKey)]).toEqual([path, refused])
    }
    const [loose] = await serve([], { more, options: { strict: false } })
    expect(await ask(`${loose}/raw`)).toBe(`200 ${secret}`)
  })

  test('an initialized application, and what is no guard, are refused', async () => {
    const app = await NestFactory.create(decorate(class {}, [Module({})]), adapter(), {
      logger: false,
    })
    await app.init()
    closing.push(() => app.close())
    expect(() => forNest.protect(app)).toThrow(/app must be an application of Nest before init/)
    expect(() => forNest.Guarded((() => {}) as never)).toThrow(/guard must be a guard, such as/)
    expect(() => forNest.protect({} as never, { default: open })).toThrow(/must be a guard that/)
  })
})
