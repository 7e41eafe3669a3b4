import { replaceSecret, type Secret } from '../values/secret.ts'
import type { Reading } from './reading.ts'
import type { SecretFile } from './record.ts'

/** One if the reading is a secret that came from a file, otherwise none. */
export function secretFilesOf(reading: Reading, maxBytes: number): readonly SecretFile[] {
  const { leaf, value, file, text } = reading
  const { variable, path, definition } = leaf
  if (!definition.secret || file === undefined || text === undefined) return []
  let current = text
  const accept = (next: string): boolean => {
    const outcome =
      next === '' && !definition.allowEmpty ? undefined : definition.grammar.parse(next)
    if (!outcome?.ok) return false
    replaceSecret(value as Secret<unknown>, outcome.value)
    current = next
    return true
  }
  return [
    {
      variable,
      path: path.join('.'),
      file,
      maxBytes,
      accept,
      get text() {
        return current
      },
    },
  ]
}
