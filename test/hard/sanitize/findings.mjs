// @ts-check
/** What the log of a sanitizer says that concerns us. */

/**
 * One text for each finding. Leaks count where a frame is the addon's or of a program of ours: Node and V8 never free some things.
 * So do races in Node, which is not compiled for the sanitizer: it does not see how its threads wait for each other.
 * @param {string} log
 */
export function findings(log) {
  return log
    .replaceAll(/^SUMMARY: .*$/gm, '')
    .split(
      /\n(?=(?:Direct|Indirect) leak of |=+\n==\d+==|==\d+==ERROR|WARNING: ThreadSanitizer|\S+: runtime error: )|=+\n/,
    )
    .map(text => text.trim())
    .filter(isFinding)
}

/** @param {string} text */
function isFinding(text) {
  const isOurs = /cot_prune\.node|\/native\/|build\/[at]san\//.test(text)
  if (/^(Direct|Indirect) leak of /.test(text)) return isOurs
  if (/^WARNING: ThreadSanitizer/.test(text) && text.includes('(node+0x')) return isOurs
  return /runtime error: |AddressSanitizer: |WARNING: ThreadSanitizer/.test(text)
}
