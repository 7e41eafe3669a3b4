// A service with every part, for the tests of the console. It prints its addresses. Its first argument, and much else here, is a secret.
import * as config from '@clew/config'
import * as debug from '@clew/debug'
import * as health from '@clew/health'
import * as log from '@clew/log'
import * as security from '@clew/security'
import * as server from '@clew/server'
import * as trace from '@clew/trace'
import express from 'express'

const canary = process.env['SERVICE_SECRET'] ?? 'no-canary'
config.load({
  serviceSecret: config.string({ default: 'unset' }).secret(),
  databaseUrl: config
    .url({ default: `postgres://ann:${canary}@127.0.0.1/orders`, protocols: ['postgres:'] })
    .secret(),
  readTimeout: config.duration({ default: '10s' }),
})
const logger = log.configure({ outputs: { to: '/dev/null' } })
const tracing = await trace.configure({
  service: { name: 'orders' },
  exporter: { export: (_spans, done) => done({ code: 0 }), shutdown: async () => {} },
  sampler: trace.adaptiveSampler({ maxRatePerSecond: 100 }),
})
const { key, record } = security.issueApiKey({ owner: 'tests', scopes: ['orders:read'] })
const apiKey = security.apiKey('api_key', { keys: [record], scopes: { 'orders:read': 'Read' } })
const api = security.create({ service: 'orders', default: apiKey.scopes('orders:read') })
const open = security.noSecurity('for the tests')

// A module whose source has a secret in it, and a function to be found in a profile.
const source = `export function burnOrders(ms) { const secret = '${canary}'; const end = Date.now() + ms
let n = 0; while (Date.now() < end) n += Math.sqrt(n + secret.length); return n }`
const { burnOrders } = await import(`data:text/javascript,${encodeURIComponent(source)}`)

const app = express()
const waiting = []
app.use(express.json())
app.get('/orders/:id', api.method('get'), (req, res) => {
  log.debug('looking for an order', { order_id: req.params.id, password: canary })
  trace.span('load_order', { 'order.id': req.params.id, 'db.password': canary }, () => {})
  if (req.params.id === '500') {
    log.error('an order is broken', { order_id: req.params.id, token: canary })
    res.status(500).send('broken')
    return
  }
  log.print('order shown', { markup: '<img src=x onerror="document.title=1">' })
  res.send('shown')
})
app.post('/orders', api.method('create', open), (req, res) => {
  log.print('order created', { body: req.body, headers: req.headers })
  res.status(201).send('created')
})
app.get('/wait', api.method('wait', open), (_req, res) => waiting.push(res))
app.get('/release', api.method('release', open), (_req, res) => {
  for (const each of waiting.splice(0)) each.send('released')
  res.send('done')
})
app.get('/burn/:ms', api.method('burn', open), (req, res) => {
  burnOrders(Number(req.params.ms))
  res.send('burnt')
})
const sessions = new Map()
app.get('/leak/:count', api.method('leak', open), (req, res) => {
  for (let i = 0; i < Number(req.params.count); i++) {
    sessions.set(`session ${i}`, { user: { id: i, token: canary } })
  }
  res.send(String(sessions.size))
})
app.get('/<img src=x onerror="document.title=1">', api.method('markup', open), (_req, res) => {
  res.send('markup')
})

const main = server.create(app, {
  service: { name: 'orders' },
  logger,
  tracing,
  security: api,
  health: health.checker([
    health.pinger('database', async () => {}),
    health.pinger(
      'cache',
      async () => {
        throw new Error(`connect ECONNREFUSED redis://:${canary}@127.0.0.1:6379`)
      },
      { critical: false },
    ),
  ]),
  debug: debug.console({ logger, stalls: 500, payloads: true }),
  address: '127.0.0.1:0',
  admin: { address: '127.0.0.1:0' },
})
const { address, admin } = await main.listen()
process.on('SIGTERM', () => void main.shutdown().then(() => process.exit(0)))
console.log(JSON.stringify({ url: address.url, admin: admin?.url, key }))
