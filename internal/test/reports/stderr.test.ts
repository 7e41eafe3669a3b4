import { fileURLToPath } from 'node:url'
import { startProgram } from '@clew/testing'
import { expect, test } from '@jest/globals'

const module = new URL('../../dist/reports/stderr.js', import.meta.url).href

test('a closed stderr does not end the process', async () => {
  const source = `
    import { writeStderr } from ${JSON.stringify(module)}
    for (let i = 0; i < 3; i++) {
      writeStderr('line ' + i)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    console.log('alive')`
  const folder = fileURLToPath(new URL('../..', import.meta.url))
  // The reader of the pipe ends at once.
  const script = `{ "$NODE" --input-type=module -e "$SOURCE" 2>&1 1>&3 3>&- | true; } 3>&1`
  const child = startProgram('bash', ['-c', script], {
    cwd: folder,
    env: { NODE: process.execPath, SOURCE: source },
  })
  await child.exit
  expect(child.stdout).toBe('alive\n')
})
