import { shown } from './display.ts'
import { misuse, wrongOption } from './errors.ts'

/** Refuses options that do not exist: a misspelt `min` or `prefix` must not be silently ignored. */
export function onlyKnown(owner: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw wrongOption(owner, 'options', 'an object', options)
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw noOption(owner, key, known)
  }
}

function noOption(owner: string, key: string, known: readonly string[]): TypeError {
  return misuse(
    'ERR_CONFIG_OPTION',
    `${owner}: there is no option ${shown(key)}; there are ${known.join(', ')}`,
  )
}
