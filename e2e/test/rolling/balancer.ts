import { connect, type Socket } from 'node:net'

/** What clients connect to: a proxy, or a balancer. */
export interface Front {
  connect(): Socket
  /** The instance stops; a balancer hears of it some time later. */
  leave(port: number, laterMs: number): void
  /** It is back. */
  enter(port: number): void
  stop(): Promise<void>
}

/**
 * A balancer of connections, as kube-proxy and Network Load Balancers are: each new connection goes
 * to the next instance, and stays there.
 */
export function balance(ports: readonly number[]): Front {
  // By the clock, and not by a timer, which would be late where this process is busy.
  const leavesAt = new Map<number, number>()
  let turn = 0
  return {
    connect() {
      const now = performance.now()
      const list = ports.filter((port) => now < (leavesAt.get(port) ?? now + 1))
      return connect(list[turn++ % list.length] ?? 0, '127.0.0.1')
    },
    leave: (port, laterMs) => void leavesAt.set(port, performance.now() + laterMs),
    enter: (port) => void leavesAt.delete(port),
    async stop() {},
  }
}
