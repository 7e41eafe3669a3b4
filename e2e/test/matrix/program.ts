import { readFileSync } from 'node:fs'
import { transform } from 'esbuild'

const service = readFileSync(new URL('service.ts', import.meta.url), 'utf8')

const endings = {
  process: `
run().then(
  () => console.log('passed'),
  (error) => {
    console.error(error)
    process.exit(1)
  },
)`,
  test: "\ntest('the service', run, 60_000)",
}

type Ending = keyof typeof endings

/** The service as a program, or as a test with the globals of Jest and Vitest, in TypeScript. */
export const inTypeScript = (ending: Ending): string =>
  ending === 'test'
    ? `declare const test: (title: string, run: () => Promise<void>, timeoutMs: number) => void\n${service}${endings.test}\n`
    : service + endings.process

/** The same in JavaScript. */
export async function inJavaScript(ending: Ending, format: 'esm' | 'cjs'): Promise<string> {
  const options = { loader: 'ts', format, platform: 'node', target: 'es2022' } as const
  return (await transform(inTypeScript(ending), options)).code
}
