import * as config from '@clew/config'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { z } from 'zod'
import { parseEnvFile } from '../../src/sources/env-file.ts'
import { thrown } from '../support.ts'

const spec = {
  httpAddr: config.address({ default: ':8080' }).describe('Where the service listens.'),
  db: {
    url: config
      .url({ protocols: ['postgres:'] })
      .secret()
      .describe('The database | of *orders*.'),
  },
  level: config.oneOf(['info', 'a|b'], { default: 'a|b' }),
  verbose: config.boolean({ default: false }),
  limit: config.number().optional(),
  token: config.string({ default: 'hunter2' }),
  key: config.string({ default: 'hunter2' }).secret(),
  port: config.integer({ name: 'PORT' }),
}

describe('markdown', () => {
  test('a table', () => {
    expect(config.markdown(spec, { prefix: 'APP' })).toBe(
      [
        '| Variable | Takes | Default | Meaning |',
        '| --- | --- | --- | --- |',
        '| `APP_HTTP_ADDR` | an address such as :8080, 127.0.0.1:8080, \\[::1\\]:8080 or unix:/run/app.sock | `:8080` | Where the service listens. |',
        '| `APP_DB_URL` | a URL that starts with postgres:// | **required** | The database \\| of \\*orders\\*. Secret; `APP_DB_URL_FILE` may name a file that contains it. |',
        '| `APP_LEVEL` | info or a\\|b | `a\\|b` |  |',
        '| `APP_VERBOSE` | true or false | `false` |  |',
        '| `APP_LIMIT` | a number | – |  |',
        '| `APP_TOKEN` | a string | not shown |  |',
        '| `APP_KEY` | a string | not shown | Secret; `APP_KEY_FILE` may name a file that contains it. |',
        '| `PORT` | an integer | **required** |  |',
        '',
      ].join('\n'),
    )
  })

  test('backticks in a default', () => {
    expect(config.markdown({ a: config.string({ default: '`x``' }) })).toContain('| ``` `x`` ``` |')
  })
})

describe('.env.example', () => {
  test('required ones empty, others as comments', () => {
    expect(config.envExample({ httpAddr: spec.httpAddr, db: spec.db, limit: spec.limit })).toBe(
      `# Where the service listens.
# Default below: an address such as :8080, 127.0.0.1:8080, [::1]:8080 or unix:/run/app.sock
# HTTP_ADDR=:8080

# The database | of *orders*.
# Required, secret (or DB_URL_FILE): a URL that starts with postgres://
DB_URL=

# Optional: a number
# LIMIT=
`,
    )
  })

  test('any default is read back from it', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')),
        (value) => {
          const text = config.envExample({ value: config.string({ default: value }) })
          const { values, problems } = parseEnvFile(text.replace(/^# VALUE=/m, 'VALUE='))
          expect(problems).toEqual([])
          expect(values.get('VALUE')?.value).toBe(value)
        },
      ),
    )
  })
})

describe('JSON Schema', () => {
  test('an object of texts', () => {
    const schema = config.jsonSchema({
      db: spec.db,
      level: spec.level,
      port: config.integer({ min: 1 }),
    })
    expect(schema).toEqual({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: {
        DB_URL: {
          type: 'string',
          format: 'uri',
          pattern: '^([pP][oO][sS][tT][gG][rR][eE][sS]:)',
          description: 'The database | of *orders*. Takes a URL that starts with postgres://.',
          writeOnly: true,
        },
        DB_URL_FILE: { type: 'string', description: 'The path of a file that contains DB_URL.' },
        LEVEL: {
          type: 'string',
          enum: ['info', 'a|b', 'INFO', 'Info', 'A|B', 'A|b'],
          description: 'Takes info or a|b.',
          default: 'a|b',
        },
        PORT: {
          type: 'string',
          pattern: '^-?(?:0|[1-9][0-9]*)$',
          description: 'Takes an integer, at least 1.',
        },
      },
      allOf: [
        { anyOf: [{ required: ['DB_URL'] }, { required: ['DB_URL_FILE'] }] },
        { required: ['PORT'] },
      ],
    })
  })
})

describe('help', () => {
  test('options and variables', () => {
    expect(config.help({ httpAddr: spec.httpAddr, verbose: spec.verbose, db: spec.db })).toBe(
      `Options, each with its environment variable:

  --http-addr <address>, HTTP_ADDR
      Where the service listens. Takes an address such as :8080, 127.0.0.1:8080, [::1]:8080 or unix:/run/app.sock. Default: :8080

  --[no-]verbose, VERBOSE
      Takes true or false. Default: false

Secrets, read from the environment only:

  DB_URL
      The database | of *orders*. Takes a URL that starts with postgres://. Required.
      Or DB_URL_FILE: the path of a file that contains it.

  -h, --help
      Print this help.
`,
    )
  })
})

const documents = (declared: config.Spec) =>
  [
    config.markdown(declared),
    config.envExample(declared),
    config.help(declared),
    JSON.stringify(config.jsonSchema(declared)),
  ] as const

