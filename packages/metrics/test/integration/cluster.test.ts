import { fileURLToPath } from 'node:url'
import { type Child, nodeEval } from '@clew/testing'
import { afterEach, describe, expect, test } from '@jest/globals'

// A real cluster: a primary, and workers that do what the test tells each of them.
const cwd = fileURLToPath(new URL('../..', import.meta.url))
const program = `
  import cluster from 'node:cluster'
  import { createServer } from 'node:http'
  import * as metrics from '@clew/metrics'

  const { primary, worker } = JSON.parse(process.env.OPTIONS)
  const meters = await metrics.configure({ service: { name: 'c' }, runtime: false, clients: false,
    ...(cluster.isPrimary ? primary : worker) })
  const orders = metrics.counter('orders')
  const open = metrics.upDownCounter('open')
  const level = metrics.gauge('level')
  const size = metrics.histogram('size', { boundaries: [1, 10] })
  metrics.observableGauge('lag', () => cluster.worker?.id ?? 0)

  const actions = {
    count: (each, n) => { orders.add(n, { by: each }); open.add(n); level.record(n); size.record(n) },
    hang: () => { for (;;) {} },
    kill: () => process.kill(process.pid, 'SIGKILL'),
    end: async () => { await meters.shutdown(); process.exit() },
  }
  const listening = (server) => new Promise((resolve) =>
    server.listen({ port: 0, host: '127.0.0.1', exclusive: true }, () => resolve(server.address().port)))

  if (cluster.isWorker) {
    process.on('message', async (message) => {
      if (!message.action) return
      const done = actions[message.action](...message.args)
      if (message.action !== 'hang') { await done; process.send({ done: true }) }
    })
    process.send({ port: await listening(createServer(meters.handler)) })
  } else {
    cluster.setupPrimary({ exec: '.' })
    meters.subscribe(({ type }) => console.error(type))
    const fork = () => new Promise((resolve) => {
      const worker = cluster.fork()
      worker.once('message', ({ port }) => resolve({ id: worker.id, port, pid: worker.process.pid }))
    })
    const control = createServer(async (req, res) => {
      const { pathname, searchParams } = new URL(req.url, 'http://x')
      if (pathname === '/metrics') return meters.handler(req, res)
      if (pathname === '/fork') return res.end(JSON.stringify(await fork()))
      const { id, action, args } = JSON.parse(searchParams.get('do'))
      if (id === undefined) { actions[action](...args); return res.end() }
      const worker = cluster.workers[id]
      const ended = action === 'kill' || action === 'end'
      // After the listeners of the package, which were there before.
      if (ended) {
        let left = 2
        for (const event of ['exit', 'disconnect']) worker.once(event, () => { if (--left === 0) res.end() })
      }
      else if (action !== 'hang') worker.on('message', function heard({ done }) {
        if (done) { worker.off('message', heard); res.end() }
      })
      worker.send({ action, args }, () => { if (action === 'hang') res.end() })
    })
    console.log('port ' + await listening(control))
  }`

const children: Child[] = []
const workers: number[] = []
afterEach(async () => {
  for (const pid of workers.splice(0)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended.
    }
  }
  for (const child of children.splice(0)) {
    child.kill('SIGKILL')
    await child.exit
  }
})

async function start(
  prometheus: object = {},
  { more = {}, primary = true }: { more?: object; primary?: boolean } = {},
) {
  const options = { prometheus: { scopeLabels: false, cluster: true, ...prometheus }, ...more }
  const OPTIONS = JSON.stringify({
    worker: options,
    primary: primary ? options : { prometheus: false },
  })
  const child = nodeEval(program, { cwd, env: { OPTIONS } })
  children.push(child)
  const port = (await child.until(/port (\d+)/))[1]
  const get = async (path: string, at = port) =>
    (await fetch(`http://127.0.0.1:${at}${path}`, { signal: AbortSignal.timeout(20_000) })).text()
  const fork = async () => {
    const worker = JSON.parse(await get('/fork')) as { id: number; port: number; pid: number }
    workers.push(worker.pid)
    return worker
  }
  const act = (id: number | undefined, action: string, ...args: unknown[]) =>
    get(`/?do=${encodeURIComponent(JSON.stringify({ id, action, args }))}`)
  const lines = (text: string, of: RegExp) =>
    text
      .split('\n')
      .filter((line) => of.test(line))
      .sort()
  const scrape = async (of: RegExp, at = port) =>
    lines(await get('/metrics', Number(at) as never), of)
  return { child, get, fork, act, scrape }
}

