// What attackers send, to @clew/security and beside it to what else Node services use, each as its
// own documentation sets it up, over real sockets. The table in the pages of security is what comes
// out: `CLEW_UPDATE=1 pnpm e2e test/attacks.test.ts` writes it.
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { listen } from '@clew/testing'
import { describe, expect, test } from '@jest/globals'
import { type Peer, peers } from './attacks/peers.ts'
import { type Attack, attacks, control, createSigner, tokenOf } from './attacks/requests.ts'

const page = fileURLToPath(new URL('../../packages/security/docs/attacks.md', import.meta.url))
const names = Object.keys(peers)
const signer = createSigner()
const withoutIssuer: ReadonlySet<string> = new Set(['passport-jwt', '@fastify/jwt'])

async function statusOf({ url }: Peer, attack: Attack): Promise<number> {
  const { port } = new URL(url)
  const path = attack.path?.endsWith('=')
    ? attack.path + tokenOf(signer)
    : (attack.path ?? '/orders')
  const lines = [`GET ${path} HTTP/1.1`, 'Host: a', 'Connection: close', ...attack.send(signer)]
  const socket = connect(Number(port), '127.0.0.1')
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  let text = ''
  for await (const chunk of socket) text += chunk
  return Number(text.slice(9, 12))
}

async function rowOf(attack: Attack): Promise<readonly number[]> {
  // The issuer's keys; while it is down, its port answers nobody.
  const idp = await listen((_req, res) => res.end(JSON.stringify({ keys: [signer.jwk] })))
  const statuses: number[] = []
  if (attack.isDown) await idp.close()
  for (const name of names) {
    const peer = (await peers[name]?.({ jwk: signer.jwk, jwksUri: `${idp.url}/jwks` })) as Peer
    let status = 0
    for (let times = attack.times ?? 1; times > 0; times--) status = await statusOf(peer, attack)
    statuses.push(status)
    await peer.close()
  }
  if (!attack.isDown) await idp.close()
  return statuses
}

const cell = (attack: Attack, index: number, status: number) => {
  if (attack.isDown && withoutIssuer.has(names[index] as string)) return '–'
  return status === 200 ? '**200**' : String(status)
}

describe('each attack gets what the page says', () => {
  const rows: string[] = []

  test('a right token is let in everywhere', async () => {
    expect(await rowOf(control)).toEqual(names.map(() => 200))
  })

  test.each(attacks.map((attack) => [attack.name, attack] as const))('%s', async (name, attack) => {
    const statuses = await rowOf(attack)
    rows.push(
      `| ${name} | ${statuses.map((status, index) => cell(attack, index, status)).join(' | ')} |`,
    )
    expect([400, 401, 403, 429, 503]).toContain(statuses[0])
  })

  test('the table in the pages is this one', () => {
    const table = [
      `| attack | ${names.map((name) => `\`${name}\``).join(' | ')} |`,
      `| --- | ${names.map(() => '---').join(' | ')} |`,
      ...rows,
    ].join('\n')
    const text = readFileSync(page, 'utf8')
    const written = text.replace(
      /(<!-- table: start -->\n)[\s\S]*(\n<!-- table: end -->)/,
      (_, start, end) => `${start}${table}${end}`,
    )
    if (process.env['CLEW_UPDATE']) writeFileSync(page, written)
    else expect(text).toBe(written)
  })
})
