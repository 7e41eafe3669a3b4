import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { listen, nodeEval } from '@clew/testing'
import { expect, test } from '@jest/globals'
import { audience, issuer, makeKey, token } from '../support/tokens.ts'

const folder = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

test('a process that has fetched keys ends by itself: nothing is held open', async () => {
  const key = await makeKey()
  const idp = await listen((_req, res) => res.end(JSON.stringify({ keys: [key.jwk] })))
  const child = nodeEval(
    `
    import * as security from '@clew/security'
    const issuers = [{ issuer: '${issuer}', audience: '${audience}', jwks: { uri: '${idp.url}/keys' } }]
    const api = security.create({ default: security.jwt('jwt', { issuers }) })
    const req = { headers: { authorization: 'Bearer ${await token(key)}' }, rawHeaders: [], socket: { remoteAddress: '::1' } }
    console.log(await api.method('x').check(req), security.principal(req).subject)`,
    { cwd: folder },
  )
  expect([(await child.exit).code, child.stdout, child.stderr]).toEqual([
    0,
    'undefined alice\n',
    '',
  ])
  await idp.close()
})

test('an issuer that cannot be reached ends no process, and prints nothing', async () => {
  const idp = await listen((req) => req.socket.destroy())
  const child = nodeEval(
    `
    import * as security from '@clew/security'
    const issuers = [{ issuer: '${issuer}', audience: '${audience}', jwks: { uri: '${idp.url}/keys' } }]
    const api = security.create({ default: security.jwt('jwt', { issuers }) })
    const req = { headers: { authorization: 'Bearer ${await token(await makeKey())}' }, rawHeaders: [], socket: { remoteAddress: '::1' } }
    console.log((await api.method('x').check(req)).status)
    await api.shutdown()`,
    { cwd: folder },
  )
  expect([(await child.exit).code, child.stdout, child.stderr]).toEqual([0, '503\n', ''])
  await idp.close()
})
