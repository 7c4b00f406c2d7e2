import assert from 'node:assert/strict'

/** Reads the text format of Prometheus strictly: every sample must belong to a metric whose HELP and TYPE came before. */
export function parseMetrics(text: string): { types: Map<string, string>; samples: Map<string, number> } {
  assert.ok(text.endsWith('\n'))
  const types = new Map<string, string>()
  const helped = new Set<string>()
  const samples = new Map<string, number>()
  for (const line of text.split('\n')) {
    if (line === '') continue
    const [, keyword, about = '', rest = ''] = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/.exec(line) ?? []
    if (keyword === 'HELP') helped.add(about)
    else if (keyword === 'TYPE') types.set(about, rest)
    else {
      const [, name = '', labels, value = ''] =
        /^([a-zA-Z_:][\w:]*)(?:\{((?:\w+="(?:[^"\\]|\\.)*",?)+)\})? (NaN|[+-]?Inf|[-+.\deE]+)$/.exec(line) ?? []
      const family = types.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '')
      assert.ok(types.has(family) && helped.has(family), line)
      const sorted = labels === undefined ? '' : `{${labels.split(',').toSorted().join(',')}}`
      samples.set(name + sorted, Number(value.replace('Inf', 'Infinity')))
    }
  }
  return { types, samples }
}
