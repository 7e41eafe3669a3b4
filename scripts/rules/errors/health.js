import { once } from 'node:events'
import { createServer } from 'node:http'
import { http } from '../../../packages/health/dist/esm/koa.js'

export default (health, grpc) => {
  const failureOf = async (pinger) => {
    const checker = health.checker([pinger], { cacheMs: 0 })
    await checker.check()
    const { checks } = await checker.check()
    await checker.shutdown()
    return checks[0]
  }
  return {
    functions: {
      'health.checker': (options) => health.checker([], options),
      'health.pinger': (options) => health.pinger('x', () => {}, options),
      'health.httpPinger': (options) => health.httpPinger('x', 'localhost:1', options),
      'health.tcpPinger': (options) => health.tcpPinger('x', 'localhost:1', options),
      'health.postgresPinger': (options) => health.postgresPinger('x', { query() {} }, options),
      'health.redisPinger': (options) => health.redisPinger('x', { ping() {} }, options),
      'health.http': (options) => http(health.checker([]), options),
      'checker.http': (options) => health.checker([]).http(options),
      'health.addHealthService': (options) =>
        grpc.addHealthService({ addService() {} }, health.checker([]), options),
      'health.grpcPinger': (options) => health.grpcPinger('x', 'localhost:1', options),
    },
    wrong: [
      ['health.checker cacheMs', () => health.checker([], { cacheMs: -1 }), 'ERR_HEALTH_OPTION'],
      ['health.checker pingers', () => health.checker(7), 'ERR_HEALTH_OPTION'],
      ['health.postgresPinger client', () => health.postgresPinger('x', 7), 'ERR_HEALTH_OPTION'],
      ['health.redisPinger client', () => health.redisPinger('x', 7), 'ERR_HEALTH_OPTION'],
      ['health.pinger name', () => health.pinger('', () => {}), 'ERR_HEALTH_NAME'],
      ['health.tcpPinger address', () => health.tcpPinger('x', 'cache'), 'ERR_HEALTH_ADDRESS'],
    ],
    others: {
      ERR_HEALTH_FALSE: () => failureOf(health.pinger('x', () => false)),
      ERR_HEALTH_TIMEOUT: () =>
        failureOf(health.pinger('x', (signal) => once(signal, 'abort'), { timeoutMs: 1 })),
      ERR_HEALTH_STUCK: () =>
        failureOf(health.pinger('x', () => new Promise(() => {}), { timeoutMs: 1 })),
      async ERR_HEALTH_STATUS() {
        const server = createServer((_req, res) => res.writeHead(500).end()).listen(0, '127.0.0.1')
        await once(server, 'listening')
        const address = `127.0.0.1:${server.address().port}`
        const failure = await failureOf(health.httpPinger('x', address))
        server.close()
        return failure
      },
    },
  }
}
