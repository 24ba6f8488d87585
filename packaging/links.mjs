// Links of a page that leads to other files of the repository, for places where those files are not: npm's and PyPI's pages.
//
//   node packaging/links.mjs README.md < README.md

import { posix } from 'node:path'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Markdown's `](path)` and HTML's `src="path"`, outside of addresses and of anchors on the same page. */
const LINK = /(\]\(|src=")(?![a-z]+:|#|\/)([^)"\s]+)/g

/**
 * @param {string} page Markdown.
 * @param {string} home The repository's address.
 * @param {string} folder The page's folder in the repository.
 */
export function withAbsoluteLinks(page, home, folder) {
  return page.replaceAll(LINK, (_, before, path) => {
    const file = posix.normalize(posix.join(folder, path))
    return `${before}${home}/${before === 'src="' ? 'raw' : 'blob'}/main/${file}`
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { homepage } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  process.stdout.write(withAbsoluteLinks(readFileSync(0, 'utf8'), homepage, posix.dirname(process.argv[2] ?? '.')))
}
