/** Before all tests, which run from the sources: the kernel is compiled from its source too. */
import { execFileSync } from 'node:child_process';

export const setup = (): void => {
  execFileSync('npm', ['run', '--silent', 'build:kernel'], { stdio: 'inherit' });
};
