"""The trace digest: equal on every chain that executed the same run.

Per transaction it covers block, position, sender role, target role, function, status, decoded revert and decoded
logs in order; per block, token balances and prices, marks of perpetual markets among them. No addresses, hashes,
gas, chain id or absolute times.
"""

import hashlib

from sim.trace import BlockRecord, Trace


def trace_digest(trace: Trace) -> str:
    """Return the digest as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    if trace.initial is not None:
        digest.update(_block_text(trace.initial))
    for record in trace.blocks:
        digest.update(_block_text(record))
    for tx in trace.transactions:
        fields = (tx.block, tx.index, tx.sender, tx.target, tx.function, tx.ok, tx.revert)
        digest.update(repr(fields).encode())
    for event in trace.events:
        fields = (event.block, event.tx, event.log, event.emitter, event.name, tuple(event.args.items()))
        digest.update(repr(fields).encode())
    return digest.hexdigest()


def _block_text(record: BlockRecord) -> bytes:
    fields = (
        record.block,
        record.time_s,
        tuple(record.exogenous_e8.items()),
        tuple(record.outside_e8.items()),
        tuple((asset, feed.price_e8, feed.valid) for asset, feed in record.feeds.items()),
        tuple((name, venue.base, venue.quote, venue.spot_e8) for name, venue in record.venues.items()),
        tuple((role, tuple(held.items())) for role, held in record.balances.items()),
    )
    text = repr(fields)
    if record.perps:
        marks = {
            market: [(name, one.mark_e8, one.index_e8, one.mid_e8) for name, one in instruments.items()]
            for market, instruments in record.perps.items()
        }
        text += repr(marks)
    return text.encode()
