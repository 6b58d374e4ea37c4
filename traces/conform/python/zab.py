"""A small Zab in plain Python: Fast Leader Election, discovery, synchronization, broadcast, and a disk.

It was written from the paper and from what ZooKeeper sends, apart from the specification that it is held against. A
server is driven from outside: somebody delivers messages, fires its timers and collects what it puts out (`out`).
Zxids are tuples (epoch, counter), which Python compares as Zab wants them compared.

Bugs can be planted by name (`BUGS`), one mistake each, to see what a conformance test makes of them.
"""

from collections import namedtuple

Txn = namedtuple("Txn", "zxid payload origin")
Vote = namedtuple("Vote", "epoch zxid leader")  # in the order in which votes are compared

NONE = (0, 0)

BUGS = {
    "vote-ignores-zxid": "votes are compared by server id alone",
    "vote-of-old-round-counts": "a vote of an earlier round is taken for one of this round",
    "silent-when-decided": "a server that leads or follows does not answer one that looks for a leader",
    "own-epoch-only": "a new leader takes its own accepted epoch plus one, whatever its followers have accepted",
    "any-epoch-accepted": "a follower accepts the epoch of any leader, however old",
    "epoch-voted-twice": "a follower that had accepted the epoch before votes for it again",
    "epoch-not-durable": "the accepted epoch is never written to disk",
    "ahead-is-welcome": "a leader takes in a follower whose history is more recent than its own",
    "diff-skips-one": "DIFF leaves out the first transaction that the learner lacks",
    "truncate-nothing": "a follower that is told to truncate keeps its tail",
    "snap-appends": "a snapshot is put behind what the learner has, not in its place",
    "newleader-before-flush": "NEWLEADER is acknowledged before the history and the epoch are on disk",
    "ack-before-flush": "a proposal is acknowledged before it is on disk",
    "commit-without-quorum": "a leader commits what one server has",
    "uptodate-early": "a follower is told to serve before a quorum has acknowledged NEWLEADER",
    "observers-count": "acknowledgements of observers count",
    "counter-goes-on": "a new epoch goes on with the counter of the last one",
    "uncommitted-forgotten": "a new leader drops what it does not know to be committed",
    "outstanding-forgotten": "a follower that joins is not given the proposals that are under way",
    "answer-at-once": "a leader answers its client when it proposes",
}


def comes_after(last, zxid):
    """Whether a transaction may stand directly behind another."""
    return zxid == (last[0], last[1] + 1) or (zxid[0] > last[0] and zxid[1] == 1)


class Disk:
    """What survives a crash, and the queue of writes in front of it. Held writes wait until they are let through."""

    def __init__(self, accepted, current, log, hold):
        self.accepted, self.current, self.log, self.hold = accepted, current, list(log), hold
        self.queue = []

    def write(self, change, then=lambda: None):
        self.queue.append((change, then))

    def flush(self):
        change, then = self.queue.pop(0)
        change(self)
        then()

    def crash(self, kept):
        for change, _ in self.queue[:kept]:
            change(self)
        self.queue = []


