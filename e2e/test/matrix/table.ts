import { cells, kinds } from './cells.ts'
import { names } from './packed.ts'

/** docs/compatibility.md, from the cells: one table for each kind. */
export function compatibility(): string {
  const tables = kinds.map((kind) => {
    const ofKind = cells.filter((cell) => cell.kind === kind)
    const columns = ofKind.some(({ packages }) => packages) ? names : []
    const rows = ofKind.map(({ name, version, note, packages }) => [
      name,
      version,
      note ?? '',
      ...columns.map((column) => (packages?.includes(column) ? '✓' : '–')),
    ])
    const titles = [
      ['', 'version', 'note', ...columns],
      ['---', '---', '---', ...columns.map(() => '---')],
    ]
    const used = [...titles[0]!.keys()].filter((column) => rows.some((row) => row[column] !== ''))
    const lines = [...titles, ...rows].map(
      (row) => `| ${used.map((column) => row[column]).join(' | ')} |`,
    )
    return `## ${kind}\n\n${lines.join('\n')}\n`
  })
  return `${introduction}\n${tables.join('\n')}\n${ending}`
}

const introduction = `# Compatibility

Generated from \`e2e/test/matrix\` by \`pnpm matrix\`; \`pnpm e2e\` runs all rows on the oldest Node. Each row
takes the packed packages, installs them in a folder outside of this repository, and starts a service with all eight: it
verifies JWTs, answers requests, writes the lines of the one that fails, takes a CPU profile, exports a span and a
metric to a collector, and shuts down. A row that fails is a test that fails.

The rows of frameworks are the applications of \`examples/frameworks\` with all packages, one of gRPC and one of Next,
compiled against the types that were installed with them. Of one request that fails the lines, the span, the metric and
the reason are seen; then the guard, the probes and the console. A worker has no callers, and a Lambda no listener.
`

const ending = `## Bundlers, and what they need

None needs a list of externals. An exporter for OTLP over HTTP that is not installed is left out.

esbuild, with \`format: 'esm'\`, does not define \`require\`, which packages of OpenTelemetry and gRPC call. Its usual
answer is one line:

\`\`\`js
banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)" }
\`\`\`

Next evaluates the modules of routes while it builds. What a module loads at its top level is loaded there, too: read the
configuration in a function, or build with its variables.

## Installation without a question

The only dependency with an install script is protobufjs, below @grpc/grpc-js. The script prints a hint and is not
needed. pnpm asks about it unless \`pnpm-workspace.yaml\` says:

\`\`\`yaml
allowBuilds:
  protobufjs: false
\`\`\`

npm 11 names it in a line and does not run it. With @opentelemetry/api 1.10 npm also writes \`ERESOLVE overriding peer
dependency\`: SDK 2, which the packages bring because SDK 3 needs Node 22, declares an api below 1.10. It works with
1.10 all the same, which is a row of this page.
`
