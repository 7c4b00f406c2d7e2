/**
 * Starts one of the two programs. Plain JavaScript that any Node.js can read, because its first task is to say, on one
 * that is too old, what is needed.
 */
import module from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

const NEEDED = [22, 18]
/** The npm scripts of this package that are nothing but a program. */
const STARTING_SCRIPTS = ['start', 'gateway', 'sim']
/** The commands that stay. */
const SERVING_COMMANDS = ['run', 'sandbox']
/**
 * Left to itself V8 lets the heap grow to several times what is in use before it collects, and returns nothing: what it keeps is
 * given back when the gateway is at rest (spare-memory.ts). A young generation of 4 MiB instead of 16 saves nothing then and makes
 * every delivered payment dearer by a quarter (measured, a hundred devices).
 */
const HEAP = ['--max-semi-space-size=16', '--heap-growing-percent=30', '--expose-gc']
/** One pool of glibc's for all threads; each of V8's would keep one of its own, filled once by compiling. */
const ENVIRONMENT = { MALLOC_ARENA_MAX: '1' }

/** Whether `version` (`process.versions.node`) is one the programs run on. */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])
}

/**
 * @param {string} program for people, such as `vietqr-gateway`
 * @param {string} here `import.meta.url` of the launcher
 * @param {string} folder the program's folder, beside the launcher in a checkout and below dist/ in a package
 */
export async function launch(program, here, folder) {
  if (!isNewEnough(process.versions.node)) {
    process.stderr.write(
      `${program} needs Node.js ${NEEDED.join('.')} or newer; this is ${process.versions.node}: install a newer one from your system or from nodejs.org\n`,
    )
    process.exitCode = 1
    return
  }
  if (process.argv.some(word => SERVING_COMMANDS.includes(word))) startAgainFrugal()
  const { INIT_CWD, npm_lifecycle_event: script, npm_package_name: owner } = process.env
  // npm scripts run in the package's folder; relative paths count from where the user stands.
  if (owner === 'vietqr-gateway' && STARTING_SCRIPTS.includes(script) && INIT_CWD !== undefined) {
    process.chdir(INIT_CWD)
  }
  // Halves the time to the first word of --help, from the second start on.
  if (typeof module.enableCompileCache === 'function') module.enableCompileCache()
  // An import of node:fs would load its streams as well, a tenth of the time to the first word of --help.
  const { existsSync } = process.getBuiltinModule('node:fs')
  const source = new URL('./cli/main.ts', here)
  const built = new URL(`../dist/${folder}/cli/main.js`, here)
  await import(pathToFileURL(fileURLToPath(existsSync(source) ? source : built)).href)
}

/**
 * V8 takes these settings only as it starts, so the process becomes another program: the same one, with the settings, under the
 * same process id. Somebody who sets the size (NODE_OPTIONS, or on the command line) knows better. Windows cannot do it.
 */
function startAgainFrugal() {
  const given = [...process.execArgv, process.env.NODE_OPTIONS ?? '']
  if (process.platform === 'win32' || given.some(flags => flags.includes('semi-space-size'))) return
  const [node, ...words] = process.argv
  process.execve(node, [node, ...process.execArgv, ...HEAP, ...words], { ...ENVIRONMENT, ...process.env })
}
