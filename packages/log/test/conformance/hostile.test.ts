import { readFileSync, writeFileSync } from 'node:fs'
import { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import * as log from '@clew/log'
import { afterAll, expect, test } from '@jest/globals'
import * as logtape from '@logtape/logtape'
import { pino } from 'pino'
import winston from 'winston'

// The table in docs/guarantees.md is what these loggers do here and now: `UPDATE=1` writes it again.
const page = fileURLToPath(new URL('../../docs/guarantees.md', import.meta.url))

const cycle: Record<string, unknown> = { a: 1 }
cycle['self'] = cycle
const withCause = new Error('outer', { cause: new TypeError('inner') })
const revoked = Proxy.revocable({}, {})
revoked.revoke()

/** Fields, in the words of the table. */
const hostile: readonly (readonly [string, () => Record<string, unknown>])[] = [
  ['`10n`', () => ({ v: 10n })],
  ['`NaN`', () => ({ v: Number.NaN })],
  ['`undefined` in a list', () => ({ v: [undefined] })],
  ['`Symbol("s")`', () => ({ v: Symbol('s') })],
  ['a function', () => ({ v: function f() {} })],
  ['an invalid Date', () => ({ v: new Date(Number.NaN) })],
  ['`/x/g`', () => ({ v: /x/g })],
  ['a Map', () => ({ v: new Map([['a', 1]]) })],
  ['a Set', () => ({ v: new Set([1]) })],
  ['a Buffer', () => ({ v: Buffer.from('hi') })],
  ['a Uint8Array', () => ({ v: new Uint8Array([1]) })],
  ['an ArrayBuffer', () => ({ v: new ArrayBuffer(2) })],
  ['a Promise', () => ({ v: Promise.resolve(1) })],
  ['a cycle', () => ({ v: cycle })],
  ['an Error', () => ({ v: new Error('boom') })],
  ['an Error with a cause', () => ({ v: withCause })],
  ['an AggregateError', () => ({ v: new AggregateError([new Error('one')], 'all') })],
  ['an Error in a list', () => ({ v: [new Error('boom')] })],
  [
    'a getter that throws',
    () => ({
      v: {
        get g() {
          throw new Error('no')
        },
      },
    }),
  ],
  [
    'a `toJSON` that throws',
    () => ({
      v: {
        toJSON() {
          throw new Error('no')
        },
      },
    }),
  ],
  ['a revoked Proxy', () => ({ v: revoked.proxy })],
  ['a null prototype', () => ({ v: Object.assign(Object.create(null), { a: 1 }) })],
  ['key `__proto__`', () => ({ v: JSON.parse('{"__proto__":{"a":1}}') as unknown })],
  ['a lone surrogate', () => ({ v: '\ud800' })],
  ['a line break', () => ({ v: 'a\nb\u2028c' })],
  ['an escape sequence', () => ({ v: '\u001b[2J\u009b2J' })],
  ['a password', () => ({ v: { password: 'hunter2' } })],
  ['a secret', () => ({ v: { [Symbol.for('@clew/secret/v1')]: true, value: 's3cret' } })],
  ['100 levels deep', () => ({ v: JSON.parse('['.repeat(100) + ']'.repeat(100)) as unknown })],
  ['a field `level: "x"`', () => ({ v: 1, level: 'x' })],
]

type Write = (fields: Record<string, unknown>) => void
const out: string[] = []
const sink = () =>
  new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      out.push(String(chunk))
      done()
    },
  })

const ours = log.create({ outputs: { to: sink(), format: 'json' } })
const pinoLogger = pino({ base: null }, { write: (line: string) => void out.push(line) })
const winstonLogger = winston.createLogger({
  format: winston.format.json(),
  transports: [new winston.transports.Stream({ stream: sink() })],
})
const jsonLines = logtape.getJsonLinesFormatter()
await logtape.configure({
  reset: true,
  sinks: { out: (record) => void out.push(jsonLines(record)) },
  loggers: [
    { category: ['logtape', 'meta'], sinks: [] },
    { category: 'hostile', sinks: ['out'] },
  ],
})
afterAll(() => logtape.reset())
const tape = logtape.getLogger('hostile')

const loggers: readonly (readonly [string, Write])[] = [
  [
    '@clew/log',
    (fields) => {
      ours.info('m', fields)
      ours.flush()
    },
  ],
  ['pino', (fields) => pinoLogger.info(fields, 'm')],
  ['winston', (fields) => void winstonLogger.info('m', fields)],
  ['LogTape', (fields) => tape.info('m', fields)],
]

/** What became of a value: the field as it is in the line, or what went wrong. */
function outcome(write: Write, make: () => Record<string, unknown>): string {
  out.length = 0
  try {
    write(make())
  } catch (error) {
    return `**throws** ${(error as Error).message.split('\n')[0]}`
  }
  const line = out.join('')
  if (line === '') return '**no line**'
  let row: Record<string, unknown>
  try {
    row = JSON.parse(line) as Record<string, unknown>
  } catch {
    return '**not JSON**'
  }
  const unsafe = /[\u007f-\u009f\u2028\u2029]/.test(line) ? ' **raw**' : ''
  const twice = row['properties'] === undefined && line.split('"level":').length > 2
  const forged = twice || row['level'] === 'x'
  const fields = (row['properties'] ?? row) as Record<string, unknown>
  return (forged ? '**forged** ' : '') + shown(fields['v']) + unsafe
}

function shown(value: unknown): string {
  if (value === undefined) return '*left out*'
  const text = JSON.stringify(value, (key, part: unknown) => (key === 'stack' ? '…' : part))
    .replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replaceAll('\\u2026', '…')
    .replaceAll('|', '\\|')
  return `\`${text.length > 72 ? `${text.slice(0, 70)} …` : text}\``
}

test('the table in docs/guarantees.md is what the four loggers do', () => {
  const table = [
    `| value | ${loggers.map(([name]) => name).join(' | ')} |`,
    `|---|${loggers.map(() => '---|').join('')}`,
    ...hostile.map(
      ([name, make]) =>
        `| ${name} | ${loggers.map(([, write]) => outcome(write, make)).join(' | ')} |`,
    ),
  ].join('\n')
  const between = /(<!-- hostile -->\n)[\s\S]*?(<!-- \/hostile -->)/
  const text = readFileSync(page, 'utf8')
  if (process.env['UPDATE'])
    writeFileSync(
      page,
      text.replace(between, (_, a, b) => `${a}${table}\n${b}`),
    )
  else expect(between.exec(text)?.[0]).toBe(`<!-- hostile -->\n${table}\n<!-- /hostile -->`)
  const own = table.split('\n').map((row) => row.split(' | ')[1])
  expect(own.join()).not.toMatch(/\*\*/)
})
