/** `npm run bench -- relay …`; the other words are the processes the bench itself starts. */
const [role, ...rest] = process.argv.slice(2)
switch (role) {
  case 'relay': {
    const { benchRelay } = await import('./relay.ts')
    process.exitCode = await benchRelay(rest)
    break
  }
  case 'boxes': {
    const { runBoxes } = await import('./fleet.ts')
    runBoxes()
    break
  }
  case 'naive': {
    const { runNaiveGateway } = await import('./naive-gateway.ts')
    const [port = '', database = ''] = rest
    await runNaiveGateway(Number(port), database)
    break
  }
  default:
    process.stderr.write('npm run bench -- relay\n')
    process.exitCode = 2
}
