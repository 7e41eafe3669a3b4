import { isCredentialField, isCredentialParameter } from '@clew/internal/redaction/credential-names'

/** Whether the value under a name is not to be seen. */
export type IsSecret = (name: string) => boolean

const hidden = '[redacted]'
const maxDepth = 10

/** @param names - of the application, besides the usual names of credentials; in any case */
export function secretNames(names: readonly string[]): IsSecret {
  const own = new Set(names.map((name) => name.toLowerCase()))
  return (name) =>
    own.has(name.toLowerCase()) || isCredentialField(name) || isCredentialParameter(name)
}

/** A copy of a JSON value without what is secret. */
export function redactedValue(value: unknown, isSecret: IsSecret, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth >= maxDepth) return '…'
  if (Array.isArray(value)) return value.map((each) => redactedValue(each, isSecret, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      isSecret(name) ? hidden : redactedValue(each, isSecret, depth + 1),
    ]),
  )
}

/** The fields of a form as an object; of a name that comes several times, all values. */
export function redactedForm(text: string, isSecret: IsSecret): Record<string, string | string[]> {
  const form = new URLSearchParams(text)
  return Object.fromEntries(
    [...new Set(form.keys())].map((name) => {
      const values = form.getAll(name)
      return [name, isSecret(name) ? hidden : values.length > 1 ? values : (values[0] ?? '')]
    }),
  )
}

/** Text without what stands behind the name of a secret, as `name=…`, `"name": …` or `<name>…<`. */
export function redactedText(text: string, isSecret: IsSecret): string {
  return text
    .replace(/\b(Bearer|Basic|Digest)\s+[^\s"'<>]+/gi, `$1 ${hidden}`)
    .replace(/<([\w:.-]{1,64})([^<>]{0,256})>([^<]+)/g, (all, name: string, rest: string) =>
      isSecret(name.replace(/^.*:/, '')) ? `<${name}${rest}>${hidden}` : all,
    )
    .replace(
      /([\w.-]{1,64})(["']?\s{0,8}[:=]\s{0,8})("[^"]*"?|'[^']*'?|[^\s"'&,;<>]+)/g,
      (all, name: string, between: string) => (isSecret(name) ? name + between + hidden : all),
    )
}
