// Starts the whole example locally: an identity provider, PostgreSQL (PGlite behind a real socket),
// an OTLP/gRPC collector, and the two services in processes of their own.
import { fileURLToPath } from 'node:url'
import * as security from '@clew/security'
import { type Child, type Collector, startCollector, startNode } from '@clew/testing'
import { type DatabaseServer, startDatabase } from './database-server.ts'
import { type Identity, startIdentity } from './identity.ts'

/** A running service. */
export interface Service {
  readonly url: string
  readonly process: Child
}

export interface Stack {
  readonly collector: Collector
  readonly identity: Identity
  readonly database: DatabaseServer
  readonly payments: Service
  readonly orders: Service & { readonly adminUrl: string }
  readonly credentials: { readonly apiKey: string; readonly password: string }
  stop(): Promise<void>
}

export interface StackOptions {
  /** The ports to listen on. Default: 0, any free port. */
  readonly ports?: {
    readonly orders?: number
    readonly admin?: number
    readonly payments?: number
    readonly identity?: number
    readonly collector?: number
  }
  /** The PostgreSQL server to use. Default: one embedded in this process. */
  readonly databaseUrl?: string
  /** Further environment variables for both services. */
  readonly env?: Readonly<Record<string, string>>
}

/** Starts everything. If a service does not start, stops the others and rejects with its output. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const closers: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close()
  }
  try {
    return { ...(await start(options, (close) => closers.push(close))), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function start(
  { ports = {}, env = {}, databaseUrl }: StackOptions,
  onStop: (close: () => Promise<unknown>) => void,
): Promise<Omit<Stack, 'stop'>> {
  const collector = await startCollector({ port: ports.collector ?? 0 })
  onStop(() => collector.close())
  const identity = await startIdentity(ports.identity)
  onStop(() => identity.close())
  const database = await startDatabase()
  onStop(() => database.close())
  const common = { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint }

  const payments = await startService('payments', onStop, {
    ...common,
    HTTP_ADDR: `127.0.0.1:${ports.payments ?? 0}`,
  })
  const apiKey = security.issueApiKey({ owner: 'catalog', prefix: 'example' })
  const password = 'correct horse battery staple'
  const orders = await startService('main', onStop, {
    ...common,
    HTTP_ADDR: `127.0.0.1:${ports.orders ?? 0}`,
    ADMIN_ADDR: `127.0.0.1:${ports.admin ?? 0}`,
    DATABASE_URL: databaseUrl ?? database.url,
    // PGlite has a single session; a second connection would share it.
    ...(databaseUrl ? {} : { DATABASE_CONNECTIONS: '1' }),
    PAYMENTS_URL: payments.url,
    ISSUER_URL: identity.url,
    API_KEYS: JSON.stringify([apiKey.record]),
    REPORTS_PASSWORD_HASH: await security.hashPassword(password),
  })
  const credentials = { apiKey: apiKey.key, password }
  return { collector, identity, database, payments, orders, credentials }
}

/** Starts a service and waits for the log line that has its URLs. */
async function startService(
  program: string,
  onStop: (close: () => Promise<unknown>) => void,
  env: Record<string, string>,
) {
  const process = startNode(fileURLToPath(new URL(`${program}.js`, import.meta.url)), [], { env })
  onStop(() => {
    process.kill('SIGTERM')
    return process.exit
  })
  const [line] = await process.until(/^.* is up".*$/m).catch(() => {
    throw new Error(`a service did not start:\n${process.stdout}${process.stderr}`)
  })
  const { url, admin } = JSON.parse(line) as { url: string; admin: string }
  return { url, adminUrl: admin, process }
}
