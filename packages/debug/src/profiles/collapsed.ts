import { placeText } from './place-text.ts'
import type { Frame, Stack } from './stacks.ts'

/**
 * Stacks as text, the input of flame graph tools: `main;handle;query 12`, the leaf last.
 * @param unit - how much of an amount is 1 in the text
 */
export function collapsed(stacks: readonly Stack[], unit: number): string {
  const sums = new Map<string, number>()
  for (const { frames, amount } of stacks) {
    const line = frames.map(nameOf).reverse().join(';')
    sums.set(line, (sums.get(line) ?? 0) + amount)
  }
  return [...sums]
    .map(([line, amount]) => [line, Math.round(amount / unit)] as const)
    .filter(([, amount]) => amount > 0)
    .map(([line, amount]) => `${line} ${amount}\n`)
    .join('')
}

// A semicolon would end the frame.
const nameOf = ({ place, line }: Frame) => placeText({ ...place, line }).replaceAll(';', '?')