class Server:
    """One server: what it holds in memory, and the role that it plays now."""

    def __init__(self, sid, voters, observers, disk, bug=None):
        self.sid, self.voters, self.observers, self.disk, self.bug = sid, voters, observers, disk, bug
        self.out, self.role = [], None
        self.restart()

    # --- what happens to it

    def restart(self):
        self.accepted, self.current = self.disk.accepted, self.disk.current
        self.log, self.committed, self.round = list(self.disk.log), NONE, 0
        self.look()

    def crash(self, kept):
        self.disk.crash(kept)
        self.role = None

    def settle(self):
        """Lets every write through, unless they are held."""
        while self.disk.queue and not self.disk.hold:
            self.disk.flush()

    # --- what it does

    def notify(self, to):
        self.out.append(("notify", to, self.role.state, self.vote, self.round))

    def tell_voters(self):
        for sid in self.voters:
            if sid != self.sid:
                self.notify(sid)

    def send(self, to, type, **fields):
        self.out.append(("send", to, dict(type=type, **fields)))

    def close(self, peer):
        self.out.append(("close", peer))

    def look(self):
        self.role = Looking(self)
        self.role.begin()

    def is_voter(self, sid):
        return sid in self.voters or (self.bug == "observers-count" and sid in self.observers)

    def is_quorum(self, sids):
        return 2 * sum(self.is_voter(sid) for sid in sids) > len(self.voters)

    def last(self):
        return self.log[-1].zxid if self.log else NONE

    def find(self, zxid):
        """How many transactions there are up to this one; None if it is not in the log."""
        if zxid == NONE:
            return 0
        return next((i + 1 for i, txn in enumerate(self.log) if txn.zxid == zxid), None)

    def append(self, txn, then=lambda: None):
        self.log.append(txn)
        self.disk.write(lambda disk: disk.log.append(txn), then)

    def apply_up_to(self, zxid):
        start, end = self.find(self.committed) or 0, self.find(zxid)
        for txn in self.log[start:end]:
            self.out.append(("deliver", txn))
            if txn.origin == self.sid and not (self.bug == "answer-at-once" and self.role.state == "LEADING"):
                self.out.append(("answer", txn))
        self.committed = zxid

    def for_role(self, role, then):
        """Something to do once a write is durable, unless the role that asked for it is over."""
        return lambda: then() if self.role is role else None

    def notified(self, frm, state, vote, round):
        if frm not in self.voters:
            self.notify(frm)
        elif self.role.state == "LOOKING":
            if vote.leader in self.voters:
                self.role.notified(frm, state, vote, round)
        elif state == "LOOKING" and self.sid in self.voters and self.bug != "silent-when-decided":
            self.notify(frm)


class Looking:
    """Fast Leader Election: votes for the best that it knows of, until a quorum votes alike."""

    state, phase, leader = "LOOKING", None, None

    def __init__(self, server):
        self.server = server
        self.votes = {}  # of this round, by voter: (state, vote)
        self.decided = {}  # of servers that do not look any more: (state, vote, round)

    def begin(self):
        server = self.server
        server.round += 1
        server.vote = self.own()
        server.tell_voters()

    def own(self):
        server = self.server
        return Vote(server.current, server.last(), server.sid) if server.sid in server.voters else Vote(-1, (-1, -1), -1)

    def better(self, a, b):
        return a.leader > b.leader if self.server.bug == "vote-ignores-zxid" else a > b

    def notified(self, frm, state, vote, round):
        if state == "LOOKING":
            self.from_looking(frm, vote, round)
        else:
            self.from_decided(frm, state, vote, round)

    def from_looking(self, frm, vote, round):
        server = self.server
        if round < server.round and server.bug != "vote-of-old-round-counts":
            if server.sid in server.voters:
                server.notify(frm)
            return
        news = round > server.round
        if news:
            server.round, self.votes = round, {}
        base = self.own() if news else server.vote
        if self.better(vote, base):
            base, news = vote, True
        server.vote = base
        self.votes[frm] = ("LOOKING", vote)
        if news:
            server.tell_voters()
        if len(self.supporters()) == len(server.voters):
            self.finalize()  # all are of one mind: nothing better can come

    def supporters(self):
        server = self.server
        votes = {**self.votes, server.sid: ("LOOKING", server.vote)}
        return [sid for sid, (_, vote) in votes.items() if server.is_voter(sid) and vote == server.vote]

    def finalize(self):
        """The wait for a better vote is over."""
        if self.server.vote.leader > 0 and self.server.is_quorum(self.supporters()):
            self.turn_to(self.server.vote.leader)

    def from_decided(self, frm, state, vote, round):
        """Joins a leader in office, once a quorum follows it and it says so itself."""
        server = self.server
        if round == server.round:
            self.votes[frm] = (state, vote)
        self.decided[frm] = (state, vote, round)

        def agree(a, b):
            return a.leader == b.leader and a.epoch == b.epoch

        same = [s for s, (their, v) in self.votes.items() if (v == vote if their == "LOOKING" else agree(v, vote))]
        if server.vote == vote:
            same.append(server.sid)
        if round == server.round and self.is_joint(same, vote, round, self.votes):
            return self.join(vote, round)
        same = [s for s, (_, v, _) in self.decided.items() if agree(v, vote)]
        if self.is_joint(same, vote, round, self.decided):
            self.join(vote, round)

    def is_joint(self, same, vote, round, votes):
        server = self.server
        if vote.leader == server.sid:
            confirmed = server.round == round
        else:
            confirmed = vote.leader in votes and votes[vote.leader][0] == "LEADING"
        return confirmed and server.is_quorum(same)

    def join(self, vote, round):
        self.server.vote, self.server.round = vote, round
        self.turn_to(vote.leader)

    def turn_to(self, leader):
        server = self.server
        server.role = Leading(server) if leader == server.sid else Learning(server, leader)
        server.role.begin()


