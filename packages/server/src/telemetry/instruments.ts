import { type Registered, registered } from '@clew/internal/telemetry/api'

type MeterProvider = NonNullable<Registered['metrics']>
type Meter = ReturnType<MeterProvider['getMeter']>
type Gauge = ReturnType<Meter['createGauge']>

interface Instruments {
  readonly refused: ReturnType<Meter['createCounter']>
  readonly notAfter: Gauge
  readonly limit: Gauge
}

const none: unique symbol = Symbol('none')
// Cached for each provider: another one may be registered later.
const cache = new WeakMap<object, Instruments | typeof none>()

/** Counts what a limit has refused. Without a provider, nothing happens. */
export function countRefused(reason: string): void {
  safely((instruments) => instruments.refused.add(1, { 'server.reason': reason }))
}

/** Records until when a certificate is valid. */
export function recordNotAfter(validTo: Date, port: number): void {
  safely(({ notAfter }) => notAfter.record(validTo.getTime() / 1_000, { 'server.port': port }))
}

/** Records how many requests may be in progress at once. */
export function recordLimit(limit: number): void {
  safely((instruments) => instruments.limit.record(limit))
}

/** A provider that throws changes nothing. */
function safely(use: (instruments: Instruments) => void): void {
  const provider = registered().metrics
  if (provider === undefined) return
  try {
    const found = cache.get(provider) ?? createInstruments(provider)
    if (found !== none) use(found)
  } catch {
    cache.set(provider, none)
  }
}

function createInstruments(provider: MeterProvider): Instruments {
  const meter = provider.getMeter('@clew/server')
  const instruments = {
    refused: meter.createCounter('server.refused', {
      description: 'Requests and connections that a limit of the server has refused or cut',
      unit: '{refusal}',
    }),
    notAfter: meter.createGauge('server.certificate.not_after', {
      description: 'Until when the certificate of a listener is valid, as a Unix time',
      unit: 's',
    }),
    limit: meter.createGauge('server.in_flight.limit', {
      description: 'How many requests may be in progress at once',
      unit: '{request}',
    }),
  }
  cache.set(provider, instruments)
  return instruments
}
