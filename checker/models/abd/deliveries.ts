/** Deliveries of the oldest message of each channel, also of one that its receiver has no use for. */
import { head } from '../../kinds.js';
import { apply, type Group, group, type Outcome, read, type View, type Write } from '../../model.js';
import { clientReceives, type Reply, type Request } from '../register-clients.js';
import { type Message, type Step, serverReceives, serverReceivesRequest } from './server.js';
import { type Conversation, conversationOf, type System } from './system.js';

const isNotEmpty: View<readonly unknown[], boolean> = {
  name: 'isNotEmpty',
  of: (channel) => channel.length > 0,
};

/** What a server's step writes, beside the message that it takes. */
const stepWrites = (s: System, self: number, { server, send, reply }: Step): readonly Write[] => {
  const receivers =
    send === undefined ? [] : send.to === 'others' ? s.ids.filter((id) => id !== self) : [send.to];
  return [
    apply(s.server[self]!, server),
    ...receivers.map((to) => apply(s.messages[self]![to]!, { push: send!.message })),
    ...(reply ? [apply(conversationOf(s, reply.to, self).replies, { push: reply.reply })] : []),
  ];
};

export const messageGroup = (s: System, from: number, self: number): Group => {
  const channel = s.messages[from]![self]!;
  return group({
    name: `serverReceives(${self},${from})`,
    urgency: 'progress',
    when: [read(channel, isNotEmpty)],
    reads: [read(channel, head as View<readonly Message[], Message>), read(s.server[self]!)],
    outcomes: ([message, server]): readonly Outcome[] => {
      const step = serverReceives(s.rules(self), server, from, message);
      const action = { name: `serverReceives${message.type}`, server: self, from, request: message.request };
      return [{ action, writes: [apply(channel, 'pop'), ...stepWrites(s, self, step)] }];
    },
  });
};

export const requestGroup = (s: System, { client, server: self, requests: channel }: Conversation): Group =>
  group({
    name: `serverReceives(${self},client ${client})`,
    urgency: 'progress',
    when: [read(channel, isNotEmpty)],
    reads: [read(channel, head as View<readonly Request[], Request>), read(s.server[self]!)],
    outcomes: ([message, server]): readonly Outcome[] => {
      const step = serverReceivesRequest(s.rules(self), server, client, message);
      const action = {
        name: `serverReceives${message.type}`,
        server: self,
        from: client,
        request: message.request,
      };
      return [{ action, writes: [apply(channel, 'pop'), ...stepWrites(s, self, step)] }];
    },
  });

export const replyGroup = (s: System, { client: id, server, replies: channel }: Conversation): Group => {
  const client = s.clients.slots.get(id)!;
  return group({
    name: `clientReceives(${id},${server})`,
    urgency: 'progress',
    when: [read(channel, isNotEmpty)],
    reads: [read(channel, head as View<readonly Reply[], Reply>), read(client)],
    outcomes: ([reply, self]): readonly Outcome[] => {
      const action = {
        name: `clientReceives${reply.type}`,
        client: id,
        from: server,
        request: reply.request,
      };
      const step = clientReceives(id, self, reply);
      if (step === null) return [{ action, writes: [apply(channel, 'pop')] }];
      const next = step.request;
      return [
        {
          action,
          writes: [
            apply(channel, 'pop'),
            apply(client, step.client),
            apply(s.clients.history, step.events),
            ...(next ? [apply(conversationOf(s, id, s.clients.getFrom(id)).requests, { push: next })] : []),
          ],
        },
      ];
    },
  });
};
