// What a person sees: numbered steps, indented lines, and checks that must hold.
import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

const coloured = process.env['FORCE_COLOR'] || (process.stdout.isTTY && !process.env['NO_COLOR'])
const failed: string[] = []
let steps = 0

export const paint = (style: Style, text: string): string =>
  coloured ? styleText(style, text) : text

export function step(title: string): void {
  steps += 1
  console.log(`\n${paint(['bold', 'cyan'], String(steps).padStart(2))}  ${paint('bold', title)}`)
}

export function say(text = ''): void {
  for (const line of text.split('\n')) console.log(`    ${line}`)
}

/** Shows output of a program as it came. */
export function quote(text: string): void {
  for (const line of text.trimEnd().split('\n')) {
    console.log(`    ${paint('gray', '│')} ${line}`)
  }
}

/** Shows a claim and whether it holds. A claim that does not hold makes the demo fail. */
export function check(holds: boolean, claim: string, seen?: unknown): void {
  const detail = !holds && seen !== undefined ? `: ${JSON.stringify(seen)}` : ''
  console.log(`    ${holds ? paint('green', '✓') : paint('red', '✗')} ${claim}${detail}`)
  if (!holds) failed.push(`step ${steps}: ${claim}${detail}`)
}

/** The claims that did not hold. */
export const failures = (): readonly string[] => failed
