"""Numbers of arviz 0.23 for tests/inference: python tests/golden/from_arviz.py."""

import arviz
import numpy

for count, shape in ((1000, 0.2), (1000, 0.7), (400, 1.5), (50, 0.3), (30, 0.3)):
    u = (numpy.arange(count) + 0.5) / count
    log_weights = -shape * numpy.log(u) + numpy.sin(7 * numpy.arange(count))
    print(count, shape, repr(float(arviz.psislw(log_weights.copy())[1])))

# Split R-hat and effective draws of tests/inference/chain_diagnostics.cpp: chains of x' = a x + noise, where the noise
# is that of a generator that C++ has, too.
for coefficient, steps, chains in ((0.0, 100, 4), (0.9, 400, 3), (-0.5, 101, 2), (0.99, 200, 2)):
    state = 12345
    draws = numpy.zeros((chains, steps))
    for c in range(chains):
        x = float(c)
        for n in range(steps):
            state = (1664525 * state + 1013904223) % 2**32
            x = coefficient * x + state / 2**32 - 0.5
            draws[c, n] = x
    print(coefficient, steps, chains, repr(float(arviz.rhat(draws, method="split"))), repr(float(arviz.ess(draws, method="mean"))))
