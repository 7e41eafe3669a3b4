import * as config from '@clew/config'
import { describe, expect, test } from '@jest/globals'
import { failure } from '../support.ts'

// The Config struct of Goa's page on production: names, defaults, and what is required.
const spec = {
  httpAddr: config.address({ default: ':8080' }),
  grpcAddr: config.address({ default: ':8081' }),
  databaseUrl: config.url().secret(),
  logLevel: config.oneOf(['debug', 'info', 'warn', 'error'], { default: 'info' }),
  readTimeout: config.duration({ default: '10s' }),
  writeTimeout: config.duration({ default: '30s' }),
}
const load = (env: Record<string, string>) => config.load(spec, { env, envFile: false })

describe('the Config struct of the production page', () => {
  test('the names are HTTP_ADDR, GRPC_ADDR, DATABASE_URL, LOG_LEVEL, READ_TIMEOUT, WRITE_TIMEOUT', () => {
    expect(
      config.sources(load({ DATABASE_URL: 'postgres://h/d' })).map(({ variable }) => variable),
    ).toEqual([
      'HTTP_ADDR',
      'GRPC_ADDR',
      'DATABASE_URL',
      'LOG_LEVEL',
      'READ_TIMEOUT',
      'WRITE_TIMEOUT',
    ])
  })

  test('DATABASE_URL is required, all others have the defaults of the page', () => {
    expect(failure(() => load({})).issues.map(({ variable }) => variable)).toEqual(['DATABASE_URL'])
    const cfg = load({ DATABASE_URL: 'postgres://user:password@localhost/orders' })
    expect(cfg).toMatchObject({
      httpAddr: { port: 8080 },
      grpcAddr: { port: 8081 },
      logLevel: 'info',
      readTimeout: 10_000,
      writeTimeout: 30_000,
    })
    expect(cfg.databaseUrl.reveal().href).toBe('postgres://user:password@localhost/orders')
  })

  test('every variable is read', () => {
    const cfg = load({
      HTTP_ADDR: '127.0.0.1:80',
      GRPC_ADDR: '[::1]:81',
      DATABASE_URL: 'postgres://h/d',
      LOG_LEVEL: 'debug',
      READ_TIMEOUT: '1m30s',
      WRITE_TIMEOUT: '250ms',
    })
    expect(cfg).toMatchObject({
      httpAddr: { host: '127.0.0.1', port: 80 },
      grpcAddr: { host: '::1', port: 81 },
      logLevel: 'debug',
      readTimeout: 90_000,
      writeTimeout: 250,
    })
  })
})
