import { freePort } from '@clew/testing'
import { startLoad } from './load.ts'
import { type ProxyName, startProxy } from './proxy.ts'
import { startService } from './service.ts'

export interface Extent {
  readonly restarts: number
  readonly requests: number
  /** How often HAProxy asks for readiness. */
  readonly checkMs: number
}

export interface Result {
  readonly sent: number
  readonly lost: Record<string, number>
  /** Of the reports of the instances that have ended. */
  readonly cut: number
  readonly codes: readonly (number | null)[]
}

/**
 * Two instances behind a proxy; one after the other is stopped and started again, under load. At
 * least `restarts` times, and until `requests` have been sent.
 */
export async function roll(
  proxyName: ProxyName,
  { restarts, requests, checkMs }: Extent,
): Promise<Result> {
  // HAProxy takes out what has failed two checks; an instance that stops must serve until then.
  const delayMs = checkMs * 2.5
  const ports = [await freePort(), await freePort()] as const
  const running = await Promise.all(ports.map((port) => startService(port, delayMs)))
  // After them: HAProxy asks for their readiness at once.
  const proxy = await startProxy(proxyName, { instances: ports, checkMs })
  const load = startLoad(proxy.port)
  await Promise.all(running.map(({ child }) => load.answeredBy(child.pid)))
  const codes: (number | null)[] = []
  let cut = 0
  for (let n = 0; n < restarts || load.sent() < requests; n++) {
    const at = n % 2
    const old = running[at] as (typeof running)[number]
    old.child.kill('SIGTERM')
    codes.push((await old.child.exit).code)
    cut += old.cut() ?? Number.NaN
    const started = await startService(ports[at] as number, delayMs)
    running[at] = started
    await load.answeredBy(started.child.pid)
  }
  const sent = load.sent()
  await load.stop()
  for (const { child } of running) child.kill('SIGTERM')
  await Promise.all(running.map(({ child }) => child.exit))
  await proxy.stop()
  return { sent, lost: load.lost, cut, codes }
}
