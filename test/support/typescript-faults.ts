/** What TypeScript says of the code of pages, as somebody who uses the package has it. */

import ts from 'typescript'

/** `path:line message`, of the files alone. */
export function typescriptFaults(files: readonly string[]): readonly string[] {
  const program = ts.createProgram(files, {
    strict: true,
    exactOptionalPropertyTypes: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
    types: ['node'],
    noEmit: true,
    skipLibCheck: false,
  })
  return ts
    .getPreEmitDiagnostics(program)
    .filter(({ file }) => file === undefined || !/node_modules/.test(file.fileName))
    .map(({ file, start = 0, messageText }) => {
      const at = file?.getLineAndCharacterOfPosition(start)
      const text = ts.flattenDiagnosticMessageText(messageText, ' ')
      return `${file?.fileName}:${(at?.line ?? 0) + 1} ${text}`
    })
}

/** As it runs on the oldest Node. */
export const javascriptOf = (code: string): string =>
  ts.transpileModule(code, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  }).outputText
