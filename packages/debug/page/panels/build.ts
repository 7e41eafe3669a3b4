import { h } from '../dom.ts'
import { bytes, duration } from '../format.ts'
import { createLoaded } from '../loaded.ts'
import type { Panel } from '../panel.ts'

interface Build {
  readonly node: string
  readonly versions: Readonly<Record<string, string>>
  readonly platform: string
  readonly pid: number
  readonly startedAt: string
  readonly uptimeSeconds: number
  readonly cores: number
  readonly memoryBytes: number
  readonly memoryLimitBytes?: number
  readonly heapLimitBytes: number
  readonly timezone: string
  readonly command: readonly string[]
  readonly advice?: string
}

export function createBuild(): Panel {
  return createLoaded<Build>({
    id: 'build',
    place: 'right',
    title: 'Build',
    path: 'build',
    render(build) {
      const facts: readonly (readonly [string, string])[] = [
        ['Node', `${build.node} on ${build.platform}`],
        [
          'Started',
          `${build.startedAt.replace('T', ' ').slice(0, 19)} UTC, ${duration(build.uptimeSeconds)} ago`,
        ],
        ['Process', String(build.pid)],
        ['Command', build.command.join(' ')],
        ['Cores', String(build.cores)],
        [
          'Memory',
          `${bytes(build.memoryBytes)}${build.memoryLimitBytes === undefined ? ', no limit' : `, of which ${bytes(build.memoryLimitBytes)} may be used`}`,
        ],
        ['Heap limit', bytes(build.heapLimitBytes)],
        ['Time zone', build.timezone],
        ...Object.entries(build.versions),
      ]
      return [
        h(
          'dl',
          { class: 'facts' },
          ...facts.map(([name, value]) =>
            h('div', {}, h('dt', { text: name }), h('dd', { text: value })),
          ),
        ),
      ]
    },
  })
}
