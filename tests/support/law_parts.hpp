#pragma once

#include "support/laws.hpp"

/// The single laws of bijectors, which check_laws runs.
namespace laws {

// value_laws.cpp

/// There and back is the identity, and the log-dets cancel.
template <class T>
void check_round_trip(const Subject<T>& b, Direction direction, const Matrix<T>& in);

/// The log-det is ln|det| of the Jacobian by differences.
template <class T>
void check_log_det(const Subject<T>& b, Direction direction, const Matrix<T>& in);

/// Both gradients of a pullback against differences of L = sum(w * value) + sum(v * log_det).
/// At most a share `undecided` of them may say nothing.
void check_gradients(const Subject<double>& b, Direction direction, const Matrix<double>& in, double undecided);

/// Everything in float lies as close to the same in double, with the same parameters, as its arithmetic allows.
void check_against_double(const Subject<float>& in_float, const Subject<double>& in_double, Direction direction,
                          const Matrix<float>& in);

// batch_laws.cpp

/// A column alone, as a compile-time vector and as a matrix, and any number of columns give what the batch gives.
template <class T>
void check_sizes(const Subject<T>& b, Direction direction, const Matrix<T>& in);

/// What is not finite in one column spoils that column, and no bit of another.
template <class T>
void check_bad_columns(const Subject<T>& b, Direction direction, const Matrix<T>& in);

/// Batches and gradients of the wrong shape are refused.
template <class T>
void check_refusals(const Subject<T>& b, Index rows);

// tile_laws.cpp

/// A tile's pass adds its log-det; its pullback adds to the gradient for the parameters and writes that for the input,
/// whether or not the former is wanted. A pass without a pullback gives the same values.
template <class T>
void check_accumulation(const Subject<T>& b, Direction direction, const Matrix<T>& in);

/// Whatever an arena holds from earlier use changes no bit, and ordinary events raise no floating-point exception.
template <class T>
void check_stale_memory(const Subject<T>& b, Direction direction, const Matrix<T>& in);

}  // namespace laws
