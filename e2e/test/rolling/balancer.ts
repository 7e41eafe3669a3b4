import { connect, type Socket } from 'node:net'

/** What clients connect to: a proxy, or a balancer. */
export interface Front {
  connect(): Socket
  /** The balancer has heard, later than the instance itself, that it stops, or that it is back. */
  leave(port: number): void
  enter(port: number): void
  stop(): Promise<void>
}

/**
 * A balancer of connections, as kube-proxy and Network Load Balancers are: each new connection goes
 * to the next instance, and stays there.
 */
export function balance(ports: readonly number[]): Front {
  const targets = new Set(ports)
  let turn = 0
  return {
    connect() {
      const list = [...targets]
      return connect(list[turn++ % list.length] ?? 0, '127.0.0.1')
    },
    leave: (port) => void targets.delete(port),
    enter: (port) => void targets.add(port),
    async stop() {},
  }
}
