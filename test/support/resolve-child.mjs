/** Resolves the model that its argument names, and prints what it got: for tests of several processes. */

import { resolveModel } from '../../dist/index.js'

const [name = ''] = process.argv.slice(2)
const waited = []
const { path, fetched } = await resolveModel(name, {
  onProgress: ({ waiting, done }) => {
    if (waiting && waited.length === 0) {
      waited.push(true)
      console.log(JSON.stringify({ waiting }))
    } else if (done > 0 && waited.length === 0) console.log(JSON.stringify({ done }))
  },
})
console.log(JSON.stringify({ path, fetched }))
