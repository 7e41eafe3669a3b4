import { freePort } from '@clew/testing'
import { balance } from './balancer.ts'
import type { Contender, Timing } from './contenders.ts'
import { direct, type Load, proxied, startLoad } from './load.ts'
import { type ProxyName, startProxy } from './proxy.ts'
import { startService } from './service.ts'

export type FrontName = 'direct' | ProxyName

export interface Extent {
  readonly restarts: number
  readonly requests: number
  readonly timing: Timing
}

export interface Result {
  readonly sent: Load['sent']
  readonly lost: Load['lost']
  /** Of the reports of the instances that have ended; NaN where there are none. */
  readonly cut: number
  readonly codes: readonly (number | null)[]
  readonly restarts: number
}

/**
 * Two instances behind a proxy or a balancer; one after the other is stopped and started again,
 * under load. At least `restarts` times, and until `requests` have been sent.
 */
export async function roll(
  contender: Contender,
  frontName: FrontName,
  { restarts, requests, timing }: Extent,
): Promise<Result> {
  const { delayMs } = timing
  const ports = [await freePort(), await freePort()] as const
  const running = await Promise.all(ports.map((port) => startService(contender, port, timing)))
  // HAProxy takes out what has failed two checks; an instance that stops serves until then.
  const front =
    frontName === 'direct'
      ? balance(ports)
      : await startProxy(frontName, { instances: ports, checkMs: delayMs / 2.5 })
  const load = startLoad(frontName === 'direct' ? direct(delayMs) : proxied, front.connect)
  const total = () => load.sent.A + load.sent.B + load.sent.C
  await Promise.all(running.map(({ child }) => load.answeredBy(child.pid)))
  const codes: (number | null)[] = []
  let cut = 0
  for (let n = 0; n < restarts || total() < requests; n++) {
    const at = n % 2
    const port = ports[at] as number
    const old = running[at] as (typeof running)[number]
    old.child.kill('SIGTERM')
    front.leave(port, delayMs / 5)
    codes.push((await old.child.exit).code)
    cut += old.cut() ?? Number.NaN
    const started = await startService(contender, port, timing)
    running[at] = started
    front.enter(port)
    await load.answeredBy(started.child.pid)
  }
  await load.stop()
  for (const { child } of running) child.kill('SIGTERM')
  await Promise.all(running.map(({ child }) => child.exit))
  await front.stop()
  return { sent: load.sent, lost: load.lost, cut, codes, restarts: codes.length }
}
