import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type Rounds, roundsOf } from '../service/rounds.ts'
import type { Load, LoadResult } from './load.ts'
import type { Usage } from './service.ts'
import { nameOf, type Subject } from './subject.ts'
import { signToken } from './token.ts'

/** Of one subject, for each request. */
export interface Row {
  readonly name: string
  readonly userMicros: Rounds
  readonly systemMicros: Rounds
  readonly garbageBytes: Rounds
  readonly collectionMicros: Rounds
  /** At 70 % of the most requests per second that it answers. Only of the whole stacks. */
  readonly p99Ms?: Rounds
}

export interface Settings {
  readonly rounds: number
  readonly requests: number
  readonly warmUp: number
  /** Sent at the start of each round, and not counted: a service that was idle is cold again. */
  readonly settle: number
  readonly connections: number
}

interface Pace {
  /** Whether latencies are measured too, at 70 % of the most requests that each answers. */
  readonly isPaced: boolean
}

const fileOf = (name: string) => fileURLToPath(new URL(`./${name}.js`, import.meta.url))

async function ask<T>(child: ChildProcess, question: object): Promise<T> {
  const answer = once(child, 'message')
  child.send(question)
  return (await answer)[0] as T
}

/** A service, and what its rounds have shown. */
class Service {
  readonly subject: Subject
  private readonly child: ChildProcess
  private readonly port: number
  private readonly usages: Usage[] = []
  private readonly p99s: number[] = []

  private constructor(subject: Subject, child: ChildProcess, port: number) {
    this.subject = subject
    this.child = child
    this.port = port
  }

  static async start(subject: Subject): Promise<Service> {
    const env = { ...process.env, NODE_ENV: 'production' }
    const child = fork(fileOf('service'), [JSON.stringify(subject)], { env })
    const [port] = (await once(child, 'message')) as [number]
    return new Service(subject, child, port)
  }

  /** Sends requests that do not count. */
  async warm(loader: ChildProcess, load: Omit<Load, 'port'>): Promise<void> {
    await ask<LoadResult>(loader, { ...load, port: this.port })
  }

  /** Sends requests, and keeps what they cost. */
  async round(
    loader: ChildProcess,
    { isPaced, ...load }: Omit<Load, 'port'> & Pace,
  ): Promise<void> {
    await ask<Usage>(this.child, {})
    const { seconds } = await ask<LoadResult>(loader, { ...load, port: this.port })
    const usage = await ask<Usage>(this.child, {})
    const each = (total: number) => total / load.requests
    this.usages.push({
      userMicros: each(usage.userMicros),
      systemMicros: each(usage.systemMicros),
      bytes: each(usage.bytes),
      pauseMicros: each(usage.pauseMicros),
    })
    if (!isPaced) return
    const rate = (0.7 * load.requests) / seconds
    const paced = await ask<LoadResult>(loader, { ...load, port: this.port, rate })
    this.p99s.push(paced.p99Ms)
  }

  row(): Row {
    const of = (key: keyof Usage) => roundsOf(this.usages.map((usage) => usage[key]))
    return {
      name: nameOf(this.subject),
      userMicros: of('userMicros'),
      systemMicros: of('systemMicros'),
      garbageBytes: of('bytes'),
      collectionMicros: of('pauseMicros'),
      ...(this.p99s.length > 0 ? { p99Ms: roundsOf(this.p99s) } : {}),
    }
  }

  stop(): void {
    this.child.kill('SIGKILL')
  }
}

/** Measures all subjects, one after the other in each round, so that all see the same machine. */
export async function measure(
  subjects: readonly Subject[],
  settings: Settings & Pace,
): Promise<Row[]> {
  const { connections, isPaced, requests, rounds, settle, warmUp } = settings
  const token = await signToken()
  const loader = fork(fileOf('load'))
  const services: Service[] = []
  for (const subject of subjects) services.push(await Service.start(subject))
  for (const service of services) {
    await service.warm(loader, { token, connections, requests: warmUp })
  }
  for (let round = 0; round < rounds; round++) {
    for (const service of services) {
      await service.warm(loader, { token, connections, requests: settle })
      await service.round(loader, { token, connections, requests, isPaced })
    }
  }
  for (const service of services) service.stop()
  loader.disconnect()
  return services.map((service) => service.row())
}
