#!/usr/bin/env python3
"""The adapter of zab.py: one server, driven by JSON lines. See docs/conformance.md."""

import argparse
import json
import sys

from zab import BUGS, Disk, Server, Txn, Vote

HELLO = {
    "adapter": "zab.py",
    "version": "1.0",
    "protocol": 1,
    "capabilities": "finalizeWait resend timeout tick request crash disk hold observers".split(),
    "observes": "phase epochs history committed vote disk deliver answer".split(),
}


def read(value, key=None):
    """JSON as zab.py wants it: zxids as tuples, transactions as Txn, a SNAP's history as its entries."""
    if key in ("zxid", "lastZxid", "floor"):
        return tuple(value)
    if isinstance(value, list):
        return [read(item) for item in value]
    if isinstance(value, dict):
        fields = {name: read(item, name) for name, item in value.items()}
        if fields.keys() == {"zxid", "payload", "origin"}:
            return Txn(**fields)
        return fields["entries"] if "entries" in fields else fields
    return value


def write(value, key=None):
    """And back."""
    if isinstance(value, Txn):
        return value._asdict()
    if key == "history":
        return {"floor": (0, 0), "entries": [write(txn) for txn in value]}
    return {name: write(item, name) for name, item in value.items()} if isinstance(value, dict) else value


def vote_fields(vote, round):
    return {"leader": vote.leader, "zxid": vote.zxid, "peerEpoch": vote.epoch, "electionEpoch": round}


def output(kind, *rest):
    if kind == "notify":
        to, state, vote, round = rest
        return {"type": kind, "to": to, "notification": {"state": state, **vote_fields(vote, round)}}
    if kind == "send":
        return {"type": kind, "to": rest[0], "message": write(rest[1])}
    return {"type": kind, "peer": rest[0]} if kind == "close" else {"type": kind, "txn": write(rest[0])}


def observe(server):
    disk, role = server.disk, server.role
    log = {"acceptedEpoch": disk.accepted, "currentEpoch": disk.current, "log": [write(txn) for txn in disk.log]}
    if role is None:
        return {"state": "DOWN", "disk": log}
    state = {
        "state": role.state,
        "acceptedEpoch": server.accepted,
        "currentEpoch": server.current,
        "history": [write(txn) for txn in server.log],
        "committed": server.committed,
        "vote": vote_fields(server.vote, server.round),
        "disk": log,
    }
    extra = {"phase": role.phase, "leader": role.leader}
    return {**state, **{name: value for name, value in extra.items() if value is not None}}


def act(server, m):
    """Something happens to the server. A timer that does not run now means nothing."""
    event, role = m.get("event"), server.role
    if m["op"] == "deliver" and "notification" in m:
        n = m["notification"]
        vote = Vote(n["peerEpoch"], n["zxid"], n["leader"])
        server.notified(m["from"], n["state"], vote, n["electionEpoch"])
    elif m["op"] == "deliver":
        role.received(m["from"], m["message"]["type"], m["message"])
    elif event == "Crash":
        server.crash(m.get("kept", 0))
    elif event == "Restart":
        server.restart()
    elif event == "Flush" and server.disk.queue:
        server.disk.flush()
    elif event == "Request":
        role.request(m["payload"])
    elif event in ("Connected", "Accepted", "Closed"):
        getattr(role, {"Connected": "connected", "Accepted": "accepted_link", "Closed": "closed"}[event])(m["peer"])
    elif event == "Timeout" and role.state != "LOOKING":
        role.give_up()
    elif event == "FinalizeWait" and role.state == "LOOKING":
        role.finalize()
    elif event == "Resend" and role.state == "LOOKING":
        server.tell_voters()
    elif event == "Tick" and role.state == "LEADING":
        role.tick()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bug", choices=sorted(BUGS), help="plant a bug")
    bug = parser.parse_args().bug
    server = None
    for line in sys.stdin:
        m = read(json.loads(line))
        if m["op"] == "hello":
            reply = HELLO
        elif m["op"] == "observe":
            reply = {"state": observe(server)}
        elif m["op"] == "stop":
            reply = {}
        else:
            if m["op"] == "reset":
                disk = m["disk"]
                disk = Disk(disk["acceptedEpoch"], disk["currentEpoch"], disk["log"], m["hold"])
                server = Server(m["sid"], m["voters"], m["observers"], disk, bug)
            elif m["op"] != "wait":
                act(server, m)
            server.settle()
            reply = {"out": [output(*one) for one in server.out], "quiet": True}
            server.out.clear()
        print(json.dumps({"id": m["id"], **reply}), flush=True)
        if m["op"] == "stop":
            return


if __name__ == "__main__":
    main()
