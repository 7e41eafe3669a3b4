import * as log from '@clew/log'
import { clientInterceptor, serverInterceptor } from '@clew/log/grpc'
import { describe, expect, test } from '@jest/globals'

const to = '/dev/null'
const all =
  'level, levels, fields, outputs, hold, redact, generate, names, caller, maxValueBytes, maxDepth, maxFields, maxLineBytes'

const optionErrors: readonly [unknown, string][] = [
  [{ lvl: 'debug' }, `unknown option "lvl"; the options are ${all}`],
  [null, 'options must be an object; received null'],
  [{ level: 'loud' }, 'level must be one of debug, info, warn, error, fatal; received "loud"'],
  [{ levels: 'debug' }, 'levels must be an object; received "debug"'],
  [{ levels: { db: 'loud' } }, 'levels.db must be one of debug, info, warn, error, fatal'],
  [{ outputs: 'app.log' }, 'outputs must be an object; received "app.log"'],
  [{ outputs: null }, 'outputs must be an object; received null'],
  [
    { outputs: { path: 'x' } },
    'unknown option "outputs.path"; the options are outputs.to, outputs.format, outputs.level, outputs.maxBufferBytes, outputs.reopenOn, outputs.mkdir',
  ],
  [{ outputs: [undefined] }, 'outputs[0] must be an object; received undefined'],
  [{ outputs: [{ to, level: 'x' }] }, 'outputs[0].level must be one of'],
  [
    { outputs: { to: '' } },
    'outputs.to must be stdout, stderr, a path, a file descriptor or a stream; received ""',
  ],
  [
    { outputs: { to: { write() {} } } },
    'outputs.to must be stdout, stderr, a path, a file descriptor or a stream; received an object',
  ],
  [
    { outputs: { to, format: 'xml' } },
    'outputs.format must be json, logfmt, terminal or a function; received "xml"',
  ],
  [
    { outputs: { to, reopenOn: 'SIGKILL' } },
    'outputs.reopenOn must be the name of a signal that can be handled, such as SIGHUP; received "SIGKILL"',
  ],
  [
    { outputs: { to: 'stdout', mkdir: true } },
    'outputs.mkdir must be left out unless `to` is the path',
  ],
  [{ outputs: { to: 'x', mkdir: 1 } }, 'outputs.mkdir must be true or false; received 1'],
  [{ outputs: { to, reopenOn: 'SIGFOO' } }, 'outputs.reopenOn must be the name of a signal'],
  [
    { outputs: { maxBufferBytes: Number.POSITIVE_INFINITY } },
    'outputs.maxBufferBytes must be an integer of at least 16384; received Infinity',
  ],
  [{ fields: 'orders' }, 'fields must be an object; received "orders"'],
  [{ fields: ['orders'] }, 'fields must be an object; received an array'],
  [{ hold: 1 }, 'hold must be an object or a boolean; received 1'],
  [{ hold: { maxLine: 3 } }, 'unknown option "hold.maxLine"; the options are hold.debug, '],
  [{ hold: { debug: 'no' } }, 'hold.debug must be true or false; received "no"'],
  [
    { hold: { releaseWhenSampled: 1 } },
    'hold.releaseWhenSampled must be true or false; received 1',
  ],
  [{ hold: { slowMs: -1 } }, 'hold.slowMs must be a number of at least 0; received -1'],
  [{ hold: { abortedMs: '1s' } }, 'hold.abortedMs must be a number of at least 0; received "1s"'],
  [{ hold: { hangMs: Number.NaN } }, 'hold.hangMs must be a number of at least 0; received NaN'],
  [
    { hold: { maxLinesAtExit: 1.5 } },
    'hold.maxLinesAtExit must be an integer of at least 0; received 1.5',
  ],
  [
    { hold: { maxBytes: Number.POSITIVE_INFINITY } },
    'hold.maxBytes must be an integer of at least 1; received Infinity',
  ],
  [{ caller: 'yes' }, 'caller must be true or false; received "yes"'],
  [{ generate: null }, 'generate must be a function; received null'],
  [
    { names: 'pino' },
    'names must be clue, otel, ecs, google, datadog or an object; received "pino"',
  ],
  [{ names: { msg: '' } }, 'names.msg must be a non-empty string; received ""'],
  [{ maxDepth: Number.POSITIVE_INFINITY }, 'maxDepth must be an integer of at least 1'],
  [{ maxFields: '5' }, 'maxFields must be an integer of at least 1; received "5"'],
  [{ redact: ['user.card'] }, 'redact must be an object; received an array'],
  [{ redact: true }, 'redact must be an object; received true'],
  [
    { redact: { path: ['a'] } },
    'unknown option "redact.path"; the options are redact.keys, redact.paths, redact.credentials',
  ],
  [{ redact: { keys: 'iban' } }, 'redact.keys must be an array of strings; received "iban"'],
  [{ redact: { keys: [1] } }, 'redact.keys[0] must be a string; received 1'],
  [{ redact: { keys: ['-'] } }, 'redact.keys must be names; received an array'],
  [{ redact: { paths: 'iban' } }, 'redact.paths must be an array of strings; received "iban"'],
  [{ redact: { paths: ['a', 'a..b'] } }, 'redact.paths[1] must be a path such as'],
  [{ redact: { credentials: 'no' } }, 'redact.credentials must be true or false; received "no"'],
]

