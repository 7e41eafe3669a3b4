import { setTimeout as pause } from 'node:timers/promises'
import { listOrders, shipOrder } from '../orders.ts'

const pauseMs = Number(process.env['PAUSE_MS'] ?? 1000)

const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())

async function shipAll() {
  for (const { id } of await listOrders()) await shipOrder(id)
}

while (!stop.signal.aborted) {
  await shipAll().catch(console.error)
  await pause(pauseMs, undefined, { signal: stop.signal }).catch(() => {})
}
