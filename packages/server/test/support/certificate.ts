import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const program = 'openssl'

export interface Pair {
  readonly cert: string
  readonly key: string
}

/** Writes a certificate for localhost and its key into a folder. */
export function writeCertificate(folder: string, days = 90): Pair {
  const files = { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') }
  execFileSync(
    program,
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...[
        '-days',
        String(days),
        '-subj',
        '/CN=localhost',
        '-addext',
        'subjectAltName=DNS:localhost',
      ],
      ...['-keyout', files.key, '-out', files.cert],
    ],
    { stdio: 'ignore' },
  )
  return files
}

export const contentOf = ({ cert, key }: Pair): Pair => ({
  cert: readFileSync(cert, 'utf8'),
  key: readFileSync(key, 'utf8'),
})
