export default (log, { serverInterceptor, clientInterceptor }) => ({
  functions: {
    'log.create': log.create,
    'log.configure': log.configure,
    'log.http': log.http,
    'log.client': log.client,
    'log.child': (options) => log.child({}, options),
    'log.otel': log.otel,
    'log.serverInterceptor': serverInterceptor,
    'log.clientInterceptor': clientInterceptor,
  },
  wrong: [
    ['log.create level', () => log.create({ level: 'loud' }), 'ERR_LOG_OPTION'],
    ['log.create hold.maxLines', () => log.create({ hold: { maxLines: 0 } }), 'ERR_LOG_OPTION'],
    ['log.http slowMs', () => log.http({ slowMs: 'x' }), 'ERR_LOG_OPTION'],
  ],
  others: {
    ERR_LOG_OPEN: () => log.create({ outputs: { to: '/dev/null/lines.log' } }),
  },
})
