"""The numbers in formulas.cpp. Made with: python from_formulas.py (mpmath 1.3.0, 40 digits).

The formulas of other libraries, written down anew with all digits: nflows 0.14 (LULinear, HouseholderSequence), TFP
(SinhArcsinh, ScaleMatvecTriL), Rezende & Mohamed 2015 (planar and radial, the planar one with a . u >= 0, where no constraint acts).
The k-th parameter, in bijou's order, is 0.4 sin(1.3 k + 0.7), and the event sin(k + 0.2).
"""

from mpmath import mp, mpf, sin, cos, tanh, log, log1p, exp, matrix, eye, sqrt, asinh, sinh, cosh, erfc, erfinv, pi

mp.dps = 40
D = 4


def parameters(count):
    return [mpf('0.4') * sin(mpf('1.3') * k + mpf('0.7')) for k in range(count)]


event = matrix([sin(mpf(k) + mpf('0.2')) for k in range(D)])


def diagonal(a):
    return log1p(exp(a)) + mpf('0.001')


def show(name, vector, log_det):
    numbers = ', '.join(mp.nstr(v, 17) for v in vector)
    print(f'{name}: {{{numbers}}}, {mp.nstr(log_det, 17)}')


def lu_linear():
    """z = L U x + b (nflows.transforms.LULinear.forward_no_cache)"""
    count = D * (D - 1) // 2
    p = parameters(2 * count + 2 * D)
    lower, upper, diag, bias = p[:count], p[count:2 * count], p[2 * count:2 * count + D], p[2 * count + D:]
    l, u = eye(D), matrix(D, D)
    k = 0
    for i in range(D):
        for j in range(i):
            l[i, j] = lower[k]
            k += 1
    k = 0
    for i in range(D):
        u[i, i] = diagonal(diag[i])
        for j in range(i + 1, D):
            u[i, j] = upper[k]
            k += 1
    show('lu_linear inverse', l * u * event + matrix(bias), sum(log(u[i, i]) for i in range(D)))


def triangular_affine():
    count = D * (D - 1) // 2
    p = parameters(count + 2 * D)
    l = matrix(D, D)
    k = 0
    for i in range(D):
        for j in range(i):
            l[i, j] = p[k]
            k += 1
        l[i, i] = diagonal(p[count + i])
    show('triangular_affine forward', l * event + matrix(p[count + D:]), sum(log(l[i, i]) for i in range(D)))


def rotation():
    """nflows.transforms.HouseholderSequence applies its reflections from the first to the last to the data."""
    p = parameters(D * D)
    x = event
    for k in range(D):
        v = matrix(p[k * D:(k + 1) * D])
        x = x - v * (2 * (v.T * x)[0] / (v.T * v)[0])
    show('rotation inverse', x, mpf(0))


def planar():
    p = parameters(2 * D + 1)
    w, u, b = matrix(p[:D]), matrix(p[D:2 * D]), p[2 * D]
    if (w.T * u)[0] < 0:
        u = -u  # formulas.cpp does the same
    y = (w.T * event)[0] + b
    show('planar forward', event + u * tanh(y), log(1 + (w.T * u)[0] * (1 - tanh(y) ** 2)))


def radial():
    p = parameters(D + 2)
    center, alpha, gamma = matrix(p[:D]), diagonal(p[D]), diagonal(p[D + 1])
    beta = gamma - alpha
    d = event - center
    r = sqrt((d.T * d)[0])
    h = 1 / (alpha + r)
    show('radial forward', event + d * (beta * h),
         (D - 1) * log(1 + beta * h) + log(1 + beta * h - beta * r * h ** 2))


def elementwise():
    z = event
    show('sigmoid', [1 / (1 + exp(-v)) for v in z], sum(log(exp(-v) / (1 + exp(-v)) ** 2) for v in z))
    show('tanh', [tanh(v) for v in z], sum(log(1 - tanh(v) ** 2) for v in z))
    show('softplus', [log1p(exp(v)) for v in z], sum(-log1p(exp(-v)) for v in z))
    show('normal_cdf', [erfc(-v / sqrt(2)) / 2 for v in z], sum(-v * v / 2 - log(2 * pi) / 2 for v in z))
    p = parameters(2 * D)
    u = [exp(p[2 * i + 1]) * (asinh(z[i]) + p[2 * i]) for i in range(D)]
    show('sinh_arcsinh', [sinh(v) for v in u],
         sum(log(cosh(u[i])) + p[2 * i + 1] - log(1 + z[i] ** 2) / 2 for i in range(D)))
    q = [(1 + v) / 2 for v in z]
    show('logit of (1 + event) / 2', [log(v / (1 - v)) for v in q], sum(-log(v * (1 - v)) for v in q))
    show('normal_quantile of (1 + event) / 2', [sqrt(2) * erfinv(2 * v - 1) for v in q],
         sum(erfinv(2 * v - 1) ** 2 + log(2 * pi) / 2 for v in q))
    show('cosine of 1.5 (1 + event)', [cos(mpf('1.5') * (1 + v)) for v in z],
         sum(log(sin(mpf('1.5') * (1 + v))) for v in z))


lu_linear()
triangular_affine()
rotation()
planar()
radial()
elementwise()
