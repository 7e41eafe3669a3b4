import { Writable } from 'node:stream'
import * as log from '@clew/log'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { text } from './memory.ts'

const secret = 's3cr3t'
const formats = ['json', 'logfmt', 'terminal', 'function'] as const
const asJson = (line: log.Line) => JSON.stringify(line)

/** What a logger writes in a format, as bytes are counted. */
function written(
  format: (typeof formats)[number],
  options: log.LogOptions,
  use: (logger: log.Logger) => void,
): { readonly out: string; readonly logger: log.Logger } {
  process.env['FORCE_COLOR'] = '0'
  const chunks: Buffer[] = []
  const to = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  const outputs = { to, format: format === 'function' ? asJson : format }
  const logger = log.create({ ...options, outputs })
  use(logger)
  logger.flush()
  expect(logger.dropped).toBe(0)
  return { out: Buffer.concat(chunks).toString(), logger }
}

/** The lines of JSON and logfmt; the record of a terminal. */
function linesOf(format: (typeof formats)[number], out: string): string[] {
  expect(out.endsWith('\n')).toBe(true)
  return format === 'terminal'
    ? [out]
    : out
        .slice(0, -1)
        .split('\n')
        .map((line) => `${line}\n`)
}

describe('a line is not longer than maxLineBytes', () => {
  const long = 'x'.repeat(8000)
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`f${n}`, long]))
  const nested = { a: { b: [many, many], c: long }, ok: 1 }
  const failure = Object.assign(new Error(long, { cause: new Error(long) }), { response: nested })
  const cases: [string, (logger: log.Logger) => void][] = [
    ['many fields', (logger) => logger.info('m', { id: 7, ...many })],
    ['a nested value', (logger) => logger.info('m', { id: 7, nested })],
    ['a long message', (logger) => logger.info(`m${long}`, { id: 7, a: long, b: long })],
    ['an error', (logger) => logger.error(failure, 'm', { id: 7, a: long })],
    [
      'what is escaped',
      (logger) =>
        logger.info('m', {
          id: 7,
          a: '\u0001"\n'.repeat(2600),
          b: '\u2028'.repeat(2600),
          c: '"'.repeat(8000),
        }),
    ],
    [
      'other scripts',
      (logger) =>
        logger.info('m', {
          id: 7,
          a: '漢字'.repeat(1300),
          b: '😀'.repeat(2000),
          c: '漢'.repeat(2000),
        }),
    ],
    [
      'long names',
      (logger) =>
        logger.info('m', { id: 7, ['n'.repeat(8000)]: 1, ['o'.repeat(8000)]: long, p: long }),
    ],
    [
      'logger and scope',
      (logger) =>
        logger
          .child({ id: 7, a: long })
          .scope({ b: long }, () => logger.child({ id: 7, c: long }).warn('m', { d: long })),
    ],
  ]
  test.each(cases)('%s', (_name, use) => {
    for (const format of formats) {
      for (const maxLineBytes of [undefined, 1024, 4096]) {
        const most = maxLineBytes ?? 16_384
        const { out, logger } = written(
          format,
          maxLineBytes === undefined ? {} : { maxLineBytes },
          use,
        )
        for (const line of linesOf(format, out)) {
          expect(Buffer.byteLength(line)).toBeLessThanOrEqual(most)
          if (format === 'json' || format === 'function') JSON.parse(line)
        }
        expect(out).toContain('<truncated>')
        expect(out).toMatch(/id"?[=:] ?"?7/)
        // A value alone is bounded by maxValueBytes.
        if (most === 16_384 && logger.truncated === 0) continue
        expect(out).toMatch(/\d{4,} bytes: /)
        expect(logger.truncated).toBeGreaterThanOrEqual(1)
      }
    }
  })

  test('one that has exactly as many bytes is whole; one more is cut, and says what', () => {
    const line = (length: number) => {
      const { logger, read } = text('json', { maxLineBytes: 2048, maxValueBytes: 4096 })
      logger.info('m', { a: 1, body: 'é'.repeat(length) })
      return { line: read(), truncated: logger.truncated }
    }
    const empty = Buffer.byteLength(line(0).line)
    const fits = Math.floor((2048 - empty) / 2)
    expect(line(fits).truncated).toBe(0)
    const { line: cut, truncated } = line(fits + 1)
    expect(truncated).toBe(1)
    expect(JSON.parse(cut)).toMatchObject({
      msg: 'm',
      a: 1,
      body: expect.stringMatching(/^é{500,} \.\.\. <truncated>$/),
      '... <truncated>': `${empty + 2 * (fits + 1)} bytes: body`,
    })
  })

  test('what matters about an error stays', () => {
    const { logger, rows } = text('json', { maxLineBytes: 2048 })
    const cause = Object.assign(new Error('why'), { code: 'E1' })
    logger.error(Object.assign(new Error('boom', { cause }), { body: long, list: [long, long] }))
    expect(rows()[0]).toMatchObject({
      msg: 'boom',
      err: { type: 'Error', message: 'boom', cause: { message: 'why', code: 'E1' } },
    })
  })

  test('a record of OpenTelemetry neither', () => {
    const records: { readonly body: string; readonly attributes: object }[] = []
    const provider = { getLogger: () => ({ emit: (record: never) => void records.push(record) }) }
    const logger = log.create({ outputs: { to: log.otel({ provider: provider as never }) } })
    for (const [, use] of cases) use(logger)
    for (const { body, attributes } of records) {
      expect(Buffer.byteLength(JSON.stringify([body, attributes]))).toBeLessThanOrEqual(16_384)
    }
    expect(logger.truncated).toBeGreaterThanOrEqual(cases.length - 2)
  })

  test('a long record of OpenTelemetry keeps its body, whatever its fields are called', () => {
    const records: { readonly body: string; readonly attributes: object }[] = []
    const provider = { getLogger: () => ({ emit: (record: never) => void records.push(record) }) }
    const logger = log.create({ outputs: { to: log.otel({ provider: provider as never }) } })
    logger.info('the message', {
      '': 'empty',
      long: 'x'.repeat(8000),
      more: 'y'.repeat(8000),
      z: 'z'.repeat(8000),
    })
    expect(records[0]?.body).toBe('the message')
    expect(records[0]?.attributes).toMatchObject({ '': 'empty' })
  })

  test('a smaller bound than 1024 is a mistake', () => {
    expect(() => log.create({ maxLineBytes: 1023 })).toThrow(
      'maxLineBytes must be an integer of at least 1024; received 1023',
    )
  })
})