class Learning:
    """A follower or an observer: learns the leader's epoch and history, then takes part in broadcast."""

    def __init__(self, server, leader):
        self.server, self.leader = server, leader
        self.state = "FOLLOWING" if server.sid in server.voters else "OBSERVING"
        self.phase, self.waits_for, self.linked = "DISCOVERY", "link", False
        self.commit_to = NONE
        self.early = set()  # proposals behind NEWLEADER, acknowledged one by one

    def begin(self):
        pass

    def connected(self, _peer):
        info = "FOLLOWERINFO" if self.state == "FOLLOWING" else "OBSERVERINFO"
        self.linked, self.waits_for = True, "LEADERINFO"
        self.to_leader(info, acceptedEpoch=self.server.accepted)

    def closed(self, _peer):
        self.linked = False
        self.give_up()

    def give_up(self):
        if self.linked:
            self.server.close(self.leader)
        self.server.look()

    def to_leader(self, type, **fields):
        self.server.send(self.leader, type, **fields)

    def request(self, payload):
        self.to_leader("REQUEST", request={"payload": payload, "origin": self.server.sid})

    def received(self, _frm, type, m):
        if type == "PING":
            return self.to_leader("PING")
        handler = getattr(self, f"{self.phase.lower()}_{type}", None)
        if handler is None or (self.phase != "BROADCAST" and not self.expects(type)) or not handler(m):
            self.give_up()  # a correct leader does not say that now

    def expects(self, type):
        """Outside broadcast a message comes in its turn."""
        if self.phase == "DISCOVERY":
            return self.waits_for == ("LEADERINFO" if type == "LEADERINFO" else "sync")
        turns = {"NEWLEADER": "NEWLEADER", "UPTODATE": "UPTODATE"}
        return self.waits_for == turns.get(type, self.waits_for)

    # --- discovery

    def discovery_LEADERINFO(self, m):
        server, epoch = self.server, m["epoch"]
        if epoch < server.accepted and server.bug != "any-epoch-accepted":
            return False
        again = epoch == server.accepted and server.bug != "epoch-voted-twice"
        server.accepted, self.waits_for = epoch, "disk"

        def durable():
            self.waits_for = "sync"
            self.to_leader("ACKEPOCH", currentEpoch=-1 if again else server.current, lastZxid=server.last())

        def change(disk):
            if server.bug != "epoch-not-durable":
                disk.accepted = epoch

        server.disk.write(change, server.for_role(self, durable))
        return True

    # --- synchronization

    def synchronize(self, zxid):
        self.phase, self.waits_for, self.commit_to = "SYNCHRONIZATION", "NEWLEADER", zxid
        return True

    def discovery_DIFF(self, m):
        return self.synchronize(m["zxid"])

    def discovery_TRUNC(self, m):
        server, end = self.server, self.server.find(m["zxid"])
        if end is None:
            return False
        if server.bug != "truncate-nothing":
            del server.log[end:]
            server.disk.write(lambda disk: disk.log.__delitem__(slice(end, None)))
        return self.synchronize(m["zxid"])

    def discovery_SNAP(self, m):
        server, entries = self.server, m["history"]
        server.log = server.log + entries if server.bug == "snap-appends" else list(entries)
        image = list(server.log)
        server.disk.write(lambda disk: setattr(disk, "log", list(image)))
        if server.find(server.committed) is None:
            server.committed = NONE
        return self.synchronize(m["zxid"])

    def synchronization_PROPOSAL(self, m, acknowledge=True):
        server, txn = self.server, m["txn"]
        if not comes_after(server.last(), txn.zxid):
            return False
        if self.waits_for == "NEWLEADER" or not acknowledge:
            server.append(txn)
        else:
            self.early.add(txn.zxid)
            server.append(txn, server.for_role(self, lambda: self.to_leader("ACK", zxid=txn.zxid)))
        return True

    def synchronization_COMMIT(self, m):
        server = self.server
        position, known = server.find(m["zxid"]), server.find(self.commit_to)
        if position is None:
            return False
        if known is None or position <= known:
            return True  # within what the synchronization commits
        if position != known + 1:
            return False
        self.commit_to = m["zxid"]
        return True

    def synchronization_INFORM(self, m):
        if self.state != "OBSERVING" or not self.synchronization_PROPOSAL(m, acknowledge=False):
            return False
        self.commit_to = m["txn"].zxid
        return True

    def synchronization_NEWLEADER(self, m):
        server, epoch = self.server, m["epoch"]
        if epoch != server.accepted:
            return False
        server.current, self.waits_for = epoch, "disk"
        durable = server.for_role(self, self.acknowledge_newleader)
        if server.bug == "newleader-before-flush":
            durable()
            durable = lambda: None
        server.disk.write(lambda disk: setattr(disk, "current", epoch), durable)
        return True

    def acknowledge_newleader(self):
        server = self.server
        self.waits_for = "UPTODATE"
        self.to_leader("ACK", zxid=(server.current, 0))
        if self.state == "FOLLOWING":
            for txn in server.log[server.find(self.commit_to) or 0 :]:
                if txn.zxid not in self.early:
                    self.to_leader("ACK", zxid=txn.zxid)

    def synchronization_UPTODATE(self, _m):
        server = self.server
        self.phase = "BROADCAST"
        server.vote = server.vote._replace(epoch=server.current)
        if (server.find(self.commit_to) or 0) > (server.find(server.committed) or 0):
            server.apply_up_to(self.commit_to)
        self.to_leader("ACK", zxid=(server.current, 0))
        return True

    # --- broadcast

    def broadcast_PROPOSAL(self, m):
        server, txn = self.server, m["txn"]
        if self.state != "FOLLOWING" or not comes_after(server.last(), txn.zxid):
            return False
        if server.bug == "ack-before-flush":
            server.append(txn)
            self.to_leader("ACK", zxid=txn.zxid)
        else:
            server.append(txn, server.for_role(self, lambda: self.to_leader("ACK", zxid=txn.zxid)))
        return True

    def broadcast_COMMIT(self, m):
        server = self.server
        if self.state != "FOLLOWING" or server.find(m["zxid"]) != server.find(server.committed) + 1:
            return False
        server.apply_up_to(m["zxid"])
        return True

    def broadcast_INFORM(self, m):
        server, txn = self.server, m["txn"]
        if self.state != "OBSERVING" or not comes_after(server.last(), txn.zxid):
            return False
        server.append(txn)
        server.apply_up_to(txn.zxid)
        return True


