import * as log from '@clew/log'
import { listen } from '@clew/testing'
import { afterAll, describe, expect, test } from '@jest/globals'
import { type LoggerService, Logger as NestLogger, Module as NestModule } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { DiagLogLevel, diag } from '@opentelemetry/api'
import fastify from 'fastify'
import { pino } from 'pino'
import { pinoHttp } from 'pino-http'
import winston from 'winston'
import { memory } from './memory.ts'

describe('asConsole', () => {
  test('formats as console does, and takes the error out', () => {
    const { logger, lines } = memory({ level: 'debug' })
    const like: Pick<Console, 'log' | 'info' | 'warn' | 'error' | 'debug' | 'trace'> =
      log.asConsole(logger)
    like.log('%s has %d', 'ann', 3, { a: 1 })
    like.error('failed:', new TypeError('boom'))
    like.warn('careful')
    like.debug('d')
    like.trace('t')
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      ['info', 'ann has 3 { a: 1 }'],
      ['error', 'failed:'],
      ['warn', 'careful'],
      ['debug', 'd'],
      ['debug', 't'],
    ])
    expect(lines[1]?.fields['err']).toMatchObject({ type: 'TypeError', message: 'boom' })
  })

  test('shows nothing hidden in what becomes text', () => {
    const { logger, lines } = memory({ redact: { paths: ['user.card'] } })
    const secret = { password: 'hunter2', user: { card: '4711', name: 'ann' } }
    log.asConsole(logger).log('%s logs in', 'ann', secret, [{ token: 't0p' }])
    log.asPino(logger).info('%s logs in %o', 'ann', secret)
    log.asConsole(logger).info(secret)
    const text = JSON.stringify(lines)
    for (const hidden of ['hunter2', '4711', 't0p']) expect(text).not.toContain(hidden)
    expect(text.match(/name: 'ann'|"name":"ann"/g)).toHaveLength(3)
    expect(secret.password).toBe('hunter2')
  })

  test('shows nothing hidden of what is no literal either', () => {
    const { logger, lines } = memory()
    const like = log.asConsole(logger)
    class User {
      password = 's3cret'
    }
    const failure = Object.assign(new Error('b'), { password: 's3cret' })
    for (const value of [
      new User(),
      new Map([['password', 's3cret']]),
      new Headers({ authorization: 'Bearer s3cret' }),
      new URL('https://u:s3cret@h/?token=s3cret'),
      new Proxy({ password: 's3cret' }, {}),
      Object.assign(() => {}, { password: 's3cret' }),
      'postgres://u:s3cret@h/',
    ]) {
      like.info('%s', 'it is', value)
      log.asPino(logger).info('it is %o', value)
      log.asWinston(logger).info('it is %o', value)
    }
    like.error(new Error('a'), failure)
    like.info('postgres://%s:%s@h/', 'u', 's3cret')
    expect(JSON.stringify(lines)).not.toContain('s3cret')
    expect(lines.at(-2)?.msg).toMatch(/^Error: b\n {4}at /)
  })

  test('an error alone is its message', () => {
    const { logger, lines } = memory()
    log.asConsole(logger).error(new Error('boom'))
    expect(lines[0]).toMatchObject({ msg: 'boom', fields: { err: { message: 'boom' } } })
  })

  test('has what else a console has', () => {
    const { logger, lines } = memory()
    const like: Pick<Console, 'dir' | 'table' | 'assert' | 'count' | 'group' | 'time' | 'dirxml'> &
      Pick<Console, 'countReset' | 'groupEnd' | 'groupCollapsed' | 'timeEnd' | 'timeLog'> =
      log.asConsole(logger)
    like.dir({ a: 1 })
    like.dirxml('x', 1)
    like.table([{ a: 1 }])
    like.assert(true, 'fine')
    like.assert(false)
    like.assert(0, 'not %s', 'zero')
    like.count()
    like.count()
    like.countReset()
    like.count()
    like.group('first', 'group')
    like.groupCollapsed()
    like.groupEnd()
    like.time('t')
    like.timeLog('t', 'so far')
    like.timeEnd('t')
    like.timeEnd('t')
    expect(lines.map(({ level, msg, fields }) => [level, msg, fields])).toEqual([
      ['info', '', { a: 1 }],
      ['info', 'x 1', {}],
      ['info', 'table', { rows: [{ a: 1 }] }],
      ['error', 'Assertion failed', {}],
      ['error', 'Assertion failed: not zero', {}],
      ['info', 'default', { count: 1 }],
      ['info', 'default', { count: 2 }],
      ['info', 'default', { count: 1 }],
      ['info', 'first group', {}],
      ['info', 't so far', { time_ms: expect.any(Number) }],
      ['info', 't', { time_ms: expect.any(Number) }],
    ])
  })

  test('is the logger of an AWS SDK client: what it did is the message, the rest fields', () => {
    const { logger, lines } = memory()
    // As middleware-logger of the SDK calls it.
    const like: { info(content: object): void } = log.asConsole(logger)
    like.info({
      clientName: 'STSClient',
      commandName: 'GetCallerIdentityCommand',
      input: {},
      output: { Account: '1', Credentials: { SecretAccessKey: 's3cret' } },
      metadata: { httpStatusCode: 200, attempts: 1 },
    })
    expect(lines[0]).toMatchObject({
      level: 'info',
      msg: 'STSClient GetCallerIdentityCommand',
      fields: { metadata: { attempts: 1 }, output: { Account: '1', Credentials: '[redacted]' } },
    })
  })

  test('is a DiagLogger', () => {
    const { logger, messages } = memory()
    diag.setLogger(log.asConsole(logger), {
      logLevel: DiagLogLevel.ALL,
      suppressOverrideMessage: true,
    })
    diag.warn('exporter is slow')
    diag.verbose('below the level')
    diag.disable()
    expect(messages().at(-1)).toBe('exporter is slow')
  })

  test('without a logger finds the one of the scope', () => {
    const { logger, lines } = memory()
    logger.scope({ job: 1 }, () => log.asConsole().warn('in it'))
    expect(lines[0]?.fields).toEqual({ job: 1 })
  })
})

