#pragma once

#include <bijou/core/workspace.hpp>
#include <cstring>

/// Overwrites all memory that a workspace holds with what other calls can leave there: nothing may depend on it.
inline void fill_with_garbage(bijou::Workspace& workspace, unsigned char byte) {
  for (bijou::Index i = 0; i <= workspace.threads(); ++i) {
    bijou::Arena& arena = bijou::detail::WorkspaceAccess::arena(workspace, i);
    const bijou::Arena::Frame frame(arena);
    const std::size_t size = arena.capacity();
    if (size > 0) std::memset(arena.zeros<unsigned char>(static_cast<bijou::Index>(size)).data(), byte, size);
  }
}

/// As float and double: quiet NaN, close to the largest number, and a signaling NaN if it is float.
inline constexpr unsigned char garbage_bytes[] = {0xff, 0x7f, 0xa0};
