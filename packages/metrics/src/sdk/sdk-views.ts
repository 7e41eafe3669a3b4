import type { AggregationOption, ViewOptions } from '@opentelemetry/sdk-metrics'
import type { Labels } from '../instruments/attributes.ts'
import type { CheckedView, View } from './views.ts'

// The SDK's AggregationType, whose values are part of its public API.
const aggregationTypes = { default: 0, drop: 1, explicit: 4, exponential: 5 } as const

/** The views in the form of the SDK. Each one that matches an instrument creates a metric of it. */
export function sdkViews(views: readonly CheckedView[], cardinalityLimit: number): ViewOptions[] {
  return views.map(({ instrument, name, description, drop, boundaries, filter }) => ({
    instrumentName: instrument,
    aggregation: aggregationOf(drop, boundaries),
    aggregationCardinalityLimit: cardinalityLimit,
    ...(boundaries === undefined ? {} : { instrumentType: 'HISTOGRAM' as never }),
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(filter === undefined
      ? {}
      : { attributesProcessors: [{ process: (labels) => filter(labels as Labels) }] }),
  }))
}

function aggregationOf(
  drop: boolean | undefined,
  boundaries: View['boundaries'],
): AggregationOption {
  if (drop) return { type: aggregationTypes.drop }
  if (boundaries === undefined) return { type: aggregationTypes.default }
  if (boundaries === 'exponential') return { type: aggregationTypes.exponential }
  return { type: aggregationTypes.explicit, options: { boundaries: [...boundaries] } }
}
