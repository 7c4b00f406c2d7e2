import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Beside the sources in a checkout, and at the same place of a package, whose programs are below dist/. */
const FOLDERS = ['./page/', '../../../device-sim/ui/page/'].map(path => new URL(path, import.meta.url))

const TYPES = { html: 'text/html', css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml' } as const

/** Everything the page consists of, by the path it is asked for. */
const FILES: Readonly<Record<string, `${string}.${keyof typeof TYPES}`>> = {
  '/': 'index.html',
  ...Object.fromEntries(
    [
      ...['page.css', 'icon.svg', 'page.js', 'words.js', 'elements.js', 'order-screen.js', 'voice.js', 'phone.js'],
      ...['paybox.js', 'soundbox.js', 'countercall.js', 'vending.js', 'pos.js', 'order-form.js', 'server.js'],
    ].map(file => [`/${file}`, file]),
  ),
}

/** A file of the page as it is sent. */
export interface PageFile {
  readonly type: string
  readonly body: Buffer
}

/** Reads the files of the page. @throws Error when they are not in this package */
export function readPageFiles(): ReadonlyMap<string, PageFile> {
  const folder = FOLDERS.find(url => existsSync(new URL('index.html', url)))
  if (folder === undefined) throw new Error('the files of the page are not in this package: install it again')
  return new Map(
    Object.entries(FILES).map(([path, file]) => {
      const [, ending = ''] = /\.(\w+)$/.exec(file) ?? []
      return [path, { type: typeOf(ending), body: readFileSync(fileURLToPath(new URL(file, folder))) }]
    }),
  )
}

function typeOf(ending: string): string {
  const [, type] = Object.entries(TYPES).find(([known]) => known === ending) ?? []
  return `${type ?? 'application/octet-stream'}; charset=utf-8`
}
