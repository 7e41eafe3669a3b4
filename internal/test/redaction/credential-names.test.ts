import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  isCredentialField,
  isCredentialParameter,
  isCredentialVariable,
  isNumberOf,
  normalizedName,
} from '../../src/redaction/credential-names.ts'

test.each([
  ['AWS_SECRET_ACCESS_KEY', 'awssecretaccesskey'],
  ['x-amz-security-token', 'xamzsecuritytoken'],
  ['user.password', 'userpassword'],
  ['api key\t', 'apikey'],
])('the normalized form of %j is %s', (name, normalized) => {
  expect(normalizedName(name)).toBe(normalized)
})

describe('a field of a log line', () => {
  test.each([
    'AWS_SECRET_ACCESS_KEY',
    'x-amz-security-token',
    'db_password',
    'userPassword',
    'newPassword',
    'api_secret',
    'STRIPE_API_KEY',
    'privateKey',
    'proxy-authorization',
    'set-cookie',
    'cookies',
    'pass',
    'otp',
    'rawHeaders',
    'session_id',
    'jwt',
    'passwordConfirmation',
    'password2',
    'newPasswordAgain',
    'tokens',
    'accessTokens',
    'apiKeys',
    'api_key_v2',
    'privateKeyPem',
    'SecretString',
    'secret_id',
    'tokenValue',
    'passwordHash',
    'authorizationHeader',
    'cardNumber',
    'connectionString',
  ])('%s is a credential, however it is spelled', (name) => {
    expect(isCredentialField(normalizedName(name))).toBe(true)
    expect(isCredentialField(name)).toBe(true)
    expect(isCredentialVariable(name)).toBe(true)
    expect(isCredentialParameter(name)).toBe(true)
  })

  test.each([
    'auth',
    'basicAuth',
    'x-auth',
    'proxy_auth',
    'dbPass',
    'DB_PWD',
    'CVV2',
    'sid',
    'connect.sid',
  ])('%s is one by its last word', (name) => expect(isCredentialField(name)).toBe(true))

  test('the number of credentials is none', () => {
    expect(isNumberOf('tokens', 512)).toBe(true)
    expect(isNumberOf('api_keys', 2)).toBe(true)
    expect(isNumberOf('tokens', '512')).toBe(false)
    expect(isNumberOf('token', 512)).toBe(false)
  })

  test.each([
    'max_tokens',
    'completion_tokens',
    'token_type',
    'tokenCount',
    'tokenExpiresAt',
    'TokenExpiredError',
    'InvalidPasswordException',
    'passwordResetRequired',
    'passwordless',
    'cookieDomain',
    'tokenizer',
    'publicKey',
    'cacheKey',
    'signature',
    'CallSid',
    'nextPageToken',
    'continuation_token',
    'cancelToken',
    'passed',
    'compass',
    'secretary',
    'key',
    'code',
    'author',
    '',
  ])('%j is not', (name) => expect(isCredentialField(normalizedName(name))).toBe(false))
})

describe('a parameter in a query', () => {
  test.each([
    'token',
    'access_token',
    'refresh-token',
    'X-Amz-Security-Token',
    'X-Amz-Signature',
    'X-Goog-Signature',
    'AWSAccessKeyId',
    'sig',
    'api_key',
    'apikey',
    'client_secret',
    'client_assertion',
    'AccountKey',
    'SharedAccessKey',
    'password',
    'passwd',
    'pwd',
    'auth',
    'authorization',
    'code',
    'key',
    'jwt',
    'session',
    'sessionid',
  ])('%s is a credential', (name) => expect(isCredentialParameter(name)).toBe(true))

  test.each([
    'a',
    'page',
    'postcode',
    'monkey',
    'next_page_token',
    'pageToken',
    'max_tokens',
    'primary_key',
    'author',
    'mode',
    '',
  ])('%j is not', (name) => expect(isCredentialParameter(name)).toBe(false))
})

describe('an environment variable', () => {
  test.each([
    'PGPASSWORD',
    'CLIENT_SECRET',
    'GITHUB_TOKEN',
    'API_KEY',
    'API_KEY_HASH',
    'DB_PASS',
    'PRIVATE_KEY',
    'SENTRY_DSN',
    'apikey',
    'Authorization',
    'SECRETKEY',
    'MINIO_SECRETKEY',
    'AWS_SECRETACCESSKEY',
    'AWS_ACCESS_KEY_ID',
    'PASSWORDHASH',
    'AUTHKEY',
    'STRIPE_KEY',
    'SSH_KEY',
    'TLS_KEY',
    'MASTER_KEY',
    'SIGNING_KEYS',
    'KEY',
    'DB_PW',
    'CREDS',
    'DB_CREDS',
    'CONNECTION_STRING',
    'ConnectionString',
    'accountKey',
    'API_TOKENS',
  ])('%s is a credential', (name) => expect(isCredentialVariable(name)).toBe(true))

  test.each([
    'HTTP_ADDR',
    'COMPASS',
    'TOKENIZER',
    'PARTITION_KEY',
    'AUTHOR',
    'PASSAGE',
    'KEYBOARD_LAYOUT',
    'MONKEY',
    'MAX_TOKENS',
    'OPENAI_MAX_OUTPUT_TOKENS',
    'maxTokens',
    'PUBLIC_KEY',
    'PRIMARY_KEY',
    'CACHE_KEY',
    'SECRETARY_EMAIL',
    'PASSWORDLESS_LOGIN',
    'TLS_KEY_FILE',
    'KEYS_DIR',
    'ACCREDITED',
    'DATABASE_URL',
  ])('%s is not', (name) => expect(isCredentialVariable(name)).toBe(false))
})

test('a harmless word does not hide a credential word next to it', () => {
  expect(isCredentialVariable('PUBLIC_KEY_PASSWORD')).toBe(true)
  expect(isCredentialVariable('MAX_TOKENS_SECRET')).toBe(true)
  expect(isCredentialParameter('next_page_token_secret')).toBe(true)
})

test('case does not matter, and the result is the same each time', () => {
  const names = fc.constantFrom('password', 'access_token', 'api-key', 'page', 'max_tokens', 'mode')
  fc.assert(
    fc.property(names, fc.infiniteStream(fc.boolean()), (name, upper) => {
      const mixed = [...name]
        .map((letter) => (upper.next().value ? letter.toUpperCase() : letter))
        .join('')
      for (const isCredential of [isCredentialVariable, isCredentialParameter]) {
        expect(isCredential(mixed)).toBe(isCredential(name))
        expect(isCredential(mixed)).toBe(isCredential(mixed))
      }
    }),
  )
})

test('what no name is ends soon', () => {
  for (const unit of [
    'in',
    'invalid',
    'token',
    'tokens',
    'pass0',
    '0',
    'key',
    'names',
    '_',
    'max',
    'cache',
  ]) {
    const name = `token${unit.repeat(20_000)}x`
    expect(isCredentialField(name)).toBe(isCredentialField(name))
    isCredentialParameter(name)
  }
})
