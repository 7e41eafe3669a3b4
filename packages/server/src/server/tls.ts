import type { Server as HttpServer } from 'node:http'
import type { Server as TlsServer } from 'node:tls'
import { reasonOf } from '@clew/internal/errors/reason'
import { ServerError } from '../errors.ts'
import {
  type Certificate,
  type Credentials,
  describeCertificate,
  hasFiles,
  readCredentials,
} from '../listener/certificate.ts'
import type { TlsSettings } from '../options/listener-settings.ts'
import type { Log } from '../options/parts.ts'
import { recordNotAfter } from '../telemetry/instruments.ts'

/** The certificate of one listener. */
export interface Keeper {
  /** The one in use. */
  readonly certificate: Certificate | undefined
  /** @throws {ServerError} `ERR_SERVER_CERTIFICATE` */
  load(): Promise<void>
  /** Uses what is in the files now, or keeps what it has, and says so. Never rejects. */
  reload(): Promise<void>
  /** Records until when it is valid, now and then. Call it when the server listens. */
  record(): void
  close(): void
}

/** A provider of metrics may be registered later. */
const recordMs = 15_000
const dayMs = 86_400_000
/** Whoever renews certificates does so earlier. */
const warnDays = 14

export function keepCertificate(http: HttpServer, tls: TlsSettings, log: Log): Keeper {
  let certificate: Certificate | undefined
  let used = ''
  /** What could not be used: said once, and tried again, since the other file may follow. */
  let refused: string | undefined
  let timer: NodeJS.Timeout | undefined
  let recorder: NodeJS.Timeout | undefined
  let isClosed = false

  async function load(): Promise<void> {
    const credentials = await readCredentials(tls.source)
    const content = JSON.stringify(credentials)
    if (content === used) return
    certificate = use(http, tls, credentials)
    used = content
    refused = undefined
    warnOfEnd(certificate, log)
  }

  async function reload(): Promise<void> {
    const before = certificate
    try {
      await load()
    } catch (error) {
      if (isClosed) return
      const reason = reasonOf(error)
      if (reason !== refused)
        log('error', 'certificate not reloaded: the one before stays', { reason })
      refused = reason
      return
    }
    if (certificate === before) return
    recordEnd()
    log('info', 'certificate reloaded', fieldsOf(certificate))
  }

  function recordEnd(): void {
    const bound = http.address()
    if (certificate === undefined || bound === null || typeof bound === 'string') return
    recordNotAfter(certificate.validTo, bound.port)
  }

  return {
    get certificate() {
      return certificate
    },
    async load() {
      try {
        await load()
      } catch (cause) {
        const message = `cannot use the certificate: ${reasonOf(cause)}`
        throw new ServerError('ERR_SERVER_CERTIFICATE', message, { cause })
      }
      if (tls.reloadMs > 0 && hasFiles(tls.source)) {
        timer = setInterval(() => void reload(), tls.reloadMs).unref()
      }
    },
    reload,
    record() {
      recordEnd()
      recorder = setInterval(recordEnd, recordMs).unref()
    },
    close() {
      isClosed = true
      clearInterval(timer)
      clearInterval(recorder)
    },
  }
}

/** Node throws if the key does not belong to the certificate, and then keeps what it has. */
function use(http: HttpServer, { minVersion }: TlsSettings, credentials: Credentials): Certificate {
  const certificate = describeCertificate(credentials)
  ;(http as unknown as TlsServer).setSecureContext({ ...credentials, minVersion })
  return certificate
}

function warnOfEnd(certificate: Certificate, log: Log): void {
  const days = (certificate.validTo.getTime() - Date.now()) / dayMs
  if (days >= warnDays) return
  const when = days < 0 ? 'has expired' : 'expires soon'
  log('warn', `the certificate ${when}`, fieldsOf(certificate))
}

const fieldsOf = (certificate: Certificate | undefined) => ({
  names: certificate?.names,
  valid_to: certificate?.validTo.toISOString(),
})
