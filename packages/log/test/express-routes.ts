import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { writeRoute } from '@clew/internal/requests/route'
import express from 'express'
import express4 from 'express4'

type Watch = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void

/** Express 5 with router 2.3 and before, Express 4: each an application with the routes below. */
export const applications: readonly [name: string, create: (watch: Watch) => RequestListener][] = [
  ['Express 5', (watch) => application(express, watch)],
  [
    'Express 5 before router 2.3',
    (watch) => {
      const app = application(express, watch)
      forgetPaths(app.router as unknown as Stack)
      return app
    },
  ],
  ['Express 4', (watch) => application(express4, watch)],
]

/** Paths, and the status and route of their answers. No value of a parameter may show in a route. */
export const requests: readonly [path: string, status: number, route: string | undefined][] = [
  ['/', 200, '/'],
  ['/orders/1', 200, '/orders/:id'],
  ['/orders/2?id=3', 200, '/orders/:id'],
  ['/one', 200, '/one|/two'],
  ['/regexp/5', 200, '/^\\/regexp\\/\\d+$/'],
  // A router that is mounted in two places, one of them with a parameter.
  ['/users/42/orders/1', 200, '/users/:name/orders/:id'],
  ['/users/alice/orders/1', 200, '/users/:name/orders/:id'],
  ['/users/caf%C3%A9/orders/1', 200, '/users/:name/orders/:id'],
  ['/USERS/bob/orders/1', 200, '/users/:name/orders/:id'],
  ['/users/carol', 200, '/users/:name'],
  ['/users/carol/', 200, '/users/:name'],
  ['/2024/orders/1', 200, '/2024/orders/:id'],
  // Routers in routers, one without a path, and an application in the application.
  ['/teams/7/files/dave/v/3', 200, '/teams/:team/files/:file/v/:version'],
  ['/teams/erin/files', 200, '/teams/:team/files'],
  ['/bare/8', 200, '/bare/:id'],
  ['/inner/shop/items/4', 200, '/inner/shop/items/:id'],
  // What an adapter has written wins.
  ['/users/frank/written/1', 200, '/written/{id}'],
  ['/boom/9', 500, '/boom/:id'],
  // An error that is passed on, to the handler of a router on its way, or to the application's.
  ['/users/heidi/boom/9', 500, '/users/:name/boom/:id'],
  ['/2024/boom/9', 500, '/2024/boom/:id'],
  ['/teams/ivan/files/judy/boom', 500, '/teams/:team/files/:file/boom'],
  ['/teams/ivan/files/judy/lost', 418, '/teams/:team/files/:file/lost'],
  ['/bare/boom/9', 500, '/bare/boom/:id'],
  // A route that calls `next`.
  ['/users/kim/pass/1', 404, '/users/:name/pass/:id'],
  // No route matched: none in the application, and none in the router that was entered.
  ['/nowhere/6', 404, undefined],
  ['/users/grace/nothing/6', 404, undefined],
]

function application(create: typeof express, watch: Watch): express.Express {
  const answer: express.RequestHandler = (_req, res) => void res.end()
  const fail: express.RequestHandler = () => {
    throw new Error('boom')
  }
  const app = create()
  app.use(watch)
  app.get('/', answer)
  app.get('/orders/:id', answer)
  app.get(['/one', '/two'], answer)
  app.get(/^\/regexp\/\d+$/, answer)

  const orders = create.Router()
  orders.get('/', answer)
  orders.get('/orders/:id', answer)
  orders.get('/written/:id', (req, res) => {
    writeRoute(req, '/written/{id}')
    res.end()
  })
  orders.get('/boom/:id', fail)
  orders.get('/pass/:id', (_req, _res, next) => next())
  app.use('/users/:name', orders)
  app.use('/2024', orders)

  const versions = create.Router()
  versions.get('/v/:version', answer)
  versions.get('/boom', fail)
  versions.get('/lost', (_req, _res, next) => next(new RangeError('lost')))
  const teams = create.Router()
  teams.get('/files', answer)
  teams.use('/files/:file', versions)
  teams.use(((error, _req, res, next) => {
    if (error instanceof RangeError) res.status(418).end()
    else next(error)
  }) as express.ErrorRequestHandler)
  app.use('/teams/:team', teams)

  const bare = create.Router()
  bare.get('/bare/:id', answer)
  bare.get('/bare/boom/:id', fail)
  app.use(bare)

  const items = create.Router()
  items.get('/items/:id', answer)
  const inner = create()
  inner.use('/shop', items)
  app.use('/inner', inner)

  app.get('/boom/:id', fail)
  app.use((_req, res) => void res.status(404).end())
  app.use(((_error, _req, res, _next) => void res.status(500).end()) as express.ErrorRequestHandler)
  return app
}

interface Stack {
  readonly stack?: { rawPath?: unknown; readonly handle: Stack }[]
}

function forgetPaths(router: Stack): void {
  for (const layer of router.stack ?? []) {
    delete layer.rawPath
    forgetPaths(layer.handle)
  }
}
