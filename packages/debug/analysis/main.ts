// Reads a heap snapshot from standard input, and writes who keeps its memory alive to standard output,
// as one JSON object. A process of its own, so that neither its time nor its memory is the program's.
import { SnapshotReader, TooLarge } from './reader.ts'
import { retainersOf } from './retainers.ts'

function answer(value: object, code: number): void {
  process.stdout.write(JSON.stringify(value), () => process.exit(code))
}

const reader = new SnapshotReader(Number(process.argv[1]))
process.stdin.on('data', (chunk: Buffer) => {
  try {
    reader.add(chunk)
  } catch (error) {
    process.stdin.removeAllListeners()
    if (error instanceof TooLarge) answer({ neededBytes: error.neededBytes }, 1)
    else throw error
  }
})
process.stdin.on('end', () => answer(retainersOf(reader.end()), 0))
