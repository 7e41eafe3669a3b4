import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Certificate {
  readonly key: string
  readonly cert: string
}

export interface Certificates {
  readonly ca: string
  /** Signed by the CA, for these hosts. */
  signed(name: string, ...hosts: string[]): Certificate
  selfSigned(name: string): Certificate
  remove(): void
}

const ec = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2'

/** A certificate authority of its own, made by openssl. */
export function createCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'clew-security-'))
  const make = (name: string, more: string): Certificate => {
    const args = `req -x509 ${ec} -subj /CN=${name} -keyout ${name}.key -out ${name}.pem ${more}`
    execFileSync('openssl', args.trim().split(' '), { cwd: folder, stdio: 'ignore' })
    const read = (ending: string) => readFileSync(join(folder, `${name}.${ending}`), 'utf8')
    return { key: read('key'), cert: read('pem') }
  }
  const { cert: ca } = make('Company-CA', '')
  return {
    ca,
    signed: (name, ...hosts) =>
      make(
        name,
        `-CA Company-CA.pem -CAkey Company-CA.key -addext basicConstraints=critical,CA:FALSE${
          hosts.length > 0
            ? ` -addext subjectAltName=${hosts.map((host) => `DNS:${host}`).join(',')}`
            : ''
        }`,
      ),
    selfSigned: (name) => make(name, ''),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