class Leading:
    """A leader: finds a new epoch, brings learners to its history, then orders writes."""

    state, leader = "LEADING", None

    def __init__(self, server):
        self.server = server
        self.phase = "DISCOVERY"
        self.epoch = None  # once it is durable here
        self.deciding = False
        self.peers = {}  # sid -> how far it is: connected, waiting, informed, acked, syncing, synced, active
        self.theirs = {}  # sid -> its last zxid, of those that are acked
        self.newest, self.heard, self.accepted, self.synced = server.accepted, {server.sid}, set(), set()
        self.outstanding = {}  # zxid -> who has it on disk, oldest first
        if server.bug == "uncommitted-forgotten":
            del server.log[server.find(server.committed) :]

    def begin(self):
        self.decide_epoch()

    def decide_epoch(self):
        server = self.server
        if self.deciding or not server.is_quorum(self.heard):
            return
        self.deciding = True
        epoch = server.accepted = self.newest + 1

        def durable():
            self.epoch, self.accepted = epoch, {server.sid}
            for peer in sorted(self.peers):
                if self.peers[peer] == "waiting":
                    self.inform(peer)
            self.decide_history()

        def change(disk):
            if server.bug != "epoch-not-durable":
                disk.accepted = epoch

        server.disk.write(change, server.for_role(self, durable))

    def inform(self, peer):
        self.peers[peer] = "informed"
        self.server.send(peer, "LEADERINFO", epoch=self.epoch)

    def accepted_link(self, peer):
        self.peers[peer] = "connected"

    def closed(self, peer):
        self.peers.pop(peer, None)

    def drop(self, peer):
        self.closed(peer)
        self.server.close(peer)

    def give_up(self):
        for peer in sorted(self.peers):
            self.server.close(peer)
        self.server.look()

    def tick(self):
        for peer in self.audience():
            self.server.send(peer, "PING")

    def audience(self):
        return [p for p in sorted(self.peers) if self.peers[p] in ("syncing", "synced", "active")]

    def received(self, frm, type, m):
        if type == "PING":
            return
        handler = getattr(self, f"on_{type}", None)
        if handler is None or not handler(frm, m):
            self.drop(frm)

    # --- discovery

    def on_FOLLOWERINFO(self, frm, m):
        if self.peers.get(frm) != "connected":
            return False
        if self.epoch is not None:
            self.inform(frm)
            return True
        self.peers[frm] = "waiting"
        if not self.deciding:
            if self.server.is_voter(frm):
                self.heard.add(frm)
            if self.server.bug != "own-epoch-only":
                self.newest = max(self.newest, m["acceptedEpoch"])
            self.decide_epoch()
        return True

    on_OBSERVERINFO = on_FOLLOWERINFO

    def on_ACKEPOCH(self, frm, m):
        server = self.server
        if self.peers.get(frm) != "informed":
            return False
        if self.phase != "DISCOVERY":
            self.synchronize(frm, m["lastZxid"])
            return True
        votes = m["currentEpoch"] != -1
        ahead = (m["currentEpoch"], m["lastZxid"]) > (server.current, server.last())
        if votes and ahead and server.bug != "ahead-is-welcome":
            return False
        self.peers[frm], self.theirs[frm] = "acked", m["lastZxid"]
        if votes and server.is_voter(frm):
            self.accepted.add(frm)
        self.decide_history()
        return True

    # --- synchronization

    def decide_history(self):
        """With a quorum behind the epoch, the leader's history is the one that it begins with."""
        server, epoch = self.server, self.epoch
        if not server.is_quorum(self.accepted):
            return
        self.phase, server.current = "SYNCHRONIZATION", epoch

        def durable():
            self.synced.add(server.sid)
            self.establish()

        server.disk.write(lambda disk: setattr(disk, "current", epoch), server.for_role(self, durable))
        for peer in sorted(self.peers):
            if self.peers[peer] == "acked":
                self.synchronize(peer, self.theirs[peer])

    def synchronize(self, peer, theirs):
        server = self.server
        settled = server.find(server.committed) if self.phase == "BROADCAST" else len(server.log)
        known, open_ones = server.log[:settled], server.log[settled:]
        for acks in self.outstanding.values():
            acks.discard(peer)  # it may be about to cut them off
        first, missing = self.plan(known, theirs)
        server.send(peer, first.pop("type"), **first)
        if server.bug == "diff-skips-one":
            missing = missing[1:]
        for txn in missing:
            server.send(peer, "PROPOSAL", txn=txn)
            server.send(peer, "COMMIT", zxid=txn.zxid)
        if peer in server.voters and server.bug != "outstanding-forgotten":
            for txn in open_ones:
                server.send(peer, "PROPOSAL", txn=txn)
        server.send(peer, "NEWLEADER", epoch=self.epoch)
        self.peers[peer] = "syncing"

    def plan(self, known, theirs):
        """DIFF where the learner's log is a part of ours, TRUNC where its tail can be cut within an epoch, else SNAP."""
        end = known[-1].zxid if known else NONE
        if theirs == end:
            return {"type": "DIFF", "zxid": end}, []
        if theirs > end:
            return {"type": "TRUNC", "zxid": end}, []
        lacks = [txn for txn in known if txn.zxid > theirs]
        shared = known[: len(known) - len(lacks)]
        if shared and shared[-1].zxid == theirs:
            return {"type": "DIFF", "zxid": end}, lacks
        if shared and lacks[0].zxid[0] == theirs[0]:
            return {"type": "TRUNC", "zxid": shared[-1].zxid}, lacks
        return {"type": "SNAP", "zxid": end, "history": list(known)}, []

    def establish(self):
        """A quorum has the initial history: it is committed."""
        server = self.server
        if self.phase != "SYNCHRONIZATION" or server.sid not in self.synced or not server.is_quorum(self.synced):
            return
        self.phase = "BROADCAST"
        server.vote = server.vote._replace(epoch=server.current)
        server.apply_up_to(server.last())
        for peer in sorted(self.peers):
            if self.peers[peer] == "synced":
                self.activate(peer)

    def activate(self, peer):
        self.peers[peer] = "active"
        self.server.send(peer, "UPTODATE")

    # --- broadcast

    def request(self, payload):
        self.propose(payload, self.server.sid)

    def on_REQUEST(self, frm, m):
        if self.phase != "BROADCAST" or self.peers.get(frm) != "active":
            return False
        self.propose(m["request"]["payload"], m["request"]["origin"])
        return True

    def propose(self, payload, origin):
        server = self.server
        epoch, counter = server.last()
        fresh = epoch != server.current and server.bug != "counter-goes-on"
        txn = Txn((server.current, 1 if fresh else counter + 1), payload, origin)
        self.outstanding[txn.zxid] = set()
        for peer in self.audience():
            if peer in server.voters:
                server.send(peer, "PROPOSAL", txn=txn)
        server.append(txn, server.for_role(self, lambda: self.acknowledge(txn.zxid, server.sid)))
        if server.bug == "answer-at-once" and origin == server.sid:
            server.out.append(("answer", txn))

    def on_ACK(self, frm, m):
        zxid, stage = m["zxid"], self.peers.get(frm)
        if stage == "syncing":
            if zxid != (self.epoch, 0):
                return False  # the first ACK is of NEWLEADER
            self.peers[frm] = "synced"
            if self.phase == "BROADCAST" or self.server.bug == "uptodate-early":
                self.activate(frm)
            elif self.server.is_voter(frm):
                self.synced.add(frm)
                self.establish()
            return True
        if self.phase != "BROADCAST" or stage not in ("synced", "active"):
            return False
        if zxid in self.outstanding:
            self.acknowledge(zxid, frm)
        return True

    def acknowledge(self, zxid, sid):
        server = self.server
        if zxid not in self.outstanding or not server.is_voter(sid):
            return
        self.outstanding[zxid].add(sid)
        for oldest, acks in list(self.outstanding.items()):
            if not (acks if server.bug == "commit-without-quorum" else server.is_quorum(acks)):
                break
            self.commit(oldest)

    def commit(self, zxid):
        server = self.server
        del self.outstanding[zxid]
        txn = server.log[server.find(zxid) - 1]
        for peer in self.audience():
            if peer in server.voters:
                server.send(peer, "COMMIT", zxid=zxid)
            else:
                server.send(peer, "INFORM", txn=txn)
        server.apply_up_to(zxid)
