#!/usr/bin/env node
import module from 'node:module';

// In words that the oldest Node understands that runs modules at all: what is imported below makes it fail without any.
const [major, minor] = process.versions.node.split('.').map(Number);
const supported = major >= 24 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19);

if (supported) {
  // Node 22 and later keep compiled code between runs: --help and friends start noticeably faster.
  module.enableCompileCache?.();
  try {
    const { main } = await import('../dist/cli.js');
    await main(process.argv.slice(2));
  } catch (error) {
    // Nothing else can be loaded to say it by.
    if (error.code !== 'EMFILE') throw error;
    process.stderr.write('error too many files are open\ntry   Raise the limit: ulimit -n 1024\n');
    process.exitCode = 1;
  }
} else {
  process.stderr.write(
    `error fmnist needs Node 20.19, 22.12, or 24 and later; this is Node ${process.versions.node}\n`,
  );
  process.exitCode = 1;
}
