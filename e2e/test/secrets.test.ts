// log must redact config's secrets. Neither package imports the other, so only a test of both can
// show it.
import { createRequire } from 'node:module'
import { Writable } from 'node:stream'
import * as config from '@clew/config'
import * as log from '@clew/log'
import { describe, expect, test } from '@jest/globals'

const commonJs = createRequire(import.meta.url)('@clew/config') as typeof config

/** Runs `use` in a scope of a new logger, and returns what is written, including released lines. */
function outputOf(
  format: 'json' | 'logfmt' | 'terminal',
  use: (logger: log.Logger) => void,
): string {
  const chunks: Buffer[] = []
  const to = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  const logger = log.create({ outputs: { to, format } })
  logger.scope({}, () => use(logger))
  logger.flush()
  return Buffer.concat(chunks).toString()
}

const formats = ['json', 'logfmt', 'terminal'] as const
const copies = { 'the ES module': config, 'the CommonJS module': commonJs }

describe.each(Object.entries(copies))('a secret of %s', (_, { load, string, url }) => {
  const cfg = load(
    { signingKey: string().secret(), databaseUrl: url().secret() },
    { env: { SIGNING_KEY: 'hunter2', DATABASE_URL: 'postgres://app:hunter2@db/orders' } },
  )

  test.each(formats)('is redacted in %s, wherever it occurs', (format) => {
    const { signingKey, databaseUrl } = cfg
    const output = outputOf(format, (logger) => {
      logger.info(`starting with ${signingKey}`, { key: signingKey, all: cfg, list: [databaseUrl] })
      logger.info('more', { map: new Map([['a', signingKey]]), set: new Set([databaseUrl]) })
      logger.child({ part: signingKey }).print('child')
      logger.error(Object.assign(new Error('failed'), { databaseUrl }), 'failed', { cfg })
      logger.set({ signingKey })
    })
    expect(output).not.toContain('hunter2')
    expect(output.match(/\[redacted\]/g)?.length).toBeGreaterThanOrEqual(9)
  })
})
