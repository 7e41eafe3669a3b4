// What comes from another machine, as it does through Docker's bridge or an ingress, and a Prometheus
// that scrapes the admin listener.
import { networkInterfaces } from 'node:os'
import { fileURLToPath } from 'node:url'
import * as security from '@clew/security'
import { freePort, nodeEval } from '@clew/testing'
import { expect, test } from '@jest/globals'

const cwd = fileURLToPath(new URL('..', import.meta.url))

/** An address of this machine that is not loopback: a request to it comes from it. */
const address = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address

const program = `
import * as log from '@clew/log'
import * as metrics from '@clew/metrics'
import * as security from '@clew/security'
import * as server from '@clew/server'

const { PORT, ADMIN_PORT, API_KEYS, PROXIES, SCRAPERS } = process.env
const service = { name: 'orders' }
const keys = security.apiKey('key', { keys: JSON.parse(API_KEYS) })
const api = security.create({ default: keys, trustedProxies: JSON.parse(PROXIES) })
await server.serve(security.handler(api.method('list'), (_req, res) => res.end('orders')), {
  logger: log.configure(),
  metrics: await metrics.configure({ service, prometheus: true }),
  security: api,
  address: ':' + PORT,
  admin: { address: ':' + ADMIN_PORT, guard: server.allow(JSON.parse(SCRAPERS)) },
})
`

async function deployed(proxies: readonly unknown[], scrapers: readonly unknown[]) {
  const { key, record } = security.issueApiKey({ owner: 'tests' })
  const [port, adminPort] = [await freePort(), await freePort()]
  const env = {
    PORT: String(port),
    ADMIN_PORT: String(adminPort),
    API_KEYS: JSON.stringify([record]),
    PROXIES: JSON.stringify(proxies),
    SCRAPERS: JSON.stringify(scrapers),
  }
  const child = nodeEval(program, { cwd, env })
  await child.until(/server listening/)
  // As an ingress sends it.
  const headers = {
    'x-api-key': key,
    'x-forwarded-proto': 'https',
    'x-forwarded-for': '203.0.113.9',
  }
  const asked = await fetch(`http://${address}:${port}/orders`, { headers })
  const scraped = await fetch(`http://${address}:${adminPort}/metrics`)
  const seen = {
    asked: { status: asked.status, body: await asked.text() },
    scraped: { status: scraped.status, body: await scraped.text() },
  }
  child.kill('SIGKILL')
  await child.exit
  return { ...seen, log: child.stdout }
}

const whereReachable = address === undefined ? test.skip : test

whereReachable(
  'behind a proxy that is not named: the answer and the log name the option',
  async () => {
    const { asked, scraped, log } = await deployed([], ['203.0.113.9/32'])
    expect(asked.status).toBe(403)
    expect(asked.body).toContain('option trustedProxies')
    expect(log).toMatch(/"msg":"requests with credentials need TLS; .*\(option trustedProxies\)/)
    expect(log).toMatch(/"msg":"request denied: .*trustedProxies/)
    expect(scraped.status).toBe(403)
  },
)

whereReachable('with the proxy and the scraper named, both are let in', async () => {
  const { asked, scraped } = await deployed([address], [`${address}/32`])
  expect(asked).toEqual({ status: 200, body: 'orders' })
  expect(scraped.status).toBe(200)
  expect(scraped.body).toContain('http_server_request_duration_seconds_count')
})
