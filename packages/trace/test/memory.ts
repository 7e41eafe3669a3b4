import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-node'

/** An exporter that keeps what it is given, or fails as told. */
export interface Memory extends SpanExporter {
  readonly spans: ReadableSpan[]
  calls: number
  /** Set: every export fails with it. */
  error: (Error & { code?: number }) | undefined
  /** Set: exports wait for it. */
  gate: Promise<unknown> | undefined
  named(name: string): ReadableSpan
}

export function memory(): Memory {
  return {
    spans: [],
    calls: 0,
    error: undefined,
    gate: undefined,
    export(batch, done) {
      this.calls++
      const answer = () => {
        if (this.error) return done({ code: 1, error: this.error })
        this.spans.push(...batch)
        return done({ code: 0 })
      }
      if (this.gate) void this.gate.then(answer)
      else answer()
    },
    async shutdown() {},
    named(name) {
      const found = this.spans.find((span) => span.name === name)
      if (!found) throw new Error(`no span ${name} among ${this.spans.map((span) => span.name)}`)
      return found
    },
  }
}
