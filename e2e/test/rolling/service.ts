import { fileURLToPath } from 'node:url'
import { type Child, nodeEval } from '@clew/testing'
import { type Contender, programOf, type Timing } from './contenders.ts'

const cwd = fileURLToPath(new URL('../..', import.meta.url))

export interface Service {
  readonly child: Child
  /** Requests that were cut, of the report of the shutdown; undefined where there is no report. */
  readonly cut: () => number | undefined
}

export async function startService(
  contender: Contender,
  port: number,
  timing: Timing,
): Promise<Service> {
  const isKubernetes = timing.shutdown === undefined
  const child = nodeEval(programOf(contender, port, timing), {
    cwd,
    env: { KUBERNETES_SERVICE_HOST: isKubernetes ? '10.0.0.1' : undefined },
  })
  await child.until(/listening/)
  return {
    child,
    cut() {
      const line = child.stdout.split('\n').find((each) => each.includes('server stopped'))
      return line === undefined ? undefined : JSON.parse(line).cut
    },
  }
}
