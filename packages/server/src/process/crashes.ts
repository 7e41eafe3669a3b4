import { type Supervision, stopAll } from './supervision.ts'

/** The further ones are only counted: what throws in a loop must not fill the log. */
const maxLogged = 20

/** Lets uncaught errors stop the servers of this process. */
export function hearCrashes(supervision: Supervision): void {
  if (supervision.hearsCrashes) return
  supervision.hearsCrashes = true
  process.on('uncaughtException', (error, origin) => {
    process.exitCode ||= 1
    const count = ++supervision.crashes
    const [first] = supervision.members
    if (count <= maxLogged) {
      const isRejection = origin === 'unhandledRejection'
      first?.log('fatal', isRejection ? 'unhandled rejection' : 'uncaught exception', {
        err: error,
      })
    } else if (count === maxLogged + 1) {
      first?.log('fatal', 'further uncaught errors are not logged')
    }
    // More often than not several come at once. All of them belong to the same end.
    stopAll(supervision, { reason: origin, hasty: true }, { exitCode: 1, hasCrashed: true })
  })
}
