import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, test } from '@jest/globals'

/** The path of a program in PATH, for who starts it without a shell. */
export function programPath(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return folders
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

/** Whether a program is in PATH. */
export const hasProgram = (name: string): boolean => programPath(name) !== undefined

/** `describe`, or a skipped test that names the missing program. */
export function describeWith(program: string, title: string, body: () => void): void {
  if (hasProgram(program)) describe(title, body)
  else {
    describe(title, () => {
      test.skip(`needs ${program}, which is not in PATH`, () => {})
    })
  }
}
