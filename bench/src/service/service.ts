import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A service in a process of its own, which is asked what it has used. */
export interface Service<Address, State = number> {
  readonly address: Address
  /** What the service knows of itself; by default microseconds of CPU time since its start. */
  state(): Promise<State>
  stop(): Promise<void>
}

/**
 * Starts the file at `url` again, with arguments. It must call `runService`.
 *
 * @param url - `import.meta.url` of the benchmark.
 */
export async function startService<Address, State = number>(
  url: string,
  ...args: readonly string[]
): Promise<Service<Address, State>> {
  const child = fork(fileURLToPath(url), args)
  const address = await answerOf<Address>(child)
  return {
    address,
    state() {
      child.send('state')
      return answerOf<State>(child)
    },
    async stop() {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

/** The child: tells where it listens, and from then on its state whenever it is asked. */
export function runService(address: unknown, state: () => unknown = cpuMicros): void {
  process.on('message', () => process.send?.(state()))
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'))
  process.send?.(address)
}

/** CPU time of this process, user and system. */
export function cpuMicros(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

async function answerOf<T>(child: ChildProcess): Promise<T> {
  return (await once(child, 'message'))[0] as T
}
