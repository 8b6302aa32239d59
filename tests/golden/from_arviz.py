"""Pareto k of arviz for the weights of tests/inference/pareto_k.cpp: python tests/golden/from_arviz.py (arviz 0.23)."""

import arviz
import numpy

for count, shape in ((1000, 0.2), (1000, 0.7), (400, 1.5), (50, 0.3), (30, 0.3)):
    u = (numpy.arange(count) + 0.5) / count
    log_weights = -shape * numpy.log(u) + numpy.sin(7 * numpy.arange(count))
    print(count, shape, repr(float(arviz.psislw(log_weights.copy())[1])))