describe('asPino', () => {
  test('has the calls of pino', () => {
    const { logger, lines } = memory()
    const like = log.asPino(logger)
    like.info('plain %s', 'text')
    like.info({ a: 1 }, 'fields')
    like.error(new Error('boom'))
    like.error({ err: new Error('boom'), a: 1 }, 'with fields')
    like.warn(new Error('bad'), 'warned')
    like.child({ part: 'db' }).info('child')
    like.silent('nothing')
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      ['info', 'plain text'],
      ['info', 'fields'],
      ['error', 'boom'],
      ['error', 'with fields'],
      ['warn', 'warned'],
      ['info', 'child'],
    ])
    expect(lines[1]?.fields).toEqual({ a: 1 })
    expect(lines[3]?.fields).toMatchObject({ err: { message: 'boom' }, a: 1 })
    expect(lines[4]?.fields).toMatchObject({ err: { message: 'bad' } })
    expect(lines[5]?.fields).toEqual({ part: 'db' })
    like.level = 'trace'
    expect([like.level, logger.level]).toEqual(['debug', 'debug'])
  })

  test('errors and messages in an object are as in pino', () => {
    const { logger, lines } = memory()
    const like = log.asPino(logger)
    like.error({ err: new Error('boom') })
    like.info({ msg: 'hello', a: 1 })
    like.info({ msg: 'hello', a: 1 }, 'wins')
    like.info(null, 'nothing')
    like.info(undefined)
    like.info({ a: 1 })
    expect(lines.map(({ msg, fields }) => [msg, fields])).toEqual([
      ['boom', { err: expect.objectContaining({ message: 'boom' }) }],
      ['hello', { a: 1 }],
      ['wins', { 'field.msg': 'hello', a: 1 }],
      ['nothing', {}],
      ['', {}],
      ['', { a: 1 }],
    ])
  })

  test('has the levels of pino, and children with one of their own', () => {
    const { logger, messages } = memory()
    const like = log.asPino(logger)
    expect(like.levels.values).toEqual(pino().levels.values)
    expect(like.levels.labels).toEqual(pino().levels.labels)
    expect([like.levelVal, like.isLevelEnabled('info'), like.isLevelEnabled('debug')]).toEqual([
      30,
      true,
      false,
    ])
    const quiet = like.child({}, { level: 'error' })
    expect([quiet.level, quiet.levelVal, quiet.isLevelEnabled('warn')]).toEqual([
      'error',
      50,
      false,
    ])
    quiet.warn('not this')
    quiet.child({ a: 1 }).warn('nor this')
    quiet.error('this')
    quiet.level = 'warn'
    quiet.warn('this too')
    like.level = 'silent'
    like.fatal('not this')
    expect([like.level, like.isLevelEnabled('fatal'), logger.level]).toEqual([
      'silent',
      false,
      'info',
    ])
    like.level = 'warn'
    like.info('not this')
    expect([like.level, logger.level]).toEqual(['warn', 'warn'])
    expect(messages()).toEqual(['this', 'this too'])
    for (const label of ['loud', '']) {
      expect(() => like.child({}, { level: label })).toThrow('level must be one of')
      expect(() => Object.assign(like, { level: label })).toThrow('level must be one of')
    }
  })

  test('has bindings, prefixes and serializers', () => {
    const { logger, lines } = memory()
    const like = log.asPino(logger).child(
      { part: 'db', user: { id: 1, card: '4711' } },
      {
        msgPrefix: '[db] ',
        serializers: {
          user: ({ id }: { id: number }) => ({ id }),
          bad() {
            throw new Error('no')
          },
        },
      },
    )
    like.setBindings({ more: 1 })
    expect(like.bindings()).toEqual({ part: 'db', user: { id: 1 }, more: 1 })
    const child = like.child({ own: 1 }, { msgPrefix: '[x] ' })
    expect([like.msgPrefix, child.msgPrefix]).toEqual(['[db] ', '[db] [x] '])
    child.info({ user: { id: 2, card: '4711' }, bad: 7 }, 'm')
    expect(lines[0]).toMatchObject({
      msg: '[db] [x] m',
      fields: { part: 'db', more: 1, own: 1, user: { id: 2 }, bad: 7 },
    })
    expect(() => like.child({}, { redact: ['a'] } as object)).toThrow(
      'redact must be left out: redact is an option of create, for all its loggers; received an array',
    )
  })

  test('flush() writes what is buffered, and releases nothing', () => {
    const { logger, messages } = memory()
    let called = 0
    logger.scope({}, () => {
      logger.info('held')
      log.asPino(logger).flush(() => called++)
    })
    expect([called, messages()]).toEqual([1, []])
  })

  test('is the logger of pino-http', async () => {
    const { logger, lines } = memory()
    const watch = pinoHttp({
      logger: log.asPino(logger) as unknown as pino.Logger,
      serializers: { req: ({ method, url }: { method: string; url: string }) => ({ method, url }) },
    })
    const server = await listen((req, res) => {
      watch(req, res)
      req.log.info('in it')
      res.statusCode = req.url === '/bad' ? 500 : 200
      res.end('ok')
    })
    for (const path of ['/good?token=s3cret', '/bad']) {
      await (await fetch(server.url + path, { headers: { authorization: 's3cret' } })).text()
    }
    await server.close()
    expect(lines).toMatchObject([
      {
        level: 'info',
        msg: 'in it',
        fields: { req: { method: 'GET', url: '/good?token=[redacted]' } },
      },
      { level: 'info', msg: 'request completed', fields: { res: { statusCode: 200 } } },
      { level: 'info', msg: 'in it' },
      {
        level: 'info',
        msg: 'request errored',
        fields: { err: { message: 'failed with status code 500' } },
      },
    ])
    expect(JSON.stringify(lines)).not.toContain('s3cret')
  })

  describe('as the loggerInstance of Fastify', () => {
    const { logger, lines } = memory()
    const watch = logger.http()
    const app = fastify({ loggerInstance: log.asPino(logger), disableRequestLogging: true })
    app.addHook('onRequest', (request, reply, done) => watch(request.raw, reply.raw, () => done()))
    app.addHook('onError', (_request, _reply, error, done) => {
      if ((error.statusCode ?? 500) >= 500) log.error(error)
      done()
    })
    app.get('/refused', async () => {
      throw Object.assign(new Error('no'), { statusCode: 400 })
    })
    app.get('/good', async (request) => {
      request.log.info('held')
      return 'ok'
    })
    app.get('/bad', async (request) => {
      request.log.info('held')
      throw new Error('boom')
    })
    afterAll(() => app.close())

    test('request.log writes into the scope of the request', async () => {
      const url = await app.listen({ port: 0, host: '127.0.0.1' })
      lines.length = 0
      await fetch(`${url}/good`).then((response) => response.text())
      await fetch(`${url}/refused`).then((response) => response.text())
      expect(lines).toEqual([])
      await fetch(`${url}/bad?token=s3cret`, { headers: { 'x-request-id': 'r1' } }).then((r) =>
        r.text(),
      )
      const held = lines.find(({ msg }) => msg === 'held')
      expect(held?.fields).toMatchObject({ request_id: 'r1' })
      const failed = lines.find(({ level, fields }) => level === 'error' && fields['err'])
      expect(failed?.fields['err']).toMatchObject({ message: 'boom' })
      expect(JSON.stringify(lines)).not.toContain('s3cret')
    })
  })
})

