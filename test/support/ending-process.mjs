// @ts-check
/** Stands in for the process of a model and ends in one way, which the first request names: see model-process.test.ts. */

/** @type {Record<string, () => void>} */
const endings = {
  'exit code': () => process.exit(3),
  signal: () => process.kill(process.pid, 'SIGABRT'),
  words: () => {
    for (let i = 1; i <= 60; i++) console.error(`line ${i}`)
    process.stderr.write('GGML_ASSERT(x) failed', () => process.kill(process.pid, 'SIGABRT'))
  },
  'one long line': () => {
    process.stderr.write('x'.repeat(1e6), () => process.exit(3))
  },
  'uncaught error': () => {
    throw new Error('on purpose')
  },
  'closes the channel and goes on': () => {
    setInterval(() => {}, 1000)
    setImmediate(() => process.disconnect())
  },
  'hangs for ever': () => {
    for (;;);
  },
}

process.on('message', message => {
  if (typeof message === 'object' && message !== null && 'method' in message) {
    endings[String(message.method)]?.()
  }
})
