// What a request costs that no clock shows: listeners, asynchronous contexts, the shape of the request
// object, and garbage. Prints it as JSON. Needs --allow-natives-syntax and --expose-gc.
import { AsyncLocalStorage } from 'node:async_hooks'
import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import { Writable } from 'node:stream'
import * as log from '@clew/log'
import * as metrics from '@clew/metrics'
import * as security from '@clew/security'
import * as trace from '@clew/trace'
import express from 'express'

const [, , parts = '', framework = 'express'] = process.argv
const has = (part) => parts.split(',').includes(part)
const haveSameMap = new Function('a', 'b', 'return %HaveSameMap(a, b)')

const service = { name: 'cost' }
const nothing = { export: (_batch, done) => done({ code: 0 }), shutdown: async () => {} }
const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
log.configure({
  outputs: { to: nowhere, format: 'json' },
  ...(has('lines') ? { hold: false } : {}),
})
if (has('trace'))
  await trace.configure({ service, exporter: nothing, sampler: 'never', clients: false })
if (has('metrics'))
  await metrics.configure({ service, prometheus: true, runtime: false, clients: false })

const { key, record } = security.issueApiKey({ owner: 'cost', scopes: ['read'] })
const apiKey = security.apiKey('api_key', { keys: [record], scopes: { read: 'Read' } })
const guard = security.create({ default: apiKey.scopes('read') }).method('read')
const before = [
  ...(has('trace') ? [trace.http()] : []),
  ...(has('log') ? [log.http({ always: has('lines') })] : []),
  ...(has('metrics') ? [metrics.http()] : []),
]

// Counted from here on: nothing of the set-up.
const counts = { runs: 0, listeners: 0 }
let isCounting = false
const { run } = AsyncLocalStorage.prototype
AsyncLocalStorage.prototype.run = function (...args) {
  if (isCounting) counts.runs++
  return run.apply(this, args)
}
for (const name of ['on', 'once', 'addListener', 'prependListener']) {
  const original = EventEmitter.prototype[name]
  EventEmitter.prototype[name] = function (...args) {
    if (
      isCounting &&
      (this.constructor.name === 'IncomingMessage' || this.constructor.name === 'ServerResponse')
    ) {
      counts.listeners++
    }
    return original.apply(this, args)
  }
}

let previous
let shapes = 0
/** Two requests at the same point of their lives. */
function compare(req) {
  if (previous !== undefined && !haveSameMap(previous, req)) shapes++
  previous = req
}
const answer = (req, res) => {
  if (has('log')) log.info('held', { id: 7 })
  if (isCounting) res.prependListener('close', () => compare(req))
  res.setHeader('content-type', 'application/json')
  res.end('{"ok":true}')
}
const around = [...before, ...(has('security') ? [guard] : [])]
const app = () => {
  const routes = express()
  for (const each of before) routes.use(each)
  routes.get('/orders/:id', ...(has('security') ? [guard] : []), answer)
  return routes
}
const plain = around.reduceRight(
  (next, each) => (req, res) => each(req, res, () => next(req, res)),
  answer,
)
const server = createServer(framework === 'express' ? app() : plain).listen(0, '127.0.0.1')
await once(server, 'listening')

// The client is another process, so that what it allocates is not counted.
process.on('message', ({ counting }) => {
  if (counting) {
    globalThis.gc()
    isCounting = true
    previous = undefined
    counts.heap = process.memoryUsage().heapUsed
  } else {
    isCounting = false
    const bytes = process.memoryUsage().heapUsed - counts.heap
    process.send({ runs: counts.runs, listeners: counts.listeners, shapes, bytes })
    process.disconnect()
    server.close()
    server.closeAllConnections()
  }
})
process.send({ port: server.address().port, key })
