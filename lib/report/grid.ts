/** A plain table: the first columns are text, the others numbers. */

export async function tableOf(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  texts = 1,
): Promise<string> {
  const { default: Table } = await import('cli-table3')
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, column) => (column < texts ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  })
  for (const row of rows) table.push([...row])
  return String(table)
}
