// A service of @grpc/grpc-js with all eight packages, which calls itself and checks what it was answered.
import { deepEqual, equal, match } from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import * as config from '@clew/config'
import * as debug from '@clew/debug'
import * as health from '@clew/health'
import { addHealthService } from '@clew/health/grpc'
import * as log from '@clew/log'
import { serverInterceptor as logs } from '@clew/log/grpc'
import * as metrics from '@clew/metrics'
import { serverInterceptor as measures } from '@clew/metrics/grpc'
import * as security from '@clew/security'
import { serverInterceptor as guards, principal } from '@clew/security/grpc'
import * as server from '@clew/server'
import * as trace from '@clew/trace'
import { serverInterceptor as traces } from '@clew/trace/grpc'
import {
  Client,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceError,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js'

const { address } = config.load({ address: config.address({ default: '127.0.0.1:0' }) })

const serialize = (value: object) => Buffer.from(JSON.stringify(value))
const deserialize = (bytes: Buffer) => JSON.parse(bytes.toString()) as object
const method = (name: string) => ({
  path: `/shop.Orders/${name}`,
  requestStream: false,
  responseStream: false,
  requestSerialize: serialize,
  requestDeserialize: deserialize,
  responseSerialize: serialize,
  responseDeserialize: deserialize,
})
const Health = { Check: { path: '/grpc.health.v1.Health/Check' } }
const Orders = { Find: method('Find'), Ship: method('Ship') }

let written = ''
const to = new PassThrough().on('data', (chunk: Buffer) => {
  written += chunk.toString()
})
const service = { name: process.env['CELL'] ?? 'grpc' }
const logger = log.configure({ outputs: { to, format: 'json' } })
const tracing = await trace.configure({ service, exporter: trace.otlp() })
const meters = await metrics.configure({ service, exporter: metrics.otlp(), prometheus: true })
const checker = health.checker([health.pinger('memory', () => {})])
const { key, record } = security.issueApiKey({ owner: 'ann' })
const api = security.create({ default: security.apiKey('key', { keys: [record] }) })
const [find, ship] = [api.method('find'), api.method('ship')]
const probe = api.method('probe', security.noSecurity('for load balancers'))

const guarded = guards(
  { 'shop.Orders/Find': find, 'shop.Orders/Ship': ship, [Health.Check.path]: probe },
  { services: [Orders, Health], tls: true },
)
api.audit(guarded)

const calls = new Server({ interceptors: [traces(), logs(), measures(), guarded] })
type Done = sendUnaryData<object>
calls.addService(Orders, {
  Find: (call: ServerUnaryCall<object, object>, done: Done) =>
    done(null, { for: principal(call, find).subject }),
  Ship: (_: ServerUnaryCall<object, object>, done: Done) => {
    log.info('shipping')
    done({ code: status.INTERNAL, details: 'no parcel' })
  },
})
addHealthService(calls, checker)

const listeners = [server.grpc(calls, { address, credentials: ServerCredentials.createInsecure() })]
const running = server.lifecycle(listeners, {
  logger,
  tracing,
  metrics: meters,
  health: checker,
  debug: debug.console({ logger }),
  admin: { address: '127.0.0.1:0' },
})
const bound = await running.listen()
const client = new Client(`127.0.0.1:${bound.address.port}`, credentials.createInsecure())

interface Outcome {
  readonly code: number
  readonly answer?: object | undefined
}

function call(path: string, metadata: Record<string, string> = {}): Promise<Outcome> {
  const sent = new Metadata()
  for (const [name, value] of Object.entries(metadata)) sent.set(name, value)
  return new Promise((resolve) => {
    const done = (error: ServiceError | null, answer?: object) =>
      resolve({ code: error?.code ?? status.OK, answer })
    client.makeUnaryRequest(path, serialize, deserialize, {}, sent, done)
  })
}

const credential = { 'x-api-key': key }
deepEqual(await call(Orders.Find.path, credential), { code: status.OK, answer: { for: 'ann' } })
equal((await call(Orders.Find.path)).code, status.UNAUTHENTICATED)
equal((await call(Orders.Ship.path, credential)).code, status.INTERNAL)
equal((await call('/shop.Orders/Missing', credential)).code, status.UNIMPLEMENTED)

const serving = await new Promise<number[] | undefined>((resolve) => {
  const bytes = (message: Buffer) => [...message]
  const done = (_: ServiceError | null, message?: number[]) => resolve(message)
  client.makeUnaryRequest(Health.Check.path, () => Buffer.of(), bytes, {}, done)
})
// Field 1, SERVING.
deepEqual(serving, [8, 1])

const ask = async (path: string) => {
  const answer = await fetch(`${bound.admin?.url}${path}`)
  return { status: answer.status, text: await answer.text() }
}
equal((await ask('/readyz')).status, 200)
equal((await ask('/debug/sessions')).status, 200)
const { text } = await ask('/metrics')
match(text, /^rpc_server_call_duration_seconds_count\{.*shop\.Orders\/Ship.*INTERNAL/m)

client.close()
equal((await running.shutdown()).clean, true)
await logger.shutdown()
const lines = written
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Record<string, unknown>)
const shipped = lines.filter((line) => line['grpc.method'] === 'Ship')
deepEqual(
  shipped.map(({ msg }) => msg),
  ['shipping', 'end'],
)
equal(shipped[1]?.['grpc.code'], 'INTERNAL')
match(String(shipped[0]?.['trace_id']), /^[0-9a-f]{32}$/)
