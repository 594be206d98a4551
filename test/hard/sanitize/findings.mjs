// @ts-check
/** What the log of a sanitizer says that concerns us. */

/**
 * One text for each finding. Leaks count where a frame is the addon's or of a program of ours: Node and V8 never free some things.
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
  if (/^(Direct|Indirect) leak of /.test(text))
    return /cot_prune\.node|\/native\/|build\/[at]san\//.test(text)
  return /runtime error: |AddressSanitizer: |WARNING: ThreadSanitizer/.test(text)
}
