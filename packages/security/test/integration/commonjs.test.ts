import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { listen, nodeEval, startNode } from '@clew/testing'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { SignJWT } from 'jose'
import { audience, issuer, makeKey, token } from '../support/tokens.ts'

// The CommonJS build where `require` of an ES module does not work.

const folder = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const secret = 'a shared secret of at least 32 bytes'
const algorithms = ['EdDSA', 'ES256', 'ES384', 'ES512', 'PS256', 'RS256']

let idp: Awaited<ReturnType<typeof listen>>
const tokens: Record<string, string> = {}
beforeAll(async () => {
  const keys = await Promise.all(algorithms.map((alg) => makeKey(alg, alg)))
  for (const key of keys) tokens[key.alg] = await token(key)
  tokens['HS256'] = await new SignJWT({ iss: 'shared', aud: audience, sub: 'alice' })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('5m')
    .sign(Buffer.from(secret))
  idp = await listen((_req, res) => res.end(JSON.stringify({ keys: keys.map(({ jwk }) => jwk) })))
})
afterAll(() => idp.close())

/** Prints the decision about each token: `undefined` lets it in. */
const program = (security: string) => `
const security = require(${JSON.stringify(security)})
const jwks = { uri: '${idp.url}/keys' }
const algorithms = ${JSON.stringify(algorithms)}
const issuers = [
  { issuer: '${issuer}', audience: '${audience}', jwks, algorithms },
  { issuer: 'shared', audience: '${audience}', secret: '${secret}' },
]
const api = security.create({ default: security.jwt('jwt', { issuers }) })
const decide = async () => {
  const decisions = {}
  for (const [alg, token] of Object.entries(${JSON.stringify(tokens)})) {
    const ask = async (authorization) => {
      const req = { headers: { authorization }, rawHeaders: [], socket: { remoteAddress: '::1' } }
      return (await api.method('x').check(req))?.status ?? 'allowed'
    }
    decisions[alg] = [await ask('Bearer ' + token), await ask('Bearer ' + token.slice(0, -8) + 'AAAAAAAA')]
  }
  return decisions
}`

const expected = () => Object.fromEntries(Object.keys(tokens).map((alg) => [alg, ['allowed', 401]]))

// Not an option of Node 20.18 and before, which cannot do it anyway.
const noRequire = process.allowedNodeEnvironmentFlags.has('--experimental-require-module')
  ? ['--no-experimental-require-module']
  : []

test('every algorithm is verified without require(esm)', async () => {
  const source = `${program('@clew/security')}
decide().then((decisions) => console.log(JSON.stringify(decisions)))`
  const child = nodeEval(source, { cwd: folder, commonjs: true, execArgv: noRequire })
  expect([(await child.exit).code, child.stderr]).toEqual([0, ''])
  expect(JSON.parse(child.stdout)).toEqual(expected())
})

describe('Jest with CommonJS, as it is installed', () => {
  let project = ''
  beforeAll(async () => {
    project = await realpath(await mkdtemp(join(tmpdir(), 'clew-jest-')))
  })
  afterAll(() => rm(project, { recursive: true }))

  test('every algorithm is verified', async () => {
    const manifest = createRequire(join(folder, '../../x.js')).resolve('jest/package.json')
    const jest = join(dirname(manifest), 'bin/jest.js')
    await writeFile(join(project, 'package.json'), '{}')
    await writeFile(
      join(project, 'jwt.test.js'),
      `${program(join(folder, 'dist/cjs/index.js'))}
test('tokens', async () => expect(await decide()).toEqual(${JSON.stringify(expected())}))`,
    )
    const child = startNode(jest, ['--rootDir', project, '--watchman=false'], { cwd: project })
    const { code } = await child.exit
    expect(`${code} ${child.stderr}`).toMatch(/^0 .*1 passed/s)
  })
})