describe('asNest', () => {
  test('has what Nest calls: context, errors, stacks, objects', () => {
    const { logger, lines } = memory({ level: 'debug' })
    const nest: LoggerService = log.asNest(logger)
    nest.log('started', 'NestFactory')
    nest.log({ id: 7 }, 'Orders')
    nest.warn('no context')
    nest.error(new Error('boom'), 'ExceptionsHandler')
    nest.error('failed', 'Error: boom\n    at x (y.js:1:1)', 'Orders')
    nest.error('failed', undefined, 'Orders')
    nest.debug?.('d', { a: 1 }, 'Orders')
    nest.verbose?.('v')
    nest.fatal?.('f', 'Orders')
    expect(lines.map(({ level, msg, fields: { err, ...fields } }) => [level, msg, fields])).toEqual(
      [
        ['info', 'started', { context: 'NestFactory' }],
        ['info', '', { id: 7, context: 'Orders' }],
        ['warn', 'no context', {}],
        ['error', 'boom', { context: 'ExceptionsHandler' }],
        ['error', 'failed', { context: 'Orders' }],
        ['error', 'failed', { context: 'Orders' }],
        ['debug', 'd', { a: 1, context: 'Orders' }],
        ['debug', 'v', {}],
        ['fatal', 'f', { context: 'Orders' }],
      ],
    )
    expect(lines[3]?.fields['err']).toMatchObject({ message: 'boom' })
    expect(lines[4]?.fields['err']).toMatchObject({ stack: expect.stringContaining('y.js:1:1') })
    expect(lines[5]?.fields['err']).toBeUndefined()
  })

  test('setLogLevels takes the lowest', () => {
    const { logger } = memory()
    const nest = log.asNest(logger)
    nest.setLogLevels(['fatal', 'warn', 'error'])
    expect(logger.level).toBe('warn')
    nest.setLogLevels(['verbose'])
    expect(logger.level).toBe('debug')
    nest.setLogLevels([])
    expect(logger.level).toBe('debug')
  })

  test('in a real application: what Nest and its Logger log', async () => {
    const { logger, lines } = memory()
    class Module {}
    NestModule({})(Module)
    const app = await NestFactory.create(Module, { logger: log.asNest(logger) })
    await app.init()
    new NestLogger('Orders').error('failed', new Error('boom').stack)
    await app.close()
    expect(lines.map(({ fields }) => fields['context'])).toEqual(
      expect.arrayContaining(['NestFactory', 'InstanceLoader', 'Orders']),
    )
    expect(lines.at(-1)).toMatchObject({ level: 'error', msg: 'failed' })
  })
})