test('a scrape shows the sum of all processes, whichever it reaches', async () => {
  const { fork, act, scrape } = await start()
  const workers = [await fork(), await fork()]
  await act(undefined, 'count', 'all', 1)
  await act(1, 'count', 'all', 5)
  await act(2, 'count', 'one', 50)
  const expected = [
    'clew_metrics_cluster_workers{state="answered"} 2',
    'clew_metrics_cluster_workers{state="late"} 0',
    'lag{cluster_worker="1"} 1',
    'lag{cluster_worker="2"} 2',
    'lag{cluster_worker="primary"} 0',
    'level{cluster_worker="1"} 5',
    'level{cluster_worker="2"} 50',
    'level{cluster_worker="primary"} 1',
    'open 56',
    'orders_total{by="all"} 6',
    'orders_total{by="one"} 50',
    'size_bucket{le="+Inf"} 3',
    'size_bucket{le="1"} 1',
    'size_bucket{le="10"} 2',
    'size_count 3',
    'size_sum 56',
  ]
  const all = /^(?!#|target_info)./
  expect(await scrape(all)).toEqual(expected)
  for (const { port } of workers) expect(await scrape(all, String(port))).toEqual(expected)
  const together = await Promise.all(workers.map(({ port }) => scrape(all, String(port))))
  expect(together).toEqual([expected, expected])
})

test('no counter becomes smaller when workers end, however they do, and others take their place', async () => {
  const { fork, act, scrape } = await start()
  await fork()
  await act(1, 'count', 'a', 5)
  expect(await scrape(/^orders/)).toEqual(['orders_total{by="a"} 5'])
  await act(1, 'kill')
  expect(await scrape(/^(?:orders|open|level|size_c)/)).toEqual([
    'orders_total{by="a"} 5',
    'size_count 1',
  ])
  const { id } = await fork()
  await act(id, 'count', 'a', 2)
  // It says its last word itself: nobody has asked since.
  await act(id, 'end')
  const third = await fork()
  await act(third.id, 'count', 'a', 1)
  expect(await scrape(/^(?:orders|open|level|size_c)/)).toEqual([
    'level{cluster_worker="1"} 1',
    'open 1',
    'orders_total{by="a"} 8',
    'size_count 3',
  ])
})

test('a worker that hangs does not keep a scrape waiting, and its counters stay', async () => {
  const { child, fork, act, scrape } = await start({ workerTimeoutMs: 400 })
  const first = await fork()
  await fork()
  await act(1, 'count', 'a', 5)
  await act(2, 'count', 'a', 10)
  expect(await scrape(/^orders/)).toEqual(['orders_total{by="a"} 15'])
  await act(2, 'hang')
  await act(1, 'count', 'a', 1)
  for (const at of [undefined, String(first.port), undefined]) {
    expect(await scrape(/^(?:orders|open|level|clew)/, at)).toEqual([
      'clew_metrics_cluster_workers{state="answered"} 1',
      'clew_metrics_cluster_workers{state="late"} 1',
      'level{cluster_worker="1"} 1',
      'open 16',
      'orders_total{by="a"} 16',
    ])
  }
  await child.until(/metrics\.worker_late/, { stream: 'stderr' })
  expect(child.stderr.match(/worker_late/g)).toHaveLength(1)
})

test('the cardinality limit holds for the sum, and no series loses its place', async () => {
  const { fork, act, scrape } = await start({}, { more: { cardinalityLimit: 3 } })
  await fork()
  await fork()
  await act(1, 'count', 'a', 1)
  await act(2, 'count', 'b', 10)
  await act(1, 'count', 'c', 100)
  const before = ['orders_total{by="a"} 1', 'orders_total{by="c"} 100']
  expect(await scrape(/^orders/)).toEqual([
    ...before,
    'orders_total{otel_metric_overflow="true"} 10',
  ])
  await act(1, 'kill')
  await fork()
  await act(3, 'count', 'd', 1000)
  expect(await scrape(/^orders/)).toEqual([
    ...before,
    'orders_total{otel_metric_overflow="true"} 1010',
  ])
})

describe('without a primary that takes part', () => {
  test('a worker answers 500 and says why, since its own numbers are not those of the service', async () => {
    const { child, fork, act } = await start({ workerTimeoutMs: 50 }, { primary: false })
    const { id, port } = await fork()
    await act(id, 'count', 'a', 1)
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`)
    expect([answer.status, await answer.text()]).toEqual([500, expect.not.stringMatching(/orders/)])
    await child.until(/prometheus: \{ cluster: true \}/, { stream: 'stderr' })
  })
})
