import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, test } from '@jest/globals'

/** Whether a program is in PATH. */
export function hasProgram(name: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** `describe`, or a skipped test that names the missing program. */
export function describeWith(program: string, title: string, body: () => void): void {
  if (hasProgram(program)) describe(title, body)
  else {
    describe(title, () => {
      test.skip(`needs ${program}, which is not in PATH`, () => {})
    })
  }
}
