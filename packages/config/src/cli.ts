#!/usr/bin/env node
import { run } from './commands/run.ts'

/** Resolves when everything is written, or with the reason why not. */
function print(stream: NodeJS.WriteStream, text: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    // The callback gets the same error; without a listener, it would end the process.
    stream.once('error', () => {})
    stream.write(text, (error) => resolve(error?.message))
  })
}

const { code, out, err } = await run(process.argv.slice(2))
const failure = await print(process.stdout, out)
const notice = failure === undefined ? '' : `standard output cannot be written: ${failure}\n`
await print(process.stderr, err + notice)
// The module may keep the process alive.
process.exit(failure === undefined ? code : 2)
