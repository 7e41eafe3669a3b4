import { registered } from '@clew/internal/telemetry/api'
import type { Meter, MeterProvider } from '@opentelemetry/api'
import type { Attributes, Labels } from './attributes.ts'
import { bindObservables, scopeName } from './binding.ts'
import { labelsOf } from './labels.ts'
import { admitted } from './series.ts'
import { type Declared, type SeriesInstrument, state } from './state.ts'

/** Records in the instrument of the provider that is registered now. */
export interface Recorder {
  record(value: number, attributes: Attributes | undefined): void
  /** Returns whether there was such a series. Other SDKs than ours cannot remove one. */
  remove(attributes: Attributes | undefined): boolean
}

/**
 * Creates a recorder. It finds its instrument when it is used, and again when another provider is
 * registered: the instruments of `@opentelemetry/api` would stay no-ops.
 * @param create - creates the instrument of another SDK, or one that is not kept here
 */
export function createRecorder(
  declared: Declared,
  create: (meter: Meter) => (value: number, labels: Labels | undefined) => void,
): Recorder {
  let bound: MeterProvider | undefined
  let own: SeriesInstrument | undefined
  let theirs: ReturnType<typeof create> | undefined

  function bind(provider: MeterProvider | undefined): void {
    bound = provider
    const { provider: ours, series } = state()
    own = provider !== undefined && provider === ours ? series?.open(declared) : undefined
    theirs = undefined
    try {
      if (provider && own === undefined) theirs = create(provider.getMeter(scopeName))
    } catch {
      // A foreign provider that throws costs this measurement, not the caller.
    }
    bindObservables()
  }

  return {
    record(value, attributes) {
      const provider = registered().metrics
      if (provider !== bound) bind(provider)
      if (own !== undefined) own.record(value, attributes)
      else theirs?.(value, admitted(declared.name, labelsOf(attributes)))
    },
    remove(attributes) {
      const provider = registered().metrics
      if (provider !== bound) bind(provider)
      return own?.remove(attributes) ?? false
    },
  }
}

/** An instrument as a record for the storage. */
export const declaredOf = (
  kind: Declared['kind'],
  name: string,
  options: Partial<Pick<Declared, 'unit' | 'description' | 'boundaries'>> | object,
): Declared => {
  const { unit = '', description = '', boundaries } = options as Partial<Declared>
  return { kind, name, unit, description, boundaries }
}
