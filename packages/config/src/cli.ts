#!/usr/bin/env node
import { run } from './commands.ts'

/** Resolves when all has been taken, or with the reason why not. */
function print(stream: NodeJS.WriteStream, text: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    // The same as what the callback gets; without a listener it would end the process.
    stream.once('error', () => {})
    stream.write(text, (error) => resolve(error?.message))
  })
}

const { code, out, err } = await run(process.argv.slice(2))
const failure = await print(process.stdout, out)
const complaint = failure === undefined ? '' : `standard output cannot be written: ${failure}\n`
await print(process.stderr, err + complaint)
// The module may keep something open.
process.exit(failure === undefined ? code : 2)