const mistake = (message: string) =>
  expect.objectContaining({
    name: 'TypeError',
    code: 'ERR_LOG_OPTION',
    message: expect.stringContaining(message),
  })

describe.each([
  ['create', log.create],
  ['configure', log.configure],
] as const)('%s', (name, create) => {
  test.each(optionErrors)('%j is a mistake', (options, message) => {
    expect(() => create(options as log.LogOptions)).toThrow(mistake(`log.${name}: ${message}`))
  })
})

test('an option that is undefined is its default, at any depth', () => {
  const none = (names: string) =>
    Object.fromEntries(names.split(', ').map((name) => [name, undefined]))
  const outputs = { ...none('format, level, maxBufferBytes, reopenOn, mkdir'), to }
  const hold = none(
    'debug, maxLines, maxBytes, slowMs, abortedMs, hangMs, maxLinesAtExit, releaseWhenSampled',
  )
  const redact = none('keys, paths, credentials')
  log.create({ ...none(all), outputs })
  const logger = log.create({ ...none(all), outputs: [outputs], hold, redact })
  expect(logger.level).toBe('info')
  logger.http(none('requestId, start, always, ignore, slowMs, trustedProxies'))
  logger.client(none('isError, ignore, maxErrorBodyBytes'))()
  log.otel(none('provider, scope'))
  const grpc = none('logger, ignore, isError')
  clientInterceptor(grpc)
  serverInterceptor({ ...grpc, ...none('requestId, start, always, slowMs') })
})

const logger = log.create({ outputs: [] })
const functions: Record<string, (options: never) => unknown> = {
  'log.http': logger.http.bind(logger),
  'log.client': logger.client.bind(logger),
  'log.otel': log.otel,
  'logger.override': logger.override.bind(logger),
  'log.serverInterceptor': serverInterceptor,
  'log.clientInterceptor': clientInterceptor,
}

