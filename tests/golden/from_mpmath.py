"""The numbers in mpmath.hpp. Made with: python from_mpmath.py > mpmath.hpp (mpmath 1.4.1, 60 digits; scipy 1.17.1).

Each is worked out from the density as a textbook has it, its derivatives by mpmath's own differentiation.
"""

import numpy as np
import scipy.stats
from mpmath import diff, digamma, exp, log, loggamma, mp, mpf, pi, sqrt, tanh

mp.dps = 60
LOC, SCALE = mpf(0.25), mpf(0.75)
POINTS = [0.25, 0.5, -2.0, 0.25 + 2.0**-20, 40.0, -1e5, 1e10, -1e10, 1e30]


def number(value):
    return repr(float(value))


def show(name, comment, columns, rows):
    print(f"\n// {comment}")
    print(f"inline constexpr double {name}[][{columns}] = {{")
    for row in rows:
        print("    {" + ", ".join(number(v) for v in row) + "},")
    print("};")


def student_t(x, loc, log_scale, log_degrees):
    nu, u = exp(log_degrees), (x - loc) / exp(log_scale)
    log_norm = loggamma((nu + 1) / 2) - loggamma(nu / 2) - log(pi * nu) / 2 - log_scale
    return log_norm - (nu + 1) / 2 * log(1 + u * u / nu)


def laplace(x, loc, log_scale):
    return -abs(x - loc) / exp(log_scale) - log(2) - log_scale


def logistic(x, loc, log_scale):
    u = abs(x - loc) / exp(log_scale)
    return -u - 2 * log(1 + exp(-u)) - log_scale


def student_t_row(nu, x):
    x, log_degrees = mpf(x), log(mpf(nu))
    at = (x, LOC, log(SCALE), log_degrees)
    u = (x - LOC) / SCALE
    slope = -(nu + 1) * u / (nu + u * u)
    half = mpf(nu) / 2
    by_degrees = half * (
        digamma(half + 0.5) - digamma(half) - 1 / mpf(nu) - log(1 + u * u / nu) + (nu + 1) * u * u / nu / (nu + u * u))
    if abs(u) < 1e8:  # the formulas agree with differences
        step = lambda k: lambda v: student_t(*(v if i == k else a for i, a in enumerate(at)))
        scale = max(1, abs(student_t(*at)))
        assert abs(diff(step(0), x, h=mpf(10) ** -25) - slope / SCALE) < mpf(10) ** -15 * scale
        assert abs(diff(step(3), log_degrees, h=mpf(10) ** -25) - by_degrees) < mpf(10) ** -15 * scale
    return nu, x, student_t(*at), slope / SCALE, -1 - u * slope, by_degrees


def row_of(density, slope_of, x):
    u = (mpf(x) - LOC) / SCALE
    slope = slope_of(u)
    return x, density(mpf(x), LOC, log(SCALE)), slope / SCALE, -1 - u * slope


def sign(u):
    return (u > 0) - (u < 0)

def gradient(density, values):
    """The derivatives of density(values), a list, one by one."""
    return [diff(lambda v: density(values[:k] + [v] + values[k + 1:]), value, h=mpf(10) ** -20 * max(1, abs(value)))
            for k, value in enumerate(values)]


def mixture(values):  # x (2), logits (3), locs (3 x 2), log_scales (3 x 2)
    x, logits, locs, log_scales = values[:2], values[2:5], values[5:11], values[11:]
    top = max(logits)
    total = log(sum(exp(logit - top) for logit in logits)) + top
    terms = [logits[k] - total + sum(-((x[i] - locs[2 * k + i]) / exp(log_scales[2 * k + i])) ** 2 / 2 -
                                     log_scales[2 * k + i] - log(2 * pi) / 2 for i in range(2)) for k in range(3)]
    top = max(terms)
    return top + log(sum(exp(term - top) for term in terms))


MIXTURE_LOCS = [mpf(v) for v in (0, 1, -1, 0.5, 3, -2)]
MIXTURE_SCALES = [mpf(v) for v in (1, 0.5, 2, 0.25, 1, 4)]


