// No package imports another one. This file proves, at compile time and at run time, that each
// satisfies the interfaces that the others expect.
import * as config from '@clew/config'
import * as debug from '@clew/debug'
import type * as health from '@clew/health'
import type * as log from '@clew/log'
import type * as metrics from '@clew/metrics'
import type * as security from '@clew/security'
import type * as server from '@clew/server'
import type * as trace from '@clew/trace'
import { describe, expect, test } from '@jest/globals'

describe('by type', () => {
  test('server accepts the real parts', () => {
    const compose = (
      logger: log.Logger,
      tracing: trace.Tracing,
      meters: metrics.Meters,
      checker: health.Checker,
      console: debug.Console,
      api: security.Api,
    ): server.ServerOptions => ({
      logger,
      tracing,
      metrics: meters,
      health: checker,
      debug: console,
      security: api,
    })
    expect(compose).toBeDefined()
  })

  test("server accepts config's addresses", () => {
    const cfg = config.load({ httpAddr: config.address({ default: ':0' }) }, { env: {} })
    const options: server.ServerOptions = { address: cfg.httpAddr }
    expect(options.address).toBe(cfg.httpAddr)
  })

  test('debug accepts the logger, and the logger accepts the reports of every part', () => {
    const wire = (logger: log.Logger, checker: health.Checker, api: security.Api) => {
      debug.console({ logger })
      for (const part of [checker, api]) {
        part.subscribe((report) => logger.log(report.level, report.message, report.fields))
      }
    }
    expect(wire).toBeDefined()
  })
})
