#pragma once

namespace bijou {

/// What the value of a layer of the context alone, c = W context + b, is to the sums of a hidden layer.
enum class ContextRole {
  none,              // there is no such layer
  addend,            // sum + c
  activated_addend,  // sum + A(c)
  gate,              // sum * sigmoid(c)
};

}  // namespace bijou
