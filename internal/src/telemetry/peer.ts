/** Loads an optional peer dependency. `fail` creates the error if it is not installed. */
export async function loadPeer<T>(
  name: string,
  load: () => Promise<T>,
  fail: (message: string, cause: unknown) => Error,
): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    throw fail(`this needs the package ${name}: npm install ${name}`, cause)
  }
}
