import { expect, test } from 'vitest';
import { Mailbox, newMailbox } from './mailbox.js';
import { Memory } from './memory.js';

test('questions are told apart beyond the greatest number', () => {
  const memory = new Memory();
  const mailbox = new Mailbox(memory.cells, newMailbox(memory, 2), 2);
  for (const signal of [mailbox.asked, mailbox.answered]) signal.set(2 ** 31 - 1);
  let asked = 0;
  while (!mailbox.isFull && asked < 1000) mailbox.ask('group', asked++, 0, 0, undefined);
  expect(asked).toBe(256);
  const heard: number[] = [];
  mailbox.answerAll((_, a) => heard.push(a));
  expect(heard).toEqual(Array.from({ length: asked }, (_, n) => n));
  expect(mailbox.lastAnswer).toBe(asked);
  expect(mailbox.isFull).toBe(false);
});