def mixture_row(x, logits):
    values = [mpf(v) for v in (*x, *logits)] + MIXTURE_LOCS + [log(s) for s in MIXTURE_SCALES]
    return *x, *logits, mixture(values), *gradient(mixture, values)


def multivariate_normal(values):  # x, loc, log_diagonal (3 each), lower (3)
    x, loc, log_diagonal, (a, b, c) = values[:3], values[3:6], values[6:9], values[9:]
    z0 = (x[0] - loc[0]) / exp(log_diagonal[0])
    z1 = (x[1] - loc[1] - a * z0) / exp(log_diagonal[1])
    z2 = (x[2] - loc[2] - b * z0 - c * z1) / exp(log_diagonal[2])
    return -(z0 * z0 + z1 * z1 + z2 * z2) / 2 - sum(log_diagonal) - 3 * log(2 * pi) / 2


def normal_row(x):
    values = [mpf(v) for v in (*x, 0.5, -1, 2)] + [log(mpf(v)) for v in (0.5, 2, 1.5)] + [mpf(1), mpf(-0.5), mpf(0.75)]
    ours = multivariate_normal(values)
    factor = np.array([[0.5, 0, 0], [1, 2, 0], [-0.5, 0.75, 1.5]])
    theirs = scipy.stats.multivariate_normal([0.5, -1, 2], factor @ factor.T).logpdf(x)
    assert abs(ours - theirs) < 1e-12 * abs(theirs)
    return *x, ours, *gradient(multivariate_normal, values)


print("#pragma once\n")
print("// Written by from_mpmath.py in this folder (mpmath 1.4.1, scipy 1.17.1): not by hand.")
print("namespace golden::mpmath {")
print("\ninline constexpr double loc = 0.25;\ninline constexpr double scale = 0.75;")
show("student_t", "degrees, x, ln p, d ln p/dx, d ln p/dlog_scale, d ln p/dlog_degrees", 6,
     [student_t_row(nu, x) for nu in (0.25, 1.0, 2.0, 5.0, 200.0, 1e8) for x in POINTS])
show("laplace", "x, ln p, d ln p/dx, d ln p/dlog_scale", 4, [row_of(laplace, lambda u: -sign(u), x) for x in POINTS])
show("logistic", "x, ln p, d ln p/dx, d ln p/dlog_scale", 4,
     [row_of(logistic, lambda u: -tanh(u / 2), x) for x in POINTS])
show("mixture", "x, logits, ln p, d ln p/dx, dlogits, dlocs, dlog_scales", 23,
     [mixture_row(x, logits) for logits in ((0.1, -0.2, 0.5), (1e3, 0, 5), (0, -1e30, 1))
      for x in ((0.125, 0.25), (40.0, -30.0), (1e4, 1e4), (-1e8, 0.0))])
show("multivariate_normal", "x, ln p, d ln p/dx, dloc, dlog_diagonal, dlower", 16,
     [normal_row(x) for x in ((0, 0, 0), (1, -3, 0.5), (100, 50, -25), (1e8, 0, 0))])


def ratio(a):
    return loggamma(a + 0.5) - loggamma(a) - log(a) / 2


mp.dps = 700  # ln Gamma(1e300) has 303 digits before the point
show("gamma_ratio", "a, ln Gamma(a + 1/2) - ln Gamma(a) - ln(a) / 2, its derivative", 3,
     [(mpf(a), ratio(mpf(a)), digamma(mpf(a) + 0.5) - digamma(mpf(a)) - 0.5 / mpf(a))
      for a in (1e-10, 1e-3, 0.125, 0.5, 1.0, 2.5, 7.75, 9.999, 10.0, 31.0, 1e3, 5e7, 1e15, 1e300)])
LEVELS = (0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999)
show("student_t_quantiles", f"degrees, scipy.stats.t.ppf(p, degrees) for p = {', '.join(map(str, LEVELS))}", 10,
     [(nu, *(scipy.stats.t.ppf(p, nu) for p in LEVELS)) for nu in (0.25, 1.0, 1.9, 2.0, 5.0, 200.0, 1e8)])
print("\n}  // namespace golden::mpmath")
