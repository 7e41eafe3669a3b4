import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as security from '@clew/security'
import { nodeEval, readmeProblems } from '@clew/testing'
import { expect, test } from '@jest/globals'

const folder = dirname(dirname(fileURLToPath(import.meta.url)))

test('the exports are these', () => {
  expect(Object.keys(security).sort()).toEqual([
    'SecurityError',
    'allOf',
    'anyOf',
    'apiKey',
    'auth0',
    'basic',
    'cognito',
    'create',
    'entra',
    'fetchHandler',
    'fetchInputs',
    'google',
    'handler',
    'hashPassword',
    'inputs',
    'issueApiKey',
    'jwt',
    'keycloak',
    'memoryApiKeys',
    'noSecurity',
    'oauth2',
    'postgresApiKeys',
    'principal',
    'redisApiKeys',
    'redisFailures',
    'redisProofs',
    'redisRateLimits',
    'rfc9068',
    'rotateApiKey',
    'scheme',
    'upgrade',
    'verifyPassword',
  ])
})

test('the README says what the source says', () => {
  expect(readmeProblems(folder)).toEqual([])
})

const listScripts = `
  const { Session } = await import('node:inspector')
  const session = new Session(); session.connect()
  const loaded = []
  session.on('Debugger.scriptParsed', ({ params }) => loaded.push(params.url))
  session.post('Debugger.enable')
  const heavy = () => loaded.map((url) => /node_modules.(jose|oauth4webapi|undici)./.exec(url)?.[1]).filter(Boolean)
  const security = await import('@clew/security')
  console.log('imported', JSON.stringify([...new Set(heavy())]))
  security.jwt('jwt', { issuers: [{ issuer: 'i', audience: 'a', secret: 'x'.repeat(32) }] })
  await import('jose')
  console.log('made', JSON.stringify([...new Set(heavy())]))
  process.exit(0)`

test('importing loads neither jose nor oauth4webapi nor undici; making a JWT scheme loads jose', async () => {
  const child = nodeEval(listScripts, { cwd: folder })
  expect((await child.exit).code).toBe(0)
  expect(child.stdout).toBe('imported []\nmade ["jose"]\n')
})

test('the ESM and the CommonJS copy in one process see the same principal, and the same guards', async () => {
  const child = nodeEval(
    `
    import { createRequire } from 'node:module'
    import { createServer } from 'node:http'
    import * as esm from '@clew/security'
    const cjs = createRequire(process.cwd() + '/x.js')('@clew/security')
    const { key, record } = cjs.issueApiKey({ owner: 'both' })
    const api = esm.create({ default: cjs.apiKey('key', { keys: [record] }) })
    const other = cjs.create({ default: cjs.noSecurity('test') })
    const handle = esm.handler(api.method('x'), (req, res) => {
      res.end([esm.principal(req), cjs.principal(req)].map((one) => one.subject).join(' '))
    })
    console.log(esm !== cjs, other.audit(handle)[0].policy)
    const server = createServer(handle).listen(0, '127.0.0.1', async () => {
      const answer = await fetch('http://127.0.0.1:' + server.address().port, { headers: { 'x-api-key': key } })
      console.log(await answer.text())
      process.exit(0)
    })`,
    { cwd: folder },
  )
  expect((await child.exit).code).toBe(0)
  expect(child.stdout).toBe('true key\nboth both\n')
})
