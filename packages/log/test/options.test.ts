import * as log from '@clew/log'
import { describe, expect, test } from '@jest/globals'

const list = (names: string) => `an object with ${names}`
const outputs = list('to, format, level, maxBufferBytes, reopenOn')
const redact = list('keys, paths, credentials')
const to = '/dev/null'

test.each<[unknown, string]>([
  [
    { lvl: 'debug' },
    `options must be ${list('level, fields, outputs, hold, redact, generate, names, caller, maxValueBytes, maxDepth, maxFields')}, not "lvl"`,
  ],
  [null, 'null'],
  [{ outputs: 'app.log' }, `outputs must be ${outputs}, not "app.log"`],
  [{ outputs: null }, `outputs must be ${outputs}, not null`],
  [{ outputs: { path: 'x' } }, `outputs must be ${outputs}, not "path"`],
  [{ outputs: [undefined] }, 'outputs must be an object or a list of objects, not undefined'],
  [
    { outputs: { to, reopenOn: 'SIGKILL' } },
    'output.reopenOn must be the name of a signal that can be handled, such as SIGHUP, not "SIGKILL"',
  ],
  [{ outputs: { to, reopenOn: 'SIGFOO' } }, '"SIGFOO"'],
  [
    { outputs: { maxBufferBytes: Number.POSITIVE_INFINITY } },
    'output.maxBufferBytes must be a number, 16384 or more, not Infinity',
  ],
  [{ fields: 'orders' }, 'fields must be an object, not "orders"'],
  [{ fields: ['orders'] }, 'fields must be an object, not an array'],
  [{ hold: true }, 'hold must be an object with'],
  [{ hold: { maxLine: 3 } }, 'not "maxLine"'],
  [{ hold: { debug: 'no' } }, 'hold.debug must be true or false, not "no"'],
  [{ hold: { releaseWhenSampled: 1 } }, 'hold.releaseWhenSampled must be true or false, not 1'],
  [
    { hold: { maxBytes: Number.POSITIVE_INFINITY } },
    'hold.maxBytes must be a number, 1 or more, not Infinity',
  ],
  [{ caller: 'yes' }, 'caller must be true or false, not "yes"'],
  [{ generate: null }, 'generate must be a function, not null'],
  [{ maxDepth: Number.POSITIVE_INFINITY }, 'maxDepth must be a number, 1 or more, not Infinity'],
  [{ maxFields: '5' }, 'maxFields must be a number, 1 or more, not "5"'],
  [{ redact: ['user.card'] }, `redact must be ${redact}, not an array`],
  [{ redact: true }, `redact must be ${redact}, not true`],
  [{ redact: { path: ['a'] } }, `redact must be ${redact}, not "path"`],
  [{ redact: { keys: 'iban' } }, 'redact.keys must be a list of texts, not "iban"'],
  [{ redact: { keys: [1] } }, 'redact.keys must be a list of texts, not 1'],
  [{ redact: { keys: ['-'] } }, 'redact.keys must be a list of names, not ""'],
  [{ redact: { paths: 'iban' } }, 'redact.paths must be a list of texts, not "iban"'],
  [{ redact: { credentials: 'no' } }, 'redact.credentials must be true or false, not "no"'],
])('create(%j) is a mistake', (options, message) => {
  expect(() => log.create(options as log.LogOptions)).toThrow(
    expect.objectContaining({
      name: 'TypeError',
      code: 'ERR_LOG_OPTION',
      message: expect.stringContaining(message),
    }),
  )
})

describe.each(['http', 'client'] as const)('%s', (name) => {
  const logger = log.create({ outputs: [] })
  const cases: Record<typeof name, [object, string][]> = {
    http: [
      [{ nope: 1 }, 'not "nope"'],
      [{ requestId: 'yes' }, 'requestId must be true, false or a function, not "yes"'],
      [{ start: 'no' }, 'start must be true or false, not "no"'],
      [{ always: 1 }, 'always must be true or false, not 1'],
    ],
    client: [
      [{ nope: 1 }, 'not "nope"'],
      [{ maxErrorBodyBytes: Number.POSITIVE_INFINITY }, 'maxErrorBodyBytes must be'],
    ],
  }
  test.each(cases[name])('%j is a mistake', (options, message) => {
    expect(() => logger[name](options)).toThrow(message)
  })
})
