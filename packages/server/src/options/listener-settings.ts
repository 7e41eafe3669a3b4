import type { ServerCheck } from '../errors.ts'
import { type ListenTarget, parseAddress } from '../listener/address.ts'
import type { CertificateSource } from '../listener/certificate.ts'
import type { ListenerOptions, TlsOptions } from './options.ts'

/** The options of one listener, checked. */
export interface ListenerSettings {
  readonly address: ListenTarget
  readonly tls: TlsSettings | undefined
  readonly http2: boolean
  readonly onServer: ListenerOptions['onServer']
  readonly onUpgrade: ListenerOptions['onUpgrade']
}

export interface TlsSettings {
  readonly source: CertificateSource
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3'
  /** 0 = not by itself. */
  readonly reloadMs: number
}

export const listenerOptionNames: readonly (keyof ListenerOptions)[] = [
  'address',
  'tls',
  'http2',
  'onServer',
  'onUpgrade',
]

const tlsOptionNames: readonly (keyof TlsOptions)[] = [
  'cert',
  'key',
  'passphrase',
  'ca',
  'minVersion',
  'reloadMs',
]

/** Checks the options of one listener. Unknown names must have been refused before. */
export function listenerSettingsOf(
  check: ServerCheck,
  { address = ':8080', tls, http2 = false, onServer, onUpgrade }: ListenerOptions,
): ListenerSettings {
  check.function('onServer', onServer)
  check.function('onUpgrade', onUpgrade)
  const target = parseAddress(check, 'address', address)
  if (tls !== undefined && 'path' in target) {
    throw check.error('address', 'a host and a port if there is tls', address)
  }
  return {
    address: target,
    tls: tls && tlsOf(check, tls),
    http2: check.boolean('http2', http2),
    onServer,
    onUpgrade,
  }
}

function tlsOf(check: ServerCheck, options: TlsOptions): TlsSettings {
  const given = check.options('tls', options, tlsOptionNames)
  const { ca, passphrase, minVersion = 'TLSv1.2', reloadMs = 60_000 } = given
  if (passphrase !== undefined && typeof passphrase !== 'string') {
    throw check.secretError('tls.passphrase', 'a string')
  }
  return {
    source: {
      cert: pemOf(check, 'tls.cert', given.cert),
      key: pemOf(check, 'tls.key', given.key),
      ca: ca === undefined ? undefined : pemOf(check, 'tls.ca', ca),
      passphrase,
    },
    minVersion: check.oneOf('tls.minVersion', minVersion, ['TLSv1.2', 'TLSv1.3']),
    reloadMs: check.milliseconds('tls.reloadMs', reloadMs),
  }
}

/** The message does not show it: it may be a key. */
function pemOf(check: ServerCheck, option: string, value: unknown): string {
  const text = Buffer.isBuffer(value) ? value.toString() : value
  if (typeof text === 'string' && text !== '') return text
  throw check.secretError(option, 'PEM text, or the path of a file with it')
}
