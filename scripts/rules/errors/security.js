import { IncomingMessage } from 'node:http'
import { createRequire } from 'node:module'
import { Socket } from 'node:net'

const resolve = createRequire(new URL('../../../packages/security/package.json', import.meta.url))
const express = resolve('express')
const { protect } = resolve('@clew/security/fastify')
const { guard } = resolve('@clew/security/hono')
const { serverInterceptor } = resolve('@clew/security/grpc')

const jwks = { uri: 'https://id.example.com/keys' }
const issuers = [{ issuer: 'https://id.example.com', audience: 'https://api.example.com', jwks }]

const anything = {
  '~standard': { version: 1, vendor: 'rules', validate: (value) => ({ value }) },
}

export default (security) => {
  const scheme = security.jwt('jwt', { issuers, scopes: { read: 'Read' } })
  const api = security.create({ default: scheme })
  const issued = security.issueApiKey({ owner: 'x' })
  return {
    functions: {
      'security.create': security.create,
      'security.basic': (options) => security.basic('basic', options),
      'security.apiKey': (options) => security.apiKey('key', options),
      'security.protect': (options) => protect({ addHook() {} }, options),
      'security.guard': (options) => guard(api.method('list'), options),
      'api.validate': (options) => api.validate({ body: anything }, options),
      'security.serverInterceptor': (options) => serverInterceptor({}, options),
      'security.scheme': (options) => security.scheme('own', options),
      'security.oauth2': (options) => security.oauth2('oauth2', options),
      'security.jwt': (options) => security.jwt('jwt', options),
      'security.auth0': security.auth0,
      'security.cognito': security.cognito,
      'security.entra': security.entra,
      'security.google': security.google,
      'security.keycloak': security.keycloak,
      'security.rfc9068': security.rfc9068,
      'security.hashPassword': (options) => security.hashPassword('secret', options),
      'security.issueApiKey': security.issueApiKey,
      'security.redisFailures': (options) => security.redisFailures({ eval() {} }, options),
      'security.redisRateLimits': (options) => security.redisRateLimits({ eval() {} }, options),
      'security.redisApiKeys': (options) => security.redisApiKeys({ eval() {} }, options),
      'security.postgresApiKeys': (options) => security.postgresApiKeys({ query() {} }, options),
      'security.redisProofs': (options) => security.redisProofs({ eval() {} }, options),
      'security.rotateApiKey': (options) => security.rotateApiKey(issued.record, options),
    },
    wrong: [
      [
        'security.create https',
        () => security.create({ default: scheme, https: 'no' }),
        'ERR_SECURITY_OPTION',
      ],
      ['security.jwt issuers', () => security.jwt('jwt', { issuers: 7 }), 'ERR_SECURITY_OPTION'],
      ['security.jwt name', () => security.jwt('"', { issuers }), 'ERR_SECURITY_OPTION'],
      ['security.guard guard', () => guard(7), 'ERR_SECURITY_OPTION'],
      ['security.hashPassword password', () => security.hashPassword(7), 'ERR_SECURITY_OPTION'],
    ],
    others: {
      ERR_SECURITY_POLICY: () => security.anyOf(),
      ERR_SECURITY_SCOPE: () => scheme.scopes('write'),
      ERR_SECURITY_APP_UNKNOWN: () => api.audit({}),
      ERR_SECURITY_UNCOVERED: () => api.audit(express().get('/open', () => {})),
      ERR_SECURITY_NO_INPUTS: () =>
        security.inputs(new IncomingMessage(new Socket()), api.validate({ body: anything })),
      ERR_SECURITY_OPENAPI: () =>
        security
          .create({ default: scheme })
          .openapi({ openapi: '3.1.0', paths: { '/nowhere': { get: {} } } }),
      ERR_SECURITY_KEY_EXISTS: () => security.memoryApiKeys([issued.record, issued.record]),
      ERR_SECURITY_NO_PRINCIPAL: () => security.principal(new IncomingMessage(new Socket())),
    },
  }
}