test.each<[string, object, string]>([
  [
    'log.http',
    { slwoMs: 1 },
    'unknown option "slwoMs"; the options are requestId, start, always, ignore, slowMs, trustedProxies',
  ],
  ['log.http', { skip: () => true }, 'unknown option "skip"'],
  ['log.http', { remoteAddress: () => 'x' }, 'unknown option "remoteAddress"'],
  ['log.http', { requestId: 'yes' }, 'requestId must be true, false or a function; received "yes"'],
  ['log.http', { start: 'no' }, 'start must be true or false; received "no"'],
  ['log.http', { always: 1 }, 'always must be true or false; received 1'],
  ['log.http', { slowMs: 'x' }, 'slowMs must be a number of at least 0; received "x"'],
  ['log.http', { ignore: '/livez' }, 'ignore must be an array or a function; received "/livez"'],
  ['log.http', { ignore: [1] }, 'ignore[0] must be a string or a RegExp; received 1'],
  ['log.http', { trustedProxies: ['10.0.0.0/33'] }, 'trustedProxies[0] must be an IP address'],
  [
    'log.client',
    { nope: 1 },
    'unknown option "nope"; the options are isError, ignore, maxErrorBodyBytes',
  ],
  ['log.client', { isError: 500 }, 'isError must be a function; received 500'],
  [
    'log.client',
    { ignore: 'http://x' },
    'ignore must be an array or a function; received "http://x"',
  ],
  [
    'log.client',
    { maxErrorBodyBytes: Number.POSITIVE_INFINITY },
    'maxErrorBodyBytes must be an integer of at least 0; received Infinity',
  ],
  ['log.otel', { scope: '' }, 'scope must be a non-empty string; received ""'],
  ['log.otel', { provider: {} }, 'provider must be a LoggerProvider; received an object'],
  ['log.otel', { name: 'x' }, 'unknown option "name"; the options are provider, scope'],
  ['logger.override', { level: 'loud' }, 'level must be one of'],
  ['logger.override', { level: 'debug', match: 1 }, 'match must be a function; received 1'],
  ['logger.override', { level: 'debug', filter: 1 }, 'unknown option "filter"'],
  [
    'log.serverInterceptor',
    { skip: [] },
    'unknown option "skip"; the options are logger, ignore, ',
  ],
  ['log.serverInterceptor', { start: 1 }, 'start must be true or false; received 1'],
  ['log.serverInterceptor', { always: 1 }, 'always must be true or false; received 1'],
  ['log.serverInterceptor', { slowMs: -1 }, 'slowMs must be a number of at least 0; received -1'],
  [
    'log.serverInterceptor',
    { requestId: 1 },
    'requestId must be true, false or a function; received 1',
  ],
  [
    'log.clientInterceptor',
    { start: true },
    'unknown option "start"; the options are logger, ignore, isError',
  ],
  ['log.clientInterceptor', { ignore: 'x' }, 'ignore must be an array; received "x"'],
  ['log.clientInterceptor', { ignore: [1] }, 'ignore[0] must be a string or a RegExp; received 1'],
  ['log.clientInterceptor', { isError: 1 }, 'isError must be a function; received 1'],
  ['log.clientInterceptor', { logger: {} }, 'logger must be a logger of this package'],
])('%s(%j) is a mistake', (name, options, message) => {
  expect(() => functions[name]?.(options as never)).toThrow(mistake(`${name}: ${message}`))
})

test.each<[object | null, string]>([
  [{ nope: 1 }, 'unknown option "nope"; the options are name, level'],
  [{ name: '' }, 'name must be a non-empty string; received ""'],
  [{ level: 'loud' }, 'level must be one of'],
])('a child with %j is a mistake', (options, message) => {
  expect(() => logger.child({}, options as never)).toThrow(mistake(`log.child: ${message}`))
})

test('unknown levels of names are a mistake at run time, and change nothing', () => {
  const named = log.create({ outputs: [], levels: { db: 'warn' } })
  expect(() => {
    named.levels = { a: 'loud' as never }
  }).toThrow(mistake('logger: levels.a must be one of'))
  expect(named.levels).toEqual({ db: 'warn' })
})

test('an unknown level of a running logger is a mistake', () => {
  expect(() => {
    logger.level = 'loud' as log.Level
  }).toThrow(
    mistake('logger: level must be one of debug, info, warn, error, fatal; received "loud"'),
  )
})
