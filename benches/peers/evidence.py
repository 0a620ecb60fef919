"""The work of benches/evidence.rs, done by numpy and scipy over whole arrays at once: the e-value after every observation and
the highest so far. Prints one JSON object: seconds of CPU time by bench."""

import numpy as np
from scipy.special import betaln, gammainc, gammaln, logsumexp
from scipy.stats import beta

from peer import measure, report

HOURS = 10_000
LIFTS = np.array([1.15, 1.3, 1.6, 2.0, 3.0])


def gamma_poisson(n, m, a=5.0, b=5.0):
    ln_e = a * np.log(b) - gammaln(a) + gammaln(a + n) - (a + n) * np.log(b + m) + m
    return np.maximum.accumulate(ln_e)


def gamma_poisson_decline(n, m, a=5.0, b=5.0):
    ln_e = a * np.log(b) - gammaln(a) + gammaln(a + n) - (a + n) * np.log(b + m) + m
    return np.maximum.accumulate(ln_e + np.log(gammainc(a + n, b + m) / gammainc(a, b)))


def beta_binomial(s, f, p=0.04, a=1.0, b=24.0):
    ln_e = betaln(a + s, b + f) - betaln(a, b) - s * np.log(p) - f * np.log1p(-p)
    return np.maximum.accumulate(ln_e)


def store_share(s, f, p):
    parts = s[:, None] * np.log(LIFTS) - (s + f)[:, None] * np.log1p((LIFTS - 1) * p)
    return np.maximum.accumulate(logsumexp(parts, axis=1) - np.log(len(LIFTS)))


def pause(n, m):
    ratios = np.array([0.4, 0.6, 0.8])
    parts = n[:, None] * np.log(ratios) + (1 - ratios) * m[:, None] + np.log(np.array([4, 1, 1]) / 6)
    return np.maximum.accumulate(logsumexp(parts, axis=1))


def main():
    hour = np.arange(HOURS)
    sales, rest = (hour * 7 % 20 < 8).astype(float), (hour * 13 % 21).astype(float)
    limit = beta.ppf(0.98, 280 + 1, 240 * 28)

    def totals(values):
        return np.cumsum(values)

    expected = np.full(HOURS, 0.4)
    report({
        "evidence/gamma_poisson": measure(lambda: gamma_poisson(totals(sales), totals(expected)), HOURS, "scipy"),
        "evidence/gamma_poisson_decline": measure(lambda: gamma_poisson_decline(totals(sales), totals(expected)), HOURS, "scipy"),
        "evidence/beta_binomial": measure(lambda: beta_binomial(totals(sales), totals(rest)), HOURS, "scipy"),
        "evidence/store_share": measure(lambda: store_share(totals(sales), totals(rest), limit), HOURS, "scipy"),
        "evidence/pause": measure(lambda: pause(totals(sales), totals(expected)), HOURS, "scipy"),
    })


if __name__ == "__main__":
    main()