describe('asWinston', () => {
  test('has the calls of winston', () => {
    const { logger, lines } = memory({ level: 'debug' })
    const like = log.asWinston(logger)
    like
      .log('error', 'text', { a: 1 })
      .log({ level: 'warn', message: 'object', a: 1 })
      .log('info', 'with a callback', () => {})
    like.info('text', { a: 1 }, { b: 2 })
    like.info({ message: 'only an object', a: 1 })
    like.error(new Error('boom'))
    like.error('failed', new Error('boom'))
    like.log('error', new Error('boom'))
    like.info('%s has %d', 'ann', 3)
    for (const level of ['http', 'verbose', 'debug', 'silly'] as const) like[level](level)
    like.child({ part: 'db' }).warn('child')
    like.log('notice', 'unknown level')
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      ['error', 'text'],
      ['warn', 'object'],
      ['info', 'with a callback'],
      ['info', 'text'],
      ['info', 'only an object'],
      ['error', 'boom'],
      ['error', 'failed'],
      ['error', 'boom'],
      ['info', 'ann has 3'],
      ['debug', 'http'],
      ['debug', 'verbose'],
      ['debug', 'debug'],
      ['debug', 'silly'],
      ['warn', 'child'],
      ['info', 'unknown level'],
    ])
    expect(lines.slice(0, 5).map(({ fields }) => fields)).toEqual([
      { a: 1 },
      { a: 1 },
      {},
      { a: 1, b: 2 },
      { a: 1 },
    ])
    for (const { fields } of lines.slice(5, 8)) {
      expect(fields).toEqual({ err: expect.objectContaining({ message: 'boom' }) })
    }
    expect(lines[13]?.fields).toEqual({ part: 'db' })
  })

  test('keeps message and level of the metadata', () => {
    const { logger, lines } = memory({ level: 'debug' })
    const like = log.asWinston(logger)
    like.info('text', { message: 'more', level: 'gold' })
    like.info('text', { message: { a: 1 } })
    like.error('text', new Error('boom'), { message: 'more' })
    like.log({ level: 'warn', message: 'object' }, { message: 'more', level: 'gold' })
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      ['info', 'text more'],
      ['info', 'text { a: 1 }'],
      ['error', 'text more'],
      ['warn', 'more'],
    ])
    expect(lines[0]?.fields).toEqual({ 'field.level': 'gold' })
  })

  test('has the levels of winston', () => {
    const { logger } = memory()
    const like = log.asWinston(logger)
    expect(like.levels).toEqual(winston.config.npm.levels)
    expect(['info', 'http', 'nope'].map((level) => like.isLevelEnabled(level))).toEqual([
      true,
      false,
      false,
    ])
    like.level = 'silly'
    expect([like.level, logger.level]).toEqual(['debug', 'debug'])
    expect(() => Object.assign(like, { level: 'loud' })).toThrow('level must be one of error, warn')
  })

  test('without a logger finds the one of the scope', () => {
    const { logger, lines } = memory()
    logger.scope({ job: 1 }, () => log.asWinston().warn('in it'))
    expect(lines[0]?.fields).toEqual({ job: 1 })
  })
})
