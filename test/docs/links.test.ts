import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'
import { page } from './markdown.ts'

const ROOT = join(import.meta.dirname, '../..')
const PAGES = [
  'README.md',
  'CHANGELOG.md',
  ...[
    'architecture',
    'decisions',
    'dependencies',
    'devices',
    'guarantees',
    'mosquitto',
    'reference',
    'simulator',
    'simulator-ui',
  ].map(name => `docs/${name}.md`),
]

for (const name of PAGES) {
  test(`${name} leads nowhere that is not there`, () => {
    const text = page(name)
    for (const [, target = ''] of text.matchAll(/\]\(([^)]+)\)/g)) {
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? name : relative(ROOT, join(ROOT, dirname(name), path))
      assert.ok(existsSync(join(ROOT, file)), `${target}: there is no ${file}`)
      if (anchor !== undefined) assert.ok(anchorsOf(file).includes(anchor), `${target}: ${file} has no such heading`)
    }
    for (const [file] of text.matchAll(/\b(?:gateway|protocol|device-sim|test)\/[\w./-]*\w\.(?:test\.ts|ts|mjs)\b/g)) {
      assert.ok(existsSync(join(ROOT, file)), `there is no ${file}`)
    }
  })
}

/** As GitHub and GitLab make them from headings. */
function anchorsOf(file: string): string[] {
  const headings = [...page(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading)
  return headings.map(heading =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}
