import { nodeEval, startCollector } from '@clew/testing'
import { expect } from '@jest/globals'
import type { Cell } from './cells.ts'
import { credential, keys } from './credential.ts'
import { environment, jsonLines } from './running.ts'

/** Calls the handler as Lambda does, which freezes the process as soon as it has settled. */
const runtime = (program: string, headers: object) => `
  import { writeSync } from 'node:fs'
  const { handler } = await import(${JSON.stringify(program)})
  const event = (route, id) => ({
    routeKey: 'GET ' + route,
    headers: ${JSON.stringify(headers)},
    ...(id && { pathParameters: { id } }),
    requestContext: {
      http: { method: 'GET', path: route.replace('{id}', id), sourceIp: '203.0.113.9' },
    },
  })
  const results = []
  for (const args of [['/orders'], ['/orders/{id}', '1'], ['/orders/{id}/ship', '1']]) {
    results.push(await handler(event(...args)).catch(({ message }) => message))
  }
  writeSync(1, 'results ' + JSON.stringify(results) + '\\n')
  process.kill(process.pid, 'SIGKILL')
`

async function invoke(program: string, headers: object, env: Record<string, string>) {
  const child = nodeEval(runtime(program, headers), { env })
  await child.exit
  const results = /^results (.*)$/m.exec(child.stdout)?.[1]
  if (results === undefined) throw new Error(child.stdout + child.stderr)
  return { lines: jsonLines(child.stdout), results: JSON.parse(results) }
}

const reason = 'no parcel for order 1'

/** Invokes the function with a package, or with `all` of them, and checks what the package promises. */
export async function invokes({ program, name }: Pick<Cell, 'program' | 'name'>): Promise<void> {
  const has = (part: string) => name === part || name === 'all'
  const collector = await startCollector()
  const env = { ...environment(collector), ...keys }
  try {
    const { lines, results } = await invoke(program, credential, env)
    expect(results).toEqual([expect.anything(), { id: '1', item: 'tea' }, reason])
    if (has('log')) {
      const err = expect.objectContaining({ message: reason })
      const line = { level: 'error', route: 'GET /orders/{id}/ship', err }
      expect(lines).toEqual([expect.objectContaining(line)])
    }
    if (has('trace')) {
      const span = await collector.until(({ spans }) => spans.find((one) => one.status === 'error'))
      expect(span.name).toBe('GET /orders/{id}/ship')
    }
    if (has('metrics')) {
      await collector.until(({ points }) => points.find((one) => 'error.type' in one.attributes))
    }
    if (has('security')) {
      const denied = await invoke(program, {}, env)
      expect(denied.results[0]).toMatchObject({ statusCode: 401 })
    }
    if (has('config')) {
      const wrong = nodeEval(runtime(program, {}), { env: { ...env, MAX_ORDERS: 'many' } })
      expect((await wrong.exit).code).toBe(78)
      expect(wrong.stderr).toContain('MAX_ORDERS is invalid: "many"')
    }
  } finally {
    await collector.close()
  }
}
