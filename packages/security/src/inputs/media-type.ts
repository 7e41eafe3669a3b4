import type { MediaTypes } from './options.ts'

/** A Content-Type, without its other parameters. */
export interface MediaType {
  /** In lower case: `application/json`. */
  readonly name: string
  /** In lower case; undefined if there is none. */
  readonly charset: string | undefined
}

/** RFC 9110, section 8.3.1; undefined if the header cannot be read. */
export function mediaTypeOf(header: unknown): MediaType | undefined {
  if (typeof header !== 'string') return undefined
  const [type = '', ...parameters] = header.split(';')
  const name = type.trim().toLowerCase()
  if (!/^[^\s/,"]+\/[^\s/,"]+$/.test(name)) return undefined
  const given = parameters.find((parameter) => /^\s*charset\s*=/i.test(parameter))
  const charset = given
    ?.slice(given.indexOf('=') + 1)
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .toLowerCase()
  return { name, charset }
}

export const isAllowed = ({ name }: MediaType, { patterns }: MediaTypes): boolean =>
  patterns.some((pattern) => pattern.test(name))

export const isJson = ({ name }: MediaType): boolean =>
  name === 'application/json' || name.endsWith('+json')

export const isForm = ({ name }: MediaType): boolean => name === 'application/x-www-form-urlencoded'

/** JSON is UTF-8 (RFC 8259, section 8.1), and so are forms of the web. */
export const isUtf8 = ({ charset }: MediaType): boolean =>
  charset === undefined || charset === 'utf-8' || charset === 'utf8'
