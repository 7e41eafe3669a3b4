// Node reads dist/cjs as CommonJS although the package says "type": "module".
import { writeFileSync } from 'node:fs'

writeFileSync('dist/cjs/package.json', '{ "type": "commonjs" }\n')
