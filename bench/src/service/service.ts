import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A service in a process of its own, which is asked what it has used. */
export interface Service<Address> {
  readonly address: Address
  /** Microseconds of CPU time of its process, since it was started. */
  cpuMicros(): Promise<number>
  stop(): void
}

/**
 * Starts the file at `url` again, with `kind` as its argument. It must call `runService`.
 *
 * @param url - `import.meta.url` of the benchmark.
 */
export async function startService<Address>(url: string, kind: string): Promise<Service<Address>> {
  const child = fork(fileURLToPath(url), [kind])
  const address = await answerOf<Address>(child)
  return {
    address,
    cpuMicros() {
      child.send('cpu')
      return answerOf<number>(child)
    },
    stop: () => void child.kill(),
  }
}

/** The child: tells where it listens, and from then on what it has used whenever it is asked. */
export function runService(address: unknown): void {
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send?.(user + system)
  })
  process.send?.(address)
}

async function answerOf<T>(child: ChildProcess): Promise<T> {
  return (await once(child, 'message'))[0] as T
}