describe('any value, under any key, in any place, by any rule, in any format, held or not', () => {
  const anyValue = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withNullPrototype: true,
    withSparseArray: true,
    withTypedArray: true,
    withUnicodeString: true,
  })
  const key = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'level',
      'time',
      'msg',
      'err',
      'value',
      'name',
      'message',
      'stack',
      '__proto__',
      'toJSON',
      'hidden2',
    ),
  )
  const rule = fc.constantFrom<log.RedactOptions>(
    { keys: ['hidden'] },
    { keys: ['hidden'], remove: true },
    { keys: ['hidden'], censor: () => 'c' },
    { keys: ['Hidden'], paths: ['*.hidden', 'a.b[*]', 'err.x', '*.*.y'] },
  )
  // Where the secret is, which some rule hides, among whatever else.
  const holder = fc.constantFrom<(value: unknown) => unknown>(
    (value) => ({ hidden: secret, value }),
    (value) => ({ value, password: { deep: [secret] } }),
    (value) =>
      new Map<unknown, unknown>([
        ['hidden', secret],
        ['v', value],
      ]),
    (value) => [
      ['hidden', secret],
      ['v', value],
    ],
    (value) => new Proxy({ value, hidden: secret }, {}),
    (value) => Object.assign(new Error(`https://h/?token=${secret}`), { value, hidden: secret }),
    (value) => `{"hidden":"${secret}","v":"${String(typeof value)}"}`,
    () => `/x?next=%2Fcb%3Ftoken%3D${secret}`,
    (value) => ({ toJSON: () => ({ hidden: secret, value }) }),
  )
  const place = fc.constantFrom<(logger: log.Logger, key: string, value: unknown) => void>(
    (logger, name, value) => logger.info('m', { [name]: value }),
    (logger, _name, value) => logger.info('m', value as log.Fields),
    (logger, name, value) => logger.info('m', { a: { [name]: [value] } }),
    (logger, name, value) => logger.error(Object.assign(new Error('x'), { [`${name} `]: value })),
    (logger, _name, value) => logger.error(new Error('x', { cause: value })),
    (logger, _name, value) => logger.error(value),
    (logger, name, value) => logger.child({ [name]: value }).warn('m'),
    (logger, name, value) => logger.set({ [name]: value }),
    (logger, _name, value) => log.asPino(logger).info(value),
    (logger, _name, value) => log.asWinston(logger).info('m', value),
    (logger, _name, value) => log.asConsole(logger).info('m', value),
  )

  test.each(formats)(
    '%s: never the secret, always one line that parses, never longer',
    (format) => {
      fc.assert(
        fc.property(
          key,
          anyValue,
          rule,
          holder,
          place,
          fc.boolean(),
          fc.boolean(),
          (name, value, redact, hold, put, waits, isLong) => {
            const held = hold(isLong ? [value, 'x'.repeat(5000)] : value)
            const { out } = written(format, { redact, maxLineBytes: 2048 }, (logger) => {
              if (!waits) put(logger, name, held)
              logger.scope({}, () => {
                if (waits) put(logger, name, held)
                logger.flush()
              })
            })
            expect(out).not.toContain(secret)
            if (format === 'terminal') return
            for (const line of linesOf(format, out)) {
              expect(Buffer.byteLength(line)).toBeLessThanOrEqual(2048)
              if (format === 'logfmt') expect(line).toMatch(/^time=\S+ level=\w+ msg=/)
              else expect(typeof JSON.parse(line)).toBe('object')
            }
          },
        ),
        { numRuns: 300 },
      )
    },
  )
})
