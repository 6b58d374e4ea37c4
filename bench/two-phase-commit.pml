/*
 * Two-phase commit as Gray and Lamport specify it in TLA+ (TwoPhase), for Spin: the same states and transitions as
 * checker/models/two-phase-commit.ts, so that the two checkers do the same work. Messages are never removed, hence
 * "Prepared sent" and "Prepared received" are a field of their own for every resource manager, and the manager's state
 * says which decision has been sent.
 *
 *   spin -a -DN=7 two-phase-commit.pml && gcc -O2 -DSAFETY -DNOREDUCE -o pan pan.c && ./pan
 *
 * One process with one control state, which suits Spin best: whatever interleaves is a choice of the loop.
 * 8,832 states with N=5, 296,448 with N=7, 10,340,352 with N=9.
 */
#ifndef N
#define N 7
#endif

#define WORKING 0
#define PREPARED 1
#define COMMITTED 2
#define ABORTED 3

#define NONE 0
#define SENT 1
#define RECEIVED 2

byte rm[N];
byte vote[N];
/* WORKING until it decides */
byte tm;

/* The invariant, TCConsistent, at the only places where it can break. */
#define NOBODY(what) d = 0; do :: d < N -> assert(rm[d] != what); d++ :: else -> break od; d = 0

#define MANAGER(i) \
  :: d_step { tm == WORKING && vote[i] != NONE -> vote[i] = RECEIVED } \
  :: d_step { rm[i] == WORKING -> rm[i] = PREPARED; vote[i] = SENT } \
  :: d_step { rm[i] == WORKING -> rm[i] = ABORTED } \
  :: d_step { tm == COMMITTED -> rm[i] = COMMITTED; NOBODY(ABORTED) } \
  :: d_step { tm == ABORTED -> rm[i] = ABORTED; NOBODY(COMMITTED) }

hidden byte d;

#define HEARD(i) vote[i] == RECEIVED
#define THREE_HEARD HEARD(0) && HEARD(1) && HEARD(2)
#if N == 3
#define ALL_HEARD THREE_HEARD
#elif N == 5
#define ALL_HEARD THREE_HEARD && HEARD(3) && HEARD(4)
#elif N == 7
#define ALL_HEARD THREE_HEARD && HEARD(3) && HEARD(4) && HEARD(5) && HEARD(6)
#elif N == 9
#define ALL_HEARD THREE_HEARD && HEARD(3) && HEARD(4) && HEARD(5) && HEARD(6) && HEARD(7) && HEARD(8)
#else
#error "N is 3, 5, 7 or 9"
#endif

active proctype system() {
  do
  MANAGER(0)
  MANAGER(1)
  MANAGER(2)
#if N > 3
  MANAGER(3)
  MANAGER(4)
#endif
#if N > 5
  MANAGER(5)
  MANAGER(6)
#endif
#if N > 7
  MANAGER(7)
  MANAGER(8)
#endif
  :: d_step { tm == WORKING && ALL_HEARD -> tm = COMMITTED }
  :: d_step { tm == WORKING -> tm = ABORTED }
  od
}
