import { visible } from '@clew/internal/errors/show'

const maxShown = 64

/**
 * A string on one line, in double quotes, with control characters escaped, cut to `max`
 * characters.
 */
export function quote(text: string, max: number = maxShown): string {
  const head = cut(text, max)
  const quoted = visible(JSON.stringify(head))
  return head === text ? quoted : `${quoted.slice(0, -1)}…" (${text.length} characters)`
}

/** Like {@link quote}, but without the quotes, and with quotes and backslashes left as they are. */
export function plain(text: string, max: number = maxShown): string {
  const head = cut(text, max)
  return head === text ? visible(text) : `${visible(head)}… (${text.length} characters)`
}

function cut(text: string, max: number): string {
  if (text.length <= max) return text
  return text.slice(0, isHighSurrogate(text, max - 1) ? max - 1 : max)
}

function isHighSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index)
  return unit >= 0xd800 && unit <= 0xdbff
}

/** `1 item`, `2 items`. */
export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
