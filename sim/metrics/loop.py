"""Closed forms of the liquidation loop: where it turns critical, how far it runs, what it makes of a shock.

All are derived, not published: from the constant product x y = k without a swap fee, where a sale of q base tokens
takes the price y / x to (x / (x + q))^2 of it. They hold where nothing but forced sales trades. Falls are
logarithmic, F = -ln(p / p0). Floats, since these are predictions; tests hold the contracts to them.
"""

import math

MAX_CHAIN = 1_000_000
_NEWTON_STEPS = 100


def reproduction_number(sale: float, reserve: float, spacing: float) -> float:
    """Rungs that one forced sale pushes below health 1, R0 = 2 ln(1 + q/x) / -ln(1 - g), about (2 q/x) / g.

    Derived: a sale of q moves the price by 2 ln(1 + q/x), and a rung lies at every -ln(1 - g). Above 1 the second
    rung falls with the first.

    Parameters
    ----------
    sale, reserve
        q, sold by each rung, and x, the pool's base reserve before the first sale, in one unit.
    spacing
        g: rung k is liquidatable below p0 (1 - g)^k; between 0 and 1.
    """
    return 2.0 * math.log1p(sale / reserve) / -math.log1p(-spacing)


def critical_sale(reserve: float, spacing: float) -> float:
    """Sale per rung at which the reproduction number is 1: q = x ((1 - g)^(-1/2) - 1). Derived."""
    return reserve * math.expm1(-0.5 * math.log1p(-spacing))


def chain_length(sale: float, reserve: float, spacing: float, fee: float = 0.0, rungs: int = MAX_CHAIN) -> int:
    """Liquidations in a threshold ladder whose first rung starts just below health 1.

    Without a fee: the first n with x + n q < x (1 - g)^(-n/2). Derived: after n sales the price is
    p0 (x / (x + n q))^2, and rung n is safe unless that is below p0 (1 - g)^n. With a fee f, each sale divides the
    quote reserve by 1 + (1 - f) q / x_n only, while all of q stays in the pool. The pool deepens with every sale
    while thresholds stay geometric, so every chain ends.

    Parameters
    ----------
    sale, reserve, spacing
        q, x and g as for `reproduction_number`.
    fee
        f, the pool's swap fee as a fraction.
    rungs
        Length of the ladder, where the chain ends at the latest.
    """
    fall, step = 0.0, -math.log1p(-spacing)
    for n in range(1, rungs):
        base = reserve + (n - 1) * sale
        fall += math.log1p(sale * (1.0 - fee) / base) + math.log1p(sale / base)
        if fall < n * step:
            return n
    return rungs


def fixed_point_fall(shock_log: float, gain: float) -> float:
    """Total log fall F of a shock s in a ladder of constant density: F = s + 2 ln(1 + G F / 2).

    Derived: with rho base tokens liquidatable per unit of log price, a fall F sells rho F, and G = 2 rho / x.
    The one positive root exists for every gain: the pool deepens by what it absorbs, so a gain a little above 1
    gives a large fall and not an endless one.

    Parameters
    ----------
    shock_log
        s > 0, exogenous.
    gain
        G >= 0.
    """
    # The right side is concave in F, so from above its root the iteration falls onto it. Start there.
    fall = shock_log + 1.0
    while shock_log + 2.0 * math.log1p(gain * fall / 2.0) > fall:
        fall *= 2.0
    for _ in range(_NEWTON_STEPS):
        excess = fall - shock_log - 2.0 * math.log1p(gain * fall / 2.0)
        slope = 1.0 - gain / (1.0 + gain * fall / 2.0)
        step = excess / slope
        fall -= step
        if abs(step) <= 1e-15 * fall:
            break
    return fall


def amplification_predicted(shock_log: float, gain: float) -> float:
    """Total log fall per exogenous log fall; 1 / (1 - G) for small shocks below G = 1. Derived."""
    return fixed_point_fall(shock_log, gain) / shock_log


def gain_from_amplification(amplification: float | None) -> float | None:
    """The loop gain that bookkeeping infers, 1 - 1/A; None where amplification is not defined.

    Derived: a small shock that feeds back a share G of itself each round ends at 1 / (1 - G). Of a finite shock it
    is the mean gain along the way, below the gain at its start, and always below 1.
    """
    return None if amplification is None else 1.0 - 1.0 / amplification
