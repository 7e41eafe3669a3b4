import { readFile } from 'node:fs/promises'
import type { SecureContextOptions } from 'node:tls'

/** PEM text, or the paths of files with it. */
export interface CertificateSource {
  readonly cert: string
  readonly key: string
  readonly ca: string | undefined
  readonly passphrase: string | undefined
}

/** A certificate in use. */
export interface Certificate {
  /** The names that it is for, such as `DNS:api.example.com`. */
  readonly names: string
  readonly serialNumber: string
  readonly validFrom: Date
  readonly validTo: Date
}

/** What `setSecureContext` takes. */
export type Credentials = Pick<SecureContextOptions, 'cert' | 'key' | 'ca' | 'passphrase'>

const isPem = (value: string) => value.includes('-----BEGIN ')

/** Whether anything of it is in files, which may change. */
export const hasFiles = ({ cert, key, ca }: CertificateSource): boolean =>
  [cert, key, ca].some((value) => value !== undefined && !isPem(value))

/** Reads the files. Rejects if one cannot be read. */
export async function readCredentials(source: CertificateSource): Promise<Credentials> {
  const [cert, key, ca] = await Promise.all([source.cert, source.key, source.ca].map(pemOf))
  const { passphrase } = source
  return {
    cert,
    key,
    ...(ca === undefined ? {} : { ca }),
    ...(passphrase === undefined ? {} : { passphrase }),
  }
}

const pemOf = async (value: string | undefined) =>
  value === undefined || isPem(value) ? value : readFile(value, 'utf8')

/** Describes the first certificate of a PEM text. Throws if there is none. */
export function describeCertificate({ cert }: Credentials): Certificate {
  const { X509Certificate } = process.getBuiltinModule('node:crypto')
  const { subject, subjectAltName, serialNumber, validFrom, validTo } = new X509Certificate(
    String(cert),
  )
  return {
    names: subjectAltName ?? subject ?? '',
    serialNumber,
    validFrom: new Date(validFrom),
    validTo: new Date(validTo),
  }
}
