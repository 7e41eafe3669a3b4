import { createServer, request } from 'node:http'

const handler = (_req, res) => res.end()
const address = '127.0.0.1:0'
const logger = { log() {} }
const grpc = { bindAsync() {}, tryShutdown() {}, forceShutdown() {} }

export default (server) => ({
  functions: {
    'server.create': (options) => server.create(handler, options),
    'server.serve': (options) => server.serve(handler, options),
    'server.lifecycle': (options) => server.lifecycle([server.listener(handler)], options),
    'server.listener': (options) => server.listener(handler, options),
    'server.grpc': (options) => server.grpc(grpc, options),
    'server.primary': (options) => server.primary(options),
    'server.attach': (options) => server.attach(createServer(), options),
  },
  wrong: [
    ['server.create probes', () => server.create(handler, { probes: 1 }), 'ERR_SERVER_OPTION'],
    [
      'server.create timeouts.readMs',
      () => server.create(handler, { timeouts: { readMs: -1 } }),
      'ERR_SERVER_OPTION',
    ],
    ['server.lifecycle listeners', () => server.lifecycle([]), 'ERR_SERVER_OPTION'],
    ['server.grpc credentials', () => server.grpc(grpc, {}), 'ERR_SERVER_OPTION'],
    ['server.primary workers', () => server.primary({ workers: 0 }), 'ERR_SERVER_OPTION'],
    ['server.attach http', () => server.attach({}), 'ERR_SERVER_OPTION'],
    ['server.create handler', () => server.create(7), 'ERR_SERVER_OPTION'],
  ],
  others: {
    async ERR_SERVER_STATE() {
      const created = server.create(handler, { address, logger })
      await created.shutdown()
      return created.listen()
    },
    ERR_SERVER_LISTEN: () => server.create(handler, { address: '192.0.2.1:1', logger }).listen(),
    ERR_SERVER_CERTIFICATE() {
      const tls = { cert: '/nowhere/tls.crt', key: '/nowhere/tls.key' }
      return server.create(handler, { address, logger, tls }).listen()
    },
    ERR_SERVER_AUDIT() {
      const security = {
        audit() {
          throw new Error('no policy')
        },
      }
      return server.create(handler, { address, logger, security }).listen()
    },
    ERR_SERVER_CLOSING: () => reasonOfSignal(server, (created) => created.shutdown()),
    ERR_SERVER_TIMEOUT: () => reasonOfSignal(server, () => {}, { handlerMs: 50 }),
    ERR_SERVER_CLIENT_GONE: () => reasonOfSignal(server, (_created, client) => client.destroy()),
  },
})

/** Why the signal of a request is aborted that is never answered. */
async function reasonOfSignal(server, end, timeouts = {}) {
  const { promise: reached, resolve: reach } = withResolvers()
  const created = server.create((req) => reach(server.signal(req)), {
    address,
    logger,
    timeouts,
    shutdown: { timeoutMs: 100, abortMs: 50 },
  })
  const { address: bound } = await created.listen()
  const client = request(bound.url).on('error', () => {})
  client.end()
  const signal = await reached
  end(created, client)
  const { promise: aborted, resolve: abort } = withResolvers()
  signal.addEventListener('abort', abort)
  if (!signal.aborted) await aborted
  await created.shutdown()
  return signal.reason
}

// Node 20 has no Promise.withResolvers.
function withResolvers() {
  let resolve
  const promise = new Promise((resolve_) => {
    resolve = resolve_
  })
  return { promise, resolve }
}
