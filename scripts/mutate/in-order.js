/** A sequencer of jest: test files run in the order of $CLEW_TEST_ORDER, so that the one which most probably fails is the first. */
export default class InOrder {
  sort(tests) {
    // biome-ignore lint/suspicious/noUndeclaredEnvVars: it is set by the process that starts jest, and turbo sees neither
    const order = JSON.parse(process.env.CLEW_TEST_ORDER)
    return [...tests].sort((a, b) => order.indexOf(a.path) - order.indexOf(b.path))
  }

  shard(tests) {
    return tests
  }

  allFailedTests(tests) {
    return tests
  }

  cacheResults() {}
}
