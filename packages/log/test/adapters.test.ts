import * as log from '@clew/log'
import { afterAll, describe, expect, test } from '@jest/globals'
import { DiagLogLevel, diag } from '@opentelemetry/api'
import fastify from 'fastify'
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

  describe('as the loggerInstance of Fastify', () => {
    const { logger, lines } = memory()
    const watch = logger.http()
    const app = fastify({ loggerInstance: log.asPino(logger) })
    app.addHook('onRequest', (request, reply, done) => watch(request.raw, reply.raw, () => done()))
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
      expect(lines.filter(({ msg }) => msg === 'held')).toEqual([])
      lines.length = 0
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
