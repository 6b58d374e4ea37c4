#!/usr/bin/env node
/** The `zab` command: the program, on this process's streams and with the registered models. */
import { models } from '../checker/registry.js';
import { main } from './program.js';
import { processTerminal } from './terminal.js';

process.exitCode = await main(process.argv.slice(2), models, processTerminal());
