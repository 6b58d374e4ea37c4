/** ZooKeeper's four-letter words: `ruok`, `srvr` and `mntr`, sent bare over the client port. */
import type { Service } from './service.js';

export interface Traffic {
  received: number;
  sent: number;
  connections: number;
  requests: number;
  latencyMs: number;
  leastMs: number;
  mostMs: number;
}

const NOT_SERVING = 'This ZooKeeper instance is not currently serving requests\n';

const rounded = (ms: number): number => (Number.isFinite(ms) ? Math.round(ms) : 0);
const average = ({ latencyMs, requests }: Traffic): string => (latencyMs / Math.max(1, requests)).toFixed(4);

const srvr = (service: Service, traffic: Traffic): string =>
  [
    'Zookeeper version: zab',
    `Latency min/avg/max: ${rounded(traffic.leastMs)}/${average(traffic)}/${rounded(traffic.mostMs)}`,
    `Received: ${traffic.received}`,
    `Sent: ${traffic.sent}`,
    `Connections: ${traffic.connections}`,
    `Outstanding: ${service.outstanding}`,
    `Zxid: 0x${service.applied.toString(16)}`,
    `Mode: ${service.mode}`,
    `Node count: ${service.tree.size}`,
    '',
  ].join('\n');

const mntr = (service: Service, traffic: Traffic): string => {
  const rows: readonly (readonly [string, string | number])[] = [
    ['zk_version', 'zab'],
    ['zk_server_state', service.mode],
    [
      'zk_peer_state',
      `${service.mode === 'leader' ? 'leading' : service.mode === 'follower' ? 'following' : 'observing'} - ${service.phase}`,
    ],
    ['zk_avg_latency', average(traffic)],
    ['zk_min_latency', rounded(traffic.leastMs)],
    ['zk_max_latency', rounded(traffic.mostMs)],
    ['zk_packets_received', traffic.received],
    ['zk_packets_sent', traffic.sent],
    ['zk_num_alive_connections', traffic.connections],
    ['zk_outstanding_requests', service.outstanding],
    ['zk_znode_count', service.tree.size],
    ['zk_watch_count', 0],
    ['zk_ephemerals_count', 0],
    ['zk_approximate_data_size', service.tree.bytes],
    ...(service.syncedFollowers === null ? [] : [['zk_synced_followers', service.syncedFollowers] as const]),
  ];
  return rows.map(([key, value]) => `${key}\t${value}\n`).join('');
};

/** @returns null for what is no such word */
export const answerWord = (word: string, service: Service, traffic: Traffic): string | null => {
  if (word === 'ruok') return 'imok';
  if (word !== 'srvr' && word !== 'mntr') return null;
  if (!service.isServing) return NOT_SERVING;
  return word === 'srvr' ? srvr(service, traffic) : mntr(service, traffic);
};
