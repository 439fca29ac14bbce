"""Exact-integer mirror of ``VolatilityLib``: exponentially weighted variance of log returns, per year.

RiskMetrics' estimator [J.P. Morgan/Reuters, RiskMetrics Technical Document, 1996, recalled and not read again],
for returns at irregular times: v' = w v + (1 - w) ln(p'/p)² / dt, with w = λ^floor(dt / interval).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

from sim.units import SECONDS_PER_YEAR, WAD, mul_div_down

# The rational approximation of Solady 0.1.26's `lnWad`, which the contract calls: on [1, 2) in units of 2^-96, a
# polynomial of degree 8 over one of degree 8, both monic; then the scale and two logarithms in 5^18 * 2^-192.
_LN_NUMERATOR = (
    3273285459638523848632254066296,
    24828157081833163892658089445524,
    43456485725739037958740375743393,
    -11111509109440967052023855526967,
    -45023709667254063763336534515857,
    -14706773417378608786704636184526,
)
_LN_NUMERATOR_LAST = -795164235651350426258249787498
_LN_DENOMINATOR = (
    5573035233440673466300451813936,
    71694874799317883764090561454958,
    283447036172924575727196451306956,
    401686690394027663651624208769553,
    204048457590392012362485061816622,
    31853899698501571402653359427138,
    909429971244387300277376558375,
)
_LN_SCALE = 1677202110996718588342820967067443963516166
_LN_OF_2 = 16597577552685614221487285958193947469193820559219878177908093499208371
_LN_OF_BASE = 600920179829731861736702779321621459595472258049074101567377883020018308


def _horner(coefficients: tuple[int, ...], x: int) -> int:
    """A monic polynomial in units of 2^-96, every product rounded down."""
    value = coefficients[0] + x
    for coefficient in coefficients[1:]:
        value = (value * x >> 96) + coefficient
    return value


def ln_wad(x: int) -> int:
    """Return ln(x / 1e18) in wad as Solady computes it; x > 0."""
    power = x.bit_length() - 1
    fraction = (x << (255 - power)) >> 159
    numerator = _horner(_LN_NUMERATOR, fraction) * fraction + (_LN_NUMERATOR_LAST << 96)
    quotient = numerator // _horner(_LN_DENOMINATOR, fraction)
    return (_LN_SCALE * quotient + _LN_OF_2 * (power - 96) + _LN_OF_BASE) >> 174


def log_return_wad(before: int, price: int) -> int:
    """Return ln(price / before) in wad."""
    return ln_wad(max(price * WAD // before, 1))


def decayed_wad_down(decay_wad: int, steps: int) -> int:
    """Return decay^steps in wad, by repeated squaring, every product rounded down."""
    weight = WAD
    while steps:
        if steps & 1:
            weight = weight * decay_wad // WAD
        decay_wad = decay_wad * decay_wad // WAD
        steps >>= 1
    return weight


def next_variance_wad_down(
    variance_wad: int, return_wad: int, elapsed_s: int, interval_s: int, decay_wad: int
) -> int:
    """Return the yearly variance after a return over ``elapsed_s`` > 0."""
    yearly = mul_div_down(return_wad**2, SECONDS_PER_YEAR, elapsed_s * WAD)
    weight = decayed_wad_down(decay_wad, elapsed_s // interval_s)
    return (weight * variance_wad + (WAD - weight) * yearly) // WAD


def volatility_bps_down(variance_wad: int) -> int:
    """Return the root of a yearly variance, in bps."""
    return isqrt(variance_wad * WAD) // 10**14


@dataclass(slots=True)
class VolatilityEstimator:
    """Mirror of the contract for one asset; the fields of its parameters, and its sample.

    ``poke`` takes the feed's latest round and returns False where the contract reverts since the round is younger
    than an interval.
    """

    decay_wad: int
    interval_s: int
    initial_volatility_bps: int = 0
    variance_wad: int = -1
    answer: int = 0
    updated_at_s: int = 0

    def __post_init__(self) -> None:
        if self.variance_wad < 0:
            self.variance_wad = (self.initial_volatility_bps * 10**14) ** 2 // WAD

    def poke(self, answer: int, updated_at_s: int) -> bool:
        """Sample a round; absolute time in seconds."""
        elapsed = max(updated_at_s - self.updated_at_s, 0)
        if elapsed < self.interval_s:
            return False
        if self.updated_at_s:
            move = log_return_wad(self.answer, answer)
            self.variance_wad = next_variance_wad_down(
                self.variance_wad, move, elapsed, self.interval_s, self.decay_wad
            )
        self.answer, self.updated_at_s = answer, updated_at_s
        return True

    @property
    def volatility_bps(self) -> int:
        """Standard deviation per year, in bps."""
        return volatility_bps_down(self.variance_wad)
