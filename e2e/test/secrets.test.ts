// config's secrets, in the lines of log: neither package knows the other one, so that only a run of both can show it.
import { createRequire } from 'node:module'
import { Writable } from 'node:stream'
import * as config from '@clew/config'
import * as log from '@clew/log'
import { describe, expect, test } from '@jest/globals'

const commonJs = createRequire(import.meta.url)('@clew/config') as typeof config

/** What a logger writes in a format while `use` runs in a scope of it, held lines and their release included. */
function written(
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

  test.each(formats)('is hidden in %s, wherever it stands', (format) => {
    const { signingKey, databaseUrl } = cfg
    const text = written(format, (logger) => {
      logger.info(`starting with ${signingKey}`, { key: signingKey, all: cfg, list: [databaseUrl] })
      logger.info('more', { map: new Map([['a', signingKey]]), set: new Set([databaseUrl]) })
      logger.child({ part: signingKey }).print('child')
      logger.error(Object.assign(new Error('failed'), { databaseUrl }), 'failed', { cfg })
      logger.set({ signingKey })
    })
    expect(text).not.toContain('hunter2')
    expect(text.match(/\[redacted\]/g)?.length).toBeGreaterThanOrEqual(9)
  })
})
