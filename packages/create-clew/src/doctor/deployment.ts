import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments, visit } from 'yaml'
import { filesBelow } from '../project/source-files.ts'
import type { Evidence } from './finding.ts'

/** How the application is started and probed, as Dockerfiles and Kubernetes manifests say. */
export interface Deployment {
  /** The last CMD or ENTRYPOINT of each Dockerfile. */
  readonly starts: readonly (Evidence & { readonly isShell: boolean })[]
  readonly containers: readonly Container[]
}

export interface Container {
  readonly at: Evidence
  readonly liveness: Probe | undefined
  readonly readiness: Probe | undefined
}

export interface Probe {
  readonly at: Evidence
  /** Of an HTTP probe. */
  readonly path: string | undefined
}

const maxManifests = 500

export function deploymentOf(folder: string): Deployment {
  const dockerfiles = filesBelow(folder, (name) =>
    /^(Dockerfile|Containerfile)|\.Dockerfile$/.test(name),
  )
  const manifests = filesBelow(folder, (name) => /\.ya?ml$/.test(name)).slice(0, maxManifests)
  return {
    starts: dockerfiles.flatMap((path) => startOf(folder, path) ?? []),
    containers: manifests.flatMap((path) => containersIn(folder, path)),
  }
}

function startOf(folder: string, path: string): Deployment['starts'][number] | undefined {
  const lines = readFileSync(join(folder, path), 'utf8').split(/\r?\n/)
  const index = lines.findLastIndex((line) => /^\s*(CMD|ENTRYPOINT)\s/i.test(line))
  const line = lines[index]?.trim()
  if (line === undefined) return undefined
  // Others are no Node applications: a database, a mail catcher.
  if (!/\b(node|npm|npx|pnpm|yarn|bun|tsx|nest)\b|\.[cm]?[jt]s\b/.test(line)) return undefined
  const isShell = !/^\w+\s+\[/.test(line)
  return { file: path, line: index + 1, what: line, isShell }
}

/** Helm's templates are no YAML before they are filled in: what cannot be read is left out. */
function containersIn(folder: string, path: string): Container[] {
  const text = readFileSync(join(folder, path), 'utf8')
  if (!/^kind:\s*(Deployment|StatefulSet|DaemonSet|Pod)\b/m.test(text)) return []
  const lines = new LineCounter()
  const found: Container[] = []
  for (const document of parseAllDocuments(text, { lineCounter: lines, logLevel: 'silent' })) {
    if (!('contents' in document) || document.errors.length > 0) continue
    visit(document, {
      Pair(_, { key, value }) {
        if (!isScalar(key) || key.value !== 'containers' || !isSeq(value)) return
        for (const item of value.items) {
          if (isMap(item)) found.push(containerOf(item, { path, lines }))
        }
      },
    })
  }
  return found
}

interface Source {
  readonly path: string
  readonly lines: LineCounter
}

type YamlMap = Extract<Node, { items: unknown }> & { get(key: string, keep: true): unknown }

function containerOf(item: YamlMap, source: Source): Container {
  const name = item.get('name', true)
  const title = isScalar(name) ? String(name.value) : 'without a name'
  return {
    at: placeIn(source, item, `container ${title}`),
    liveness: probeOf(item, 'livenessProbe', source),
    readiness: probeOf(item, 'readinessProbe', source),
  }
}

function probeOf(item: YamlMap, key: string, source: Source): Probe | undefined {
  const probe = item.get(key, true)
  if (!isMap(probe)) return undefined
  const path = probe.getIn(['httpGet', 'path'])
  const shown = typeof path === 'string' ? path : undefined
  return { at: placeIn(source, probe, `${key} ${shown ?? ''}`.trim()), path: shown }
}

function placeIn(
  { path, lines }: Source,
  node: { range?: readonly number[] | null | undefined },
  what: string,
): Evidence {
  return { file: path, line: lines.linePos(node.range?.[0] ?? 0).line, what }
}
