// The output of the demo: numbered steps, indented lines, and checks.
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

/** Prints the output of a program unchanged, with a bar in front of each line. */
export function quote(text: string): void {
  for (const line of text.trimEnd().split('\n')) {
    console.log(`    ${paint('gray', '│')} ${line}`)
  }
}

/** Prints a claim and whether it holds. The demo fails if one does not. */
export function check(holds: boolean, claim: string, actual?: unknown): void {
  const detail = !holds && actual !== undefined ? `: ${JSON.stringify(actual)}` : ''
  console.log(`    ${holds ? paint('green', '✓') : paint('red', '✗')} ${claim}${detail}`)
  if (!holds) failed.push(`step ${steps}: ${claim}${detail}`)
}

/** The claims that did not hold. */
export const failures = (): readonly string[] => failed
