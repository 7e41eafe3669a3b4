import { developmentReason } from '@clew/internal/development/mode'
import { topicOf } from '@clew/internal/observers/topic'
import type { Report } from '@clew/internal/reports/reporter'
import { resourceOf } from '@clew/internal/telemetry/resource'
import type { NodeTracerProvider, ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-node'
import type { BatchProcessor } from '../exporting/batch.ts'
import { adaptiveSampler } from '../sampling/adaptive-sampler.ts'
import { always, type Sampler } from '../sampling/sampler.ts'
import type { Environment } from './environment.ts'
import type { Settings } from './options.ts'

/** What the SDK's provider is made of. */
export interface ProviderParts {
  readonly settings: Settings
  readonly environment: Environment
  readonly processors: readonly BatchProcessor[]
  readonly report: (report: Report) => void
}

/** The SDK's provider. It is not registered yet. */
export async function createProvider(parts: ProviderParts): Promise<NodeTracerProvider> {
  const { settings, environment, processors, report } = parts
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
    sampler: environment.sampler ?? settings.sampler ?? samplerHere(report),
    spanProcessors: [...processors, watched],
    ...(environment.limitsAttributes ? {} : { spanLimits: limits }),
  })
}

/** Where a developer looks at single requests, all of them are sampled. */
function samplerHere(report: (report: Report) => void): Sampler {
  const reason = developmentReason()
  if (reason === undefined) return adaptiveSampler()
  report({
    type: 'trace.development',
    level: 'info',
    message: `every trace is sampled, since ${reason}; with NODE_ENV=production, at most 2 a second`,
    fields: { reason },
  })
  return always
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
