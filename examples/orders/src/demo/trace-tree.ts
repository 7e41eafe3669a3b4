import type { Span } from '@clew/testing'
import { paint } from './show.ts'

/** Formats the spans of one trace as a tree: name, service, kind, duration and error. */
export function traceTree(spans: readonly Span[], traceId: string): string {
  const traceSpans = spans.filter((span) => span.traceId === traceId)
  const ids = new Set(traceSpans.map((span) => span.spanId))
  const lines: string[] = []
  const visit = (parent: string | undefined, indent: string) => {
    const children = traceSpans
      .filter((s) => (parent === undefined ? !ids.has(s.parentSpanId) : s.parentSpanId === parent))
      .sort((a, b) => a.startMs - b.startMs)
    children.forEach((span, index) => {
      const last = index === children.length - 1
      const branch = parent === undefined ? '' : last ? '└─ ' : '├─ '
      lines.push(lineOf(span, indent + branch))
      visit(span.spanId, parent === undefined ? '' : indent + (last ? '   ' : '│  '))
    })
  }
  visit(undefined, '')
  return lines.join('\n')
}

function lineOf(span: Span, branch: string): string {
  const name = `${branch}${span.name}`.padEnd(34)
  const service = String(span.resource['service.name']).padEnd(9)
  const duration = `${span.durationMs.toFixed(1)} ms`.padStart(9)
  const error = span.status === 'error' ? paint('red', `  ${span.statusMessage || 'error'}`) : ''
  return `${name} ${paint('cyan', service)} ${span.kind.padEnd(8)} ${duration}${error}`
}