describe('a default that is not shown', () => {
  test.each<[string, config.Kind<unknown>]>([
    ['of a secret', config.string({ default: 'hunter2' }).secret()],
    ['of a name', config.string({ default: 'hunter2', name: 'API_TOKEN' })],
    ['with a user', config.url({ default: 'postgres://app:hunter2@localhost/db' })],
    ['with a query', config.url({ default: 'postgres://localhost/db?sslpassword=hunter2' })],
    ['with a password', config.string({ default: 'host=h password=hunter2' })],
    ['of JSON', config.json({ default: { a: 'hunter2' } })],
    ['of JSON of a schema', config.schema(z.any(), { json: true, default: { a: 'hunter2' } })],
    ['in a list', config.list(config.url(), { default: 'http://b,http://a:hunter2@h' })],
    ['in a list of JSON', config.list(config.json(), { default: '"hunter2"' })],
    ['that is no text', config.schema(z.any(), { default: { a: 'hunter2' } })],
    ['that is a date', config.schema(z.coerce.date(), { default: new Date(0) })],
  ])('%s', (_, kind) => {
    const [table, example, text, schema] = documents({ value: kind })
    expect([table, example, text, schema].join()).not.toMatch(/hunter2|1970/)
    expect(table).toContain(' | not shown | ')
    expect(example).toMatch(/^# Has a default that is not shown[\s\S]*\n# [A-Z_]+=\n$/)
    expect(text).toContain(' Has a default that is not shown.')
    expect(schema).not.toContain('"default"')
  })
})

test('each line of a declaration is one line of a document', () => {
  const [table, example, text] = documents({
    value: config.oneOf(['x\ny', '\u001b[2J'], { default: 'x\ny' }).describe('a\n\u202eb'),
    path: config.string({ default: 'C:\\dir\\new' }),
  })
  expect(table).toContain('| `VALUE` | x\\\\ny or \\\\u001b\\[2J | `x\\ny` | a \\\\u202eb |\n')
  expect(table).toContain('| `C:\\dir\\new` |')
  expect(example).toContain('# Default below: x\\ny or \\u001b[2J\n')
  expect(text).toContain('Takes x\\ny or \\u001b[2J. Default: x\\ny\n')
  expect(text).toContain('Default: C:\\dir\\new\n')
})

test('the default of a schema that is a scalar is what the environment would say', () => {
  const spec = {
    n: config.schema(z.coerce.number(), { default: 5 }),
    f: config.schema(z.stringbool(), { default: 'no' }),
  }
  expect(config.envExample(spec)).toMatch(/# N=5\n[\s\S]*# F=no\n/)
})

test('a pattern that JSON Schema would refuse is not in it', () => {
  const patternOf = (source: string, flags?: string) => {
    const pattern = new RegExp(source, flags)
    const { properties } = config.jsonSchema({ value: config.string({ pattern }) })
    return (properties as { VALUE: { pattern?: string } }).VALUE.pattern
  }
  expect(patternOf('^[^@]+\\@x\\-y$')).toBeUndefined()
  expect(patternOf('^a$', 'i')).toBeUndefined()
  expect(patternOf('^[^@]+$')).toBe('^[^@]+$')
})

test('a file is named where it is read', () => {
  const [table, example, text, schema] = documents({
    cert: config.string().fromFile(),
    key: config.string().secret().fromFile(false),
    host: config.string({ default: 'h' }),
  })
  expect(table).toContain(
    '| `CERT` | a string | **required** | `CERT_FILE` may name a file that contains it. |',
  )
  expect(table).toContain('| `KEY` | a string | **required** | Secret. |')
  expect(example).toContain('# Required (or CERT_FILE): a string\nCERT=\n')
  expect(example).toContain('# Required, secret: a string\nKEY=\n')
  expect(text).toContain('Or CERT_FILE: the path of a file that contains it.')
  expect(schema).toContain('{"anyOf":[{"required":["CERT"]},{"required":["CERT_FILE"]}]}')
  expect([table, example, text, schema].join()).not.toMatch(/KEY_FILE|HOST_FILE/)
})

test('a file that is a variable of its own is not the file of another one', () => {
  const [table, example, text, schema] = documents({
    cert: config.string().secret(),
    certFile: config.string(),
  })
  expect(table).toContain('| `CERT` | a string | **required** | Secret. |')
  expect(example).toContain('# Required, secret: a string\nCERT=')
  expect(text).not.toContain('the path of a file that contains it')
  expect(schema).toContain('"allOf":[{"required":["CERT"]}')
})

test.each([config.markdown, config.envExample, config.jsonSchema, config.help])(
  '$name refuses an option that does not exist',
  (document) => {
    const load = () => document({ a: config.string() }, { prefx: 'APP' } as never)
    expect(thrown(load)).toMatchObject({
      code: 'ERR_CONFIG_OPTION',
      message: `config.${document.name}: unknown option "prefx"; the options are prefix`,
    })
  },
)
