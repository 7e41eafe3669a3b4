import { topicOf } from '@clew/internal/observers/topic'
import { resourceOf } from '@clew/internal/telemetry/resource'
import type { NodeTracerProvider, ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-node'
import type { BatchProcessor } from '../exporting/batch.ts'
import { adaptiveSampler } from '../sampling/adaptive-sampler.ts'
import type { Environment } from './environment.ts'
import type { Settings } from './options.ts'

/** The SDK's provider. It is not registered yet. */
export async function createProvider(
  settings: Settings,
  environment: Environment,
  processors: readonly BatchProcessor[],
): Promise<NodeTracerProvider> {
  const [sdk, resources] = await Promise.all([
    import('@opentelemetry/sdk-trace-node'),
    import('@opentelemetry/resources'),
  ])
  const attributes = resourceOf(
    settings.service,
    settings.resource,
    environment.resource,
    settings.detect,
  )
  const limits = { attributeValueLengthLimit: settings.maxAttributeLength }
  return new sdk.NodeTracerProvider({
    resource: resources.defaultResource().merge(resources.resourceFromAttributes(attributes)),
    sampler: environment.sampler ?? settings.sampler ?? adaptiveSampler(),
    spanProcessors: [...processors, watched],
    ...(environment.limitsAttributes ? {} : { spanLimits: limits }),
  })
}

const ended = topicOf<ReadableSpan>('trace.span')

/** Shows each span that is recorded to those who look on. */
const watched: SpanProcessor = {
  onStart() {},
  onEnd(span) {
    if (ended.tell !== undefined) ended.tell(span)
  },
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
}
