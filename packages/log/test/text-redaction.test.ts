import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { memory, text } from './memory.ts'

/** A text as a message, as a field, and in the message and stack of an error. */
function shownAs(given: string, redact = {}): string[] {
  const { logger, lines } = memory({ redact })
  logger.info(given, { value: given, nested: [{ value: given }] })
  logger.error(new Error(given))
  const [first, second] = lines
  const err = second?.fields['err'] as Record<string, string>
  const stack = String(err['stack'])
  const fields = first?.fields as { value: string; nested: { value: string }[] }
  return [
    String(first?.msg),
    fields.value,
    String(fields.nested[0]?.value),
    String(second?.msg),
    String(err['message']),
    stack.slice('Error: '.length, stack.indexOf('\n    at ')),
  ]
}

describe('credentials in longer texts', () => {
  test.each([
    ['fetch https://h/?token=s3cret failed', 'fetch https://h/?token=[redacted] failed'],
    ['(https://h/?a=1&token=s3cret#x)', '(https://h/?a=1&token=[redacted]#x)'],
    ['see "https://h/?code=s3cret" there', 'see "https://h/?code=[redacted]" there'],
    ['a=1;token=s3cret', 'a=1;token=[redacted]'],
    ['a=1; token=s3cret; b=2', 'a=1; token=[redacted]; b=2'],
    ['Server=db;Password=s3cret, s3cret;Database=x', 'Server=db;Password=[redacted];Database=x'],
    ['token=s3cret&a=1', 'token=[redacted]&a=1'],
    ['code=s3cret&grant_type=authorization_code', 'code=[redacted]&grant_type=authorization_code'],
    ['exit code=5, key=a, postcode=1', 'exit code=5, key=a, postcode=1'],
    ['body: a=1&client_secret=s3cret&b=2', 'body: a=1&client_secret=[redacted]&b=2'],
    ['user[password]=s3cret&b=1', 'user[password]=[redacted]&b=1'],
    ['password = "s3cret s3cret" # x', 'password = "[redacted]" # x'],
    ["password => 's3cret', a => 1", "password => '[redacted]', a => 1"],
    ['{"a":1,"token":"s3cret","b":2}', '{"a":1,"token":"[redacted]","b":2}'],
    ['{"token" : "s3\\"cret", "b": 2}', '{"token" : "[redacted]", "b": 2}'],
    ['{"tokens":["s3cret","s3cret"],"b":2}', '{"tokens":[redacted],"b":2}'],
    ['{"tokens":12,"pin":{"password":12}}', '{"tokens":12,"pin":{"password":[redacted]}}'],
    [
      '{"body":"{\\"token\\":\\"s3cret\\",\\"b\\":2}"}',
      '{"body":"{\\"token\\":\\"[redacted]\\",\\"b\\":2}"}',
    ],
    [
      '{"body":"{\\"b\\":\\"{\\\\\\"token\\\\\\":\\\\\\"s3cret\\\\\\"}\\"}"}',
      '{"body":"{\\"b\\":\\"{\\\\\\"token\\\\\\":\\\\\\"[redacted]\\\\\\"}\\"}"}',
    ],
    ['{"body":"a=1&token=s3cret","b":2}', '{"body":"a=1&token=[redacted]","b":2}'],
    ["{ token: 's3cret', b: 2 }", "{ token: '[redacted]', b: 2 }"],
    ['{"headers":[["authorization","s3cret"]', '{"headers":[["authorization","[redacted]"]'],
    ['["a","b","x-api-key","s3cret"]', '["a","b","x-api-key","[redacted]"]'],
    ['["a","token","x"]', '["a","token","x"]'],
    ['["tokens","12"]', '["tokens","12"]'],
    [
      "[ 'authorization', 's3cret', ... 4 more items ]",
      "[ 'authorization', '[redacted]', ... 4 more items ]",
    ],
    ["rawHeaders: [\n  'cookie',\n  's3cret'\n]", 'rawHeaders: [redacted]'],
    ["raw: [\n  'cookie',\n  's3cret'\n]", "raw: [\n  'cookie',\n  '[redacted]'\n]"],
    [
      '{"body":"[[\\"authorization\\",\\"s3cret\\"],[\\"a\\",\\"b\\"]]"}',
      '{"body":"[[\\"authorization\\",\\"[redacted]\\"],[\\"a\\",\\"b\\"]]"}',
    ],
    ['{"name":"authorization","value":"s3cret"}', '{"name":"authorization","value":"[redacted]"}'],
    ['{"value":"s3cret","name":"password"}', '{"value":"[redacted]","name":"password"}'],
    ["{ key: 'x-api-key', value: 's3cret' }", "{ key: 'x-api-key', value: '[redacted]' }"],
    ['{"name":"amount","value":"s3"}', '{"name":"amount","value":"s3"}'],
    [
      '"{\\"header\\":\\"cookie\\",\\"value\\":\\"s3cret\\"}"',
      '"{\\"header\\":\\"cookie\\",\\"value\\":\\"[redacted]\\"}"',
    ],
    [
      'GET / HTTP/1.1\r\nAuthorization: Bearer s3cret\r\nA: b',
      'GET / HTTP/1.1\r\nAuthorization: [redacted]\r\nA: b',
    ],
    ["curl -H 'Cookie: a=s3cret; b=s3cret' https://h", "curl -H 'Cookie: [redacted]' https://h"],
    ['authorization=Bearer s3cret', 'authorization=[redacted]'],
    ['bad password: s3cret', 'bad password: [redacted]'],
    ['invalid token: eyJhbGci of ann', 'invalid token: [redacted] of ann'],
    ['/cb?next=%2Fcb%3Ftoken%3Ds3cret', '/cb?next=%2Fcb%3Ftoken%3D[redacted]'],
    [
      'to /cb?next=%2Fcb%3Ftoken%3Ds3cret%26a%3D1&b=2',
      'to /cb?next=%2Fcb%3Ftoken%3D[redacted]%26a%3D1&b=2',
    ],
    ['x %252Fcb%253Ftoken%253Ds3cret y', 'x %252Fcb%253Ftoken%253D[redacted] y'],
    ['?state=%7B%22token%22%3A%22s3cret%22%7D', '?state=%7B%22token%22%3A%22[redacted]%22%7D'],
    ['?u=https%3A%2F%2Fann%3As3cret%40h%2F', '?u=https%3A%2F%2F[redacted]%40h%2F'],
    ['amqp://u:s3c/ret@h/x', 'amqp://[redacted]@h/x'],
    ['postgres://app:12#34s3cret@db/orders', 'postgres://[redacted]@db/orders'],
    [
      'form-data; name="password"\r\n\r\ns3cret\r\n--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1',
      'form-data; name="password"\r\n\r\n[redacted]\r\n--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1',
    ],
  ])('%s', (given, expected) => {
    for (const shown of shownAs(given)) expect(shown).toBe(expected)
  })

  test.each([
    ['jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.s3cret-_ expired', 'jwt [redacted] expired'],
    ['(eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.)', '([redacted])'],
    ['eyJhbGciOiJkaXIifQ..s3cret.s3cret.s3cret', '[redacted]'],
    ['/cb/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.s3cret?a=1', '/cb/[redacted]?a=1'],
    ['got Bearer s3cret-s3cret here', 'got Bearer [redacted] here'],
    ['Basic YWxpY2U6czNjcmV0', 'Basic [redacted]'],
    [
      'bad credentials "basic YWxpY2U6czNjcmV0==", sorry',
      'bad credentials "basic [redacted]", sorry',
    ],
    [
      'key -----BEGIN PRIVATE KEY-----\ns3cret\ns3cret\n-----END PRIVATE KEY----- read',
      'key -----BEGIN PRIVATE KEY-----[redacted]-----END PRIVATE KEY----- read',
    ],
    ['-----BEGIN RSA PRIVATE KEY-----\ns3cret', '-----BEGIN RSA PRIVATE KEY-----[redacted]'],
    [
      '-----BEGIN PGP PRIVATE KEY BLOCK-----\ns3cret',
      '-----BEGIN PGP PRIVATE KEY BLOCK-----[redacted]',
    ],
    ['mysql --password s3cret -h db', 'mysql --password [redacted] -h db'],
    ['run --api-key "s3cret s3cret" --verbose', 'run --api-key "[redacted]" --verbose'],
    ['<db><password>s3cret</password></db>', '<db><password>[redacted]</password></db>'],
    [
      '<soap:Header><wsse:Password Type="x">s3cret</wsse:Password>',
      '<soap:Header><wsse:Password Type="x">[redacted]</wsse:Password>',
    ],
    ["ALTER USER ann WITH PASSWORD 's3cret'", "ALTER USER ann WITH PASSWORD '[redacted]'"],
  ])('known by its looks: %s', (given, expected) => {
    for (const shown of shownAs(given)) expect(shown).toBe(expected)
  })

  test('looks are not looked at where the names of credentials are not', () => {
    for (const given of [
      'Bearer s3cret-s3cret',
      '--password s3cret',
      '<password>s3cret</password>',
    ]) {
      for (const shown of shownAs(given, { credentials: false })) expect(shown).toBe(given)
    }
  })

  test.each([
    'TokenExpiredError: jwt expired',
    'TypeError: password must have 8 characters',
    'invalid password: must have 8 characters',
    'PasswordTooShortError: too short',
    'connect ECONNREFUSED auth:8080',
    'at verify (/srv/src/auth/token.ts:12:5)',
    'at token.ts:12:5',
    'Unexpected token } in JSON at position 5',
    'max_tokens=512, tokens=12',
    'at 12:30:05, a:b, x=1, 100%',
    'https://example.com:8080/a@b?page=2',
    'http://localhost:3000/#/@user/',
    'mail ann@example.com: a = b',
    'C:\\token\\a.txt',
    'next=%2Forders%3Fpage%3D2',
    '50%3 of =x',
    'Bearer authentication is required: Basic access',
    'BEARER AUTHENTICATION',
    'eyJust.some.words',
    'Unexpected token \'}\', "{}}" is not valid JSON',
    'unknown option --password',
    'use --password or --token-file',
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
    '<a href="/tokens">tokens</a> <token/> a < b',
    'the password "must" be long',
  ])('%s is left as it is', (given) => {
    for (const shown of shownAs(given)) expect(shown).toBe(given)
  })

  test('keys of ours are hidden in them, in a key too', () => {
    const redact = { keys: ['iban'] }
    for (const shown of shownAs('/x?iban=s3cret&b=1 {"iban":"s3cret"}', redact)) {
      expect(shown).not.toContain('s3cret')
    }
    const { logger, read } = text('json', { redact })
    logger.info('m', { 'https://u:s3cret@h': 1, a: { '?token=s3cret': 1 }, '/x?iban=s3cret': 2 })
    expect(read()).not.toContain('s3cret')
    expect(read()).toContain('"https://[redacted]@h":1')
  })

  test('whatever surrounds them, in linear time', () => {
    const { logger, lines } = memory({ maxValueBytes: 1_000_000 })
    for (const unit of [
      '=',
      ':',
      '%3D',
      '"',
      '\\',
      '\\"',
      'token=',
      '"token":[',
      'token:',
      '://',
      '%25',
      "'",
      '{',
      'form-data; name="password"',
      'a.',
      ' ',
      '?&',
      '"token":"\\',
      'eyJ',
      '-eyJhbGciOi',
      'eyJhbGciOi.',
      'Bearer ',
      '--',
      '--password ',
      '<password',
      '<password>',
      '-----BEGIN PRIVATE KEY-----',
      "password '",
    ]) {
      logger.info('m', { a: unit.repeat(Math.ceil(300_000 / unit.length)) })
    }
    expect(lines).toHaveLength(28)
  })

  test('in any text: never the value behind the name, whatever is around it', () => {
    const noise = fc.string({
      unit: fc.constantFrom(
        ' ',
        '&',
        ';',
        '"',
        "'",
        '{',
        '}',
        ':',
        '=',
        '%',
        '2',
        '\\',
        'n',
        '\n',
        '?',
        '/',
        'x',
        ',',
        '[',
        ']',
      ),
    })
    const forms = [
      (name: string) => `?${name}=s3cret`,
      (name: string) => `;${name}=s3cret`,
      (name: string) => ` ${name}=s3cret`,
      (name: string) => `{"${name}":"s3cret"}`,
      (name: string) => `{\\"${name}\\":\\"s3cret\\"}`,
      (name: string) => `?u=${encodeURIComponent(`/x?${name}=s3cret`)}`,
      (name: string) => `\n${name}: s3cret`,
    ]
    fc.assert(
      fc.property(
        noise,
        fc.constantFrom(...forms),
        fc.constantFrom('token', 'api_key', 'newPassword', 'x-auth'),
        noise,
        (before, form, name, after) => {
          const { logger, lines } = memory()
          logger.info(`${before} ${form(name)} ${after}`)
          expect(lines[0]?.msg).not.toContain('s3cret')
        },
      ),
      { numRuns: 2000 },
    )
  })
})
