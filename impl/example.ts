/** The configuration of an ensemble, by example; a test reads it. */

export const EXAMPLE_CONFIG = `{
  "servers": {
    "1": { "peer": "127.0.0.1:2881", "express": "127.0.0.1:3881", "client": "127.0.0.1:2181", "http": "127.0.0.1:8081", "dataFolder": "data/1" },
    "2": { "peer": "127.0.0.1:2882", "express": "127.0.0.1:3882", "client": "127.0.0.1:2182", "http": "127.0.0.1:8082", "dataFolder": "data/2" },
    "3": { "peer": "127.0.0.1:2883", "express": "127.0.0.1:3883", "client": "127.0.0.1:2183", "http": "127.0.0.1:8083", "dataFolder": "data/3" },
    "4": { "peer": "127.0.0.1:2884", "express": "127.0.0.1:3884", "client": "127.0.0.1:2184", "dataFolder": "data/4", "role": "observer" }
  },
  "key": "a secret that all servers share",
  "timings": { "tickMs": 500, "initLimit": 10, "syncLimit": 5, "finalizeWaitMs": 200 },
  "imageEvery": 10000,
  "level": "info"
}
`;
