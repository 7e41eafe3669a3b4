import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { canary, type Service, startService } from './console/service.ts'

let service: Service
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service.stop())

async function everything(path: string): Promise<string> {
  const answer = await fetch(`${service.admin}/debug/${path}`)
  const bytes = Buffer.from(await answer.arrayBuffer())
  const body = bytes[0] === 0x1f ? gunzipSync(bytes) : bytes
  return JSON.stringify([...answer.headers]) + body.toString('latin1')
}

async function firstEvent(): Promise<string> {
  const controller = new AbortController()
  const answer = await fetch(`${service.admin}/debug/stream`, { signal: controller.signal })
  let text = ''
  for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    if (/^data: .*\n\n/m.test(text)) break
  }
  controller.abort()
  return text
}

test('a secret in environment, arguments, headers, body, URL, configuration and source is nowhere', async () => {
  await service.panel('live')
  const secrets = { authorization: `Bearer ${canary}`, cookie: `sid=${canary}` }
  await service.ask(`/orders/7?access_token=${canary}`, { headers: secrets })
  await service.ask(`/orders/500?client_secret=${canary}#${canary}`)
  await service.ask('/orders/8', { headers: { 'x-api-key': canary } })
  await service.ask('/orders', {
    method: 'POST',
    headers: { ...secrets, 'content-type': 'application/json' },
    body: JSON.stringify({ password: canary, card: { token: canary } }),
  })
  await fetch(`${service.admin}/debug/sessions`, { method: 'POST' })
  await service.ask(`/orders/9?key=${canary}`)
  await service.ask('/orders', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ item: 'a payload', password: canary, card: { token: canary } }),
  })
  for (const kind of ['profile', 'heap']) {
    const started = fetch(`${service.admin}/debug/profiles`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ kind, ...(kind === 'profile' && { seconds: 0.5 }) }),
    })
    await started
    if (kind === 'profile') await service.ask('/burn/800')
  }
  let profiles: any[] = []
  do profiles = (await service.panel('profiles')).profiles
  while (profiles.some(({ state }) => state === 'running'))
  expect(profiles.map(({ state }) => state)).toEqual(['done', 'done'])
  await service.ask('/leak/5000')
  const refused = await fetch(`${service.admin}/debug/heapsnapshot`, { method: 'POST' })
  expect(refused.status).toBe(403)
  const analysed = await fetch(`${service.admin}/debug/retainers`, { method: 'POST' })
  expect([analysed.status, await analysed.text()]).toEqual([
    200,
    expect.not.stringContaining(canary),
  ])
  const { ended } = await service.panel('requests')
  expect(ended.length).toBeGreaterThanOrEqual(5)

  const paths = [
    ...['', 'live', 'requests', 'lines', 'sessions', 'profiles', 'stalls', 'health'],
    'retainers',
    'report',
    ...['security', 'configuration', 'build', 'pprof', 'pprof/cmdline', 'pprof/heap', 'pprof/loop'],
    ...['pprof/profile?seconds=0.1', 'pprof/profile?seconds=0.1&format=cpuprofile'],
    ...ended.map(({ id }: any) => `requests?id=${id}`),
    ...profiles.flatMap(({ id }) => [`profiles/${id}`, `profiles/${id}?format=pprof`]),
  ]
  const texts = [...(await Promise.all(paths.map(everything))), await firstEvent()]
  const all = texts.join('\n')
  // What should be there is there, so that this is not a test of empty answers.
  const words = [
    'order created',
    'load_order',
    'burnOrders',
    'DATABASE_URL',
    'bad_form',
    'holders',
    'a payload',
    'javascriptHeap',
  ]
  expect(words.filter((word) => !all.includes(word))).toEqual([])
  const leaks = [...paths, 'stream'].filter((_, index) => texts[index]?.includes(canary))
  expect(leaks).toEqual([])
})
