/** Whether this machine can run ZooKeeper: Java, Debian's package and what it needs on its class path. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** The jar's manifest names neither a logging backend nor the servlet API. */
const JARS = ['zookeeper', 'slf4j-log4j12', 'log4j-1.2', 'servlet-api'].map(
  (name) => `/usr/share/java/${name}.jar`,
);

export const CLASS_PATH = JARS.join(':');

/** Where the proxy learns which ports a server listens on. */
export const SOCKETS = '/proc/net/tcp';

/** What is missing, and how it is had; null where nothing is. */
export const whyNoZooKeeper = (): string | null => {
  const install = 'apt-get install --no-install-recommends zookeeper';
  if (!existsSync(SOCKETS)) return `this needs Linux: there is no ${SOCKETS}`;
  if (spawnSync('java', ['-version'], { stdio: 'ignore' }).error)
    return `Java is not installed; on Debian: ${install}`;
  const missing = JARS.filter((jar) => !existsSync(jar));
  return missing.length === 0
    ? null
    : `Apache ZooKeeper is not installed (${missing.join(', ')}); on Debian: ${install}`;
};
